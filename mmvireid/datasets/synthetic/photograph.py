"""One photograph: a person at a random moment and place in front of one camera, as a loose crop."""

from dataclasses import dataclass, replace
from math import atan2, cos, sin

import cv2
import numpy as np

from .body import dress
from .camera import FRAME_WIDTH, Camera, compress, develop, empty_frame, sample_heading
from .identity import Identity, sample_identity
from .materials import Spectrum
from .occluders import occlude
from .render import Hits, ray_cast
from .skeleton import sample_pose
from .wardrobe import Fabric

SUPERSAMPLING = 1.5


@dataclass(frozen=True)
class Crop:
    """A detection box in a camera's frame, and the person it was drawn around.

    Args:
        left, top, width, height: The box in frame pixels.
        foot: Frame (x, y) of the point on the floor below the person.
        scale: Frame pixels per metre at the person.
        pitch: How steeply the camera looks down on the person, radians.
        distance: Metres from the camera to the person.
    """

    left: float
    top: float
    width: float
    height: float
    foot: tuple[float, float]
    scale: float
    pitch: float
    distance: float


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


def sample_crop(camera: Camera, stature: float, aspect: float, rng: np.random.Generator) -> Crop:
    """Put a person of ``stature`` metres before the camera and draw a loose box of width / height ``aspect``."""
    z = rng.uniform(*camera.distances)
    reach = min(camera.reach, 0.7 * z * FRAME_WIDTH / 2 / camera.focal)
    x = rng.uniform(-reach, reach)
    column, foot_row, scale = camera.project(x, 0.0, z)
    _, head_row, _ = camera.project(x, stature, z)
    tall = foot_row - head_row
    above, below = tall * rng.uniform(0.02, 0.14, 2)
    height = tall + above + below
    width = height * aspect
    left = column - width / 2 + rng.normal(0, 0.05) * width
    pitch = atan2(camera.height - stature / 2, z)
    distance = float(np.hypot(z, camera.height))
    return Crop(left, head_row - above, width, height, (column, foot_row), scale, pitch, distance)


def view_rotation(heading: float, pitch: float) -> np.ndarray:
    """Body space to view space: turn the body, then look down on it."""
    turn = np.array([[cos(heading), 0, sin(heading)], [0, 1, 0], [-sin(heading), 0, cos(heading)]])
    look = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    return (look @ turn).astype(np.float32)


def _paint_fabrics(hits: Hits, fabrics: list[Fabric], spectrum: Spectrum) -> np.ndarray:
    """Reflectance (M, channels) of the hit points."""
    reflectance = np.array([fabric.material.reflectance(spectrum) for fabric in fabrics], dtype=np.float32)[
        hits.surface
    ]
    for index, fabric in enumerate(fabrics):
        if not fabric.layers:
            continue
        where = np.flatnonzero(hits.surface == index)
        for pattern, material in fabric.layers:
            mask = pattern.mask(hits.angle[where], hits.radius[where], hits.height[where])
            reflectance[where[mask]] = material.reflectance(spectrum)
    return reflectance


def _folds(hits: Hits, rng: np.random.Generator) -> np.ndarray:
    """Gentle brightness of creased cloth, (M,); creases differ from image to image."""
    phase = rng.uniform(0, 6.28, 3).astype(np.float32)
    waves = np.sin(hits.height * 23 + 1.8 * np.sin(hits.angle * 2 + phase[0]) + phase[1])
    return 1 + 0.06 * waves * np.sin(hits.angle * 3 + hits.height * 9 + phase[2])


