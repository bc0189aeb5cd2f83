"""Bodies: two views show the same body and the same patterns."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest

from mmvireid.synthetic.body import dress
from mmvireid.synthetic.identity import HAIR_STYLES, HATS, sample_identity
from mmvireid.synthetic.photograph import view_rotation
from mmvireid.synthetic.render import ray_cast
from mmvireid.synthetic.skeleton import Pose, sample_pose
from mmvireid.synthetic.wardrobe import BAGS, BOTTOMS, TOPS

SHAPE, SCALE, FOOT = (400, 200), 180.0, (100.0, 370.0)
STANDING = Pose(phase=0.0, pace=0.0, turn=0.0, nod=0.0, wobble=(0.0, 0.0, 0.0))


def identity(seed):
    return sample_identity(np.random.default_rng(seed))


@pytest.mark.parametrize('turn', [0.3, -0.5, 0.8])
def test_pattern_turns_with_the_body(turn):
    """Compare the body coordinates of points that two views show; equal coordinates keep a pattern in its place."""
    primitives, _ = dress(identity(5), sample_pose(np.random.default_rng(1)))
    first, second = view_rotation(0.2, 0.2), view_rotation(0.2 + turn, 0.3)
    a = ray_cast(primitives.rotated(first), SHAPE, SCALE, FOOT)
    b = ray_cast(primitives.rotated(second), SHAPE, SCALE, FOOT)

    x, y = (a.pixel % SHAPE[1] + 0.5 - FOOT[0]) / SCALE, (FOOT[1] - 0.5 - a.pixel // SHAPE[1]) / SCALE
    points = (
        np.stack([x, y, a.depth], axis=1) @ first @ second.T
    )  # from the first view to body space to the second view
    column = np.floor(points[:, 0] * SCALE + FOOT[0]).astype(int)
    row = np.floor(FOOT[1] - points[:, 1] * SCALE).astype(int)
    hit_at_pixel = np.full(SHAPE[0] * SHAPE[1], -1)
    hit_at_pixel[b.pixel] = np.arange(len(b.pixel))
    other = hit_at_pixel[row * SHAPE[1] + column]
    same = (other >= 0) & (np.abs(b.depth[other] - points[:, 2]) < 0.006) & (b.surface[other] == a.surface)
    same &= (a.normal[:, 2] > 0.5) & (b.normal[other, 2] > 0.5)
    assert same.sum() > 2000
    assert np.quantile(np.abs(a.height - b.height[other])[same], 0.98) < 0.012
    around = np.abs((a.angle - b.angle[other] + pi) % (2 * pi) - pi) * a.radius
    assert np.quantile(around[same], 0.98) < 0.015


@pytest.mark.parametrize('seed', range(20))
def test_feet_stand_on_the_floor_and_the_body_height_fits(seed):
    person = identity(seed)
    primitives, _ = dress(person, sample_pose(np.random.default_rng(seed)))
    hits = ray_cast(primitives, SHAPE, SCALE, FOOT)
    lowest = (FOOT[1] - hits.pixel.max() // SHAPE[1]) / SCALE
    assert abs(lowest) < 0.05
    bare = replace(person, hat='none', hair='short')
    tall = (FOOT[1] - ray_cast(dress(bare, STANDING)[0], SHAPE, SCALE, FOOT).pixel.min() // SHAPE[1]) / SCALE
    assert tall == pytest.approx(person.body.height, rel=0.06)


@pytest.mark.parametrize(
    'attribute, kinds', [('hair', HAIR_STYLES), ('hat', HATS), ('top', TOPS), ('bottom', BOTTOMS), ('bag', BAGS)]
)
def test_every_kind_has_its_own_shape(attribute, kinds):
    person = replace(identity(1), hair='short', hat='none', top='t-shirt', bottom='shorts', bag='none')
    drawings = set()
    for kind in kinds:
        hits = ray_cast(
            dress(replace(person, **{attribute: kind}), STANDING)[0].rotated(view_rotation(0.8, 0.1)),
            SHAPE,
            SCALE,
            FOOT,
        )
        drawings.add((hits.pixel.tobytes(), hits.depth.tobytes(), hits.surface.tobytes()))
    assert len(drawings) == len(kinds)
