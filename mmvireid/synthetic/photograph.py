"""One photograph: a person at a random moment and place in front of one camera, as a loose crop."""

from dataclasses import dataclass, replace
from math import atan2, cos, sin

import cv2
import numpy as np

from .body import dress
from .camera import FRAME_WIDTH, Camera, Spot, empty_frame
from .identity import Identity, sample_identity
from .materials import Spectrum
from .occluders import occlude
from .render import Hits, ray_cast
from .skeleton import Pose, sample_pose
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
class Moment:
    """What somebody is doing: a pose, and the direction of walking in radians (0 towards the camera)."""

    pose: Pose
    heading: float


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
    """What ``spectrum`` shows of the fabrics at the hit points, (M, channels)."""
    values = np.array([fabric.material.seen_in(spectrum) for fabric in fabrics], dtype=np.float32)[hits.surface]
    for index, fabric in enumerate(fabrics):
        if not fabric.layers:
            continue
        where = np.flatnonzero(hits.surface == index)
        for pattern, material in fabric.layers:
            mask = pattern.mask(hits.angle[where], hits.radius[where], hits.height[where])
            values[where[mask]] = material.seen_in(spectrum)
    return values


def _draw(
    canvas: np.ndarray,
    identity: Identity,
    camera: Camera,
    spot: Spot,
    rng: np.random.Generator,
    moment: Moment | None = None,
) -> None:
    """Draw a person onto ``canvas`` (H, W, C), in place; without a ``moment``, at any."""
    moment = moment or Moment(sample_pose(rng), camera.sample_heading(rng))
    primitives, fabrics = dress(identity, moment.pose)
    shape = canvas.shape[:2]
    hits = ray_cast(primitives.rotated(view_rotation(moment.heading, spot.pitch)), shape, spot.scale, spot.foot)
    shade = camera.shade(hits, shape, spot, rng)
    canvas.reshape(-1, canvas.shape[2])[hits.pixel] = _paint_fabrics(hits, fabrics, camera.spectrum) * shade[:, None]


def _draw_passer_by(canvas: np.ndarray, camera: Camera, spot: Spot, rng: np.random.Generator) -> None:
    """Draw somebody else, partly outside the canvas, in place."""
    aside = rng.choice([-1, 1]) * rng.uniform(0.42, 0.6) * canvas.shape[1]
    nearer = rng.uniform(-0.1, 0.1) * spot.scale
    beside = replace(spot, foot=(spot.foot[0] + aside, spot.foot[1] + nearer))
    _draw(canvas, sample_identity(rng), camera, beside, rng)


def take_photograph(
    identity: Identity,
    camera: Camera,
    size: tuple[int, int],
    seed: int,
    rng: np.random.Generator,
    moment: Moment | None = None,
) -> np.ndarray:
    """A picture of ``identity`` before ``camera``: BGR (H, W, 3) uint8, gray unless the camera sees color.

    Args:
        size: Height and width of the image in pixels.
        seed: Seed of the data set, which fixes the scenes.
        rng: The image's own generator: place, crop, light, noise, and the moment if none is given.
        moment: What the person is doing.
    """
    height, width = size
    canvas_height, canvas_width = int(height * SUPERSAMPLING), int(width * SUPERSAMPLING)
    crop = sample_crop(camera, identity.body.height, width / height, rng)
    zoom = canvas_height / crop.height
    to_canvas = np.array([[zoom, 0, -crop.left * zoom], [0, zoom, -crop.top * zoom]])
    frame = empty_frame(camera, seed)
    canvas = cv2.warpAffine(frame, to_canvas, (canvas_width, canvas_height), borderMode=cv2.BORDER_REPLICATE)
    canvas = canvas.reshape(canvas_height, canvas_width, -1)

    off_axis = abs(crop.foot[0] / FRAME_WIDTH * 2 - 1)
    brightness = camera.sample_brightness(crop.distance, off_axis, rng)
    foot = ((crop.foot[0] - crop.left) * zoom, (crop.foot[1] - crop.top) * zoom)
    spot = Spot(foot, crop.scale * zoom, crop.pitch, brightness)
    passer_by, in_front = rng.random() < camera.crowd, rng.random() < 0.5
    if passer_by and not in_front:
        _draw_passer_by(canvas, camera, spot, rng)
    camera.cast_shadow(canvas, spot)
    _draw(canvas, identity, camera, spot, rng, moment)
    if passer_by and in_front:
        _draw_passer_by(canvas, camera, spot, rng)
    if rng.random() < camera.obstacles:
        occlude(canvas, rng)
    image = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, -1)
    return camera.develop(image, rng)