def _draw(canvas: np.ndarray, identity: Identity, camera: Camera, spot: Spot, rng: np.random.Generator) -> None:
    """Draw a person in a random pose and heading onto ``canvas`` (H, W, C), in place."""
    shape = canvas.shape[:2]
    primitives, fabrics = dress(identity, sample_pose(rng))
    turned = primitives.rotated(view_rotation(sample_heading(camera, rng), spot.pitch))
    hits = ray_cast(turned, shape, spot.scale, spot.foot)
    light = np.asarray(camera.light, dtype=np.float32)
    direct = np.clip(hits.normal @ (light / np.linalg.norm(light)), 0, 1)
    around = 0.65 + 0.35 * hits.normal[:, 1]
    shade = camera.ambient * around + (1 - camera.ambient) * direct

    # Points that lie behind their surroundings (an arm's shadow on the trunk, the gap between the legs) get less light.
    depth = np.full(shape[0] * shape[1], hits.depth.min(initial=0.0), dtype=np.float32)
    depth[hits.pixel] = hits.depth
    reach = max(3, int(0.12 * spot.scale) | 1)
    hidden = cv2.blur(depth.reshape(shape), (reach, reach)).ravel()[hits.pixel] - hits.depth
    shade *= np.clip(1 - 4 * hidden, 0.45, 1) * _folds(hits, rng) * spot.brightness
    canvas.reshape(-1, canvas.shape[2])[hits.pixel] = _paint_fabrics(hits, fabrics, camera.spectrum) * shade[:, None]


def _draw_passer_by(canvas: np.ndarray, camera: Camera, spot: Spot, rng: np.random.Generator) -> None:
    """Draw somebody else, partly outside the canvas, in place."""
    aside = rng.choice([-1, 1]) * rng.uniform(0.42, 0.6) * canvas.shape[1]
    nearer = rng.uniform(-0.1, 0.1) * spot.scale
    beside = replace(spot, foot=(spot.foot[0] + aside, spot.foot[1] + nearer))
    _draw(canvas, sample_identity(rng), camera, beside, rng)


def _cast_shadow(canvas: np.ndarray, camera: Camera, spot: Spot) -> None:
    """Darken the floor around the feet, in place."""
    rows, columns = np.ogrid[: canvas.shape[0], : canvas.shape[1]]
    aside = 0.0 if camera.infrared else -0.25 * camera.light[0] * spot.scale
    x, y = (columns - spot.foot[0] - aside) / (0.42 * spot.scale), (rows - spot.foot[1]) / (0.15 * spot.scale)
    canvas *= 1 - 0.55 * np.exp(-(x**2 + y**2), dtype=np.float32)[..., None]


def take_photograph(
    identity: Identity, camera: Camera, size: tuple[int, int], seed: int, rng: np.random.Generator
) -> bytes:
    """A JPEG of ``identity`` before ``camera``.

    Args:
        size: Height and width of the image in pixels.
        seed: Seed of the data set, which fixes the scenes.
        rng: The image's own generator: pose, place, heading, crop, light, noise.
    """
    height, width = size
    canvas_height, canvas_width = int(height * SUPERSAMPLING), int(width * SUPERSAMPLING)
    crop = sample_crop(camera, identity.body.height, width / height, rng)
    zoom = canvas_height / crop.height
    to_canvas = np.array([[zoom, 0, -crop.left * zoom], [0, zoom, -crop.top * zoom]])
    frame = empty_frame(camera.number, seed)
    canvas = cv2.warpAffine(frame, to_canvas, (canvas_width, canvas_height), borderMode=cv2.BORDER_REPLICATE)
    canvas = canvas.reshape(canvas_height, canvas_width, -1)

    off_axis = abs(crop.foot[0] / FRAME_WIDTH * 2 - 1)
    brightness = camera.lamp(crop.distance, off_axis) if camera.infrared else np.exp(rng.normal(0, 0.15))
    foot = ((crop.foot[0] - crop.left) * zoom, (crop.foot[1] - crop.top) * zoom)
    spot = Spot(foot, crop.scale * zoom, crop.pitch, brightness)
    passer_by, in_front = rng.random() < 0.05, rng.random() < 0.5
    if passer_by and not in_front:
        _draw_passer_by(canvas, camera, spot, rng)
    _cast_shadow(canvas, camera, spot)
    _draw(canvas, identity, camera, spot, rng)
    if passer_by and in_front:
        _draw_passer_by(canvas, camera, spot, rng)
    if rng.random() < 0.06:
        occlude(canvas, rng)
    image = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, -1)
    return compress(develop(image, camera, rng), camera, rng)
