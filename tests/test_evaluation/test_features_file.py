import json

import numpy as np
import pytest
import torch

from mmvireid.evaluation import FeatureSet, ImageSet, load_features, save_features

IMAGES = ImageSet([6, 7], [3, 1], [1, 0], ['cam3/0006/0001.jpg', 'cam1/0007/0002.jpg'])
PLAIN = dict(features=np.ones((2, 5)), pids=[1, 2], cam_ids=[1, 1], modalities=[0, 0], paths=['a', 'b'])


def test_round_trip(tmp_path):
    features = torch.randn(2, 5)
    record = dict(feature='fused', flip=True, normalized=False, data=dict(dataset='RegDB', split_number=3))
    save_features(tmp_path / 'new' / 'f.npz', FeatureSet(IMAGES, features, record))
    loaded = load_features(tmp_path / 'new' / 'f.npz')
    assert torch.equal(loaded.features, features)
    for name in ('pids', 'cam_ids', 'modalities', 'paths'):
        assert getattr(loaded.images, name).tolist() == getattr(IMAGES, name).tolist()
    assert loaded.record == record


@pytest.mark.parametrize('dtype', [torch.float16, torch.float32, torch.float64, torch.bfloat16])
def test_descriptors_keep_their_type_and_are_read_by_name(tmp_path, dtype):
    descriptors = dict(map=torch.randn(2, 3, 4).to(dtype), features=torch.tensor([1, 2]).to(dtype))
    file = tmp_path / 'f.npz'
    save_features(file, FeatureSet(IMAGES, torch.randn(2, 5), {}, descriptors))
    assert {'descriptor_map', 'descriptor_features'} < set(np.load(file).files)
    loaded = load_features(file, ['features', 'map'])
    for name, values in descriptors.items():
        assert loaded.descriptors[name].dtype == (torch.float32 if dtype == torch.bfloat16 else dtype)
        assert torch.equal(loaded.descriptors[name].to(dtype), values)
    assert list(loaded.compared) == ['feature', 'features', 'map']
    assert list(load_features(file, ['map']).descriptors) == ['map']
    assert load_features(file).descriptors == {}


@pytest.mark.parametrize('dtype', ['>f2', '>f4', np.int64, np.longdouble])
def test_a_descriptor_of_other_code_is_read(tmp_path, dtype):
    values = np.arange(4).reshape(2, 2).astype(dtype)
    np.savez(tmp_path / 'f.npz', **PLAIN, descriptor_map=values)
    loaded = load_features(tmp_path / 'f.npz', ['map']).descriptors['map']
    assert loaded.is_floating_point() and loaded.tolist() == values.astype(float).tolist()


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        (None, r"lacks \['descriptor_map'\], which a distance compares. tools/extract_features.py writes"),
        (np.ones((3, 5)), r'descriptor_map of shape \(3, 5\) and type float64 for 2 images'),
        (np.ones(()), r'descriptor_map of shape \(\)'),
        (np.ones((2, 0)), r'descriptor_map of shape \(2, 0\)'),
        (np.array(['a', 'b']), r'descriptor_map of shape \(2,\) and type <U1 for 2 images: numbers of'),
    ],
)
def test_wrong_descriptors_are_refused(tmp_path, values, message):
    file = tmp_path / 'f.npz'
    np.savez(file, **PLAIN, **({} if values is None else dict(descriptor_map=values)))
    with pytest.raises(ValueError, match=message) as error:
        load_features(file, ['map'])
    assert str(file) in str(error.value)
    load_features(file)


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64, np.int32, '>f4'])
def test_a_file_of_other_code_is_read(tmp_path, dtype):
    features = np.arange(10).reshape(2, 5).astype(dtype)
    np.savez_compressed(tmp_path / 'f.npz', **{**PLAIN, 'features': features})
    loaded = load_features(tmp_path / 'f.npz')
    assert loaded.features.is_floating_point() and loaded.features.tolist() == features.astype(float).tolist()
    assert loaded.record == {}


