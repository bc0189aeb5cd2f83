"""Analytic ray casting of bodies, in numpy.

One primitive serves for everything: a *round cone* (the hull of two spheres on an axis, radii may differ) in a frame
that may be stretched along its three axes. Zero length makes an ellipsoid, equal radii a capsule, and a clipped axis
range a hem. Rays are parallel (a pedestrian is small against the distance to the camera), so that every primitive
meets its pixels in one vectorized pass.

View space: x to the image's right, y up, z towards the camera, all in metres.
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Primitives:
    """N round cones, as a structure of float32 arrays.

    In its local frame a primitive's axis runs along y from 0 to ``length`` with radius ``radius[:, 0]`` at the start
    and ``radius[:, 1]`` at the end; local coordinates times ``scale`` are metres.

    Args:
        center: Position of the axis' start, (N, 3) metres.
        axes: Unit vectors of the local frame as rows, (N, 3, 3).
        scale: Metres for one local unit along each axis, (N, 3).
        length: Length of the axis in local units, (N,).
        radius: Radii at start and end in local units, (N, 2).
        clip: Range of the local y outside which the surface is cut away, (N, 2).
        surface: Index of the surface (fabric) that covers it, (N,).
        origin: Pattern height of the axis' start, and 1 or -1 for the direction in which it grows, (N, 2).
    """

    center: np.ndarray
    axes: np.ndarray
    scale: np.ndarray
    length: np.ndarray
    radius: np.ndarray
    clip: np.ndarray
    surface: np.ndarray
    origin: np.ndarray

    def rotated(self, rotation: np.ndarray) -> 'Primitives':
        """The same primitives turned by a (3, 3) matrix about the coordinate origin."""
        return replace(self, center=self.center @ rotation.T, axes=self.axes @ rotation.T)


@dataclass(frozen=True)
class Hits:
    """The M pixels in which something is seen.

    Args:
        pixel: Flat pixel index, (M,).
        depth: View-space z, (M,) metres.
        normal: Outward unit normal in view space, (M, 3).
        angle: Radians around the primitive's axis, 0 at its local z, positive towards its local x, (M,).
        radius: Mean radius of the primitive in metres, (M,).
        height: Pattern height in metres, (M,).
        surface: Index of the surface, (M,).
    """

    pixel: np.ndarray
    depth: np.ndarray
    normal: np.ndarray
    angle: np.ndarray
    radius: np.ndarray
    height: np.ndarray
    surface: np.ndarray


def _screen_boxes(
    primitives: Primitives, shape: tuple[int, int], scale: float, foot: tuple[float, float]
) -> np.ndarray:
    """Pixel boxes (N, 4) as top, bottom, left, right (exclusive), clipped to the image."""
    ends = np.stack(
        [
            primitives.center,
            primitives.center + primitives.axes[:, 1] * (primitives.scale[:, 1] * primitives.length)[:, None],
        ]
    )
    # A stretched sphere of radius r reaches r * |(axes^T scale)| along each view axis.
    reach = np.sqrt(((primitives.axes * primitives.scale[:, :, None]) ** 2).sum(axis=1))
    reach = reach * primitives.radius.T[:, :, None]
    low, high = (ends - reach).min(axis=0), (ends + reach).max(axis=0)
    boxes = np.stack(
        [
            foot[1] - high[:, 1] * scale,
            foot[1] - low[:, 1] * scale,
            foot[0] + low[:, 0] * scale,
            foot[0] + high[:, 0] * scale,
        ],
        axis=1,
    )
    boxes = np.stack([np.floor(boxes[:, 0]), np.ceil(boxes[:, 1]), np.floor(boxes[:, 2]), np.ceil(boxes[:, 3])], axis=1)
    return boxes.clip(0, [shape[0], shape[0], shape[1], shape[1]]).astype(np.int32)


def _box_pixels(boxes: np.ndarray, width: int) -> np.ndarray:
    """Flat indices of the pixels of every box, box after box, in an image ``width`` pixels wide."""
    heights, widths = boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]
    first = np.cumsum(heights) - heights
    row = np.arange(heights.sum()) - np.repeat(first - boxes[:, 0], heights)  # of every box row
    row_widths = np.repeat(widths, heights)
    start = np.cumsum(row_widths) - row_widths
    return np.arange(row_widths.sum()) - np.repeat(start - row * width - np.repeat(boxes[:, 2], heights), row_widths)


def _spread(values: np.ndarray, repeats: np.ndarray) -> np.ndarray:
    """A value of each primitive, for all of its pixels."""
    return np.repeat(values.astype(np.float32), repeats)


def _enter(primitives: Primitives, origin: np.ndarray, direction: np.ndarray, repeats: np.ndarray) -> np.ndarray:
    """Where rays enter their primitives: the ray parameter (K,), infinite where one misses.

    Three surfaces bound a round cone: its two spheres and, between the contact circles, the cone tangent to both,
    cos^2 (x^2 + z^2) = (start - sin y)^2. All entries lie on or inside the hull, so the earliest one is the hull's.

    Args:
        origin: Local x, y and z of the rays' origins, (3, K).
        direction: Local direction of each primitive's rays, (N, 3).
        repeats: Number of rays of each primitive, (N,), adding up to K.
    """
    x, y, z = origin
    dx, dy, dz = direction.T
    start, end = primitives.radius.T
    length = primitives.length
    sine = _taper(primitives)
    cosine2 = 1 - sine**2
    ray_dy = _spread(dy, repeats)
    low, high = (_spread(limit, repeats) for limit in primitives.clip.T)
    entry = np.full(len(x), np.inf, dtype=np.float32)

    def keep_earliest(a: np.ndarray, b: np.ndarray, c: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        """Consider the entries t of a t^2 + 2 b t + c = 0 whose local y lies between ``low`` and ``high``."""
        discriminant = b * b - a * c
        met = np.flatnonzero(discriminant > 0)
        t = (-b[met] - np.sqrt(discriminant[met])) / a[met]
        level = y[met] + t * ray_dy[met]
        better = (level >= low[met]) & (level <= high[met]) & (t < entry[met])
        entry[met[better]] = t[better]

    rho2 = x * x + z * z
    across = x * _spread(dx, repeats) + z * _spread(dz, repeats)
    d2 = _spread((direction**2).sum(axis=1), repeats)
    for offset, radius in ((np.zeros_like(length), start), (length, end)):
        above = y - _spread(offset, repeats)
        keep_earliest(d2, across + above * ray_dy, rho2 + above * above - _spread(radius**2, repeats), low, high)

    a = cosine2 * (dx**2 + dz**2) - (sine * dy) ** 2
    a = np.where(np.abs(a) < 1e-8, 1e-8, a)
    taper = _spread(start, repeats) - _spread(sine, repeats) * y
    ray_cosine2 = _spread(cosine2, repeats)
    keep_earliest(
        _spread(a, repeats),
        ray_cosine2 * across + _spread(sine * dy, repeats) * taper,
        ray_cosine2 * rho2 - taper * taper,
        np.maximum(low, _spread(start * sine, repeats)),
        np.minimum(high, _spread(length + end * sine, repeats)),
    )
    return entry


def _taper(primitives: Primitives) -> np.ndarray:
    """Sine of the angle between a round cone's mantle and its axis, (N,); 0 for an ellipsoid."""
    start, end = primitives.radius.T
    return (start - end) / np.maximum(primitives.length, 1e-6) * (primitives.length > 0)


