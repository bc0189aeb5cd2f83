"""Walking skeletons."""

from dataclasses import replace
from math import pi

import numpy as np

from mmvireid.synthetic.identity import sample_identity
from mmvireid.synthetic.skeleton import Pose, walk

STEP = Pose(phase=0.0, pace=1.0, turn=0.0, nod=0.0, wobble=(0.0, 0.0, 0.0))
EMPTY_HANDS = {'left': False, 'right': False}


def test_thighs_keep_their_length_in_every_phase():
    body = sample_identity(np.random.default_rng(0)).body
    lengths = []
    for phase in np.linspace(0, 2 * pi, 12, endpoint=False):
        joints = walk(body, replace(STEP, phase=phase), EMPTY_HANDS)
        lengths.append([np.linalg.norm(joints.knee[side] - joints.hip[side]) for side in ('left', 'right')])
    np.testing.assert_allclose(lengths, np.full((12, 2), lengths[0][0]), rtol=1e-6)


def test_legs_alternate_and_arms_swing_opposite_to_them():
    body = sample_identity(np.random.default_rng(0)).body
    early = walk(body, replace(STEP, phase=pi / 2), EMPTY_HANDS)
    late = walk(body, replace(STEP, phase=-pi / 2), EMPTY_HANDS)
    assert early.ankle['left'][2] > early.ankle['right'][2] and early.wrist['left'][2] < early.wrist['right'][2]
    assert late.ankle['left'][2] < late.ankle['right'][2] and late.wrist['left'][2] > late.wrist['right'][2]


def test_an_arm_with_a_bag_swings_less():
    body = sample_identity(np.random.default_rng(0)).body
    wrists = {}
    for carries in (False, True):
        poses = [
            walk(body, replace(STEP, phase=phase), {'left': carries, 'right': False}) for phase in (-pi / 2, pi / 2)
        ]
        wrists[carries] = abs(poses[0].wrist['left'][2] - poses[1].wrist['left'][2])
    assert wrists[True] < 0.5 * wrists[False]
