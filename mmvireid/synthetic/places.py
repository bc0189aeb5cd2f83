"""The places where the cameras hang: the reflectance of everything except the people.

Doors, windows and posters are rectangles on floors and walls. Trees are drawn over them.
"""

from collections.abc import Callable

import numpy as np

from .scene import Rays, Scene, ray_lengths
from .textures import clouds, joints, plain, rectangles


def _corridor(rays: Rays, rng: np.random.Generator) -> Scene:
    """Draw an office corridor with doors, notice boards and a tiled floor (camera 1)."""
    scene = Scene.empty(rays, (0.7, 0.7, 0.68, 0.6))
    shape = rays.x.shape
    length = ray_lengths(-rays.height, rays.y)
    x, _, z = rays.points(length)
    floor = plain(shape, (0.42, 0.38, 0.33, 0.4))
    floor[((np.floor(x / 0.6) + np.floor(z / 0.6)) % 2) == 0] = (0.36, 0.32, 0.28, 0.34)
    floor[joints(x, z, (0.6, 0.6), 0.015)] = (0.2, 0.19, 0.18, 0.2)
    floor[np.abs(np.abs(x) - 1.55) < 0.08] = (0.12, 0.13, 0.16, 0.15)
    scene.cover(length, -rays.y, floor)
    for wall_x in (-1.9, 1.9):
        length = ray_lengths(wall_x, rays.x)
        _, y, z = rays.points(length)
        wall = plain(shape, (0.68, 0.66, 0.58, 0.62))
        wall[y < 1.0] = (0.40, 0.47, 0.48, 0.5)
        wall[rectangles(z, y, 3.4, 2.0 + wall_x / 3, (1.0, 2.1), 0.0)] = (0.27, 0.15, 0.08, 0.45)
        wall[rectangles(z, y, 3.4, 2.1 + wall_x / 3, (0.25, 0.5), 1.3)] = (0.5, 0.56, 0.6, 0.2)
        board = rectangles(z, y, 3.4, 3.9 + wall_x / 3, (0.9, 0.7), 1.3)
        wall[board] = (0.5, 0.42, 0.25, 0.35)
        wall[board & rectangles(z, y, 0.45, 0.1, (0.22, 0.28), 1.45)] = (0.8, 0.8, 0.78, 0.75)
        wall[y < 0.1] = (0.1, 0.1, 0.1, 0.15)
        scene.cover(length, np.abs(rays.x), wall)
    length = ray_lengths(14.0, rays.z)
    x, y, _ = rays.points(length)
    end = plain(shape, (0.75, 0.77, 0.78, 0.5))
    end[np.abs(x) < 1.0] = (0.25, 0.3, 0.34, 0.2)
    end[joints(x, y, (0.5, 1.1), 0.05)] = (0.6, 0.6, 0.6, 0.5)
    scene.cover(length, rays.z, end)
    scene.cover(ray_lengths(2.9 - rays.height, rays.y), np.abs(rays.y), plain(shape, (0.8, 0.8, 0.78, 0.7)))
    return scene