def test_unknown_fields_are_not_read(tmp_path):
    others = dict(names=np.array([None, 'x'], dtype=object), record='{"epoch": 3, "flip": true}')
    np.savez(tmp_path / 'f.npz', **PLAIN, **others)
    assert load_features(tmp_path / 'f.npz').record == dict(flip=True)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(features=np.ones((3, 5))), r'shape \(3, 5\) for 2 images'),
        (dict(features=np.ones(2)), r'shape \(2,\) for 2 images'),
        (dict(features=np.ones((2, 0))), r'shape \(2, 0\) for 2 images'),
        (dict(features=np.array([[0, np.nan], [0, 0]])), "the features of 1 images are NaN or infinite; .* 'a'"),
        (dict(features=np.array([[0, 1], [0, np.inf]])), "the features of 1 images are NaN or infinite; .* 'b'"),
        (dict(features=np.ones((2, 5), dtype=complex)), 'features must be numbers, found complex128'),
        (dict(pids=[1.0, 2.0]), 'pids must be integers, found float64'),
        (dict(pids=[1, 2, 3]), 'must be vectors of one length'),
        (dict(modalities=[0, 2]), "Unknown modality 2 of 'b': 0 is visible, 1 is infrared"),
        (dict(paths=[1, 2]), 'paths must be text, found int64'),
        (dict(paths=['a', 'a']), "Image 'a' occurs 2 times"),
        (dict(paths=np.array(['a', 'b'], dtype=object)), 'is not an .npz file of plain arrays'),
        (dict(record='{'), "the field 'record' must be the JSON text of a dict"),
        (dict(record='[1]'), "the field 'record' must be the JSON text of a dict"),
        (dict(record='{"normalized": 1}'), "record\\['normalized'\\] = 1 has the wrong type"),
        (dict(record='{"data": 5}'), "record\\['data'\\] = 5 has the wrong type"),
        (dict(paths=['a', 'cam1\\b']), "must be relative to the data root, with '/'"),
        (dict(paths=['a', '/b']), "path '/b' must be relative"),
    ],
)
def test_wrong_fields_are_refused(tmp_path, change, message):
    file = tmp_path / 'f.npz'
    np.savez(file, **{**PLAIN, **change})
    with pytest.raises(ValueError, match=message) as error:
        load_features(file)
    assert str(file) in str(error.value)


def test_other_files_are_refused(tmp_path):
    file = tmp_path / 'f.npz'
    with pytest.raises(FileNotFoundError, match='No features file'):
        load_features(file)
    np.savez(file, features=np.ones((2, 5)), pids=[1, 2])
    with pytest.raises(ValueError, match=r"f.npz' lacks \['cam_ids', 'modalities', 'paths'\]"):
        load_features(file)
    whole = file.read_bytes()
    for content in (b'', b'no archive', whole[: len(whole) // 2]):
        file.write_bytes(content)
        with pytest.raises(ValueError, match='f.npz.* is not an .npz file'):
            load_features(file)
    with file.open('wb') as stream:
        np.save(stream, np.ones(3))
    with pytest.raises(ValueError, match='f.npz.* is not an .npz file'):
        load_features(file)


def test_a_file_of_an_earlier_version_is_read_in_the_current_names(tmp_path):
    dataset = 'embedded' + ' data (small, SYSU-MM01 layout)'
    record = dict(feature='unnormalised bn', flip=False, data=dict(dataset=dataset, split='test'))
    old = dict(kernels=np.ones((2, 3)), kernel_weights=np.full((2, 3), 2.0), kernel_bias=np.array([3.0, 4.0]))
    descriptors = {f'descriptor_{name}': values for name, values in old.items()}
    np.savez(tmp_path / 'f.npz', **PLAIN, **descriptors, record=json.dumps(record))
    loaded = load_features(tmp_path / 'f.npz', ['contrast_values', 'contrast_weights', 'contrast_bias'])
    assert loaded.record == dict(
        feature='bn',
        flip=False,
        normalized=False,
        data=dict(dataset='synthetic data (small, SYSU-MM01 layout)', split='test'),
    )
    assert [values.flatten()[0].item() for values in loaded.descriptors.values()] == [1, 2, 3]
    # A descriptor that has an earlier name today is left alone.
    assert list(load_features(tmp_path / 'f.npz', ['kernels']).descriptors) == ['kernels']


def test_a_full_disk_keeps_the_old_features(small_disk):
    file = small_disk / 'f.npz'
    save_features(file, FeatureSet(IMAGES, torch.ones(2, 5)))
    with pytest.raises(OSError, match=f"Could not write '{file}': (No space left on device|File too large)"):
        save_features(file, FeatureSet(IMAGES, torch.ones(2, 50_000)))
    assert load_features(file).features.shape == (2, 5) and [path.name for path in small_disk.iterdir()] == ['f.npz']


def test_a_wrong_shape_in_a_field_and_a_lost_field_are_refused(tmp_path):
    """A smaller shape leaves bytes unread, so that numpy alone would not compare the checksum."""
    file = tmp_path / 'f.npz'
    np.savez(file, **PLAIN, record='{"normalized": false}')
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b'(2, 5)', b'(2, 3)'))
    with pytest.raises(ValueError, match=r'f.npz.* is damaged: features cannot be read \('):
        load_features(file)
    file.write_bytes(b'recorf.npy'.join(whole.rsplit(b'record.npy', 1)))
    with pytest.raises(ValueError, match=r'f.npz.* is damaged: recorf cannot be read \('):
        load_features(file)