def _nearest(entry: np.ndarray, pixel: np.ndarray, num_pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixels in which something is hit, and which of the rays hits first there; a tie goes to the first primitive."""
    earliest = np.full(num_pixels, np.inf, dtype=np.float32)
    np.minimum.at(earliest, pixel, entry)
    first = np.flatnonzero((entry == earliest[pixel]) & np.isfinite(entry))[::-1]
    winner = np.full(num_pixels, -1)
    winner[pixel[first]] = first
    seen = np.flatnonzero(winner >= 0)
    return seen, winner[seen]


def ray_cast(primitives: Primitives, shape: tuple[int, int], scale: float, foot: tuple[float, float]) -> Hits:
    """Cast one ray along -z through every pixel center and keep the nearest hit.

    Args:
        primitives: What to draw, in view space.
        shape: Image height and width in pixels.
        scale: Pixels per metre.
        foot: Image (x, y) in pixels of the view-space origin.
    """
    height, width = shape
    boxes = _screen_boxes(primitives, shape, scale, foot)
    repeats = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
    pixel = _box_pixels(boxes, width)
    px = ((pixel % width + 0.5 - foot[0]) / scale).astype(np.float32)
    py = ((foot[1] - 0.5 - pixel // width) / scale).astype(np.float32)

    # The ray (px, py, 0) + t (0, 0, -1) in its primitive's local frame.
    to_local = primitives.axes / primitives.scale[:, :, None]
    shift = np.einsum('nij,nj->ni', to_local, primitives.center)
    origin = np.stack(
        [
            px * _spread(to_local[:, k, 0], repeats)
            + py * _spread(to_local[:, k, 1], repeats)
            - _spread(shift[:, k], repeats)
            for k in range(3)
        ]
    )
    direction = -to_local[:, :, 2]
    entry = _enter(primitives, origin, direction, repeats)
    seen, ray = _nearest(entry, pixel, height * width)

    owner, t = np.repeat(np.arange(len(boxes)), repeats)[ray], entry[ray]
    x, y, z = origin[:, ray] + t * direction[owner].T
    # The normal points away from the center of the sphere that touches the hull there.
    sine = _taper(primitives)
    centre_y = np.clip(y - np.hypot(x, z) * (sine / np.sqrt(1 - sine**2))[owner], 0, primitives.length[owner])
    normal = np.einsum('mi,mij->mj', np.stack([x, y - centre_y, z], axis=1), to_local[owner])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    mean_radius = primitives.radius.mean(axis=1) * (primitives.scale[:, 0] + primitives.scale[:, 2]) / 2
    start_height, growth = primitives.origin.T
    return Hits(
        pixel=seen,
        depth=-t,
        normal=normal,
        angle=np.arctan2(x, z),
        radius=mean_radius[owner],
        height=start_height[owner] + growth[owner] * y * primitives.scale[owner, 1],
        surface=primitives.surface[owner],
    )
