"""Transforms of color get the channels in the order that they expect."""

import colorsys

import cv2
import mmcv
import numpy as np
import pytest
from mmengine.dataset import Compose
from PIL import Image, ImageEnhance

from mmvireid.datasets import FolderDataset
from mmvireid.datasets.transforms import refuse_bgr_transforms
from mmvireid.registry import TRANSFORMS

RED = np.full((4, 4, 3), (200, 0, 0), np.uint8)
POLICIES = dict(_scope_='mmpretrain', policies='timm_increasing')  # names of mmpretrain
RAND_AUGMENT = dict(POLICIES, type='mmpretrain.RandAugment', num_policies=2, magnitude_level=6)
AUTO_AUGMENT = dict(POLICIES, type='mmpretrain.AutoAugment', policies='imagenet')
JITTER = dict(type='mmpretrain.ColorJitter', saturation=(0.5, 0.5))


def apply(transform: dict, img: np.ndarray = RED) -> np.ndarray:
    return TRANSFORMS.build(transform)(dict(img=img.copy()))['img']


def in_bgr(**transform) -> dict:
    return dict(type='RGBTransform', transform=transform)


def test_the_saturation_of_red_changes_as_in_rgb():
    expected = np.asarray(ImageEnhance.Color(Image.fromarray(RED)).enhance(0.5))
    np.testing.assert_array_equal(apply(in_bgr(**JITTER)), expected)
    assert np.abs(apply(JITTER).astype(int) - expected).max() > 10  # the bare transform takes red for blue


@pytest.mark.parametrize('backend', ['pillow', 'cv2'])
def test_the_hue_of_red_turns_to_yellow_and_not_to_violet(backend):
    found = apply(in_bgr(type='mmpretrain.ColorJitter', hue=(1 / 6, 1 / 6), backend=backend))[0, 0] / 200
    np.testing.assert_allclose(found, colorsys.hsv_to_rgb(1 / 6, 1, 1), atol=0.05)


def test_the_contrast_of_red_uses_the_luma_of_rgb():
    expected = np.asarray(ImageEnhance.Contrast(Image.fromarray(RED)).enhance(0.5))
    found = apply(in_bgr(type='mmpretrain.ColorJitter', contrast=(0.5, 0.5)))
    np.testing.assert_array_equal(found, expected)


def test_lighting_adds_the_components_in_rgb_and_clips(monkeypatch):
    monkeypatch.setattr(np.random, 'normal', lambda *_: np.array([-1.0, 0.5, 0.0]))
    options = dict(eigval=[60.0, 5.0, 1.0], eigvec=[[-0.5, 0.7, 0.4], [-0.6, 0.0, -0.8], [-0.6, -0.7, 0.4]])
    img = np.full((4, 4, 3), (240, 100, 7), np.uint8)
    found = apply(dict(type='RGBLighting', **options), img)
    assert found[0, 0].tolist() == [255, 136, 41]  # 240 + 30 + 1.75 is clipped; 100 + 36; 7 + 36 - 1.75
    bare = apply(dict(type='mmpretrain.Lighting', **options), img)
    assert bare[0, 0, 0] < 20  # the value wraps around


def test_eigenvectors_must_fit_the_eigenvalues():
    with pytest.raises(ValueError, match=r'for each of the 2 eigenvalues of eigval, got the shape \(3, 3\)'):
        TRANSFORMS.build(dict(type='RGBLighting', eigval=(1, 2)))


