"""Patterns: which points of a surface carry a second material.

A pattern sees a surface point only through its body coordinates. It therefore turns and walks with the body:

- ``angle``: radians around the axis of the body part; 0 is the front, positive is toward the body's left;
- ``radius``: mean radius of the body part in meters; ``angle * radius`` is a distance along the skin;
- ``height``: meters along the axis from the origin of the body part. The origin is the hips for the trunk, the
  shoulder for a sleeve, and the middle between chin and crown for the head.

Each ``mask`` takes these three as arrays of one shape and returns a boolean array of that shape.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Pattern(Protocol):
    """Tell where a layer of another material lies on a surface.

    Example:
        >>> patterns: list[Pattern] = [Band(0.0, 0.1), Stripes(period=0.1, duty=0.5)]
        >>> height = np.array([0.02, 0.08])
        >>> [pattern.mask(np.zeros(2), np.ones(2), height).tolist() for pattern in patterns]
        [[True, True], [True, False]]
    """

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Stripes:
    """Draw parallel stripes.

    Args:
        period: Distance from one stripe to the next, meters.
        duty: Width of a stripe as a fraction of the period.
        direction: Radians; 0 draws hoops around the body, pi / 2 draws lines along the body.

    Example:
        >>> height = np.array([0.01, 0.06, 0.11])
        >>> Stripes(period=0.1, duty=0.5).mask(np.zeros(3), np.ones(3), height).tolist()
        [True, False, True]
    """

    period: float
    duty: float
    direction: float = 0.0

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        across = height * np.cos(self.direction) + angle * radius * np.sin(self.direction)
        return (across / self.period) % 1 < self.duty


@dataclass(frozen=True)
class Checks:
    """Draw a chessboard of squares, or a lattice of thin lines.

    Args:
        period: Width of one dark and one light square together, meters.
        grid: True draws the lattice.

    Example:
        >>> angle, height = np.array([0.2, 0.2]), np.array([0.02, 0.07])
        >>> Checks(period=0.1).mask(angle, np.full(2, 0.1), height).tolist()
        [False, True]
    """

    period: float
    grid: bool = False

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        column, row = (angle * radius / self.period) % 1, (height / self.period) % 1
        return (column < 0.3) | (row < 0.3) if self.grid else (column < 0.5) ^ (row < 0.5)


@dataclass(frozen=True)
class Dots:
    """Draw round dots; every second row is shifted by half a period.

    Args:
        period: Distance between the centers of two dots, meters.
        radius: Radius of a dot as a fraction of the period.

    Example:
        >>> angle = np.array([0.5, 0.9])
        >>> Dots(period=0.1, radius=0.3).mask(angle, np.full(2, 0.1), np.full(2, 0.05)).tolist()
        [True, False]
    """

    period: float
    radius: float

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        row = np.floor(height / self.period)
        across = (angle * radius / self.period + 0.5 * (row % 2)) % 1 - 0.5
        along = (height / self.period) % 1 - 0.5
        return across * across + along * along < self.radius**2


@dataclass(frozen=True)
class Band:
    """Cover everything between two heights: a chest stripe, a dark yoke, cuffs.

    Args:
        low: Lower edge, meters (included).
        high: Upper edge, meters (excluded).

    Example:
        >>> height = np.array([0.1, 0.2, 0.3])
        >>> Band(low=0.15, high=0.3).mask(np.zeros(3), np.ones(3), height).tolist()
        [False, True, False]
    """

    low: float
    high: float

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        return (height >= self.low) & (height < self.high)


@dataclass(frozen=True)
class Sector:
    """Cover a range of angles: the front of an open jacket, a side panel, a strap.

    Args:
        center: Middle of the range, radians.
        half_width: Half the width of the range, radians.
        both: True repeats the sector on the other side of the body.
        low: Lower edge, meters.

    Example:
        >>> angle = np.array([0.5, -0.5, 3.1])
        >>> Sector(center=0.5, half_width=0.2, both=True).mask(angle, np.ones(3), np.zeros(3)).tolist()
        [True, True, False]
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
    """Draw a print or a logo of a fixed size.

    Args:
        center: Angle in radians and height in meters of its middle.
        width: Width, meters.
        height: Height, meters.
        round: True draws an ellipse instead of a rectangle.
        hollow: True draws the outline alone.

    Example:
        >>> angle, height = np.array([0.0, 0.5]), np.array([0.3, 0.3])
        >>> Patch(center=(0.0, 0.3), width=0.08, height=0.1).mask(angle, np.full(2, 0.1), height).tolist()
        [True, False]
    """

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
    """Draw a strap from one shoulder across the body to the opposite hip.

    Args:
        side: +1 ends at the body's left hip, -1 at the right hip.
        shoulder: Height of the upper end, meters.
        hip: Height of the lower end, meters.
        width: Half the width of the strap, meters.

    Example:
        >>> angle, height = np.array([np.pi / 2, np.pi / 2]), np.array([0.1, 0.5])
        >>> Sash(side=1, shoulder=0.5, hip=0.1).mask(angle, np.ones(2), height).tolist()
        [True, False]
    """

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
    """Draw the eyes, the brows and the mouth of a head.

    Args:
        half_height: Half the height of the head, meters.

    Example:
        >>> angle, height = np.array([0.4, 0.0, 3.1]), np.array([0.012, -0.046, 0.012])
        >>> Face(half_height=0.1).mask(angle, np.ones(3), height).tolist()  # eye, mouth, back of the head
        [True, True, False]
    """

    half_height: float

    def mask(self, angle: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
        side, level = np.abs(angle), height / self.half_height
        eyes = (np.abs(side - 0.42) < 0.2) & (np.abs(level - 0.12) < 0.09)
        brows = (np.abs(side - 0.42) < 0.26) & (np.abs(level - 0.32) < 0.05)
        mouth = (side < 0.3) & (np.abs(level + 0.46) < 0.06)
        return eyes | brows | mouth
