"""The places where the cameras hang: reflectance of everything but the people.

A scene is ray-cast from a few planes, so that floors and walls have true perspective and each pixel knows how far away
it is; doors, windows and posters are rectangles on those planes, and trees are drawn over them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

Color = tuple[float, float, float, float]  # linear RGB albedo and near-infrared reflectance


@dataclass(frozen=True)
class Rays:
    """Directions of a camera's pixels in world space: x right, y up, z ahead; the camera is at (0, height, 0)."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    height: float


@dataclass
class Scene:
    """What a camera sees: reflectance (H, W, 4), distance in metres and cosine of incidence (H, W)."""

    reflectance: np.ndarray
    distance: np.ndarray
    facing: np.ndarray

    def cover(self, ray_length: np.ndarray, facing: np.ndarray, reflectance: np.ndarray) -> None:
        """Put a plane in front of what is farther away; ``ray_length`` is infinite where it is missed."""
        nearer = ray_length < self.distance
        self.distance[nearer] = ray_length[nearer]
        self.facing[nearer] = np.broadcast_to(facing, nearer.shape)[nearer]
        self.reflectance[nearer] = np.broadcast_to(reflectance, (*nearer.shape, 4))[nearer]


def _meet(offset: float, direction: np.ndarray) -> np.ndarray:
    with np.errstate(divide='ignore', over='ignore'):
        length = offset / direction
    return np.where(length > 0, length, np.inf).astype(np.float32)


def _paint(values: np.ndarray, mask: np.ndarray, color: Color) -> None:
    values[mask] = color


def _plain(shape: tuple[int, int], color: Color) -> np.ndarray:
    return np.broadcast_to(np.array(color, dtype=np.float32), (*shape, 4)).copy()


