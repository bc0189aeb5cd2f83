"""Draw synthetic people: everything that stays the same in all images of one person."""

from dataclasses import dataclass, replace

import numpy as np

from .materials import sample_fabric, sample_hair, sample_skin
from .wardrobe import BAGS, BOTTOMS, TOPS, Fabric, add_strap, pick, sample_bottom, sample_top, sample_warmth

# Kinds and their relative frequencies.
HAIR_STYLES = {'bald': 0.6, 'short': 3, 'full': 1.5, 'bob': 1.5, 'long': 2, 'ponytail': 1.5, 'bun': 1}
HATS = {'none': 6, 'cap': 1.5, 'beanie': 1.2, 'brimmed': 1}


@dataclass(frozen=True)
class Body:
    """Describe a person's proportions and gait.

    Args:
        height: Meters from floor to crown.
        legs: Height of the hip joints as a fraction of the height.
        shoulders: Half the distance between the shoulder joints as a fraction of the height.
        hips: Half the width of the pelvis as a fraction of the height.
        girth: Relative thickness of trunk and limbs; the mean is 1.
        belly: Size of the belly, 0 to 1.
        head: Relative size of the head; the mean is 1.
        stoop: Forward lean of the trunk, radians.
        stride: Amplitude of the thigh swing, radians.
        swing: Amplitude of the arm swing, radians.
        stance: Distance of each foot from the middle line as a fraction of the hip joint's distance.

    Example:
        >>> body = sample_identity(np.random.default_rng(0)).body
        >>> 1.5 < body.height < 1.9, 0.45 < body.legs < 0.55
        (True, True)
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
    """Describe one person and the person's clothes.

    Args:
        body: Proportions and gait.
        hair: Key of ``HAIR_STYLES``.
        hat: Key of ``HATS``.
        top: Key of ``TOPS``.
        bottom: Key of ``BOTTOMS``.
        bag: Key of ``BAGS``.
        hem: Height of the top's lower edge above the hip joints, as a fraction of the body height.
        skirt_flare: Width of a skirt or coat at its hem relative to its upper edge.
        bag_side: +1 if the bag hangs on the body's left, -1 if it hangs on the right.
        bag_size: Relative size of the bag.
        boots: Whether the shoes reach up to the calf.
        fabrics: Fabric of 'skin', 'hair', 'hat', 'trunk', 'sleeve', 'bottom', 'stocking', 'shoe' and 'bag'.

    Example:
        >>> from dataclasses import replace
        >>> person = replace(sample_identity(np.random.default_rng(0)), hat='cap', bag='backpack')
        >>> person.hat, person.bag, sorted(person.fabrics)[:3]
        ('cap', 'backpack', ['bag', 'bottom', 'hair'])
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
    """Draw a person at random.

    Attributes are independent, with few exceptions. For example, a long skirt shortens the stride.

    Example:
        >>> person = sample_identity(np.random.default_rng(0))
        >>> person.top in TOPS, person == sample_identity(np.random.default_rng(0))
        (True, True)
    """
    body = _sample_body(rng)
    top, bottom, bag = pick(rng, TOPS), pick(rng, BOTTOMS), pick(rng, BAGS)
    if bottom == 'long-skirt':
        body = replace(body, stride=0.55 * body.stride)  # a long skirt allows only short steps
    bag_side = int(rng.choice([-1, 1]))
    thickness = rng.spawn(1)[0]  # a separate stream: warmth does not change the other draws
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
