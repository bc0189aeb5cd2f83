"""Draw obstacles that stand between the camera and the person."""

import cv2
import numpy as np

_LEAVES = {3: (0.06, 0.14, 0.04), 1: (0.5,)}  # linear color by number of channels; the one channel is near infrared


def occlude(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Draw a post, a low wall or a bush over part of ``canvas``, in place.

    Args:
        canvas: Image in linear light, (H, W, C) float32; C is 3 (visible) or 1 (gray).
        rng: Source of the kind, position and color.

    Example:
        >>> canvas = np.ones((32, 16, 3), np.float32)
        >>> occlude(canvas, np.random.default_rng(0))
        >>> bool((canvas != 1).any())
        True
    """
    (_post, _low_wall, _bush)[rng.integers(3)](canvas, rng)


def _sample_color(channels: int, rng: np.random.Generator) -> np.ndarray:
    return (rng.uniform(0.05, 0.5) * rng.uniform(0.7, 1.3, channels)).astype(np.float32)


def _post(canvas: np.ndarray, rng: np.random.Generator) -> None:
    width = canvas.shape[1]
    radius = width * rng.uniform(0.06, 0.14)
    offset = (np.arange(width) + 0.5 - rng.uniform(0, width)) / radius
    inside = np.abs(offset) < 1
    rounding = (1 - 0.6 * offset[inside] ** 2).astype(np.float32)
    canvas[:, inside] = _sample_color(canvas.shape[2], rng) * rounding[:, None]


def _low_wall(canvas: np.ndarray, rng: np.random.Generator) -> None:
    height, width, channels = canvas.shape
    top = int(height * rng.uniform(0.66, 0.88))
    course = max(2, int(0.05 * height))
    rows, columns = np.mgrid[: height - top, :width]
    joint = (rows % course == 0) | ((columns + course * (rows // course % 2)) % (2 * course) == 0)
    canvas[top:] = _sample_color(channels, rng) * np.where(joint, 0.7, 1).astype(np.float32)[..., None]


def _bush(canvas: np.ndarray, rng: np.random.Generator) -> None:
    height, width, channels = canvas.shape
    leaves = rng.normal(0, 1, (height // 6 + 1, width // 6 + 1)).astype(np.float32)
    leaves = cv2.resize(leaves, (width, height), interpolation=cv2.INTER_CUBIC)
    rows, columns = np.ogrid[:height, :width]
    x = (columns - rng.uniform(0, width)) / (0.45 * width)
    y = (rows - rng.uniform(0.85, 1.0) * height) / (0.25 * height)
    inside = x**2 + y**2 + 0.25 * leaves < 1
    shade = (1 + 0.4 * leaves[inside]).clip(0.2, 2)
    canvas[inside] = np.array(_LEAVES[channels], dtype=np.float32) * shade[:, None]
