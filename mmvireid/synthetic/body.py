"""Build a dressed body: turn an identity and its joints into round cones covered with fabrics."""

import numpy as np

from .identity import Identity
from .materials import Material
from .patterns import Face
from .primitives import Primitives, PrimitivesBuilder
from .skeleton import ANKLE_HEIGHT, HIP_JOINT, SIDES, TOE_HEIGHT, Pose, Skeleton, walk
from .wardrobe import Fabric

_SHADOWED = Material((0.03, 0.02, 0.02), 0.22, warmth=1.0)  # eyes, brows, lips: darker than skin in reflected light


def dress(identity: Identity, pose: Pose) -> tuple[Primitives, list[Fabric]]:
    """Build the body of a person in a pose.

    Args:
        identity: The person.
        pose: Moment of the walk.

    Returns:
        The body, which faces +z with the feet near the origin, and the fabrics. ``Primitives.surface`` holds indices
        into the list of fabrics.

    Example:
        >>> from mmvireid.synthetic.identity import sample_identity
        >>> from mmvireid.synthetic.skeleton import sample_pose
        >>> rng = np.random.default_rng(0)
        >>> primitives, fabrics = dress(sample_identity(rng), sample_pose(rng))
        >>> primitives.center.shape[1], bool(primitives.surface.max() < len(fabrics))
        (3, True)
    """
    carrying = {side: identity.bag == 'handbag' and sign == identity.bag_side for side, sign in SIDES.items()}
    skeleton = walk(identity.body, pose, carrying)
    skin = identity.fabrics['skin'].material
    head_half = 0.066 * identity.body.height * identity.body.head
    fabrics = identity.fabrics | {'face': Fabric(skin, ((Face(head_half), _SHADOWED),))}
    builder = PrimitivesBuilder(fabrics)
    _add_legs(builder, identity, skeleton)
    _add_trunk(builder, identity, skeleton)
    _add_arms(builder, identity, skeleton)
    _add_head(builder, identity, skeleton)
    _add_bag(builder, identity, skeleton)
    return builder.build(), list(fabrics.values())


def _hip_width(identity: Identity) -> float:
    """Return half the width of the hips with both thighs, meters."""
    body = identity.body
    return body.height * max(body.hips, body.hips * HIP_JOINT + 0.053 * body.girth)


def _add_legs(builder: PrimitivesBuilder, identity: Identity, skeleton: Skeleton) -> None:
    height, girth = identity.body.height, identity.body.girth
    ahead = np.array([0.0, 0.0, 1.0])
    thigh, knee, ankle = (fraction * height * girth for fraction in (0.052, 0.035, 0.023))
    wide = 1.35 if identity.bottom == 'wide-trousers' else 1.0
    for side in SIDES:
        hip, joint, foot, toe = (getattr(skeleton, name)[side] for name in ('hip', 'knee', 'ankle', 'toe'))
        thigh_length = float(np.linalg.norm(joint - hip))
        if identity.bottom in ('trousers', 'wide-trousers'):
            builder.add_cone(hip, joint, (thigh, knee * wide * 1.08), 'bottom', ahead)
            hem = foot - (foot - joint) * 0.02
            radii = (knee * wide * 1.08, ankle * (1.9 if wide > 1 else 1.35))
            builder.add_cone(joint, hem, radii, 'bottom', ahead, hem=True, origin=(-thigh_length, -1.0))
        else:
            builder.add_cone(hip, joint, (thigh * 0.95, knee), 'stocking', ahead)
            builder.add_cone(joint, foot, (knee, ankle), 'stocking', ahead)
            if identity.bottom == 'shorts':
                builder.add_cone(
                    hip, hip + (joint - hip) * 0.85, (thigh * 1.03, knee * 1.45), 'bottom', ahead, hem=True
                )
        heel = foot + np.array([0.0, 0.042 - ANKLE_HEIGHT, -0.025])
        builder.add_cone(heel, toe, (0.042, TOE_HEIGHT), 'shoe', np.array([0.0, 1.0, 0.0]), depth=0.95)
        if identity.boots:
            builder.add_cone(foot + (joint - foot) * 0.62, foot, (knee * 1.12, ankle * 1.45), 'shoe', ahead)


