"""A camera that sees the warmth of surfaces in the long-wave infrared; it needs no light and records no color."""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from .camera import Camera, Spot, to_bgr
from .materials import Spectrum
from .render import Hits
from .scene import Rays, Scene


@dataclass(frozen=True, kw_only=True)
class ThermalCamera(Camera):
    """Describe a gray thermal camera; hot surfaces are white.

    On its linear scale, 0 is the temperature of the air and 1 is the temperature of bare skin.

    Example:
        >>> from mmvireid.synthetic.regdb_cameras import THERMAL
        >>> image = THERMAL.develop(np.zeros((16, 8, 1), np.float32), np.random.default_rng(0))
        >>> image.shape, bool((image == image[..., :1]).all())  # three equal channels
        ((16, 8, 3), True)
    """

    spectrum: ClassVar[Spectrum] = Spectrum.THERMAL

    def view(self, scene: Scene, rays: Rays) -> np.ndarray:
        # A surface that absorbs near-infrared sunlight gets warm, for example asphalt. Leaves reflect it and stay cool.
        # Heat spreads inside objects, so little texture is left.
        warmth = 0.12 * (1 - scene.reflectance[..., 3])
        return cv2.GaussianBlur(warmth, (0, 0), 5.0)

    def sample_brightness(self, distance: float, off_axis: float, rng: np.random.Generator) -> float:
        return 1.0

    def shade(self, hits: Hits, shape: tuple[int, int], spot: Spot, rng: np.random.Generator) -> np.ndarray:
        # A surface at a grazing angle emits less. Cloth is warmer where it touches the skin.
        phase = rng.uniform(0, 6.28, 2).astype(np.float32)
        contact = np.sin(hits.height * 11 + 1.5 * np.sin(hits.angle * 2 + phase[0]) + phase[1])
        return (0.75 + 0.25 * np.sqrt(np.clip(hits.normal[:, 2], 0, 1))) * (1 + 0.06 * contact)

    def cast_shadow(self, canvas: np.ndarray, spot: Spot) -> None:
        """Change nothing: the floor needs minutes to cool, so a walker casts no thermal shadow."""

    def develop(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        pixel = image.shape[0] / 128
        sharp = cv2.GaussianBlur(image, (0, 0), self.blur * pixel * rng.uniform(0.8, 1.2))
        glow = cv2.GaussianBlur(image, (0, 0), 5 * pixel)  # light that the optics scatter
        # The camera sets level and gain by the whole frame, so both vary between images.
        level, gain = 0.16 + rng.normal(0, 0.04), 0.8 * np.exp(rng.normal(0, 0.1))
        values = level + gain * (0.85 * sharp + 0.15 * glow)
        values += rng.normal(0, 0.006, (1, image.shape[1]))  # in a bolometer array, columns differ
        values += rng.normal(0, self.noise, values.shape)
        return to_bgr(values.astype(np.float32)[..., None])
