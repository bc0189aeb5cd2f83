"""Who a synthetic person is: everything that stays the same from image to image and from camera to camera."""

from dataclasses import dataclass, replace

import numpy as np

from .materials import sample_fabric, sample_hair, sample_skin
from .wardrobe import BAGS, BOTTOMS, TOPS, Fabric, add_strap, pick, sample_bottom, sample_top, sample_warmth

# Kinds and how often they are met.
HAIR_STYLES = {'bald': 0.6, 'short': 3, 'full': 1.5, 'bob': 1.5, 'long': 2, 'ponytail': 1.5, 'bun': 1}
HATS = {'none': 6, 'cap': 1.5, 'beanie': 1.2, 'brimmed': 1}


@dataclass(frozen=True)
class Body:
    """Proportions (fractions of the height unless said otherwise) and manner of walking.

    Args:
        height: Metres from floor to crown.
        legs: Height of the hip joints.
        shoulders: Half the distance between the shoulder joints.
        hips: Half width of the pelvis.
        girth: Thickness of trunk and limbs, 1 on average.
        belly: How far the belly stands out, 0 to 1.
        head: Size of the head, 1 on average.
        stoop: Forward lean of the trunk, radians.
        stride: Amplitude of the thighs' swing, radians.
        swing: Amplitude of the arms' swing, radians.
        stance: Distance of each foot from the middle line as a fraction of the hip joints' distance.
    """

    height: float
    legs: float
    shoulders: float
    hips: float
    girth: float
    belly: float
    head: float
    stoop: float
    stride: float
    swing: float
    stance: float


@dataclass(frozen=True)
class Identity:
    """One person with the clothes of the day.

    Args:
        body: Proportions and gait.
        hair, hat, top, bottom, bag: Kinds, out of ``HAIR_STYLES``, ``HATS``, ``TOPS``, ``BOTTOMS`` and ``BAGS``.
        hem: Height of the top's lower edge relative to the hip joints, as a fraction of the height.
        skirt_flare: Widening of a skirt or coat towards its hem.
        bag_side: +1 where the bag hangs on the body's left, -1 on its right.
        bag_size: Relative size of the bag.
        boots: Whether the shoes reach up to the calf.
        fabrics: Fabric of 'skin', 'hair', 'hat', 'trunk', 'sleeve', 'bottom', 'stocking', 'shoe' and 'bag'.
    """

    body: Body
    hair: str
    hat: str
    top: str
    bottom: str
    bag: str
    hem: float
    skirt_flare: float
    bag_side: int
    bag_size: float
    boots: bool
    fabrics: dict[str, Fabric]


def _sample_body(rng: np.random.Generator) -> Body:
    def normal(mean: float, deviation: float) -> float:
        return float(mean + deviation * np.clip(rng.normal(), -2, 2))

    girth = normal(1.0, 0.13)
    return Body(
        height=normal(1.70, 0.09),
        legs=normal(0.495, 0.013),
        shoulders=normal(0.108, 0.008),
        hips=normal(0.092, 0.006) * (0.6 + 0.4 * girth),
        girth=girth,
        belly=float(np.clip(rng.normal(0.15 + 1.2 * (girth - 1), 0.25), 0, 1)),
        head=normal(1.0, 0.05),
        stoop=normal(0.06, 0.06),
        stride=normal(0.40, 0.06),
        swing=normal(0.35, 0.14),
        stance=normal(0.75, 0.2),
    )


def sample_identity(rng: np.random.Generator) -> Identity:
    """Draw a person; every attribute is independent of the others, but for combinations that nobody wears."""
    body = _sample_body(rng)
    top, bottom, bag = pick(rng, TOPS), pick(rng, BOTTOMS), pick(rng, BAGS)
    if bottom == 'long-skirt':
        body = replace(body, stride=0.55 * body.stride)  # there is no room for longer steps
    bag_side = int(rng.choice([-1, 1]))
    thickness = rng.spawn(1)[0]  # of its own, so that what is drawn for thermal images moves nothing else
    warmth = {kind: sample_warmth(kind, thickness) for kind in (top, bottom, 'bag', 'hat', 'stocking', 'shoe')}
    trunk, sleeve = sample_top(top, warmth[top], rng)
    bag_material = sample_fabric(rng, warmth['bag'])
    trunk = add_strap(trunk, bag, bag_side, (0.82 - body.legs) * body.height, bag_material)
    skin = sample_skin(rng)
    fabrics = {
        'skin': Fabric(skin),
        'hair': Fabric(sample_hair(rng)),
        'hat': Fabric(sample_fabric(rng, warmth['hat'])),
        'trunk': trunk,
        'sleeve': sleeve,
        'bottom': sample_bottom(warmth[bottom], rng),
        'stocking': Fabric(sample_fabric(rng, warmth['stocking']) if rng.random() < 0.4 else skin),
        'shoe': Fabric(sample_fabric(rng, warmth['shoe'])),
        'bag': Fabric(bag_material),
    }
    return Identity(
        body=body,
        hair=pick(rng, HAIR_STYLES),
        hat=pick(rng, HATS),
        top=top,
        bottom=bottom,
        bag=bag,
        hem=float(rng.uniform(-0.06, 0.03)),
        skirt_flare=float(rng.uniform(1.0, 1.45)),
        bag_side=bag_side,
        bag_size=float(rng.uniform(0.8, 1.25)),
        boots=bool(rng.random() < 0.25),
        fabrics=fabrics,
    )