def _add_trunk(builder: PrimitivesBuilder, identity: Identity, skeleton: Skeleton) -> None:
    body, height = identity.body, identity.body.height
    spine, front = skeleton.spine, skeleton.trunk_front
    torso = float(np.linalg.norm(skeleton.neck - skeleton.pelvis))
    loose = 1.12 if identity.top in ('hoodie', 'jacket', 'coat') else 1.0
    hip, waist = _hip_width(identity), (0.07 + 0.012 * body.belly) * height * body.girth
    chest, shoulder = 0.087 * height * body.girth * loose, body.shoulders * height
    depth = 0.72 * body.girth**0.5

    builder.add_ellipsoid(skeleton.pelvis, (hip * 0.97, 0.055 * height, hip * 0.95 * depth), spine, front, 'bottom')
    bottom_edge = skeleton.pelvis + spine * identity.hem * height
    builder.add_cone(
        skeleton.waist,
        bottom_edge,
        (waist * loose, hip * 1.07 * loose),
        'trunk',
        front,
        depth,
        True,
        (0.42 * torso, -1.0),
    )
    chest_center = skeleton.pelvis + spine * torso * 0.75
    builder.add_cone(
        skeleton.waist, chest_center, (waist * loose, chest), 'trunk', front, depth, origin=(0.42 * torso, 1.0)
    )
    if body.belly > 0.1:
        center = skeleton.pelvis + spine * torso * 0.3 + front * waist * depth * 0.3 * body.belly
        radius = waist * (0.97 + 0.1 * body.belly) * loose
        builder.add_cone(
            center - spine * 0.03,
            center + spine * 0.03,
            (radius, radius),
            'trunk',
            front,
            depth,
            origin=(0.3 * torso - 0.03, 1.0),
        )
    # The shoulders slope; their pattern heights continue those on the chest.
    nape = skeleton.neck - spine * 0.034 * height
    for side in SIDES:
        radii = (0.046 * height * loose, 0.036 * height * loose)
        builder.add_cone(nape, skeleton.shoulder[side], radii, 'trunk', front, 0.95, origin=(0.97 * torso, -0.3))
    builder.add_cone(nape, skeleton.head, (0.034 * height, 0.032 * height), 'skin', front)
    if identity.top in ('hoodie', 'jacket', 'coat'):
        collar = skeleton.neck + spine * 0.012 * height
        builder.add_cone(
            nape, collar, (0.05 * height, 0.04 * height), 'trunk', front, hem=True, origin=(0.92 * torso, 1.0)
        )
    if identity.top == 'hoodie':
        builder.add_ellipsoid(
            skeleton.neck - front * 0.07 - spine * 0.02, (shoulder * 0.6, 0.06, 0.06), spine, front, 'trunk'
        )

    if identity.top == 'coat':
        _add_flare(builder, identity, skeleton, 'trunk', 0.24, hip * 1.1, 0.05 * torso)
    skirt = {'short-skirt': 0.2, 'long-skirt': 0.37}.get(identity.bottom)
    if skirt and identity.top == 'coat':  # only its lower part shows below the coat
        _add_flare(builder, identity, skeleton, 'bottom', skirt, hip * 0.95, -0.15 * torso)
    elif skirt:
        _add_flare(builder, identity, skeleton, 'bottom', skirt, hip * 1.03, 0.12 * torso)


def _add_flare(
    builder: PrimitivesBuilder,
    identity: Identity,
    skeleton: Skeleton,
    fabric: str,
    drop: float,
    top_radius: float,
    top: float,
) -> None:
    """Add a skirt or a coat tail around both legs.

    Args:
        builder: Collects the body.
        identity: The person.
        skeleton: The joints.
        fabric: Name of the fabric.
        drop: How far the hem lies below the hips, as a fraction of the body height.
        top_radius: Radius of the upper edge, meters.
        top: Height of the upper edge above the hips, meters.
    """
    height = identity.body.height
    knees = np.stack([skeleton.knee[side] for side in SIDES])
    start = skeleton.pelvis + skeleton.spine * top
    sway = (knees.mean(axis=0) - skeleton.pelvis) * 0.6
    end = skeleton.pelvis + np.array([sway[0], -drop * height, sway[2]])
    # The legs push the cloth to the front and to the back.
    spread = np.ptp(knees[:, 2]) / 2 * min(1.0, drop / 0.24) + 0.05 * height
    hem_radius = top_radius * identity.skirt_flare
    depth = float(np.clip(spread / hem_radius, 0.75, 1.4))
    front = np.array([0.0, 0.0, 1.0])
    builder.add_cone(start, end, (top_radius, hem_radius), fabric, front, depth, hem=True, origin=(top, -1.0))


def _add_arms(builder: PrimitivesBuilder, identity: Identity, skeleton: Skeleton) -> None:
    height, girth = identity.body.height, identity.body.girth
    upper, elbow_radius, wrist_radius = (fraction * height * girth for fraction in (0.03, 0.025, 0.018))
    ahead = np.array([0.0, 0.0, 1.0])
    bulk = 1.3 if identity.top in ('hoodie', 'jacket', 'coat') else 1.12
    for side in SIDES:
        shoulder, elbow, wrist = (getattr(skeleton, name)[side] for name in ('shoulder', 'elbow', 'wrist'))
        length = float(np.linalg.norm(elbow - shoulder))
        if identity.top in ('tank', 't-shirt'):
            builder.add_cone(shoulder, elbow, (upper, elbow_radius), 'skin', ahead)
            builder.add_cone(elbow, wrist, (elbow_radius, wrist_radius), 'skin', ahead)
            if identity.top == 't-shirt':
                radii = (upper * 1.25, upper * 1.32)
                builder.add_cone(shoulder, shoulder + (elbow - shoulder) * 0.68, radii, 'sleeve', ahead, hem=True)
        else:
            builder.add_cone(shoulder, elbow, (upper * bulk * 1.05, elbow_radius * bulk), 'sleeve', ahead)
            cuff = wrist + (elbow - wrist) * 0.05
            radii = (elbow_radius * bulk, wrist_radius * bulk * 1.15)
            builder.add_cone(elbow, cuff, radii, 'sleeve', ahead, hem=True, origin=(-length, -1.0))
        along = (wrist - elbow) / np.linalg.norm(wrist - elbow)
        builder.add_cone(wrist, wrist + along * 0.075, (0.026, 0.028), 'skin', np.array([1.0, 0.0, 0.0]), depth=1.25)