def _hall(rays: Rays, rng: np.random.Generator) -> Scene:
    """Draw an entrance hall with a brick wall, pillars, benches and large stone tiles (cameras 2 and 3)."""
    scene = Scene.empty(rays, (0.6, 0.6, 0.6, 0.5))
    shape = rays.x.shape
    length = ray_lengths(-rays.height, rays.y)
    x, _, z = rays.points(length)
    floor = plain(shape, (0.50, 0.49, 0.47, 0.45)) * clouds(shape, 24, rng)[..., None]
    floor[joints(x, z, (1.2, 0.8), 0.02)] = (0.3, 0.3, 0.3, 0.28)
    floor[(np.abs(x + 0.6) < 0.9) & (z > 6.2)] = (0.22, 0.07, 0.06, 0.3)
    scene.cover(length, -rays.y, floor)
    length = ray_lengths(9.5, rays.z)
    x, y, _ = rays.points(length)
    wall = plain(shape, (0.42, 0.22, 0.15, 0.42)) * clouds(shape, 12, rng)[..., None]
    wall[joints(x, y, (0.5, 0.16), 0.025, stagger=0.5)] = (0.55, 0.5, 0.45, 0.55)
    wall[rectangles(x, y, 5.0, 0.8, (1.7, 2.2), 0.0)] = (0.12, 0.16, 0.18, 0.08)
    wall[rectangles(x, y, 5.0, 1.6, (0.08, 2.2), 0.0)] = (0.5, 0.5, 0.5, 0.5)
    wall[rectangles(x, y, 5.0, 3.3, (1.2, 0.9), 1.4)] = (0.75, 0.75, 0.7, 0.7)
    wall[rectangles(x, y, 5.0, 3.4, (1.0, 0.4), 1.7)] = (0.1, 0.25, 0.45, 0.3)
    wall[y < 0.12] = (0.15, 0.15, 0.15, 0.15)
    scene.cover(length, rays.z, wall)
    for pillar_x, pillar_z in ((-3.2, 6.5), (2.9, 7.5)):
        length = ray_lengths(pillar_z, rays.z)
        x, _, _ = rays.points(length)
        inside = np.abs(x - pillar_x) < 0.35
        shade = 1 - 0.5 * ((x - pillar_x) / 0.35) ** 2
        scene.cover(np.where(inside, length, np.inf), rays.z, plain(shape, (0.6, 0.58, 0.52, 0.55)) * shade[..., None])
    length = ray_lengths(8.9, rays.z)
    x, y, _ = rays.points(length)
    seat = rectangles(x, y, 5.0, 2.9, (2.0, 0.08), 0.42)
    legs = rectangles(x, y, 1.0, 0.1, (0.08, 0.45), 0.0) & (((x - 2.9) % 5.0) < 2.0)
    bench = seat | legs
    scene.cover(np.where(bench, length, np.inf), rays.z, plain(shape, (0.3, 0.2, 0.1, 0.5)))
    scene.cover(ray_lengths(4.2 - rays.height, rays.y), np.abs(rays.y), plain(shape, (0.7, 0.7, 0.7, 0.6)))
    return scene


def _street(rays: Rays, rng: np.random.Generator) -> Scene:
    """Draw a sidewalk between a road and a house front (camera 4)."""
    scene = Scene.empty(rays, (0.55, 0.68, 0.85, 0.3))
    shape = rays.x.shape
    length = ray_lengths(-rays.height, rays.y)
    x, _, z = rays.points(length)
    ground = plain(shape, (0.38, 0.36, 0.34, 0.35)) * clouds(shape, 6, rng)[..., None]
    ground[joints(x, z, (0.5, 0.5), 0.03)] = (0.26, 0.25, 0.24, 0.25)
    road = z < 5.3
    ground[road] = (np.array([0.13, 0.13, 0.14, 0.16], np.float32) * clouds(shape, 4, rng)[..., None])[road]
    ground[np.abs(z - 5.3) < 0.1] = (0.55, 0.55, 0.53, 0.5)
    ground[z > 8.7] = (0.2, 0.15, 0.1, 0.3)
    scene.cover(length, -rays.y, ground)
    length = ray_lengths(9.4, rays.z)
    x, y, _ = rays.points(length)
    front = plain(shape, (0.62, 0.55, 0.42, 0.5)) * clouds(shape, 16, rng)[..., None]
    front[rectangles(x, y, 2.6, 0.4, (1.3, 1.5), 1.0)] = (0.09, 0.12, 0.15, 0.08)
    front[rectangles(x, y, 2.6, 0.95, (0.1, 1.5), 1.0)] = (0.8, 0.8, 0.78, 0.7)
    front[rectangles(x, y, 7.8, 4.3, (1.2, 2.3), 0.0)] = (0.1, 0.2, 0.12, 0.35)
    front[y < 0.6] = (0.35, 0.33, 0.3, 0.35)
    scene.cover(np.where(y < 6, length, np.inf), rays.z, front)
    _plant(scene, rays, rng, count=2, z=8.9)
    return scene


