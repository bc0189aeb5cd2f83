import cv2
import numpy as np
import pytest

from mmvireid.datasets.transforms import LoadReIDImage, PackReIDInputs, read_image
from mmvireid.structures import Modality, ReIDTargets, TupleRole


@pytest.fixture
def colors() -> np.ndarray:
    """Return an RGB image with a red upper and a blue lower half."""
    img = np.zeros((16, 8, 3), np.uint8)
    img[:8, :, 0] = 250
    img[8:, :, 2] = 250
    return img


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.bmp'])
def test_a_visible_image_is_rgb(tmp_path, colors, suffix):
    path = tmp_path / f'a{suffix}'
    cv2.imwrite(str(path), colors[..., ::-1])
    img = read_image(path, Modality.VISIBLE)
    assert img.shape == (16, 8, 3) and img.dtype == np.uint8
    assert img[2, 4, 0] > 200 > 60 > img[2, 4, 2]
    assert img[13, 4, 2] > 200 > 60 > img[13, 4, 0]


@pytest.mark.parametrize('channels', [1, 3])
def test_an_infrared_image_has_three_equal_channels(tmp_path, channels):
    path = str(tmp_path / 'a.png')
    gray = np.arange(128, dtype=np.uint8).reshape(16, 8)
    cv2.imwrite(path, gray if channels == 1 else cv2.merge([gray] * 3))
    img = read_image(path, Modality.INFRARED)
    np.testing.assert_array_equal(img, np.repeat(gray[..., None], 3, axis=2))


def test_an_error_names_an_unreadable_file(tmp_path, colors):
    good = tmp_path / 'good.jpg'
    cv2.imwrite(str(good), colors)
    cases = {
        'empty.jpg': (b'', 'is an empty file'),
        'truncated.jpg': (good.read_bytes()[:-40], 'is truncated'),
        'text.jpg': (b'no image', 'is corrupt or not an image'),
        'zeros.jpg': (bytes(500), 'is corrupt or not an image'),
    }
    for name, (data, problem) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(OSError, match=problem) as caught:
            read_image(tmp_path / name, Modality.VISIBLE)
        assert str(tmp_path / name) in str(caught.value)
    with pytest.raises(FileNotFoundError, match='missing.jpg'):
        read_image(tmp_path / 'missing.jpg', Modality.INFRARED)


def test_load_and_pack(tmp_path, colors):
    path = str(tmp_path / 'a.png')
    cv2.imwrite(path, colors[..., ::-1])
    record = dict(img_path=path, pid=31, gt_label=2, cam_id=4, modality=0)
    packed = PackReIDInputs()(LoadReIDImage()(record))
    np.testing.assert_array_equal(packed['inputs'].numpy(), colors.transpose(2, 0, 1))
    sample = packed['data_samples']
    assert sample.gt_label == 2
    assert sample.metainfo == dict(pid=31, cam_id=4, modality=0, img_path=path, ori_shape=(16, 8), img_shape=(16, 8))


def test_tuple_number_and_role_are_packed(colors):
    record = dict(img_path='a.png', pid=31, gt_label=2, cam_id=4, modality=0, ori_shape=(16, 8), img_shape=(16, 8))
    samples = [
        PackReIDInputs()(dict(record, img=colors, **drawn_as))['data_samples']
        for drawn_as in (dict(tuple_id=5, role=int(TupleRole.POSITIVE)), {})
    ]
    assert (samples[0].tuple_id, samples[0].role) == (5, TupleRole.POSITIVE)
    assert 'tuple_id' not in samples[1] and 'role' not in samples[1]
    targets = ReIDTargets.from_data_samples(samples)
    assert (targets.tuple_ids.tolist(), targets.roles.tolist()) == ([5, -1], [1, -1])