@pytest.mark.parametrize(
    'transform, message',
    [
        (JITTER, r"ColorJitter expects BGR.*dict\(type='RGBTransform', transform=dict\(type='mmpretrain.ColorJitter'"),
        (
            dict(type='RandomApply', transforms=[JITTER]),
            r"ColorJitter \(in RandomApply\) expects BGR .*transform=dict\(type='mmcv.RandomApply'",
        ),
        (dict(type='RandomChoice', transforms=[[dict(type='RandomFlip', prob=0.5)], [JITTER]]), 'in RandomChoice'),
        (
            AUTO_AUGMENT,
            r'\(in AutoAugment\) expects BGR',
        ),
        (
            dict(
                type='mmpretrain.RandAugment',
                _scope_='mmpretrain',
                policies='timm_increasing',
                num_policies=2,
                magnitude_level=6,
            ),
            r'\(in RandAugment\) expects BGR',
        ),
        (dict(type='mmpretrain.Contrast', magnitude=0.5), 'Contrast expects BGR'),
        (dict(type='mmpretrain.Lighting', eigval=[1.0], eigvec=[[1.0]] * 3), 'Use RGBLighting'),
        (in_bgr(type='mmpretrain.Lighting', eigval=[1.0], eigvec=[[1.0]] * 3), 'Use RGBLighting'),
        (dict(type='LoadImageFromFile'), 'Use LoadReIDImage'),
        (dict(type='Normalize', mean=[0] * 3, std=[1] * 3), 'remove Normalize'),
        (dict(type='mmpretrain.NumpyToPIL', to_rgb=True), 'Set to_rgb=False'),
        (dict(type='mmpretrain.PILToNumpy', to_bgr=True), 'Set to_bgr=False'),
        (dict(type='RandomGrayscale', channel_weights=(1, 2, 3)), "Set color_format='rgb'"),
        (dict(type='RandomGrayscale', color_format='hsv'), "Set color_format='rgb'"),
    ],
)
def test_a_data_set_refuses_a_transform_of_bgr_images(tmp_path, transform, message):
    with pytest.raises(ValueError, match=f'^pipeline: .*{message}'):
        FolderDataset(tmp_path, 'train', pipeline=[transform])


@pytest.mark.parametrize(
    'transform',
    [
        in_bgr(**JITTER),
        dict(type='RandomApply', transforms=[in_bgr(**JITTER)]),
        in_bgr(
            type='mmpretrain.RandAugment',
            _scope_='mmpretrain',
            policies='timm_increasing',
            num_policies=2,
            magnitude_level=6,
        ),
        dict(type='RandomGrayscale', prob=0.5, keep_channels=True),
        dict(type='mmpretrain.NumpyToPIL'),
        dict(type='mmpretrain.Equalize'),
        dict(type='mmpretrain.Brightness', magnitude=0.5),
    ],
)
def test_other_transforms_pass(transform):
    refuse_bgr_transforms(Compose([transform]))


def test_the_list_of_bgr_transforms_is_complete():
    """Swapping red and blue before and after changes no member of an augmentation policy, except the listed ones."""
    from mmpretrain.datasets.transforms.auto_augment import RANDAUG_POLICIES

    magnitudes = dict(Rotate=dict(angle=30.0), Posterize=dict(bits=3), Solarize=dict(thr=100), Cutout=dict(shape=5))
    plain = dict.fromkeys(['AutoContrast', 'Equalize', 'Invert'], {})
    plain['SolarizeAdd'] = dict(magnitude=100)
    img = np.random.default_rng(0).integers(0, 256, (16, 12, 3), dtype=np.uint8)
    img[..., 2] //= 3
    depends = set()
    for name in {policy['type'] for policy in RANDAUG_POLICIES['timm_increasing']} | {'Cutout'}:
        options = {**magnitudes, **plain}.get(name, dict(magnitude=0.5))
        kind = dict(options, type=f'mmpretrain.{name}', prob=1.0)
        if name not in ('AutoContrast', 'Equalize', 'Invert', 'Solarize', 'SolarizeAdd', 'Posterize', 'Cutout'):
            kind['random_negative_prob'] = 0
        found = []
        for transform in (kind, in_bgr(**kind)):
            np.random.seed(0)
            found.append(apply(transform, img))
        if not np.array_equal(*found):
            depends.add(name)
    assert depends == {'ColorTransform', 'Contrast', 'Rotate'}  # Rotate fills the border of the first channel only


def test_the_wrapper_refuses_what_is_no_image_of_8_bits():
    with pytest.raises(ValueError, match='RGBTransform gets float32'):
        apply(in_bgr(**JITTER), RED.astype(np.float32))
    with pytest.raises(ValueError, match='RGBTransform makes Image'):
        apply(in_bgr(type='mmpretrain.NumpyToPIL'))


def test_an_error_of_opencv_in_a_transform_names_the_file(tmp_path):
    path = tmp_path / 'train/visible/cam1/7/a.png'
    path.parent.mkdir(parents=True)
    cv2.imwrite(str(path), RED)

    def fail(results: dict) -> dict:
        return dict(results, img=mmcv.imresize(results['img'][:0], (8, 4)))

    dataset = FolderDataset(tmp_path, 'train', pipeline=[dict(type='LoadReIDImage'), fail])
    with pytest.raises(ValueError, match=f"Image '{path}': OpenCV failed in the pipeline: .*resize"):
        dataset[0]