def _add_head(builder: PrimitivesBuilder, identity: Identity, skeleton: Skeleton) -> None:
    size = identity.body.height * identity.body.head
    up, front, center = skeleton.head_up, skeleton.head_front, skeleton.head
    front = front - up * (front @ up)
    front /= np.linalg.norm(front)
    half = 0.066 * size
    builder.add_ellipsoid(center, (half * 0.74, half, half * 0.88), up, front, 'face')
    builder.add_ellipsoid(
        center + front * half * 0.88 - up * half * 0.1, (half * 0.13, half * 0.22, half * 0.16), up, front, 'skin'
    )

    crown = center + up * half * 0.16 - front * half * 0.16
    volume = {'bald': 0.0, 'short': 1.0, 'full': 1.2, 'bob': 1.1, 'long': 1.06, 'ponytail': 1.0, 'bun': 1.0}[
        identity.hair
    ]
    if volume:
        builder.add_ellipsoid(
            crown, (half * 0.82 * volume, half * 0.93 * volume, half * 0.84 * volume), up, front, 'hair'
        )
    if identity.hair == 'bob':
        below = center - up * half * 0.42 - front * half * 0.42
        builder.add_ellipsoid(below, (half * 1.0, half * 0.9, half * 0.62), up, front, 'hair')
    elif identity.hair == 'long':
        below = center - front * half * 0.62
        tip = skeleton.neck - skeleton.spine * half * 2.0 - skeleton.trunk_front * half * 1.25
        builder.add_cone(below, tip, (half * 0.85, half * 0.75), 'hair', front, depth=0.6)
    elif identity.hair == 'ponytail':
        root = crown - front * half * 0.85
        builder.add_cone(root, root - up * half * 2.1 - front * half * 0.5, (half * 0.34, half * 0.2), 'hair', front)
    elif identity.hair == 'bun':
        builder.add_ellipsoid(crown + up * half * 0.75 - front * half * 0.55, (half * 0.45,) * 3, up, front, 'hair')

    if identity.hat == 'none':
        return
    brow = center + up * half * 0.22 - front * half * 0.06
    tall = 1.05 if identity.hat == 'beanie' else 0.92
    builder.add_ellipsoid(brow, (half * 0.92, half * tall, half * 1.06), up, front, 'hat', above=0.08)
    if identity.hat == 'cap':
        builder.add_ellipsoid(
            brow + front * half * 1.0 + up * half * 0.12, (half * 0.7, half * 0.09, half * 0.75), up, front, 'hat'
        )
    elif identity.hat == 'brimmed':
        builder.add_ellipsoid(brow + up * half * 0.15, (half * 1.75, half * 0.1, half * 1.8), up, front, 'hat')


def _add_bag(builder: PrimitivesBuilder, identity: Identity, skeleton: Skeleton) -> None:
    if identity.bag == 'none':
        return
    body, size, front = identity.body, identity.bag_size, skeleton.trunk_front
    side = 'left' if identity.bag_side > 0 else 'right'
    across = np.array([front[2], 0.0, -front[0]]) * identity.bag_side
    if identity.bag == 'backpack':
        top = skeleton.pelvis + (skeleton.neck - skeleton.pelvis) * 0.78
        offset = -front * (0.075 * body.height * body.girth + 0.07)
        builder.add_cone(
            top + offset, top + offset - skeleton.spine * 0.2 * size, (0.125 * size, 0.145 * size), 'bag', front, 0.72
        )
        pocket = top + offset - skeleton.spine * 0.19 * size - front * 0.085 * size
        builder.add_ellipsoid(pocket, (0.1 * size, 0.085 * size, 0.06 * size), skeleton.spine, front, 'bag')
    elif identity.bag == 'cross-body':
        center = skeleton.pelvis + across * (body.hips * body.height + 0.06) + skeleton.spine * 0.03
        builder.add_ellipsoid(center, (0.06 * size, 0.12 * size, 0.15 * size), skeleton.spine, front, 'bag')
    else:
        hand = skeleton.wrist[side] - np.array([0.0, 0.08, 0.0])
        bottom = hand - np.array([0.0, 0.2 * size, 0.0])
        builder.add_cone(hand - np.array([0.0, 0.1, 0.0]), bottom, (0.105 * size, 0.125 * size), 'bag', across, 0.45)
        builder.add_cone(
            hand + np.array([0.0, 0.02, 0.0]), hand - np.array([0.0, 0.12, 0.0]), (0.012, 0.04), 'bag', across
        )
