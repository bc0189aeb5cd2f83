"""Thermal images: what they show and what they hide."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mmvireid.synthetic import photograph
from mmvireid.synthetic.camera import empty_frame
from mmvireid.synthetic.identity import sample_identity
from mmvireid.synthetic.photograph import SUPERSAMPLING, take_photograph
from mmvireid.synthetic.regdb_cameras import THERMAL, VISIBLE
from mmvireid.synthetic.wardrobe import Fabric

SIZE = (128, 64)
ALONE = {camera: replace(camera, crowd=0.0) for camera in (VISIBLE, THERMAL)}


def photograph_alone(person, camera, seed=0):
    return take_photograph(person, ALONE[camera], SIZE, 0, np.random.default_rng(seed))


def sample_person(seed, **attributes):
    return replace(sample_identity(np.random.default_rng(seed)), **attributes)


@pytest.fixture
def surfaces(monkeypatch):
    """Record the surface in each canvas pixel of the last photograph; -1 is the background."""
    seen = np.full([int(side * SUPERSAMPLING) for side in SIZE], -1)
    ray_cast = photograph.ray_cast

    def spy(*args):
        hits = ray_cast(*args)
        seen.fill(-1)
        seen.ravel()[hits.pixel] = hits.surface
        return hits

    monkeypatch.setattr(photograph, 'ray_cast', spy)
    return seen


@pytest.mark.parametrize('seed', range(6))
def test_skin_is_hot_clothes_are_warm_and_the_street_is_cold(seed, surfaces):
    someone = sample_person(seed, top='t-shirt', bottom='trousers', bag='backpack', hat='none', hair='short')
    fabrics = [*someone.fabrics, 'face']
    image = photograph_alone(someone, THERMAL, seed)[..., 0].astype(float)
    labels = cv2.resize(surfaces.astype(np.float32), SIZE[::-1], interpolation=cv2.INTER_NEAREST).astype(int)
    kernel = np.ones((3, 3), np.uint8)

    def mean(*names):
        mask = np.isin(labels, [fabrics.index(name) if name in fabrics else -1 for name in names]).astype(np.uint8)
        return image[cv2.erode(mask, kernel) > 0].mean()

    skin, clothes, street = mean('skin', 'face'), mean('trunk', 'sleeve', 'bottom'), mean('background')
    assert skin > clothes + 25 and clothes > street + 25
    assert street < mean('bag') + 12 < clothes  # a backpack hides the warmth of the back in every view


def test_patterns_and_colors_vanish():
    differing = 0
    for seed in range(30):
        someone = sample_person(seed)
        if someone.bag in ('backpack', 'cross-body') or someone.top in ('jacket', 'coat'):
            continue  # a strap, or the garment under an open jacket, is a separate cloth
        plain = replace(someone, fabrics={name: Fabric(f.material) for name, f in someone.fabrics.items()})
        np.testing.assert_array_equal(photograph_alone(someone, THERMAL), photograph_alone(plain, THERMAL))
        differing += not np.array_equal(photograph_alone(someone, VISIBLE), photograph_alone(plain, VISIBLE))
    assert differing > 5


def test_bare_arms_and_straps_survive():
    hot = [
        (photograph_alone(sample_person(3, top=top, bag='none'), THERMAL)[..., 0] > 190).sum()
        for top in ('tank', 'coat')
    ]
    assert hot[0] > 1.5 * hot[1]
    people = [sample_person(seed) for seed in range(60)]
    strapped = [someone for someone in people if someone.bag == 'cross-body']
    assert strapped
    for someone in strapped:
        _, strap = someone.fabrics['trunk'].layers[-1]
        assert strap.warmth == someone.fabrics['bag'].material.warmth < someone.fabrics['trunk'].material.warmth


def test_edges_are_soft_and_warm_surfaces_glow():
    step = np.zeros((128, 64, 1), np.float32)
    step[:, 32:] = 1
    profile = THERMAL.develop(step, np.random.default_rng(0))[..., 0].mean(axis=0)
    cold, warm = profile[:8].mean(), profile[-8:].mean()
    share = (profile - cold) / (warm - cold)
    assert ((share > 0.15) & (share < 0.85)).sum() >= 3
    assert 0.01 < share[24:28].mean() < 0.12  # four to eight pixels beside the edge
    sharp = VISIBLE.develop(np.repeat(step, 3, axis=2), np.random.default_rng(0)).mean(axis=(0, 2))
    share = (sharp - sharp[:8].mean()) / (sharp[-8:].mean() - sharp[:8].mean())
    assert abs(share[24:28].mean()) < 0.01


def test_images_are_gray_and_noisy_and_their_gain_varies():
    flat = np.full((128, 64, 1), 0.4, np.float32)
    images = [THERMAL.develop(flat, np.random.default_rng(seed)) for seed in range(40)]
    for image in images:
        assert image.dtype == np.uint8 and image.shape == (128, 64, 3)
        assert (image == image[..., :1]).all()
        assert 2 < image.std() < 8
    assert 6 < np.std([image.mean() for image in images]) < 25


def test_the_street_is_cool_and_has_little_texture():
    visible, thermal = (empty_frame(camera, 0) for camera in (VISIBLE, THERMAL))
    assert visible.shape == (540, 960, 3) and thermal.shape == (540, 960, 1)
    assert 0 < thermal.min() and thermal.max() < 0.2  # all clothes are warmer
    texture = [(frame.squeeze() - cv2.GaussianBlur(frame, (0, 0), 5)).std() for frame in (visible, thermal)]
    assert texture[1] < 0.1 * texture[0]
