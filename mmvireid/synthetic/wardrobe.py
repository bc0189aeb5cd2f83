"""Draw garments at random: their kinds, fabrics and patterns."""

from dataclasses import dataclass, replace
from math import pi

import numpy as np

from .materials import Material, sample_fabric, sample_ink
from .patterns import Band, Checks, Dots, Patch, Pattern, Sash, Sector, Stripes

# Kinds and their relative frequencies.
TOPS = {'tank': 1, 't-shirt': 2.5, 'long-sleeve': 2, 'hoodie': 1.5, 'jacket': 2, 'coat': 1.8}
BOTTOMS = {'trousers': 3, 'wide-trousers': 1.5, 'shorts': 2.5, 'short-skirt': 1.5, 'long-skirt': 1.2}
BAGS = {'none': 3, 'backpack': 2.5, 'cross-body': 2, 'handbag': 2}
# Mean warmth of each kind; less of the body's warmth passes through a thicker garment.
_WARMTH = (
    {'tank': 0.70, 't-shirt': 0.65, 'long-sleeve': 0.56, 'hoodie': 0.44, 'jacket': 0.38, 'coat': 0.32}
    | {'trousers': 0.47, 'wide-trousers': 0.40, 'shorts': 0.54, 'short-skirt': 0.50, 'long-skirt': 0.41}
    | {'stocking': 0.70, 'hat': 0.34, 'shoe': 0.28, 'bag': 0.22}
)
_ALL_OVER = {
    'hoops': 3,
    'lines': 2,
    'diagonal': 1,
    'checks': 2,
    'grid': 1.5,
    'dots': 1.5,
}  # these cover trunk and sleeves
_PLACED = {'band': 2, 'yoke': 1.5, 'sides': 1, 'print': 3}  # these cover a part of the trunk
_BOTTOM_PATTERNS = {'plain': 4, 'sides': 1, 'checks': 0.8, 'grid': 0.8, 'lines': 0.8, 'hoops': 0.6, 'legs': 0.8}


@dataclass(frozen=True)
class Fabric:
    """Describe a garment's surface: its material and the layers on it.

    Args:
        material: Material of the cloth.
        layers: Patterns with their materials; a later layer covers an earlier one.

    Example:
        >>> white = Material((0.8, 0.8, 0.8), near_infrared=0.7, warmth=0.5)
        >>> red = Material((0.6, 0.1, 0.1), near_infrared=0.7, warmth=0.5)
        >>> shirt = Fabric(white).with_layer(Stripes(period=0.1, duty=0.5), red)
        >>> len(shirt.layers), shirt.material == white
        (1, True)
    """

    material: Material
    layers: tuple[tuple[Pattern, Material], ...] = ()

    def with_layer(self, pattern: Pattern, material: Material) -> 'Fabric':
        """Return a copy of this fabric with one more layer on top."""
        return Fabric(self.material, (*self.layers, (pattern, material)))


def pick(rng: np.random.Generator, weights: dict[str, float]) -> str:
    """Draw one key; the values are the relative frequencies.

    Example:
        >>> pick(np.random.default_rng(0), {'coat': 1, 'jacket': 0})
        'coat'
    """
    values = np.array(list(weights.values()))
    return list(weights)[rng.choice(len(values), p=values / values.sum())]


def sample_warmth(kind: str, rng: np.random.Generator) -> float:
    """Draw the warmth of one item.

    Args:
        kind: Key of ``TOPS`` or ``BOTTOMS``, or 'stocking', 'hat', 'shoe' or 'bag'.
        rng: Source of the deviation from the mean of the kind.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> sample_warmth('coat', rng) < sample_warmth('tank', rng)
        True
    """
    return _WARMTH[kind] + float(rng.uniform(-0.07, 0.07))


def sample_top(top: str, warmth: float, rng: np.random.Generator) -> tuple[Fabric, Fabric]:
    """Draw the fabrics of the trunk and the sleeves.

    Args:
        top: Key of ``TOPS``.
        warmth: Warmth of both fabrics.
        rng: Source of colors and patterns.

    Example:
        >>> trunk, sleeve = sample_top('hoodie', warmth=0.44, rng=np.random.default_rng(0))
        >>> trunk.material.warmth, sleeve.material.warmth
        (0.44, 0.44)
    """
    material = sample_fabric(rng, warmth)
    ink = sample_ink(material, rng)
    kind = pick(rng, {'plain': 2.5} | _ALL_OVER | _PLACED)
    trunk = sleeve = Fabric(material)
    if kind in _ALL_OVER:
        trunk = sleeve = trunk.with_layer(_all_over_pattern(kind, float(rng.uniform(0.09, 0.22)), rng), ink)
    else:
        for pattern in _placed_patterns(kind, rng) if kind in _PLACED else ():
            trunk = trunk.with_layer(pattern, ink)
        if rng.random() < 0.25:
            sleeve = Fabric(ink)
        elif rng.random() < 0.25:
            low = float(rng.uniform(-0.45, -0.1))
            sleeve = sleeve.with_layer(Band(low, low + 0.1), ink)
    if top in ('jacket', 'coat'):  # open over another garment, or closed with a zip
        opened = rng.random() < 0.6
        half_width = float(rng.uniform(0.12, 0.6)) if opened else 0.05
        inner = sample_ink(material, rng)
        if opened:
            inner = replace(inner, warmth=_WARMTH['long-sleeve'])
        trunk = trunk.with_layer(Sector(0.0, half_width), inner)
    return trunk, sleeve


