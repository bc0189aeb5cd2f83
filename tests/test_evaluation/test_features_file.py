import numpy as np
import pytest
import torch

from mmvireid.evaluation import ImageSet
from mmvireid.evaluation.features_file import load_features, save_features

IMAGES = ImageSet([6, 7], [3, 1], [1, 0], ['/data/cam3/0006/0001.jpg', '/data/cam1/0007/0002.jpg'])


def test_round_trip_with_relative_paths(tmp_path):
    features = torch.randn(2, 5)
    save_features(tmp_path / 'new' / 'f.npz', IMAGES, features, '/data/')
    images, loaded = load_features(tmp_path / 'new' / 'f.npz')
    assert torch.equal(loaded, features)
    assert images.paths.tolist() == ['cam3/0006/0001.jpg', 'cam1/0007/0002.jpg']
    assert (images.pids.tolist(), images.cam_ids.tolist(), images.modalities.tolist()) == ([6, 7], [3, 1], [1, 0])


def test_an_image_outside_the_data_root(tmp_path):
    with pytest.raises(ValueError, match='0006/0001.jpg'):
        save_features(tmp_path / 'f.npz', IMAGES, torch.ones(2, 5), '/elsewhere')


def test_wrong_files_are_named(tmp_path):
    file = tmp_path / 'f.npz'
    np.savez(file, features=np.ones((2, 5)), pids=[1, 2])
    with pytest.raises(ValueError, match=r"f.npz' lacks \['cam_ids', 'modalities', 'paths'\]"):
        load_features(file)
    np.savez(file, features=np.ones((3, 5)), pids=[1, 2], cam_ids=[1, 1], modalities=[0, 0], paths=['a', 'b'])
    with pytest.raises(ValueError, match=r'shape \(3, 5\) for 2 images'):
        load_features(file)
