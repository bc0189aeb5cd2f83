import numpy as np
import pytest
from mmengine.dataset import Compose

from mmvireid.datasets.transforms import RandomZoomCrop
from mmvireid.utils.random import isolated_seed


@pytest.fixture
def img() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (97, 41, 3), dtype=np.uint8)


def zoom_from_parts(size: tuple[int, int], prob: float) -> Compose:
    """Build the same operation from the transforms of mmcv and mmpretrain."""
    height, width = size
    zoomed = (round(1.125 * width), round(1.125 * height))
    crop = [dict(type='Resize', scale=zoomed), dict(type='mmpretrain.RandomCrop', crop_size=size)]
    transforms = [[dict(type='Resize', scale=(width, height))], crop]
    return Compose([dict(type='RandomChoice', transforms=transforms, prob=[1 - prob, prob])])


@pytest.mark.parametrize('size', [(160, 64), (224, 224), (256, 128), (384, 128)])
@pytest.mark.parametrize('prob', [0.5, 0.25])
def test_zoom_crop_draws_the_random_numbers_of_choice_and_crop(img, size, prob):
    """The pixels are equal, and so is the next random number that a later transform draws."""
    reference = zoom_from_parts(size, prob)
    zoom_crop = RandomZoomCrop(size, zoom=1.125, prob=prob)
    for seed in range(40):
        results = []
        for transform in (reference, zoom_crop):
            with isolated_seed(seed):
                results.append((transform(dict(img=img.copy()))['img'], np.random.random()))
        (expected, next_expected), (found, next_found) = results
        np.testing.assert_array_equal(found, expected)
        assert next_found == next_expected


def test_prob_zooms_no_image_or_every_image(img):
    plain = zoom_from_parts((32, 16), 0.0)(dict(img=img))['img']
    for _ in range(20):
        result = RandomZoomCrop((32, 16), zoom=2.0, prob=0.0)(dict(img=img))
        np.testing.assert_array_equal(result['img'], plain)
        assert result['img_shape'] == (32, 16)
        zoomed = RandomZoomCrop((32, 16), zoom=2.0, prob=1.0)(dict(img=img))['img']
        assert zoomed.shape == plain.shape and (zoomed != plain).any()


@pytest.mark.parametrize('option', [dict(zoom=0.9), dict(prob=1.5), dict(prob=-0.1)])
def test_impossible_options_are_named(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        RandomZoomCrop((32, 16), **option)
