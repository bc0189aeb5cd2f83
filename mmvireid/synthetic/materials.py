"""Draw the materials of surfaces, and tell how they look in each spectrum.

Near infrared: dyes are mostly transparent, so a fabric's reflectance depends on the fiber and not on the color. This
module therefore draws color and near-infrared reflectance independently. Color does not help to match a person across
the two modalities; shape and texture do.

Thermal: a fabric shows how much of the body's warmth passes through it. A thick fabric looks cool. A print is as warm
as the cloth under it.
"""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np


class Spectrum(Enum):
    """Name the band that a camera records: reflected light, or (thermal) the surface's own warmth.

    Example:
        >>> [spectrum.value for spectrum in Spectrum]
        ['visible', 'near-infrared', 'thermal']
    """

    VISIBLE = 'visible'
    NEAR_INFRARED = 'near-infrared'
    THERMAL = 'thermal'


@dataclass(frozen=True)
class Material:
    """Describe the optical properties of one surface.

    Args:
        visible: Linear-light RGB albedo; each value lies in [0, 1].
        near_infrared: Reflectance around 850 nm, in [0, 1].
        warmth: Surface temperature on a scale where 0 is the air and 1 is bare skin.

    Example:
        >>> red_cotton = Material((0.5, 0.1, 0.1), near_infrared=0.8, warmth=0.4)
        >>> red_cotton.seen_in(Spectrum.VISIBLE)
        (0.5, 0.1, 0.1)
        >>> red_cotton.seen_in(Spectrum.THERMAL)
        (0.4,)
    """

    visible: tuple[float, float, float]
    near_infrared: float
    warmth: float

    def seen_in(self, spectrum: Spectrum) -> tuple[float, ...]:
        """Return the value of each image channel: three colors, one reflectance or one warmth."""
        if spectrum is Spectrum.VISIBLE:
            return self.visible
        return (self.near_infrared if spectrum is Spectrum.NEAR_INFRARED else self.warmth,)


# Gamma-encoded RGB and relative frequency: most clothes are dark, gray, white, blue or beige.
_FABRIC_COLORS = (
    ((0.10, 0.10, 0.11), 20),  # black
    ((0.28, 0.29, 0.31), 12),  # charcoal
    ((0.55, 0.55, 0.56), 12),  # gray
    ((0.90, 0.90, 0.88), 14),  # white
    ((0.12, 0.16, 0.32), 14),  # navy
    ((0.25, 0.38, 0.58), 10),  # denim
    ((0.50, 0.68, 0.85), 5),  # light blue
    ((0.68, 0.60, 0.46), 8),  # beige
    ((0.38, 0.27, 0.18), 5),  # brown
    ((0.70, 0.13, 0.15), 4),  # red
    ((0.42, 0.10, 0.16), 3),  # burgundy
    ((0.20, 0.42, 0.25), 3),  # green
    ((0.36, 0.38, 0.22), 3),  # olive
    ((0.92, 0.76, 0.25), 2),  # yellow
    ((0.88, 0.50, 0.22), 1),  # orange
    ((0.90, 0.62, 0.70), 3),  # pink
    ((0.42, 0.28, 0.52), 1),  # purple
    ((0.20, 0.56, 0.60), 1),  # teal
)
_HAIR_COLORS = ((0.09, 0.08, 0.08), (0.17, 0.12, 0.09), (0.30, 0.20, 0.13), (0.62, 0.48, 0.30), (0.55, 0.54, 0.52))
_HAIR_WEIGHTS = (0.45, 0.25, 0.15, 0.08, 0.07)
_SKIN_COLORS = ((0.90, 0.72, 0.62), (0.84, 0.65, 0.52), (0.72, 0.52, 0.40), (0.50, 0.34, 0.25))
_SKIN_WEIGHTS = (0.35, 0.35, 0.2, 0.1)


def _vary(color: tuple[float, float, float], amount: float, rng: np.random.Generator) -> tuple[float, float, float]:
    """Shift a gamma-encoded color at random and convert it to linear light."""
    shifted = np.asarray(color) * rng.uniform(1 - amount, 1 + amount) + rng.normal(0, amount / 4, 3)
    linear = np.clip(shifted.astype(np.float32), 0, 1) ** 2.2
    return tuple(float(value) for value in linear)


def _sample_reflectance(rng: np.random.Generator) -> float:
    """Draw a near-infrared reflectance: most fabrics are bright and some are dark, whatever their color."""
    return float(rng.uniform(0.05, 0.2) if rng.random() < 0.45 else rng.uniform(0.25, 0.9))


def sample_fabric(rng: np.random.Generator, warmth: float) -> Material:
    """Draw a fabric with the given warmth; its near-infrared reflectance is independent of its color.

    Example:
        >>> fabric = sample_fabric(np.random.default_rng(0), warmth=0.4)
        >>> fabric.warmth, len(fabric.visible), 0 <= fabric.near_infrared <= 1
        (0.4, 3, True)
    """
    weights = np.array([weight for _, weight in _FABRIC_COLORS], dtype=float)
    color = _FABRIC_COLORS[rng.choice(len(weights), p=weights / weights.sum())][0]
    return Material(_vary(color, 0.15, rng), _sample_reflectance(rng), warmth)


def lightness(material: Material) -> float:
    """Measure how light a material looks to the eye, from 0 (black) to about 1 (white).

    Example:
        >>> lightness(Material((0.25, 0.25, 0.25), near_infrared=0.9, warmth=0.4))
        0.5
    """
    return float(np.mean(material.visible) ** 0.5)


def sample_ink(base: Material, rng: np.random.Generator) -> Material:
    """Draw the second material of a pattern on ``base``.

    - Visible: the ink is clearly lighter or darker than the base.
    - Near infrared: one pattern in eight vanishes, because both dyes color the same fiber. Every other ink has an
      independent reflectance that differs clearly from the base.
    - Thermal: the ink is as warm as the base, so no pattern shows.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> base = sample_fabric(rng, warmth=0.4)
        >>> ink = sample_ink(base, rng)
        >>> abs(lightness(ink) - lightness(base)) > 0.2, ink.warmth == base.warmth
        (True, True)
    """
    ink = sample_fabric(rng, base.warmth)
    while abs(lightness(ink) - lightness(base)) < 0.22:
        ink = sample_fabric(rng, base.warmth)
    if rng.random() < 0.12:
        return replace(ink, near_infrared=base.near_infrared)
    reflectance = ink.near_infrared
    while abs(reflectance**0.5 - base.near_infrared**0.5) < 0.25:
        reflectance = _sample_reflectance(rng)
    return replace(ink, near_infrared=reflectance)


def sample_hair(rng: np.random.Generator) -> Material:
    """Draw hair; melanin is pale in the near infrared, so black hair may look gray there.

    Example:
        >>> sample_hair(np.random.default_rng(0)).warmth
        0.6
    """
    color = _HAIR_COLORS[rng.choice(len(_HAIR_COLORS), p=_HAIR_WEIGHTS)]
    return Material(_vary(color, 0.15, rng), float(rng.uniform(0.08, 0.4)), warmth=0.6)


def sample_skin(rng: np.random.Generator) -> Material:
    """Draw skin; in the near infrared it is bright and nearly equal for all people.

    Example:
        >>> 0.58 <= sample_skin(np.random.default_rng(0)).near_infrared <= 0.7
        True
    """
    color = _SKIN_COLORS[rng.choice(len(_SKIN_COLORS), p=_SKIN_WEIGHTS)]
    return Material(_vary(color, 0.06, rng), float(rng.uniform(0.58, 0.7)), warmth=1.0)
