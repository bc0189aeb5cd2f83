"""Cameras that see reflected light: color cameras, and near-infrared cameras with a lamp beside the lens."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from .camera import FRAME_HEIGHT, FRAME_WIDTH, Camera, Spot, to_bgr
from .materials import Spectrum
from .render import Hits
from .scene import Rays, Scene


@dataclass(frozen=True, kw_only=True)
class LightCamera(Camera):
    """Describe a camera that sees reflected light; see :class:`.camera.Camera` for the other arguments.

    Args:
        exposure: Brightness of the image.
        ambient: Fraction of the light that comes from all directions.
        light: Direction toward the main light in view space (x right, y up, z toward the camera).

    Example:
        >>> from mmvireid.synthetic.sysu_cameras import CAMERAS
        >>> all(isinstance(camera, LightCamera) for camera in CAMERAS.values())
        True
    """

    exposure: float
    ambient: float
    light: tuple[float, float, float]

    def shade(self, hits: Hits, shape: tuple[int, int], spot: Spot, rng: np.random.Generator) -> np.ndarray:
        light = np.asarray(self.light, dtype=np.float32)
        direct = np.clip(hits.normal @ (light / np.linalg.norm(light)), 0, 1)
        around = 0.65 + 0.35 * hits.normal[:, 1]
        shade = self.ambient * around + (1 - self.ambient) * direct
        # A point behind its surroundings gets less light; an example is the gap between the legs.
        depth = np.full(shape[0] * shape[1], hits.depth.min(initial=0.0), dtype=np.float32)
        depth[hits.pixel] = hits.depth
        reach = max(3, int(0.12 * spot.scale) | 1)
        hidden = cv2.blur(depth.reshape(shape), (reach, reach)).ravel()[hits.pixel] - hits.depth
        shade *= np.clip(1 - 4 * hidden, 0.45, 1) * _draw_folds(hits, rng) * spot.brightness
        return shade

    def develop(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        sigma = self.blur * image.shape[0] / 128 * rng.uniform(0.4, 1.2)
        image = cv2.GaussianBlur(image, (0, 0), sigma).reshape(image.shape)
        gain = self.exposure * np.exp(rng.normal(0, 0.17))
        image = self._encode(image, gain, rng)
        return to_bgr(image + rng.standard_normal(image.shape, dtype=np.float32) * np.float32(self.noise))

    @abstractmethod
    def _encode(self, image: np.ndarray, gain: float, rng: np.random.Generator) -> np.ndarray:
        """Multiply linear values by ``gain`` and gamma-encode them."""

    def _darken_floor(self, canvas: np.ndarray, spot: Spot, aside: float) -> None:
        """Darken the floor in place; the shadow's middle lies ``aside`` canvas pixels to the right of the feet."""
        rows, columns = np.ogrid[: canvas.shape[0], : canvas.shape[1]]
        x, y = (columns - spot.foot[0] - aside) / (0.42 * spot.scale), (rows - spot.foot[1]) / (0.15 * spot.scale)
        canvas *= 1 - 0.55 * np.exp(-(x**2 + y**2), dtype=np.float32)[..., None]


@dataclass(frozen=True, kw_only=True)
class VisibleCamera(LightCamera):
    """Describe a color camera; see :class:`LightCamera` for the other arguments.

    Args:
        white_balance: Gains of red, green and blue.

    Example:
        >>> from mmvireid.synthetic.sysu_cameras import CAMERAS
        >>> [number for number, camera in CAMERAS.items() if isinstance(camera, VisibleCamera)]
        [1, 2, 4, 5]
    """

    spectrum: ClassVar[Spectrum] = Spectrum.VISIBLE

    white_balance: tuple[float, float, float]

    def view(self, scene: Scene, rays: Rays) -> np.ndarray:
        # Lamps or gaps between clouds make some parts of the place brighter.
        x, z = rays.x * scene.distance, rays.z * scene.distance
        light = 0.85 + 0.15 * np.cos(np.clip(z, 0, 40) * 1.3) * np.cos(np.clip(x, -20, 20) * 0.9)
        return scene.reflectance[..., :3] * light[..., None]

    def sample_brightness(self, distance: float, off_axis: float, rng: np.random.Generator) -> float:
        return np.exp(rng.normal(0, 0.15))

    def cast_shadow(self, canvas: np.ndarray, spot: Spot) -> None:
        self._darken_floor(canvas, spot, aside=-0.25 * self.light[0] * spot.scale)

    def _encode(self, image: np.ndarray, gain: float, rng: np.random.Generator) -> np.ndarray:
        balance = np.asarray(self.white_balance) * np.exp(rng.normal(0, 0.07, 3))
        image = np.clip(image * (gain * balance).astype(np.float32), 0, None) ** np.float32(1 / 2.2)
        return (image - 0.5) * np.float32(rng.uniform(0.85, 1.1)) + np.float32(0.5)


@dataclass(frozen=True, kw_only=True)
class NearInfraredCamera(LightCamera):
    """Describe a gray camera whose own lamp lights the place.

    Example:
        >>> from mmvireid.synthetic.sysu_cameras import CAMERAS
        >>> camera = CAMERAS[3]
        >>> bool(camera.lamp(distance=5.0, off_axis=0.0) > camera.lamp(distance=8.0, off_axis=0.0))
        True
    """

    spectrum: ClassVar[Spectrum] = Spectrum.NEAR_INFRARED

    def view(self, scene: Scene, rays: Rays) -> np.ndarray:
        column = np.linspace(-1, 1, FRAME_WIDTH)[None]
        row = np.linspace(-1, 1, FRAME_HEIGHT)[:, None] * FRAME_HEIGHT / FRAME_WIDTH
        light = self.lamp(scene.distance, np.hypot(column, row)) * (0.3 + 0.7 * np.clip(scene.facing, 0, 1))
        return scene.reflectance[..., 3:] * light[..., None]

    def sample_brightness(self, distance: float, off_axis: float, rng: np.random.Generator) -> float:
        return self.lamp(distance, off_axis)

    def lamp(self, distance: np.ndarray | float, off_axis: np.ndarray | float) -> np.ndarray | float:
        """Compute the irradiance from the lamp beside the lens.

        It follows a softened inverse-square law with exponent 1.6, and it is highest at the center of the frame.

        Args:
            distance: Meters from the camera.
            off_axis: Distance from the center of the frame, as a fraction of half the frame width.
        """
        reference = sum(self.distances) / 2
        return (0.4 + 0.9 * (reference / distance) ** 1.6) * np.exp(-0.9 * np.square(off_axis))

    def cast_shadow(self, canvas: np.ndarray, spot: Spot) -> None:
        self._darken_floor(canvas, spot, aside=0.0)

    def _encode(self, image: np.ndarray, gain: float, rng: np.random.Generator) -> np.ndarray:
        image = np.clip(image * gain, 0, None) ** np.float32(rng.uniform(0.5, 0.62))
        image += rng.normal(0, 0.008, (image.shape[0], 1, 1)).astype(np.float32)  # in a cheap sensor, rows differ
        return image


def _draw_folds(hits: Hits, rng: np.random.Generator) -> np.ndarray:
    """Draw the brightness variation of creased cloth, (M,); creases differ between images."""
    phase = rng.uniform(0, 6.28, 3).astype(np.float32)
    waves = np.sin(hits.height * 23 + 1.8 * np.sin(hits.angle * 2 + phase[0]) + phase[1])
    return 1 + 0.06 * waves * np.sin(hits.angle * 3 + hits.height * 9 + phase[2])