def sample_bottom(warmth: float, rng: np.random.Generator) -> Fabric:
    """Draw the fabric of trousers, shorts or a skirt; most are plain.

    Example:
        >>> sample_bottom(warmth=0.5, rng=np.random.default_rng(0)).material.warmth
        0.5
    """
    material = sample_fabric(rng, warmth)
    kind = pick(rng, _BOTTOM_PATTERNS)
    if kind == 'plain':
        return Fabric(material)
    if kind == 'sides':
        pattern = Sector(pi / 2, 0.45, both=True)
    elif kind == 'legs':
        pattern = Band(-np.inf, float(rng.uniform(-0.65, -0.3)))
    else:
        pattern = _all_over_pattern(kind, float(rng.uniform(0.08, 0.2)), rng)
    return Fabric(material).with_layer(pattern, sample_ink(material, rng))


def add_strap(trunk: Fabric, bag: str, side: int, torso: float, material: Material) -> Fabric:
    """Add the straps of a bag to the trunk's fabric.

    Args:
        trunk: Fabric of the trunk.
        bag: Key of ``BAGS``; only a backpack and a cross-body bag have straps.
        side: +1 if the bag hangs on the body's left, -1 if it hangs on the right.
        torso: Meters from hips to neck.
        material: Material of the straps.

    Example:
        >>> cloth = Material((0.2, 0.2, 0.2), near_infrared=0.5, warmth=0.5)
        >>> leather = Material((0.1, 0.05, 0.0), near_infrared=0.3, warmth=0.2)
        >>> len(add_strap(Fabric(cloth), 'backpack', 1, 0.55, leather).layers)
        1
    """
    if bag == 'backpack':
        return trunk.with_layer(Sector(0.62, 0.13, both=True, low=0.35 * torso), material)
    if bag == 'cross-body':
        return trunk.with_layer(Sash(side, shoulder=0.95 * torso, hip=0.1 * torso), material)
    return trunk


def _all_over_pattern(kind: str, period: float, rng: np.random.Generator) -> Pattern:
    """Draw a pattern that covers the whole garment."""
    if kind in ('checks', 'grid'):
        return Checks(period, grid=kind == 'grid')
    if kind == 'dots':
        return Dots(period, float(rng.uniform(0.25, 0.4)))
    slant = float(rng.choice([-1, 1]) * rng.uniform(0.6, 1.0))
    direction = {'hoops': 0.0, 'lines': pi / 2, 'diagonal': slant}[kind]
    return Stripes(period, float(rng.uniform(0.3, 0.6)), direction)


def _placed_patterns(kind: str, rng: np.random.Generator) -> list[Pattern]:
    """Draw patterns that cover a part of the trunk."""
    if kind == 'band':
        low = float(rng.uniform(0.05, 0.33))
        return [Band(low, low + float(rng.uniform(0.08, 0.18)))]
    if kind == 'yoke':
        return [Band(float(rng.uniform(0.2, 0.38)), np.inf)]
    if kind == 'sides':
        return [Sector(pi / 2, float(rng.uniform(0.35, 0.7)), both=True)]
    sides = [0.0, pi] if rng.random() < 0.6 else [float(rng.choice([0.0, pi]))]
    return [_sample_print(facing, rng) for facing in sides]


def _sample_print(facing: float, rng: np.random.Generator) -> Patch:
    """Draw a large picture in the middle of the chest or back, or a small logo beside the middle."""
    aside = float(rng.choice([0.0, 0.0, -0.55, 0.55]))
    width = float(rng.uniform(0.1, 0.15) if aside else rng.uniform(0.18, 0.32))
    return Patch(
        center=(facing + aside, float(rng.uniform(0.26, 0.36))),
        width=width,
        height=width * float(rng.uniform(0.5, 1.3)),
        round=bool(rng.random() < 0.5),
        hollow=bool(rng.random() < 0.4),
    )
