"""Patterns: which points of a surface carry a second material.

A pattern sees a surface point only through its body coordinates, so that it turns and walks with the body:

- ``angle``: radians around the body part's axis, 0 in front, positive towards the body's left;
- ``radius``: the part's mean radius in metres, so that ``angle * radius`` is a distance along the skin;
- ``height``: metres along the axis from the part's origin (the hips for the torso, the shoulder for a sleeve, the
  chin-to-crown center for the head).

Each ``mask`` takes these three as arrays of one shape and returns a boolean array of that shape.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Pattern(Protocol):
    """Where a layer of another material lies on a surface."""

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Stripes:
    """Parallel stripes; direction 0 draws hoops around the body, pi / 2 lines along it."""

    period: float
    duty: float
    direction: float = 0.0

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        across = height * np.cos(self.direction) + angle * radius * np.sin(self.direction)
        return (across / self.period) % 1 < self.duty


@dataclass(frozen=True)
class Checks:
    """A chessboard of squares, or with ``grid`` a lattice of thin lines."""

    period: float
    grid: bool = False

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        column, row = (angle * radius / self.period) % 1, (height / self.period) % 1
        return (column < 0.3) | (row < 0.3) if self.grid else (column < 0.5) ^ (row < 0.5)


@dataclass(frozen=True)
class Dots:
    """Round spots on a staggered lattice; ``radius`` is a fraction of the period."""

    period: float
    radius: float

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        row = np.floor(height / self.period)
        across = (angle * radius / self.period + 0.5 * (row % 2)) % 1 - 0.5
        along = (height / self.period) % 1 - 0.5
        return across * across + along * along < self.radius**2


@dataclass(frozen=True)
class Band:
    """Everything between two heights: a chest stripe, a dark yoke, cuffs."""

    low: float
    high: float

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        return (height >= self.low) & (height < self.high)


@dataclass(frozen=True)
class Sector:
    """Everything within ``half_width`` radians of an angle: an open jacket's front, a side panel, a strap.

    With ``both`` the sector is repeated on the other side of the body.
    """

    center: float
    half_width: float
    both: bool = False
    low: float = -np.inf

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        position = np.abs(angle) if self.both else angle
        turn = np.abs((position - self.center + np.pi) % (2 * np.pi) - np.pi)
        return (turn < self.half_width) & (height >= self.low)


@dataclass(frozen=True)
class Patch:
    """A print or logo of a given size in metres, rectangular or round, centered at (angle, height)."""

    center: tuple[float, float]
    width: float
    height: float
    round: bool = False
    hollow: bool = False

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        turn = (angle - self.center[0] + np.pi) % (2 * np.pi) - np.pi
        x = np.abs(turn * radius) / (self.width / 2)
        y = np.abs(height - self.center[1]) / (self.height / 2)
        reach = np.hypot(x, y) if self.round else np.maximum(x, y)
        return (reach < 1) & (reach > 0.55) if self.hollow else reach < 1


@dataclass(frozen=True)
class Sash:
    """A strap from one shoulder across the body to the other hip; ``side`` +1 ends at the body's left hip."""

    side: int
    shoulder: float
    hip: float
    width: float = 0.03

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        middle = (self.shoulder + self.hip) / 2
        line = middle - self.side * np.sin(angle) * (self.shoulder - self.hip) / 2
        return np.abs(height - line) < self.width


@dataclass(frozen=True)
class Face:
    """Eyes, brows and mouth of a head whose half height is ``half_height`` metres."""

    half_height: float

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        side, level = np.abs(angle), height / self.half_height
        eyes = (np.abs(side - 0.42) < 0.2) & (np.abs(level - 0.12) < 0.09)
        brows = (np.abs(side - 0.42) < 0.26) & (np.abs(level - 0.32) < 0.05)
        mouth = (side < 0.3) & (np.abs(level + 0.46) < 0.06)
        return eyes | brows | mouth
