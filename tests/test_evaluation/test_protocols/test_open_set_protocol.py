import numpy as np
import pytest

from mmvireid.evaluation import ImageSet
from mmvireid.evaluation.protocols import OpenSetProtocol


def test_published_counts(image_set, published_counts):
    images = image_set(published_counts('test'))
    (trial,) = OpenSetProtocol().trials(images)
    assert (trial.setting, trial.number, trial.num_short_cells) == ('open-set', 0, 0)
    for indices, visible, infrared in ((trial.query_indices, 3292, 1883), (trial.gallery_indices, 3483, 1920)):
        assert np.bincount(images.modalities[indices]).tolist() == [visible, infrared]
        assert images.paths[indices].tolist() == sorted(images.paths[indices])
    assert set(images.cam_ids[trial.query_indices]) == {1, 4, 3}
    assert set(images.cam_ids[trial.gallery_indices]) == {2, 5, 6}


def test_options(image_set, small_counts):
    images = image_set(small_counts)
    everyone = np.arange(len(images))
    protocol = OpenSetProtocol()
    assert (protocol.name, protocol.galleries, protocol.collapse_identities) == ('open-set', 'all', False)
    assert protocol.settings == ('open-set',)
    assert protocol.excluded(images, everyone, everyone) is None

    protocol = OpenSetProtocol(probe_cams=[3], exclude_same_place=True, collapse_identities=True)
    (trial,) = protocol.trials(images)
    assert set(images.cam_ids[trial.query_indices]) == {3}
    excluded = protocol.excluded(images, everyone, everyone)
    assert {(images.cam_ids[q], images.cam_ids[g]) for q, g in np.argwhere(excluded)} == {(3, 2)}
    assert excluded.sum() == (images.cam_ids == 3).sum() * (images.cam_ids == 2).sum()
    assert protocol.options == dict(probe_cams=[3], exclude_same_place=True, collapse_identities=True)
    with pytest.raises(ValueError, match='open-set: probe_cams='):
        OpenSetProtocol(probe_cams=[6])


def test_camera_and_modality_must_agree(image_set, small_counts):
    images = image_set(small_counts)
    cam_ids = images.cam_ids.copy()
    cam_ids[0] = 7
    with pytest.raises(ValueError, match=f"'{images.paths[0]}': camera 7 with modality 0"):
        OpenSetProtocol().trials(ImageSet(images.pids, cam_ids, images.modalities, images.paths))


def test_no_gallery(image_set, small_counts):
    images = image_set({cell: count for cell, count in small_counts.items() if cell[0] in (1, 3)})
    with pytest.raises(ValueError, match=r"'open-set': the gallery is empty, .* cameras \[2, 5, 6\].*\[1, 3\]"):
        OpenSetProtocol().trials(images)