def _courtyard(rays: Rays, rng: np.random.Generator) -> Scene:
    """Draw a footpath across a lawn, with a hedge, trees and a concrete building (camera 5)."""
    scene = Scene.empty(rays, (0.75, 0.78, 0.8, 0.3))
    shape = rays.x.shape
    length = ray_lengths(-rays.height, rays.y)
    x, _, z = rays.points(length)
    ground = plain(shape, (0.10, 0.2, 0.05, 0.6)) * (clouds(shape, 3, rng) * clouds(shape, 30, rng))[..., None]
    path = np.abs(x - 0.15 * z + 0.6) < 2.4
    ground[path] = (np.array([0.45, 0.42, 0.38, 0.42], np.float32) * clouds(shape, 5, rng)[..., None])[path]
    ground[path & joints(x, z, (0.4, 0.2), 0.02, stagger=0.5)] = (0.33, 0.31, 0.28, 0.32)
    scene.cover(length, -rays.y, ground)
    length = ray_lengths(15.0, rays.z)
    x, y, _ = rays.points(length)
    front = plain(shape, (0.5, 0.5, 0.5, 0.5)) * clouds(shape, 16, rng)[..., None]
    front[(y % 3.0 > 1.0) & (y % 3.0 < 2.4)] = (0.15, 0.2, 0.24, 0.1)
    front[x % 1.5 < 0.15] = (0.6, 0.6, 0.6, 0.55)
    scene.cover(np.where(y < 9, length, np.inf), rays.z, front)
    length = ray_lengths(11.2, rays.z)
    x, y, _ = rays.points(length)
    hedge = (y < 1.0 + 0.15 * np.sin(x * 5)) & (np.abs(x - 1.2) > 2.6)
    leaves = plain(shape, (0.05, 0.13, 0.04, 0.6)) * (clouds(shape, 3, rng) ** 3)[..., None]
    scene.cover(np.where(hedge, length, np.inf), rays.z, leaves)
    _plant(scene, rays, rng, count=2, z=12.0)
    return scene


def _car_park(rays: Rays, rng: np.random.Generator) -> Scene:
    """Draw an asphalt yard with markings, a fence and trees (camera 6); at night only the camera's lamp lights it."""
    scene = Scene.empty(rays, (0.02, 0.02, 0.03, 0.01))
    shape = rays.x.shape
    length = ray_lengths(-rays.height, rays.y)
    x, _, z = rays.points(length)
    ground = plain(shape, (0.15, 0.15, 0.15, 0.25)) * (clouds(shape, 4, rng) * clouds(shape, 40, rng))[..., None]
    ground[(np.abs(x % 2.6 - 1.3) < 0.06) & (z > 5)] = (0.8, 0.8, 0.8, 0.7)
    scene.cover(length, -rays.y, ground)
    length = ray_lengths(11.0, rays.z)
    x, y, _ = rays.points(length)
    fence = ((x % 0.3 < 0.05) | (np.abs(y % 0.8 - 0.7) < 0.04) | (x % 3.0 < 0.14)) & (y < 1.8)
    scene.cover(np.where(fence, length, np.inf), rays.z, plain(shape, (0.4, 0.4, 0.4, 0.25)))
    _plant(scene, rays, rng, count=5, z=12.0)
    return scene


