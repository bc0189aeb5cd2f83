"""The six cameras: where they hang, how their place is lit, and what lens, sensor and compression do to the image."""

from dataclasses import dataclass
from functools import cache
from math import cos, pi, radians, sin

import cv2
import numpy as np

from . import scenes
from .materials import Spectrum

FRAME_HEIGHT, FRAME_WIDTH = 540, 960
_SCENE_STREAM = 0x5CE7E  # keeps scene noise apart from the random numbers of identities and images


@dataclass(frozen=True)
class Camera:
    """A surveillance camera.

    Args:
        number: 1 to 6, as in SYSU-MM01.
        spectrum: Band in which it sees.
        place: Key of :data:`.scenes.PLACES`; cameras 2 and 3 share one.
        height: Metres above the floor.
        tilt: Downward tilt in degrees.
        focal: Focal length in pixels of its 540 x 960 frame.
        reach: How far people walk to either side of the middle, metres.
        distances: Nearest and farthest people, metres ahead.
        headings: Weights of people coming towards it, seen from the left, walking away, seen from the right.
        exposure: Brightness of the image.
        white_balance: Gain of R, G and B.
        ambient: Share of the light that comes from everywhere.
        light: Direction towards the main light in view space (x right, y up, z to the camera).
        blur: Standard deviation of the lens blur, in pixels of a 128-pixel-high image.
        noise: Standard deviation of the sensor noise, gamma-encoded, of [0, 1].
        quality: Range of the JPEG quality.
    """

    number: int
    spectrum: Spectrum
    place: str
    height: float
    tilt: float
    focal: float
    reach: float
    distances: tuple[float, float]
    headings: tuple[float, float, float, float]
    exposure: float
    white_balance: tuple[float, float, float]
    ambient: float
    light: tuple[float, float, float]
    blur: float
    noise: float
    quality: tuple[int, int]

    @property
    def infrared(self) -> bool:
        return self.spectrum is Spectrum.NEAR_INFRARED

    def project(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Frame column, frame row and pixels per metre of a world point (x right, y up from the floor, z ahead)."""
        tilt = radians(self.tilt)
        below = self.height - y
        depth = z * cos(tilt) + below * sin(tilt)
        down = below * cos(tilt) - z * sin(tilt)
        scale = self.focal / depth
        return FRAME_WIDTH / 2 + x * scale, FRAME_HEIGHT / 2 + down * scale, scale

    def lamp(self, distance: np.ndarray | float, off_axis: np.ndarray | float) -> np.ndarray | float:
        """Irradiance from the lamp beside an infrared lens: inverse-square law, softened, and a bright centre.

        ``off_axis`` is the distance from the frame's centre as a fraction of its half width.
        """
        reference = sum(self.distances) / 2
        return (0.4 + 0.9 * (reference / distance) ** 1.6) * np.exp(-0.9 * np.square(off_axis))


_VISIBLE, _INFRARED = Spectrum.VISIBLE, Spectrum.NEAR_INFRARED
_CAMERAS = (
    Camera(
        number=1,
        spectrum=_VISIBLE,
        place='corridor',
        height=2.5,
        tilt=14,
        focal=760,
        reach=1.3,
        distances=(4.2, 9.0),
        headings=(5, 1, 5, 1),
        exposure=0.95,
        white_balance=(1.08, 1.0, 0.84),
        ambient=0.55,
        light=(-0.2, 0.9, 0.3),
        blur=0.55,
        noise=0.018,
        quality=(70, 90),
    ),
    Camera(
        number=2,
        spectrum=_VISIBLE,
        place='hall',
        height=3.2,
        tilt=18,
        focal=800,
        reach=2.2,
        distances=(4.7, 8.0),
        headings=(2, 3, 2, 3),
        exposure=0.85,
        white_balance=(0.92, 1.0, 1.1),
        ambient=0.45,
        light=(0.6, 0.7, 0.5),
        blur=0.7,
        noise=0.025,
        quality=(65, 88),
    ),
    Camera(
        number=3,
        spectrum=_INFRARED,
        place='hall',
        height=3.2,
        tilt=18,
        focal=800,
        reach=2.2,
        distances=(4.7, 8.0),
        headings=(2, 3, 2, 3),
        exposure=1.0,
        white_balance=(1, 1, 1),
        ambient=0.2,
        light=(0.05, 0.15, 1.0),
        blur=0.8,
        noise=0.022,
        quality=(65, 88),
    ),
    Camera(
        number=4,
        spectrum=_VISIBLE,
        place='street',
        height=2.8,
        tilt=10,
        focal=900,
        reach=2.2,
        distances=(6.0, 7.7),
        headings=(1, 4, 1, 4),
        exposure=1.15,
        white_balance=(1.02, 1.0, 0.96),
        ambient=0.4,
        light=(0.75, 0.6, 0.3),
        blur=0.5,
        noise=0.015,
        quality=(75, 92),
    ),
    Camera(
        number=5,
        spectrum=_VISIBLE,
        place='courtyard',
        height=3.6,
        tilt=16,
        focal=860,
        reach=2.2,
        distances=(5.9, 10.5),
        headings=(4, 2, 4, 2),
        exposure=0.75,
        white_balance=(0.95, 1.02, 1.0),
        ambient=0.75,
        light=(-0.5, 0.8, -0.2),
        blur=0.8,
        noise=0.022,
        quality=(65, 88),
    ),
    Camera(
        number=6,
        spectrum=_INFRARED,
        place='car_park',
        height=3.0,
        tilt=14,
        focal=840,
        reach=2.2,
        distances=(5.3, 9.5),
        headings=(3, 2, 3, 2),
        exposure=0.9,
        white_balance=(1, 1, 1),
        ambient=0.15,
        light=(-0.15, 0.1, 1.0),
        blur=0.9,
        noise=0.032,
        quality=(60, 85),
    ),
)
CAMERAS = {camera.number: camera for camera in _CAMERAS}


def pixel_rays(camera: Camera) -> scenes.Rays:
    """Unit directions of all frame pixels in world space."""
    column, row = np.meshgrid(
        np.arange(FRAME_WIDTH, dtype=np.float32) + 0.5, np.arange(FRAME_HEIGHT, dtype=np.float32) + 0.5
    )
    x, y = (column - FRAME_WIDTH / 2) / camera.focal, (FRAME_HEIGHT / 2 - row) / camera.focal
    tilt, norm = radians(camera.tilt), np.sqrt(x * x + y * y + 1)
    return scenes.Rays(x / norm, (y * cos(tilt) - sin(tilt)) / norm, (y * sin(tilt) + cos(tilt)) / norm, camera.height)


@cache
def empty_frame(number: int, seed: int) -> np.ndarray:
    """Linear light of a camera's frame without people, (540, 960, channels) float32."""
    camera = CAMERAS[number]
    rays = pixel_rays(camera)
    rng = np.random.default_rng([seed, _SCENE_STREAM, list(scenes.PLACES).index(camera.place)])
    scene = scenes.PLACES[camera.place](rays, rng)
    column = np.linspace(-1, 1, FRAME_WIDTH)[None]
    row = np.linspace(-1, 1, FRAME_HEIGHT)[:, None] * FRAME_HEIGHT / FRAME_WIDTH
    if camera.infrared:
        light = camera.lamp(scene.distance, np.hypot(column, row)) * (0.3 + 0.7 * np.clip(scene.facing, 0, 1))
        image = scene.reflectance[..., 3:] * light[..., None]
    else:
        # Lamps or gaps between clouds make some parts of the place brighter than others.
        x, z = rays.x * scene.distance, rays.z * scene.distance
        light = 0.85 + 0.15 * np.cos(np.clip(z, 0, 40) * 1.3) * np.cos(np.clip(x, -20, 20) * 0.9)
        image = scene.reflectance[..., :3] * light[..., None]
    return cv2.GaussianBlur(image.astype(np.float32), (0, 0), 0.7).reshape(FRAME_HEIGHT, FRAME_WIDTH, -1)


def sample_heading(camera: Camera, rng: np.random.Generator) -> float:
    """Direction in which somebody walks, radians: 0 towards the camera, pi / 2 to the image's right."""
    weights = np.asarray(camera.headings, dtype=float)
    quarter = rng.choice(4, p=weights / weights.sum())
    return float(quarter * pi / 2 + rng.normal(0, 0.35))


def develop(image: np.ndarray, camera: Camera, rng: np.random.Generator) -> np.ndarray:
    """Lens, sensor and tone curve: linear light (H, W, C) to a BGR image (H, W, 3) uint8; infrared comes out gray."""
    height = image.shape[0]
    sigma = camera.blur * height / 128 * rng.uniform(0.4, 1.2)
    image = cv2.GaussianBlur(image, (0, 0), sigma).reshape(image.shape)
    gain = camera.exposure * np.exp(rng.normal(0, 0.17))
    if camera.infrared:
        image = np.clip(image * gain, 0, None) ** np.float32(rng.uniform(0.5, 0.62))
        image += rng.normal(0, 0.008, (height, 1, 1)).astype(np.float32)  # the rows of a cheap sensor differ
    else:
        balance = np.asarray(camera.white_balance) * np.exp(rng.normal(0, 0.07, 3))
        image = np.clip(image * (gain * balance).astype(np.float32), 0, None) ** np.float32(1 / 2.2)
        image = (image - 0.5) * np.float32(rng.uniform(0.85, 1.1)) + np.float32(0.5)
    image = image + rng.standard_normal(image.shape, dtype=np.float32) * np.float32(camera.noise)
    pixels = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR if camera.infrared else cv2.COLOR_RGB2BGR)


def compress(image: np.ndarray, camera: Camera, rng: np.random.Generator) -> bytes:
    """JPEG bytes of a BGR image at one of the camera's qualities."""
    quality = int(rng.integers(camera.quality[0], camera.quality[1] + 1))
    return cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
