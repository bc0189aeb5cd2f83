"""The scene that a camera sees: surfaces without people, ray-cast from a few planes.

Floors and walls are planes, so they have true perspective and each pixel knows its distance.
"""

from dataclasses import dataclass

import numpy as np

from .textures import Color, plain


@dataclass(frozen=True)
class Rays:
    """Hold the directions of a camera's pixels in world space; the camera is at (0, height, 0).

    Args:
        x: Component to the right, (H, W).
        y: Upward component, (H, W).
        z: Component straight ahead, (H, W).
        height: Height of the camera above the floor, meters.

    Example:
        >>> down, ahead = 0.6, 0.8
        >>> rays = Rays(np.float32([[0.0]]), np.float32([[-down]]), np.float32([[ahead]]), height=3.0)
        >>> length = ray_lengths(-rays.height, rays.y)  # to the floor
        >>> [round(float(value[0, 0]), 3) for value in rays.points(length)]
        [0.0, 0.0, 4.0]
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    height: float

    def points(self, length: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return x, y and z of the points at ``length`` meters; an infinite length gives the camera's position."""
        finite = np.where(np.isfinite(length), length, 0)
        return self.x * finite, self.height + self.y * finite, self.z * finite


@dataclass
class Scene:
    """Hold the surface that each pixel of a camera sees.

    Args:
        reflectance: Red, green, blue and near-infrared reflectance, (H, W, 4).
        distance: Meters from the camera, (H, W).
        facing: Cosine of the angle between the ray and the surface normal, (H, W).

    Example:
        >>> rays = Rays(np.zeros((1, 2)), np.zeros((1, 2)), np.ones((1, 2)), height=3.0)
        >>> scene = Scene.empty(rays, (0.5, 0.5, 0.5, 0.5))
        >>> wall = plain((1, 2), (0.25, 0.25, 0.25, 0.75))
        >>> scene.cover(np.array([[9.0, np.inf]]), rays.z, wall)  # the second ray misses the wall
        >>> scene.reflectance[0, :, 3].tolist(), scene.distance.tolist()
        ([0.75, 0.5], [[9.0, 1000.0]])
    """

    reflectance: np.ndarray
    distance: np.ndarray
    facing: np.ndarray

    @classmethod
    def empty(cls, rays: Rays, color: Color) -> 'Scene':
        """Return a scene of one color, 1 km away."""
        shape = rays.x.shape
        return cls(plain(shape, color), np.full(shape, 1e3, np.float32), np.ones(shape, np.float32))

    def cover(self, ray_length: np.ndarray, facing: np.ndarray, reflectance: np.ndarray) -> None:
        """Put a plane in front of everything that is farther away; ``ray_length`` is infinite where a ray misses."""
        nearer = ray_length < self.distance
        self.distance[nearer] = ray_length[nearer]
        self.facing[nearer] = np.broadcast_to(facing, nearer.shape)[nearer]
        self.reflectance[nearer] = np.broadcast_to(reflectance, (*nearer.shape, 4))[nearer]


def ray_lengths(offset: float, direction: np.ndarray) -> np.ndarray:
    """Compute the lengths of the rays that end on a plane across one axis; a miss is infinite.

    Args:
        offset: Position of the plane on that axis, relative to the camera, meters.
        direction: Component of the ray directions along that axis.

    Example:
        >>> ray_lengths(6.0, np.array([1.0, 0.5, -1.0])).tolist()
        [6.0, 12.0, inf]
    """
    with np.errstate(divide='ignore', over='ignore'):
        length = offset / direction
    return np.where(length > 0, length, np.inf).astype(np.float32)
