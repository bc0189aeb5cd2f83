"""What every camera has, whatever it sees in: a view of a place, and people who walk through it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from math import cos, pi, radians, sin
from typing import ClassVar

import cv2
import numpy as np

from .materials import Spectrum
from .render import Hits
from .scenes import PLACES, Rays, Scene

FRAME_HEIGHT, FRAME_WIDTH = 540, 960
_SCENE_STREAM = 0x5CE7E  # keeps scene noise apart from the random numbers of identities and images


@dataclass(frozen=True)
class Spot:
    """Where and how brightly lit somebody stands on a canvas.

    Args:
        foot: Canvas (x, y) in pixels of the point on the floor below the person.
        scale: Canvas pixels per metre.
        pitch: How steeply the camera looks down, radians.
        brightness: Irradiance relative to the rest of the scene.
    """

    foot: tuple[float, float]
    scale: float
    pitch: float
    brightness: float


@dataclass(frozen=True, kw_only=True)
class Camera(ABC):
    """A surveillance camera; a subclass says what it sees of materials, bodies and places, and what its sensor does.

    Args:
        place: Key of :data:`.scenes.PLACES`.
        height: Metres above the floor.
        tilt: Downward tilt in degrees.
        focal: Focal length in pixels of its 540 x 960 frame.
        reach: How far people walk to either side of the middle, metres.
        distances: Nearest and farthest people, metres ahead.
        headings: Weights of people coming towards it, seen from the left, walking away, seen from the right.
        blur: Standard deviation of the lens blur, in pixels of a 128-pixel-high image.
        noise: Standard deviation of the sensor noise, gamma-encoded, of [0, 1].
        crowd: How often somebody else walks close by.
        obstacles: How often something stands in the way.
    """

    spectrum: ClassVar[Spectrum]

    place: str
    height: float
    tilt: float
    focal: float
    reach: float
    distances: tuple[float, float]
    headings: tuple[float, float, float, float]
    blur: float
    noise: float
    crowd: float = 0.05
    obstacles: float = 0.06

    @abstractmethod
    def view(self, scene: Scene, rays: Rays) -> np.ndarray:
        """What comes from a place without people: (H, W, channels), linear."""

    @abstractmethod
    def sample_brightness(self, distance: float, off_axis: float, rng: np.random.Generator) -> float:
        """Irradiance of somebody ``distance`` metres away, ``off_axis`` half frame widths beside the middle."""

    @abstractmethod
    def shade(self, hits: Hits, shape: tuple[int, int], spot: Spot, rng: np.random.Generator) -> np.ndarray:
        """By what to multiply the fabrics of a body on a canvas of ``shape``, (M,)."""

    @abstractmethod
    def cast_shadow(self, canvas: np.ndarray, spot: Spot) -> None:
        """Darken the floor around the feet, in place, if anything is to be seen of it."""

    @abstractmethod
    def develop(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Lens, sensor and tone curve: a linear image (H, W, channels) to BGR (H, W, 3) uint8; one channel is gray."""

    def project(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Frame column, frame row and pixels per metre of a world point (x right, y up from the floor, z ahead)."""
        tilt = radians(self.tilt)
        below = self.height - y
        depth = z * cos(tilt) + below * sin(tilt)
        down = below * cos(tilt) - z * sin(tilt)
        scale = self.focal / depth
        return FRAME_WIDTH / 2 + x * scale, FRAME_HEIGHT / 2 + down * scale, scale

    def sample_heading(self, rng: np.random.Generator) -> float:
        """Direction in which somebody walks, radians: 0 towards the camera, pi / 2 to the image's right."""
        weights = np.asarray(self.headings, dtype=float)
        quarter = rng.choice(4, p=weights / weights.sum())
        return float(quarter * pi / 2 + rng.normal(0, 0.35))


def pixel_rays(camera: Camera) -> Rays:
    """Unit directions of all frame pixels in world space."""
    column, row = np.meshgrid(
        np.arange(FRAME_WIDTH, dtype=np.float32) + 0.5, np.arange(FRAME_HEIGHT, dtype=np.float32) + 0.5
    )
    x, y = (column - FRAME_WIDTH / 2) / camera.focal, (FRAME_HEIGHT / 2 - row) / camera.focal
    tilt, norm = radians(camera.tilt), np.sqrt(x * x + y * y + 1)
    return Rays(x / norm, (y * cos(tilt) - sin(tilt)) / norm, (y * sin(tilt) + cos(tilt)) / norm, camera.height)


@cache
def empty_frame(camera: Camera, seed: int) -> np.ndarray:
    """A camera's frame without people, (540, 960, channels) float32; cameras at one place see the same things."""
    rays = pixel_rays(camera)
    rng = np.random.default_rng([seed, _SCENE_STREAM, list(PLACES).index(camera.place)])
    image = camera.view(PLACES[camera.place](rays, rng), rays)
    return cv2.GaussianBlur(image.astype(np.float32), (0, 0), 0.7).reshape(FRAME_HEIGHT, FRAME_WIDTH, -1)


def to_bgr(image: np.ndarray) -> np.ndarray:
    """Gamma-encoded RGB or gray (H, W, C) in [0, 1] to BGR (H, W, 3) uint8."""
    pixels = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR if image.shape[2] == 1 else cv2.COLOR_RGB2BGR)
