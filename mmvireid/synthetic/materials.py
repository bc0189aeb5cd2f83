"""What surfaces look like in each spectrum.

A dyed fabric's color is made by dyes that are mostly transparent in the near infrared, so its infrared reflectance
depends on the fibre and not on the color: the two are drawn independently here. This is what makes color useless,
and shape and texture useful, for matching across modalities.

In thermal light a fabric shows how much of the body's warmth comes through it, which is a matter of its thickness: a
print is as warm as the cloth under it.
"""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np


class Spectrum(Enum):
    """Band in which a surface is seen: by the light that it reflects or, thermal, by its own warmth."""

    VISIBLE = 'visible'
    NEAR_INFRARED = 'near-infrared'
    THERMAL = 'thermal'


@dataclass(frozen=True)
class Material:
    """Optical properties of one surface.

    Args:
        visible: Linear-light RGB albedo, each in [0, 1].
        near_infrared: Reflectance around 850 nm, in [0, 1].
        warmth: Surface temperature between that of the air (0) and of bare skin (1).
    """

    visible: tuple[float, float, float]
    near_infrared: float
    warmth: float

    def seen_in(self, spectrum: Spectrum) -> tuple[float, ...]:
        """What each channel of an image in ``spectrum`` shows of the material: reflectance, or warmth."""
        if spectrum is Spectrum.VISIBLE:
            return self.visible
        return (self.near_infrared if spectrum is Spectrum.NEAR_INFRARED else self.warmth,)


def linear(srgb: 'tuple[float, float, float] | np.ndarray') -> np.ndarray:
    """Linear light of gamma-encoded values in [0, 1]."""
    return np.clip(np.asarray(srgb, dtype=np.float32), 0, 1) ** 2.2


# Gamma-encoded RGB and how often it is worn: clothes are mostly dark, gray, white, blue or beige.
_FABRIC_COLOURS = (
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
_HAIR_COLOURS = ((0.09, 0.08, 0.08), (0.17, 0.12, 0.09), (0.30, 0.20, 0.13), (0.62, 0.48, 0.30), (0.55, 0.54, 0.52))
_HAIR_WEIGHTS = (0.45, 0.25, 0.15, 0.08, 0.07)
_SKIN_COLOURS = ((0.90, 0.72, 0.62), (0.84, 0.65, 0.52), (0.72, 0.52, 0.40), (0.50, 0.34, 0.25))
_SKIN_WEIGHTS = (0.35, 0.35, 0.2, 0.1)


def _vary(color: tuple[float, float, float], amount: float, rng: np.random.Generator) -> tuple[float, float, float]:
    shifted = np.asarray(color) * rng.uniform(1 - amount, 1 + amount) + rng.normal(0, amount / 4, 3)
    return tuple(float(value) for value in linear(shifted))


def sample_fabric_reflectance(rng: np.random.Generator) -> float:
    """Near-infrared reflectance of a fabric: many are bright whatever their color, some stay dark."""
    return float(rng.uniform(0.05, 0.2) if rng.random() < 0.45 else rng.uniform(0.25, 0.9))


def sample_fabric(rng: np.random.Generator, warmth: float) -> Material:
    """A fabric of a given warmth; its near-infrared reflectance is independent of its color."""
    weights = np.array([weight for _, weight in _FABRIC_COLOURS], dtype=float)
    color = _FABRIC_COLOURS[rng.choice(len(weights), p=weights / weights.sum())][0]
    return Material(_vary(color, 0.15, rng), sample_fabric_reflectance(rng), warmth)


def lightness(material: Material) -> float:
    """How light a material looks to the eye, from 0 to about 1."""
    return float(np.mean(material.visible) ** 0.5)


def sample_ink(base: Material, rng: np.random.Generator) -> Material:
    """A pattern's second material on ``base``.

    It is clearly lighter or darker than the base to the eye. In the infrared one in eight patterns vanishes, as dyes
    on one fibre do; the others have an independent reflectance that can be told from the base's. It is as warm as the
    base, so that no pattern shows in thermal images.
    """
    ink = sample_fabric(rng, base.warmth)
    while abs(lightness(ink) - lightness(base)) < 0.22:
        ink = sample_fabric(rng, base.warmth)
    if rng.random() < 0.12:
        return replace(ink, near_infrared=base.near_infrared)
    reflectance = ink.near_infrared
    while abs(reflectance**0.5 - base.near_infrared**0.5) < 0.25:
        reflectance = sample_fabric_reflectance(rng)
    return replace(ink, near_infrared=reflectance)


def sample_hair(rng: np.random.Generator) -> Material:
    """Hair; melanin is pale in the near infrared, so that black hair may look gray there."""
    color = _HAIR_COLOURS[rng.choice(len(_HAIR_COLOURS), p=_HAIR_WEIGHTS)]
    return Material(_vary(color, 0.15, rng), float(rng.uniform(0.08, 0.4)), warmth=0.6)


def sample_skin(rng: np.random.Generator) -> Material:
    """Skin: bright and much the same for everybody in the near infrared."""
    color = _SKIN_COLOURS[rng.choice(len(_SKIN_COLOURS), p=_SKIN_WEIGHTS)]
    return Material(_vary(color, 0.06, rng), float(rng.uniform(0.58, 0.7)), warmth=1.0)
