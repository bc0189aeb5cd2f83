import os
import struct
import zlib

import cv2
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmvireid.datasets.image_folder import IMAGE_SUFFIXES
from mmvireid.datasets.transforms import LoadReIDImage, PackReIDInputs, loading, read_image
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


def write(path, img) -> str:
    assert cv2.imwrite(str(path), img)
    return str(path)


def test_a_large_image_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / 'huge.png'
    header = struct.pack('>IIBBBBB', 30_000, 30_000, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(3751 * 30_000), 1)
    chunks = b''.join(
        struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
        for kind, data in ((b'IHDR', header), (b'IDAT', pixels), (b'IEND', b''))
    )
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + chunks)
    assert path.stat().st_size < 1_000_000
    message = "huge.png' has over .* pixels, more than max_pixels=50000000. .* raise max_pixels of LoadReIDImage"
    with pytest.raises(ValueError, match=message):
        LoadReIDImage()(dict(img_path=str(path), modality=1))


def test_max_pixels_is_an_option(tmp_path, colors):
    path = write(tmp_path / 'a.png', colors)
    record = dict(img_path=path, modality=0)
    assert LoadReIDImage(max_pixels=128)(dict(record))['img'].shape == (16, 8, 3)
    with pytest.raises(ValueError, match=r"a.png' has 8 x 16 pixels, more than max_pixels=127"):
        LoadReIDImage(max_pixels=127)(dict(record))


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(max_pixels=0), 'max_pixels=0 must be a positive whole number'),
        (dict(max_pixels=1e6), 'max_pixels=1000000.0 must be'),
        (dict(value_range=(9, 7)), r'value_range=\(9, 7\) must be two numbers, the lower one first'),
        (dict(value_range=7000), 'value_range=7000 must be two numbers'),
        (dict(value_range=(0, float('nan'))), 'must be two numbers'),
    ],
)
def test_an_error_names_a_wrong_option(options, message):
    with pytest.raises(ValueError, match=message):
        LoadReIDImage(**options)


@pytest.mark.parametrize('suffix, dtype', [('.png', np.uint16), ('.tif', np.uint16), ('.tif', np.float32)])
def test_thermal_values_keep_their_levels_or_are_refused(tmp_path, suffix, dtype):
    values = np.linspace(6990, 9010, 600).reshape(30, 20).astype(dtype)
    path = write(tmp_path / f'a{suffix}', values)
    with pytest.raises(ValueError, match=rf'a{suffix}. has more than 8 bits .*value_range=\(7000, 9000\)'):
        read_image(path, Modality.INFRARED)
    img = LoadReIDImage(value_range=(7000, 9000))(dict(img_path=path, modality=1))['img']
    expected = np.rint(np.clip((values.astype(float) - 7000) / 2000, 0, 1) * 255)
    np.testing.assert_array_equal(img, np.repeat(expected[..., None], 3, axis=2))
    assert len(np.unique(img)) == 256
    with pytest.raises(ValueError, match='Convert an image of a visible camera to 8 bits'):
        read_image(path, Modality.VISIBLE, value_range=(7000, 9000))


def test_value_range_leaves_images_of_8_bits_as_they_are(tmp_path, colors):
    path = write(tmp_path / 'a.png', colors)
    for modality in Modality:
        np.testing.assert_array_equal(read_image(path, modality, value_range=(7000, 9000)), read_image(path, modality))


def test_values_that_are_no_numbers_are_refused(tmp_path):
    path = write(tmp_path / 'a.tif', np.full((8, 4), np.nan, np.float32))
    with pytest.raises(ValueError, match=r"a.tif' has values that are no numbers"):
        read_image(path, Modality.INFRARED, value_range=(0, 1))