def _shopping_street(rays: Rays, rng: np.random.Generator) -> Scene:
    """Draw a sidewalk with plants, and a road with a zebra crossing and parked cars (RegDB's layout)."""
    scene = Scene.empty(rays, (0.6, 0.6, 0.6, 0.4))
    shape = rays.x.shape
    length = ray_lengths(-rays.height, rays.y)
    x, _, z = rays.points(length)
    ground = plain(shape, (0.40, 0.37, 0.34, 0.45)) * (clouds(shape, 5, rng) * clouds(shape, 60, rng))[..., None]
    ground[joints(x, z, (0.8, 0.8), 0.06, stagger=0.5)] = (0.27, 0.25, 0.24, 0.3)
    ground[np.abs((x + 0.7 * z) % 9.0 - 4.5) < 0.5] = (0.42, 0.24, 0.18, 0.35)
    ground[np.hypot(x % 6.3 - 3.0, z - 20.3) < 0.4] = (0.12, 0.12, 0.13, 0.1)
    bush = np.hypot(x % 4.4 - 2.0, z - 23.6) < 0.7 * clouds(shape, 9, rng) ** 3
    ground[bush] = (np.array([0.09, 0.14, 0.05, 0.7], np.float32) * clouds(shape, 3, rng)[..., None] ** 4)[bush]
    road = (np.array([0.11, 0.11, 0.12, 0.12], np.float32) * clouds(shape, 4, rng)[..., None])[z > 24.6]
    ground[z > 24.6] = road
    ground[np.abs(z - 24.6) < 0.15] = (0.55, 0.55, 0.53, 0.5)
    ground[(z > 25.2) & (z < 29) & (np.abs(x + 2.5) < 2.2) & (x % 0.9 < 0.45)] = (0.75, 0.75, 0.73, 0.65)
    scene.cover(length, -rays.y, ground)
    length = ray_lengths(27.0, rays.z)
    x, y, _ = rays.points(length)
    for left, paint in ((0.8, (0.5, 0.06, 0.05, 0.35)), (6.0, (0.55, 0.56, 0.58, 0.5)), (-9.6, (0.05, 0.08, 0.2, 0.2))):
        along = x - left
        body = (along > 0) & (along < 4.3) & (y > 0.25) & (y < 0.85)
        cabin = (along > 0.9 + 0.5 * (y - 0.85)) & (along < 3.6 - 0.8 * (y - 0.85)) & (y >= 0.85) & (y < 1.4)
        wheel = (np.hypot(along - 0.9, y - 0.32) < 0.32) | (np.hypot(along - 3.4, y - 0.32) < 0.32)
        car = plain(shape, paint)
        car[cabin & (y < 1.32)] = (0.06, 0.08, 0.1, 0.1)
        car[wheel] = (0.03, 0.03, 0.03, 0.05)
        scene.cover(np.where(body | cabin | wheel, length, np.inf), rays.z, car)
    return scene


def _plant(scene: Scene, rays: Rays, rng: np.random.Generator, count: int, z: float) -> None:
    """Add trees at depth ``z``: a trunk and a crown of overlapping discs. Leaves are bright in the near infrared."""
    length = ray_lengths(z, rays.z)
    x, y, _ = rays.points(length)
    texture = clouds(x.shape, 4, rng) ** 4
    reach = 0.8 * z
    for position in (np.arange(count) + rng.uniform(0.2, 0.8, count)) / count * 2 * reach - reach:
        trunk = (np.abs(x - position) < 0.16) & (y < 2.6)
        scene.cover(np.where(trunk, length, np.inf), rays.z, plain(x.shape, (0.12, 0.09, 0.06, 0.3)))
        crown = np.zeros(x.shape, dtype=bool)
        for dx, dy, radius in zip(
            rng.normal(0, 0.7, 9), rng.uniform(2.0, 4.5, 9), rng.uniform(0.4, 0.9, 9), strict=True
        ):
            crown |= (x - position - dx) ** 2 + (y - dy) ** 2 < radius**2
        scene.cover(
            np.where(crown, length * 0.99, np.inf),
            rays.z,
            plain(x.shape, (0.07, 0.16, 0.05, 0.65)) * texture[..., None],
        )


PLACES: dict[str, Callable[[Rays, np.random.Generator], Scene]] = {
    'corridor': _corridor,
    'hall': _hall,
    'street': _street,
    'courtyard': _courtyard,
    'car_park': _car_park,
    'shopping_street': _shopping_street,
}
