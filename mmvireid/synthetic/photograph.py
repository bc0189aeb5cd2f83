"""Take one photograph: a loose crop of a person at a random moment and place in front of one camera."""

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
class _Crop:
    """Describe a detection box in a camera's frame and the person in it.

    Args:
        left: Left edge of the box, frame pixels.
        top: Upper edge of the box, frame pixels.
        width: Width of the box, frame pixels.
        height: Height of the box, frame pixels.
        foot: Frame (x, y) of the point on the floor below the person.
        scale: Frame pixels per meter at the person.
        pitch: Angle at which the camera looks down on the person, radians.
        distance: Meters from the camera to the person.
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
    """Describe what a person does.

    Args:
        pose: Pose of the body.
        heading: Direction of walking, radians; 0 is toward the camera.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> Moment(sample_pose(rng), heading=0.0).heading
        0.0
    """

    pose: Pose
    heading: float


def _sample_crop(camera: Camera, body_height: float, aspect: float, rng: np.random.Generator) -> _Crop:
    """Put a person in front of the camera and draw a loose box around the person.

    Args:
        camera: The camera.
        body_height: Meters from floor to crown.
        aspect: Width of the box divided by its height.
        rng: Source of place and box.
    """
    z = rng.uniform(*camera.distances)
    reach = min(camera.reach, 0.7 * z * FRAME_WIDTH / 2 / camera.focal)
    x = rng.uniform(-reach, reach)
    column, foot_row, scale = camera.project(x, 0.0, z)
    _, head_row, _ = camera.project(x, body_height, z)
    tall = foot_row - head_row
    above, below = tall * rng.uniform(0.02, 0.14, 2)
    height = tall + above + below
    width = height * aspect
    left = column - width / 2 + rng.normal(0, 0.05) * width
    pitch = atan2(camera.height - body_height / 2, z)
    distance = float(np.hypot(z, camera.height))
    return _Crop(left, head_row - above, width, height, (column, foot_row), scale, pitch, distance)


def view_rotation(heading: float, pitch: float) -> np.ndarray:
    """Return the (3, 3) rotation from body space to view space.

    Args:
        heading: Angle by which the body turns, radians; 0 faces the camera.
        pitch: Angle at which the camera looks down, radians.

    Example:
        >>> (view_rotation(np.pi / 2, 0.0) @ [0, 0, 1]).round(3).tolist()  # the front now points to the right
        [1.0, 0.0, 0.0]
    """
    turn = np.array([[cos(heading), 0, sin(heading)], [0, 1, 0], [-sin(heading), 0, cos(heading)]])
    look = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    return (look @ turn).astype(np.float32)


def _paint_fabrics(hits: Hits, fabrics: list[Fabric], spectrum: Spectrum) -> np.ndarray:
    """Return the fabric values at the hit points in ``spectrum``, (M, channels)."""
    values = np.array([fabric.material.seen_in(spectrum) for fabric in fabrics], dtype=np.float32)[hits.surface]
    for index, fabric in enumerate(fabrics):
        if not fabric.layers:
            continue
        where = np.flatnonzero(hits.surface == index)
        for pattern, material in fabric.layers:
            mask = pattern.mask(hits.angle[where], hits.radius[where], hits.height[where])
            values[where[mask]] = material.seen_in(spectrum)
    return values


def _draw_person(
    canvas: np.ndarray,
    identity: Identity,
    camera: Camera,
    spot: Spot,
    rng: np.random.Generator,
    moment: Moment | None = None,
) -> None:
    """Draw a person on ``canvas`` (H, W, C), in place. If ``moment`` is None, draw a random moment."""
    moment = moment or Moment(sample_pose(rng), camera.sample_heading(rng))
    primitives, fabrics = dress(identity, moment.pose)
    shape = canvas.shape[:2]
    hits = ray_cast(primitives.rotated(view_rotation(moment.heading, spot.pitch)), shape, spot.scale, spot.foot)
    shade = camera.shade(hits, shape, spot, rng)
    canvas.reshape(-1, canvas.shape[2])[hits.pixel] = _paint_fabrics(hits, fabrics, camera.spectrum) * shade[:, None]


def _draw_passer_by(canvas: np.ndarray, camera: Camera, spot: Spot, rng: np.random.Generator) -> None:
    """Draw another person, partly outside the canvas, in place."""
    aside = rng.choice([-1, 1]) * rng.uniform(0.42, 0.6) * canvas.shape[1]
    nearer = rng.uniform(-0.1, 0.1) * spot.scale
    beside = replace(spot, foot=(spot.foot[0] + aside, spot.foot[1] + nearer))
    _draw_person(canvas, sample_identity(rng), camera, beside, rng)


def take_photograph(
    identity: Identity,
    camera: Camera,
    size: tuple[int, int],
    seed: int,
    rng: np.random.Generator,
    moment: Moment | None = None,
) -> np.ndarray:
    """Take one photograph of a person.

    Args:
        identity: The person.
        camera: The camera.
        size: Height and width of the image in pixels.
        seed: Seed of the data set; it fixes the scenes.
        rng: Generator of this image; it fixes place, crop, light and noise.
        moment: What the person does; None draws a random moment from ``rng``.

    Returns:
        BGR image, (H, W, 3) uint8. The three channels are equal unless the camera sees color.

    Example:
        >>> from mmvireid.synthetic.regdb_cameras import THERMAL
        >>> rng = np.random.default_rng(0)
        >>> image = take_photograph(sample_identity(rng), THERMAL, size=(32, 16), seed=0, rng=rng)
        >>> image.shape, str(image.dtype)
        ((32, 16, 3), 'uint8')
    """
    height, width = size
    canvas_height, canvas_width = int(height * SUPERSAMPLING), int(width * SUPERSAMPLING)
    crop = _sample_crop(camera, identity.body.height, width / height, rng)
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
    _draw_person(canvas, identity, camera, spot, rng, moment)
    if passer_by and in_front:
        _draw_passer_by(canvas, camera, spot, rng)
    if rng.random() < camera.obstacles:
        occlude(canvas, rng)
    image = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, -1)
    return camera.develop(image, rng)
