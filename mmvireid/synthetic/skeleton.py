"""Compute the joint positions of a walking person from body proportions and a gait phase.

Body space, in meters: x points to the body's left, y points up from the floor, z points forward. When the body faces
the camera, its left is the right of the image.
"""

from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from .identity import Body

SIDES = {'left': 1, 'right': -1}
ANKLE_HEIGHT = 0.075  # meters
TOE_HEIGHT = 0.033  # meters
HIP_JOINT = 0.55  # distance of a hip joint from the middle, as a fraction of half the pelvis width


@dataclass(frozen=True)
class Pose:
    """Describe one moment of a walk.

    Args:
        phase: Gait phase, radians; at pi / 2 the left leg is in front.
        pace: Relative length of the strides; 0 stands still, 1 is the person's usual walk.
        turn: Rotation of the head relative to the trunk, radians.
        nod: Forward pitch of the head, radians.
        wobble: Small deviations of the left shoulder, the right shoulder and both elbows, radians.

    Example:
        >>> standing = Pose(phase=0.0, pace=0.0, turn=0.0, nod=0.0, wobble=(0.0, 0.0, 0.0))
        >>> standing.pace
        0.0
    """

    phase: float
    pace: float
    turn: float
    nod: float
    wobble: tuple[float, float, float]


@dataclass(frozen=True)
class Skeleton:
    """Hold the joint positions of one pose, (3,) meters each.

    A joint of the limbs is a dict with the keys 'left' and 'right'. ``spine`` and ``head_up`` are unit vectors.
    ``trunk_front`` and ``head_front`` are the horizontal facing directions.

    Example:
        >>> from mmvireid.synthetic.identity import sample_identity
        >>> rng = np.random.default_rng(0)
        >>> skeleton = walk(sample_identity(rng).body, sample_pose(rng), {'left': False, 'right': False})
        >>> skeleton.neck.shape, sorted(skeleton.knee)
        ((3,), ['left', 'right'])
    """

    pelvis: np.ndarray
    waist: np.ndarray
    neck: np.ndarray
    head: np.ndarray
    spine: np.ndarray
    head_up: np.ndarray
    trunk_front: np.ndarray
    head_front: np.ndarray
    shoulder: dict[str, np.ndarray]
    elbow: dict[str, np.ndarray]
    wrist: dict[str, np.ndarray]
    hip: dict[str, np.ndarray]
    knee: dict[str, np.ndarray]
    ankle: dict[str, np.ndarray]
    toe: dict[str, np.ndarray]


def sample_pose(rng: np.random.Generator) -> Pose:
    """Draw a random moment of a walk; one person in five stands still or nearly still.

    Example:
        >>> 0 <= sample_pose(np.random.default_rng(0)).pace <= 1.15
        True
    """
    pace = rng.uniform(0.0, 0.25) if rng.random() < 0.2 else rng.uniform(0.7, 1.15)
    return Pose(
        phase=float(rng.uniform(0, 2 * pi)),
        pace=float(pace),
        turn=float(rng.normal(0, 0.2)),
        nod=float(rng.normal(0.08, 0.1)),
        wobble=tuple(float(value) for value in rng.normal(0, 0.08, 3)),
    )


def _swing(angle: float, outward: float = 0.0) -> np.ndarray:
    """Return the unit vector of a hanging limb, swung forward by ``angle`` and sideways by ``outward`` (radians)."""
    return np.array([sin(outward), -cos(angle) * cos(outward), sin(angle) * cos(outward)])


def _yaw(angle: float) -> np.ndarray:
    """Return a horizontal unit vector; ``angle`` turns it from straight ahead toward the body's left."""
    return np.array([sin(angle), 0.0, cos(angle)])


