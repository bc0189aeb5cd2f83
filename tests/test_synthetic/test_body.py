"""Bodies: a view turns the same body and the same patterns."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest

from mmvireid.synthetic.body import dress
from mmvireid.synthetic.identity import HAIR_STYLES, HATS, sample_identity
from mmvireid.synthetic.patterns import Checks, Dots, Patch, Sector, Stripes
from mmvireid.synthetic.photograph import view_rotation
from mmvireid.synthetic.render import ray_cast
from mmvireid.synthetic.skeleton import Pose, sample_pose, walk
from mmvireid.synthetic.wardrobe import BAGS, BOTTOMS, TOPS

SHAPE, SCALE, FOOT = (400, 200), 180.0, (100.0, 370.0)
STANDING = Pose(phase=0.0, pace=0.0, turn=0.0, nod=0.0, wobble=(0.0, 0.0, 0.0))


def identity(seed):
    return sample_identity(np.random.default_rng(seed))


@pytest.mark.parametrize('turn', [0.3, -0.5, 0.8])
def test_pattern_turns_with_the_body(turn):
    """A point seen from two sides has the same body coordinates in both views, so patterns cannot swim."""
    primitives, _ = dress(identity(5), sample_pose(np.random.default_rng(1)))
    first, second = view_rotation(0.2, 0.2), view_rotation(0.2 + turn, 0.3)
    a = ray_cast(primitives.rotated(first), SHAPE, SCALE, FOOT)
    b = ray_cast(primitives.rotated(second), SHAPE, SCALE, FOOT)

    x, y = (a.pixel % SHAPE[1] + 0.5 - FOOT[0]) / SCALE, (FOOT[1] - 0.5 - a.pixel // SHAPE[1]) / SCALE
    points = np.stack([x, y, a.depth], axis=1) @ first @ second.T  # body space, then the second view
    column = np.floor(points[:, 0] * SCALE + FOOT[0]).astype(int)
    row = np.floor(FOOT[1] - points[:, 1] * SCALE).astype(int)
    at = np.full(SHAPE[0] * SHAPE[1], -1)
    at[b.pixel] = np.arange(len(b.pixel))
    other = at[row * SHAPE[1] + column]
    same = (other >= 0) & (np.abs(b.depth[other] - points[:, 2]) < 0.006) & (b.surface[other] == a.surface)
    same &= (a.normal[:, 2] > 0.5) & (b.normal[other, 2] > 0.5)
    assert same.sum() > 2000
    assert np.quantile(np.abs(a.height - b.height[other])[same], 0.98) < 0.012
    around = np.abs((a.angle - b.angle[other] + pi) % (2 * pi) - pi) * a.radius
    assert np.quantile(around[same], 0.98) < 0.015


@pytest.mark.parametrize('seed', range(20))
def test_feet_stand_on_the_floor_and_stature_fits(seed):
    person = identity(seed)
    primitives, _ = dress(person, sample_pose(np.random.default_rng(seed)))
    hits = ray_cast(primitives, SHAPE, SCALE, FOOT)
    lowest = (FOOT[1] - hits.pixel.max() // SHAPE[1]) / SCALE
    assert abs(lowest) < 0.05
    bare = replace(person, hat='none', hair='short')
    tall = (FOOT[1] - ray_cast(dress(bare, STANDING)[0], SHAPE, SCALE, FOOT).pixel.min() // SHAPE[1]) / SCALE
    assert tall == pytest.approx(person.body.height, rel=0.06)


def test_limbs_keep_their_lengths_and_legs_alternate():
    body = identity(0).body
    free = {'left': False, 'right': False}
    lengths = []
    for phase in np.linspace(0, 2 * pi, 12, endpoint=False):
        joints = walk(body, replace(STANDING, phase=phase, pace=1.0), free)
        lengths.append([np.linalg.norm(joints.knee[s] - joints.hip[s]) for s in ('left', 'right')])
    np.testing.assert_allclose(lengths, np.full((12, 2), lengths[0][0]), rtol=1e-6)
    early = walk(body, replace(STANDING, phase=pi / 2, pace=1.0), free)
    late = walk(body, replace(STANDING, phase=-pi / 2, pace=1.0), free)
    assert early.ankle['left'][2] > early.ankle['right'][2] and early.wrist['left'][2] < early.wrist['right'][2]
    assert late.ankle['left'][2] < late.ankle['right'][2]


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


def test_patterns_by_hand():
    angle, height = np.array([0.0, 0.5, -0.5, 3.1]), np.array([0.01, 0.06, 0.11, 0.32])
    radius = np.full(4, 0.1)
    np.testing.assert_array_equal(Stripes(0.1, 0.5).mask(angle, radius, height), [True, False, True, True])
    np.testing.assert_array_equal(Stripes(0.1, 0.4, pi / 2).mask(angle, radius, height), [True, False, False, True])
    np.testing.assert_array_equal(Checks(0.1).mask(angle, radius, height), [False, False, True, False])
    np.testing.assert_array_equal(Sector(pi, 0.2).mask(angle, radius, height), [False, False, False, True])
    np.testing.assert_array_equal(Sector(0.5, 0.2, both=True).mask(angle, radius, height), [False, True, True, False])
    np.testing.assert_array_equal(Patch((0.0, 0.05), 0.2, 0.1).mask(angle, radius, height), [True, True, False, False])
    np.testing.assert_array_equal(Dots(0.1, 0.3).mask(np.array([0.5]), np.array([0.1]), np.array([0.05])), [True])