def _cloudy(shape: tuple[int, int], cell: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise with mean 1."""
    small = rng.normal(0, 1, (shape[0] // cell + 3, shape[1] // cell + 3)).astype(np.float32)
    return 1 + 0.12 * cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def _grid(a: np.ndarray, b: np.ndarray, size: tuple[float, float], line: float, stagger: float = 0.0) -> np.ndarray:
    """Mask of the joints between tiles or bricks of ``size`` metres."""
    row = np.floor(b / size[1])
    return ((a / size[0] + stagger * (row % 2)) % 1 < line / size[0]) | ((b / size[1]) % 1 < line / size[1])


def _rectangles(
    a: np.ndarray, b: np.ndarray, period: float, start: float, size: tuple[float, float], base: float
) -> np.ndarray:
    """Mask of rectangles repeated every ``period`` metres along a, standing ``base`` metres above the floor."""
    along = (a - start) % period
    return (along < size[0]) & (b >= base) & (b < base + size[1])


def _on_plane(rays: Rays, length: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    finite = np.where(np.isfinite(length), length, 0)
    return rays.x * finite, rays.height + rays.y * finite, rays.z * finite


def _empty(rays: Rays, color: Color) -> Scene:
    shape = rays.x.shape
    return Scene(_plain(shape, color), np.full(shape, 1e3, np.float32), np.ones(shape, np.float32))


def corridor(rays: Rays, rng: np.random.Generator) -> Scene:
    """Camera 1: an office corridor with doors, notice boards and a tiled floor."""
    scene = _empty(rays, (0.7, 0.7, 0.68, 0.6))
    shape = rays.x.shape
    length = _meet(-rays.height, rays.y)
    x, _, z = _on_plane(rays, length)
    floor = _plain(shape, (0.42, 0.38, 0.33, 0.4))
    _paint(floor, ((np.floor(x / 0.6) + np.floor(z / 0.6)) % 2) == 0, (0.36, 0.32, 0.28, 0.34))
    _paint(floor, _grid(x, z, (0.6, 0.6), 0.015), (0.2, 0.19, 0.18, 0.2))
    _paint(floor, np.abs(np.abs(x) - 1.55) < 0.08, (0.12, 0.13, 0.16, 0.15))
    scene.cover(length, -rays.y, floor)
    for wall_x in (-1.9, 1.9):
        length = _meet(wall_x, rays.x)
        _, y, z = _on_plane(rays, length)
        wall = _plain(shape, (0.68, 0.66, 0.58, 0.62))
        _paint(wall, y < 1.0, (0.40, 0.47, 0.48, 0.5))
        _paint(wall, _rectangles(z, y, 3.4, 2.0 + wall_x / 3, (1.0, 2.1), 0.0), (0.27, 0.15, 0.08, 0.45))
        _paint(wall, _rectangles(z, y, 3.4, 2.1 + wall_x / 3, (0.25, 0.5), 1.3), (0.5, 0.56, 0.6, 0.2))
        _paint(wall, _rectangles(z, y, 3.4, 3.9 + wall_x / 3, (0.9, 0.7), 1.3), (0.5, 0.42, 0.25, 0.35))
        _paint(
            wall,
            _rectangles(z, y, 0.45, 0.1, (0.22, 0.28), 1.45)
            & _rectangles(z, y, 3.4, 3.9 + wall_x / 3, (0.9, 0.7), 1.3),
            (0.8, 0.8, 0.78, 0.75),
        )
        _paint(wall, y < 0.1, (0.1, 0.1, 0.1, 0.15))
        scene.cover(length, np.abs(rays.x), wall)
    length = _meet(14.0, rays.z)
    x, y, _ = _on_plane(rays, length)
    end = _plain(shape, (0.75, 0.77, 0.78, 0.5))
    _paint(end, np.abs(x) < 1.0, (0.25, 0.3, 0.34, 0.2))
    _paint(end, _grid(x, y, (0.5, 1.1), 0.05), (0.6, 0.6, 0.6, 0.5))
    scene.cover(length, rays.z, end)
    scene.cover(_meet(2.9 - rays.height, rays.y), np.abs(rays.y), _plain(shape, (0.8, 0.8, 0.78, 0.7)))
    return scene


def hall(rays: Rays, rng: np.random.Generator) -> Scene:
    """Cameras 2 and 3: an entrance hall with a brick wall, pillars, benches and large stone tiles."""
    scene = _empty(rays, (0.6, 0.6, 0.6, 0.5))
    shape = rays.x.shape
    length = _meet(-rays.height, rays.y)
    x, _, z = _on_plane(rays, length)
    floor = _plain(shape, (0.50, 0.49, 0.47, 0.45)) * _cloudy(shape, 24, rng)[..., None]
    _paint(floor, _grid(x, z, (1.2, 0.8), 0.02), (0.3, 0.3, 0.3, 0.28))
    _paint(floor, (np.abs(x + 0.6) < 0.9) & (z > 6.2), (0.22, 0.07, 0.06, 0.3))
    scene.cover(length, -rays.y, floor)
    length = _meet(9.5, rays.z)
    x, y, _ = _on_plane(rays, length)
    wall = _plain(shape, (0.42, 0.22, 0.15, 0.42)) * _cloudy(shape, 12, rng)[..., None]
    _paint(wall, _grid(x, y, (0.5, 0.16), 0.025, stagger=0.5), (0.55, 0.5, 0.45, 0.55))
    _paint(wall, _rectangles(x, y, 5.0, 0.8, (1.7, 2.2), 0.0), (0.12, 0.16, 0.18, 0.08))
    _paint(wall, _rectangles(x, y, 5.0, 1.6, (0.08, 2.2), 0.0), (0.5, 0.5, 0.5, 0.5))
    _paint(wall, _rectangles(x, y, 5.0, 3.3, (1.2, 0.9), 1.4), (0.75, 0.75, 0.7, 0.7))
    _paint(wall, _rectangles(x, y, 5.0, 3.4, (1.0, 0.4), 1.7), (0.1, 0.25, 0.45, 0.3))
    _paint(wall, y < 0.12, (0.15, 0.15, 0.15, 0.15))
    scene.cover(length, rays.z, wall)
    for pillar_x, pillar_z in ((-3.2, 6.5), (2.9, 7.5)):
        length = _meet(pillar_z, rays.z)
        x, _, _ = _on_plane(rays, length)
        inside = np.abs(x - pillar_x) < 0.35
        shade = 1 - 0.5 * ((x - pillar_x) / 0.35) ** 2
        scene.cover(np.where(inside, length, np.inf), rays.z, _plain(shape, (0.6, 0.58, 0.52, 0.55)) * shade[..., None])
    length = _meet(8.9, rays.z)
    x, y, _ = _on_plane(rays, length)
    bench = _rectangles(x, y, 5.0, 2.9, (2.0, 0.08), 0.42) | _rectangles(x, y, 1.0, 0.1, (0.08, 0.45), 0.0) & (
        ((x - 2.9) % 5.0) < 2.0
    )
    scene.cover(np.where(bench, length, np.inf), rays.z, _plain(shape, (0.3, 0.2, 0.1, 0.5)))
    scene.cover(_meet(4.2 - rays.height, rays.y), np.abs(rays.y), _plain(shape, (0.7, 0.7, 0.7, 0.6)))
    return scene


def street(rays: Rays, rng: np.random.Generator) -> Scene:
    """Camera 4: a pavement beside a road, with a house front."""
    scene = _empty(rays, (0.55, 0.68, 0.85, 0.3))
    shape = rays.x.shape
    length = _meet(-rays.height, rays.y)
    x, _, z = _on_plane(rays, length)
    ground = _plain(shape, (0.38, 0.36, 0.34, 0.35)) * _cloudy(shape, 6, rng)[..., None]
    _paint(ground, _grid(x, z, (0.5, 0.5), 0.03), (0.26, 0.25, 0.24, 0.25))
    road = z < 5.3
    ground[road] = (np.array([0.13, 0.13, 0.14, 0.16], np.float32) * _cloudy(shape, 4, rng)[..., None])[road]
    _paint(ground, np.abs(z - 5.3) < 0.1, (0.55, 0.55, 0.53, 0.5))
    _paint(ground, z > 8.7, (0.2, 0.15, 0.1, 0.3))
    scene.cover(length, -rays.y, ground)
    length = _meet(9.4, rays.z)
    x, y, _ = _on_plane(rays, length)
    front = _plain(shape, (0.62, 0.55, 0.42, 0.5)) * _cloudy(shape, 16, rng)[..., None]
    _paint(front, _rectangles(x, y, 2.6, 0.4, (1.3, 1.5), 1.0), (0.09, 0.12, 0.15, 0.08))
    _paint(front, _rectangles(x, y, 2.6, 0.95, (0.1, 1.5), 1.0), (0.8, 0.8, 0.78, 0.7))
    _paint(front, _rectangles(x, y, 7.8, 4.3, (1.2, 2.3), 0.0), (0.1, 0.2, 0.12, 0.35))
    _paint(front, y < 0.6, (0.35, 0.33, 0.3, 0.35))
    scene.cover(np.where(y < 6, length, np.inf), rays.z, front)
    _plant(scene, rays, rng, count=2, z=8.9)
    return scene


def courtyard(rays: Rays, rng: np.random.Generator) -> Scene:
    """Camera 5: a footpath across a lawn, with a hedge, trees and a concrete building."""
    scene = _empty(rays, (0.75, 0.78, 0.8, 0.3))
    shape = rays.x.shape
    length = _meet(-rays.height, rays.y)
    x, _, z = _on_plane(rays, length)
    ground = _plain(shape, (0.10, 0.2, 0.05, 0.6)) * (_cloudy(shape, 3, rng) * _cloudy(shape, 30, rng))[..., None]
    path = np.abs(x - 0.15 * z + 0.6) < 2.4
    ground[path] = (np.array([0.45, 0.42, 0.38, 0.42], np.float32) * _cloudy(shape, 5, rng)[..., None])[path]
    _paint(ground, path & _grid(x, z, (0.4, 0.2), 0.02, stagger=0.5), (0.33, 0.31, 0.28, 0.32))
    scene.cover(length, -rays.y, ground)
    length = _meet(15.0, rays.z)
    x, y, _ = _on_plane(rays, length)
    front = _plain(shape, (0.5, 0.5, 0.5, 0.5)) * _cloudy(shape, 16, rng)[..., None]
    _paint(front, (y % 3.0 > 1.0) & (y % 3.0 < 2.4), (0.15, 0.2, 0.24, 0.1))
    _paint(front, x % 1.5 < 0.15, (0.6, 0.6, 0.6, 0.55))
    scene.cover(np.where(y < 9, length, np.inf), rays.z, front)
    length = _meet(11.2, rays.z)
    x, y, _ = _on_plane(rays, length)
    hedge = (y < 1.0 + 0.15 * np.sin(x * 5)) & (np.abs(x - 1.2) > 2.6)
    leaves = _plain(shape, (0.05, 0.13, 0.04, 0.6)) * (_cloudy(shape, 3, rng) ** 3)[..., None]
    scene.cover(np.where(hedge, length, np.inf), rays.z, leaves)
    _plant(scene, rays, rng, count=2, z=12.0)
    return scene


def car_park(rays: Rays, rng: np.random.Generator) -> Scene:
    """Camera 6: an asphalt yard with markings, a fence and shrubs, lit at night by the camera's lamp alone."""
    scene = _empty(rays, (0.02, 0.02, 0.03, 0.01))
    shape = rays.x.shape
    length = _meet(-rays.height, rays.y)
    x, _, z = _on_plane(rays, length)
    ground = _plain(shape, (0.15, 0.15, 0.15, 0.25)) * (_cloudy(shape, 4, rng) * _cloudy(shape, 40, rng))[..., None]
    _paint(ground, (np.abs(x % 2.6 - 1.3) < 0.06) & (z > 5), (0.8, 0.8, 0.8, 0.7))
    scene.cover(length, -rays.y, ground)
    length = _meet(11.0, rays.z)
    x, y, _ = _on_plane(rays, length)
    fence = ((x % 0.3 < 0.05) | (np.abs(y % 0.8 - 0.7) < 0.04) | (x % 3.0 < 0.14)) & (y < 1.8)
    scene.cover(np.where(fence, length, np.inf), rays.z, _plain(shape, (0.4, 0.4, 0.4, 0.25)))
    _plant(scene, rays, rng, count=5, z=12.0)
    return scene


def shopping_street(rays: Rays, rng: np.random.Generator) -> Scene:
    """RegDB's layout, from a roof: a wide pavement with plants, and a road with a zebra crossing and parked cars."""
    scene = _empty(rays, (0.6, 0.6, 0.6, 0.4))
    shape = rays.x.shape
    length = _meet(-rays.height, rays.y)
    x, _, z = _on_plane(rays, length)
    ground = _plain(shape, (0.40, 0.37, 0.34, 0.45)) * (_cloudy(shape, 5, rng) * _cloudy(shape, 60, rng))[..., None]
    _paint(ground, _grid(x, z, (0.8, 0.8), 0.06, stagger=0.5), (0.27, 0.25, 0.24, 0.3))
    _paint(ground, np.abs((x + 0.7 * z) % 9.0 - 4.5) < 0.5, (0.42, 0.24, 0.18, 0.35))
    _paint(ground, np.hypot(x % 6.3 - 3.0, z - 20.3) < 0.4, (0.12, 0.12, 0.13, 0.1))
    bush = np.hypot(x % 4.4 - 2.0, z - 23.6) < 0.7 * _cloudy(shape, 9, rng) ** 3
    ground[bush] = (np.array([0.09, 0.14, 0.05, 0.7], np.float32) * _cloudy(shape, 3, rng)[..., None] ** 4)[bush]
    road = (np.array([0.11, 0.11, 0.12, 0.12], np.float32) * _cloudy(shape, 4, rng)[..., None])[z > 24.6]
    ground[z > 24.6] = road
    _paint(ground, np.abs(z - 24.6) < 0.15, (0.55, 0.55, 0.53, 0.5))
    _paint(ground, (z > 25.2) & (z < 29) & (np.abs(x + 2.5) < 2.2) & (x % 0.9 < 0.45), (0.75, 0.75, 0.73, 0.65))
    scene.cover(length, -rays.y, ground)
    length = _meet(27.0, rays.z)
    x, y, _ = _on_plane(rays, length)
    for left, paint in ((0.8, (0.5, 0.06, 0.05, 0.35)), (6.0, (0.55, 0.56, 0.58, 0.5)), (-9.6, (0.05, 0.08, 0.2, 0.2))):
        along = x - left
        body = (along > 0) & (along < 4.3) & (y > 0.25) & (y < 0.85)
        cabin = (along > 0.9 + 0.5 * (y - 0.85)) & (along < 3.6 - 0.8 * (y - 0.85)) & (y >= 0.85) & (y < 1.4)
        wheel = (np.hypot(along - 0.9, y - 0.32) < 0.32) | (np.hypot(along - 3.4, y - 0.32) < 0.32)
        car = _plain(shape, paint)
        _paint(car, cabin & (y < 1.32), (0.06, 0.08, 0.1, 0.1))
        _paint(car, wheel, (0.03, 0.03, 0.03, 0.05))
        scene.cover(np.where(body | cabin | wheel, length, np.inf), rays.z, car)
    return scene


def _plant(scene: Scene, rays: Rays, rng: np.random.Generator, count: int, z: float) -> None:
    """Trees at depth ``z``: a trunk and a crown of overlapping discs of leaves, bright in the near infrared."""
    length = _meet(z, rays.z)
    x, y, _ = _on_plane(rays, length)
    texture = _cloudy(x.shape, 4, rng) ** 4
    reach = 0.8 * z
    for position in (np.arange(count) + rng.uniform(0.2, 0.8, count)) / count * 2 * reach - reach:
        trunk = (np.abs(x - position) < 0.16) & (y < 2.6)
        scene.cover(np.where(trunk, length, np.inf), rays.z, _plain(x.shape, (0.12, 0.09, 0.06, 0.3)))
        crown = np.zeros(x.shape, dtype=bool)
        for dx, dy, radius in zip(
            rng.normal(0, 0.7, 9), rng.uniform(2.0, 4.5, 9), rng.uniform(0.4, 0.9, 9), strict=True
        ):
            crown |= (x - position - dx) ** 2 + (y - dy) ** 2 < radius**2
        scene.cover(
            np.where(crown, length * 0.99, np.inf),
            rays.z,
            _plain(x.shape, (0.07, 0.16, 0.05, 0.65)) * texture[..., None],
        )


PLACES: dict[str, Callable[[Rays, np.random.Generator], Scene]] = {
    'corridor': corridor,
    'hall': hall,
    'street': street,
    'courtyard': courtyard,
    'car_park': car_park,
    'shopping_street': shopping_street,
}
