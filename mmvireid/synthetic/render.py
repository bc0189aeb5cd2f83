"""Cast rays on bodies analytically, in numpy.

Rays are parallel, because a pedestrian is small compared with the distance to the camera. One vectorized pass
therefore handles all primitives with all their pixels.

View space, in meters: x points to the right of the image, y points up, z points toward the camera.
"""

from dataclasses import dataclass

import numpy as np

from .primitives import Primitives


@dataclass(frozen=True)
class Hits:
    """Hold the M pixels in which a ray hits a surface.

    Args:
        pixel: Flat pixel index, (M,).
        depth: View-space z, (M,) meters.
        normal: Outward unit normal in view space, (M, 3).
        angle: Radians around the primitive's axis, (M,); 0 is its local z, positive is toward its local x.
        radius: Mean radius of the primitive, (M,) meters.
        height: Pattern height, (M,) meters.
        surface: Index of the surface, (M,).

    Example:
        >>> hits = Hits(
        ...     pixel=np.array([5]), depth=np.zeros(1), normal=np.float32([[0, 0, 1]]), angle=np.zeros(1),
        ...     radius=np.full(1, 0.1), height=np.full(1, 0.3), surface=np.array([2]),
        ... )
        >>> (hits.pixel // 4).tolist(), (hits.pixel % 4).tolist()  # row and column in an image 4 pixels wide
        ([1], [1])
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
    """Return the pixel box of each primitive: top, bottom, left, right, (N, 4); bottom and right are exclusive."""
    ends = np.stack(
        [
            primitives.center,
            primitives.center + primitives.axes[:, 1] * (primitives.scale[:, 1] * primitives.length)[:, None],
        ]
    )
    # Along each view axis, a stretched sphere of radius r extends r * |(axes^T scale)| from its center.
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
    """Return the flat pixel indices of every box, box after box, in an image ``width`` pixels wide."""
    heights, widths = boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]
    first = np.cumsum(heights) - heights
    row = np.arange(heights.sum()) - np.repeat(first - boxes[:, 0], heights)  # the image row of each row of each box
    row_widths = np.repeat(widths, heights)
    start = np.cumsum(row_widths) - row_widths
    return np.arange(row_widths.sum()) - np.repeat(start - row * width - np.repeat(boxes[:, 2], heights), row_widths)


def _spread(values: np.ndarray, repeats: np.ndarray) -> np.ndarray:
    """Repeat the value of each primitive for all of its pixels."""
    return np.repeat(values.astype(np.float32), repeats)


def _enter(primitives: Primitives, origin: np.ndarray, direction: np.ndarray, repeats: np.ndarray) -> np.ndarray:
    """Compute the ray parameter at which each ray enters its primitive, (K,); a miss is infinite.

    Three surfaces bound a round cone: its two spheres, and a cone that touches both. The cone lies between the two
    contact circles: cos^2 (x^2 + z^2) = (start - sin y)^2. All three surfaces lie on or inside the hull, so the
    earliest entry is the entry into the hull.

    Args:
        primitives: N round cones.
        origin: Local x, y and z of the ray origins, (3, K).
        direction: Local direction of each primitive's rays, (N, 3).
        repeats: Number of rays of each primitive, (N,); the sum is K.
    """
    x, y, z = origin
    dx, dy, dz = direction.T
    start, end = primitives.radius.T
    length = primitives.length
    sine = primitives.taper()
    cosine2 = 1 - sine**2
    ray_dy = _spread(dy, repeats)
    low, high = (_spread(limit, repeats) for limit in primitives.clip.T)
    entry = np.full(len(x), np.inf, dtype=np.float32)

    def keep_earliest(a: np.ndarray, b: np.ndarray, c: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        """Solve a t^2 + 2 b t + c = 0 for the entry t; keep it if local y lies between ``low`` and ``high``."""
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


def _nearest(entry: np.ndarray, pixel: np.ndarray, num_pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels with a hit, and the ray that hits first in each; a tie goes to the first primitive."""
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
        primitives: Round cones in view space.
        shape: Image height and width in pixels.
        scale: Pixels per meter.
        foot: Image (x, y) in pixels of the view-space origin.

    Example:
        >>> from mmvireid.synthetic.primitives import PrimitivesBuilder
        >>> builder = PrimitivesBuilder(['skin'])
        >>> builder.add_ellipsoid(np.zeros(3), (1, 1, 1), np.float32([0, 1, 0]), np.float32([0, 0, 1]), 'skin')
        >>> hits = ray_cast(builder.build(), shape=(3, 3), scale=1.0, foot=(1.5, 1.5))
        >>> hits.pixel.tolist(), hits.depth.tolist()  # the middle pixel sees the front of the unit sphere
        ([4], [1.0])
    """
    height, width = shape
    boxes = _screen_boxes(primitives, shape, scale, foot)
    repeats = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
    pixel = _box_pixels(boxes, width)
    px = ((pixel % width + 0.5 - foot[0]) / scale).astype(np.float32)
    py = ((foot[1] - 0.5 - pixel // width) / scale).astype(np.float32)

    # Express the ray (px, py, 0) + t (0, 0, -1) in the local frame of its primitive.
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
    # The normal points away from the center of the inscribed sphere that touches the hull at this point.
    sine = primitives.taper()
    center_y = np.clip(y - np.hypot(x, z) * (sine / np.sqrt(1 - sine**2))[owner], 0, primitives.length[owner])
    normal = np.einsum('mi,mij->mj', np.stack([x, y - center_y, z], axis=1), to_local[owner])
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
