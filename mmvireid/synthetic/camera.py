"""The base class of all cameras: a view of a place, and people who walk through it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from math import cos, pi, radians, sin
from typing import ClassVar

import cv2
import numpy as np

from .materials import Spectrum
from .places import PLACES
from .render import Hits
from .scene import Rays, Scene

FRAME_HEIGHT, FRAME_WIDTH = 540, 960
_SCENE_STREAM = 0x5CE7E  # separates scene noise from the random numbers of identities and images


@dataclass(frozen=True)
class Spot:
    """Describe where a person stands on a canvas and how bright the light is there.

    Args:
        foot: Canvas (x, y) in pixels of the point on the floor below the person.
        scale: Canvas pixels per meter.
        pitch: Angle at which the camera looks down, radians.
        brightness: Irradiance relative to the rest of the scene.

    Example:
        >>> Spot(foot=(32.0, 120.0), scale=60.0, pitch=0.2, brightness=1.0).scale
        60.0
    """

    foot: tuple[float, float]
    scale: float
    pitch: float
    brightness: float


@dataclass(frozen=True, kw_only=True)
class Camera(ABC):
    """Describe a surveillance camera; a subclass adds its spectrum, its light and its sensor.

    Args:
        place: Key of :data:`.places.PLACES`.
        height: Meters above the floor.
        tilt: Downward tilt, degrees.
        focal: Focal length in pixels of its 540 x 960 frame.
        reach: Largest distance of people from the middle line, meters.
        distances: Distances of the nearest and the farthest people, meters ahead.
        headings: Relative frequencies of four directions: toward the camera, seen from the left, away from the
            camera, seen from the right.
        blur: Standard deviation of the lens blur, in pixels of a 128-pixel-high image.
        noise: Standard deviation of the sensor noise; pixel values are gamma-encoded in [0, 1].
        crowd: Probability that another person walks close by.
        obstacles: Probability that an obstacle hides a part of the person.

    Example:
        >>> from mmvireid.synthetic.sysu_cameras import CAMERAS
        >>> corridor = CAMERAS[1]
        >>> column, row, pixels_per_meter = corridor.project(x=0.0, y=0.0, z=6.0)
        >>> column, 0 < row < FRAME_HEIGHT
        (480.0, True)
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
        """Return the light from a place without people, linear, (H, W, channels)."""

    @abstractmethod
    def sample_brightness(self, distance: float, off_axis: float, rng: np.random.Generator) -> float:
        """Draw the irradiance of a person.

        Args:
            distance: Meters from the camera.
            off_axis: Distance from the middle of the frame, as a fraction of half the frame width.
            rng: Source of the variation.
        """

    @abstractmethod
    def shade(self, hits: Hits, shape: tuple[int, int], spot: Spot, rng: np.random.Generator) -> np.ndarray:
        """Compute the factor for the fabric values of a body on a canvas of ``shape``, (M,)."""

    @abstractmethod
    def cast_shadow(self, canvas: np.ndarray, spot: Spot) -> None:
        """Darken the floor around the feet, in place, if this camera sees shadows."""

    @abstractmethod
    def develop(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Apply lens, sensor and tone curve: linear (H, W, channels) to BGR (H, W, 3) uint8; one channel gives gray."""

    def project(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Return frame column, frame row and pixels per meter of a point: x right, y up from the floor, z ahead."""
        tilt = radians(self.tilt)
        below = self.height - y
        depth = z * cos(tilt) + below * sin(tilt)
        down = below * cos(tilt) - z * sin(tilt)
        scale = self.focal / depth
        return FRAME_WIDTH / 2 + x * scale, FRAME_HEIGHT / 2 + down * scale, scale

    def sample_heading(self, rng: np.random.Generator) -> float:
        """Draw a walking direction, radians: 0 is toward the camera, pi / 2 is toward the right of the image."""
        weights = np.asarray(self.headings, dtype=float)
        quarter = rng.choice(4, p=weights / weights.sum())
        return float(quarter * pi / 2 + rng.normal(0, 0.35))


def _pixel_rays(camera: Camera) -> Rays:
    """Return the unit directions of all frame pixels in world space."""
    column, row = np.meshgrid(
        np.arange(FRAME_WIDTH, dtype=np.float32) + 0.5, np.arange(FRAME_HEIGHT, dtype=np.float32) + 0.5
    )
    x, y = (column - FRAME_WIDTH / 2) / camera.focal, (FRAME_HEIGHT / 2 - row) / camera.focal
    tilt, norm = radians(camera.tilt), np.sqrt(x * x + y * y + 1)
    return Rays(x / norm, (y * cos(tilt) - sin(tilt)) / norm, (y * sin(tilt) + cos(tilt)) / norm, camera.height)


@cache
def empty_frame(camera: Camera, seed: int) -> np.ndarray:
    """Draw a camera's frame without people, (540, 960, channels) float32.

    Cameras at the same place see the same objects, because the place and the seed alone fix the random numbers.

    Example:
        >>> from mmvireid.synthetic.sysu_cameras import CAMERAS
        >>> empty_frame(CAMERAS[1], seed=0).shape
        (540, 960, 3)
    """
    rays = _pixel_rays(camera)
    rng = np.random.default_rng([seed, _SCENE_STREAM, list(PLACES).index(camera.place)])
    image = camera.view(PLACES[camera.place](rays, rng), rays)
    return cv2.GaussianBlur(image.astype(np.float32), (0, 0), 0.7).reshape(FRAME_HEIGHT, FRAME_WIDTH, -1)


def to_bgr(image: np.ndarray) -> np.ndarray:
    """Convert gamma-encoded RGB or gray, (H, W, C) in [0, 1], to BGR, (H, W, 3) uint8.

    Example:
        >>> to_bgr(np.array([[[1.0, 0.0, 0.0]]])).tolist()  # one red pixel
        [[[0, 0, 255]]]
    """
    pixels = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR if image.shape[2] == 1 else cv2.COLOR_RGB2BGR)