@pytest.mark.parametrize('modality', list(Modality))
def test_only_a_fully_opaque_alpha_channel_is_dropped(tmp_path, colors, modality):
    alpha = np.full((16, 8), 255, np.uint8)
    opaque, plain = (write(tmp_path / f'{len(parts)}.png', np.dstack(parts)) for parts in ([colors, alpha], [colors]))
    np.testing.assert_array_equal(read_image(opaque, modality), read_image(plain, modality))
    alpha[3, 3] = 254
    with pytest.raises(ValueError, match=r"b.png' has transparent pixels.*Save the image without an alpha channel"):
        read_image(write(tmp_path / 'b.png', np.dstack([colors, alpha])), modality)


@pytest.mark.parametrize('suffix', IMAGE_SUFFIXES)
def test_every_listed_suffix_is_read(tmp_path, suffix):
    gray = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (64, 32), dtype=np.uint8), (0, 0), 3)
    img = np.where(gray > 127, 255, 0).astype(np.uint8) if suffix == '.pbm' else gray
    path = write(tmp_path / f'a{suffix}', img if suffix in ('.pgm', '.pbm') else cv2.merge([img] * 3))
    for modality in Modality:
        assert np.abs(read_image(path, modality).astype(int) - img[..., None]).mean() < 8


def test_a_named_pipe_a_folder_a_link_loop_and_an_impossible_name_never_block(tmp_path):
    os.mkfifo(tmp_path / 'pipe.png')
    (tmp_path / 'folder.png').mkdir()
    (tmp_path / 'loop.png').symlink_to('loop.png')
    for name in ('pipe.png', 'folder.png', 'loop.png', 'x' * 300 + '.png'):
        with pytest.raises(OSError, match=name):
            read_image(tmp_path / name, Modality.VISIBLE)


def test_a_color_image_of_an_infrared_camera_is_named_once(tmp_path, colors, monkeypatch):
    gray = write(tmp_path / 'gray.jpg', np.full((16, 8, 3), 77, np.uint8))
    first, second = (write(tmp_path / f'{name}.png', colors) for name in 'ab')
    transform = LoadReIDImage()
    log = []
    monkeypatch.setattr(loading, 'print_log', lambda message, **_: log.append(message))
    for path, modality in ((gray, 1), (first, 0), (first, 1), (second, 1)):
        transform(dict(img_path=path, modality=modality))
    (message,) = log
    assert f"Image '{first}' of an infrared camera is a color image" in message
    np.testing.assert_array_equal(read_image(first, Modality.INFRARED)[..., 0], cv2.imread(first, cv2.IMREAD_GRAYSCALE))


@pytest.mark.parametrize(
    'img, found',
    [
        (np.zeros((16, 8, 3), np.float32), r'float32 \(16, 8, 3\)'),
        (np.zeros((16, 8), np.uint8), r'uint8 \(16, 8\)'),
        (np.zeros((3, 16, 8), np.uint8), r'uint8 \(3, 16, 8\)'),
        (torch.zeros(3, 16, 8), 'Tensor'),
    ],
)
def test_only_uint8_images_are_packed(img, found):
    record = dict(img_path='a.png', pid=31, gt_label=2, cam_id=4, modality=0, ori_shape=(16, 8), img_shape=(16, 8))
    with pytest.raises(ValueError, match=rf"made {found} from the image 'a.png'. The model's data_preproc"):
        PackReIDInputs()(dict(record, img=img))


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(['.jpg', '.png', '.bmp', '.tif', '.webp', '.ppm']),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=5),
    st.integers(0, 3000),
)
def test_a_damaged_file_gives_an_image_or_an_error_with_its_name(tmp_path_factory, suffix, flips, length):
    data = bytearray(cv2.imencode(suffix, np.arange(24 * 16 * 3, dtype=np.uint8).reshape(24, 16, 3))[1].tobytes())
    for place, value in flips:
        data[place % len(data)] = value
    path = tmp_path_factory.getbasetemp() / f'damaged{suffix}'
    path.write_bytes(data[:length])
    try:
        img = read_image(path, Modality.INFRARED, max_pixels=1_000_000, value_range=(0, 1))
    except (OSError, ValueError) as error:
        assert str(path) in str(error)
    else:
        assert img.dtype == np.uint8 and img.shape[2:] == (3,)
