"""Textures of floors and walls: plain colors, clouds, tiles and rectangles."""

import cv2
import numpy as np

Color = tuple[float, float, float, float]  # linear RGB albedo and near-infrared reflectance


def plain(shape: tuple[int, int], color: Color) -> np.ndarray:
    """Return a surface of one color, (H, W, 4) float32.

    Example:
        >>> plain((2, 3), (0.5, 0.5, 0.5, 0.25)).shape
        (2, 3, 4)
    """
    return np.broadcast_to(np.array(color, dtype=np.float32), (*shape, 4)).copy()


def clouds(shape: tuple[int, int], cell: int, rng: np.random.Generator) -> np.ndarray:
    """Draw smooth noise with mean 1, (H, W).

    Args:
        shape: Height and width in pixels.
        cell: Size of a cloud in pixels.
        rng: Source of the noise.

    Example:
        >>> noise = clouds((60, 60), cell=4, rng=np.random.default_rng(0))
        >>> noise.shape, round(float(noise.mean()), 1)
        ((60, 60), 1.0)
    """
    small = rng.normal(0, 1, (shape[0] // cell + 3, shape[1] // cell + 3)).astype(np.float32)
    return 1 + 0.12 * cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def joints(a: np.ndarray, b: np.ndarray, size: tuple[float, float], line: float, stagger: float = 0.0) -> np.ndarray:
    """Return a mask of the joints between tiles or bricks.

    Args:
        a: First coordinate on the plane, meters.
        b: Second coordinate on the plane, meters.
        size: Size of a tile along a and b, meters.
        line: Width of a joint, meters.
        stagger: Shift of every second row, as a fraction of a tile.

    Example:
        >>> a = np.array([0.01, 0.3, 0.61])
        >>> joints(a, np.full(3, 0.3), size=(0.6, 0.6), line=0.02).tolist()
        [True, False, True]
    """
    row = np.floor(b / size[1])
    return ((a / size[0] + stagger * (row % 2)) % 1 < line / size[0]) | ((b / size[1]) % 1 < line / size[1])


def rectangles(
    a: np.ndarray, b: np.ndarray, period: float, start: float, size: tuple[float, float], base: float
) -> np.ndarray:
    """Return a mask of equal rectangles in a row: doors, windows, posters.

    Args:
        a: Horizontal coordinate on the wall, meters.
        b: Height on the wall, meters.
        period: Distance from one rectangle to the next, meters.
        start: Left edge of one rectangle, meters.
        size: Width and height, meters.
        base: Height of the lower edge, meters.

    Example:
        >>> a = np.array([0.5, 1.5, 3.5])
        >>> rectangles(a, np.ones(3), period=3.0, start=0.0, size=(1.0, 2.0), base=0.0).tolist()
        [True, False, True]
    """
    along = (a - start) % period
    return (along < size[0]) & (b >= base) & (b < base + size[1])