def walk(body: Body, pose: Pose, carrying: dict[str, bool]) -> Skeleton:
    """Compute the joints of ``body`` in ``pose``.

    Args:
        body: Proportions and gait.
        pose: Moment of the walk.
        carrying: Whether the 'left' and the 'right' hand carry a bag; such an arm swings very little.

    Example:
        >>> from mmvireid.synthetic.identity import sample_identity
        >>> body = sample_identity(np.random.default_rng(0)).body
        >>> step = Pose(phase=pi / 2, pace=1.0, turn=0.0, nod=0.0, wobble=(0.0, 0.0, 0.0))
        >>> skeleton = walk(body, step, {'left': False, 'right': False})
        >>> bool(skeleton.ankle['left'][2] > skeleton.ankle['right'][2])  # the left foot is in front
        True
    """
    height = body.height
    leg, torso = body.legs * height - ANKLE_HEIGHT, (0.82 - body.legs) * height
    up = np.array([0.0, 1.0, 0.0])
    spine = np.array([0.0, cos(body.stoop), sin(body.stoop)])
    twist = 0.12 * pose.pace * sin(pose.phase)
    trunk_front, head_front = _yaw(twist), _yaw(twist + pose.turn)
    across = np.array([trunk_front[2], 0.0, -trunk_front[0]])  # to the body's left

    pelvis = np.zeros(3)
    waist, neck = pelvis + spine * torso * 0.42, pelvis + spine * torso
    head_up = up * cos(body.stoop + pose.nod) + head_front * sin(body.stoop + pose.nod)
    head = neck + head_up * height * 0.098
    joints: dict[str, dict[str, np.ndarray]] = {
        name: {} for name in ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle', 'toe')
    }
    for side, sign in SIDES.items():
        ahead = sign * sin(pose.phase)  # +1 if this leg is fully in front
        lifting = max(0.0, sign * cos(pose.phase))  # positive while the foot is in the air
        thigh = body.stride * pose.pace * ahead + 0.04
        shin = thigh - 0.06 - 0.95 * pose.pace * lifting**2 - 0.12 * pose.pace * max(0.0, -ahead)
        splay = sign * 0.02 * body.stance
        hip = pelvis + np.array([sign * body.hips * HIP_JOINT * height, 0.0, 0.0])
        knee = hip + _swing(thigh, splay) * leg * 0.51
        ankle = knee + _swing(shin, -splay * (1 - body.stance)) * leg * 0.49
        sole = shin * 0.75 if shin < 0 else -0.1 * ahead * pose.pace
        toe = ankle + np.array([sign * 0.03, 0.0, 0.0]) + np.array([0.0, sin(sole), cos(sole)]) * height * 0.105
        toe -= up * (ANKLE_HEIGHT - TOE_HEIGHT)

        still = 0.25 if carrying[side] else 1.0
        wobble = pose.wobble[0 if sign > 0 else 1]
        arm = still * (-body.swing * (0.25 + 0.75 * pose.pace) * ahead + wobble) + 0.5 * body.stoop
        bend = 0.1 + still * (0.18 + 0.45 * pose.pace * max(0.0, -ahead) + abs(pose.wobble[2]))
        shoulder = neck - spine * height * 0.052 + across * sign * body.shoulders * height
        elbow = shoulder + _swing(arm, sign * 0.13) * height * 0.172
        wrist = elbow + _swing(arm + bend, sign * 0.02) * height * 0.145
        for name, point in zip(joints, (shoulder, elbow, wrist, hip, knee, ankle, toe), strict=True):
            joints[name][side] = point

    # Put the lowest point of both soles on the floor; it is a heel or a toe.
    soles = [joints['ankle'][side][1] - ANKLE_HEIGHT for side in SIDES]
    soles += [joints['toe'][side][1] - TOE_HEIGHT for side in SIDES]
    lift = up * -min(soles)
    moved = {name: {side: point + lift for side, point in pair.items()} for name, pair in joints.items()}
    return Skeleton(
        pelvis=pelvis + lift,
        waist=waist + lift,
        neck=neck + lift,
        head=head + lift,
        spine=spine,
        head_up=head_up,
        trunk_front=trunk_front,
        head_front=head_front,
        **moved,
    )
