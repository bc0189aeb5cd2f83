import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mmvireid.datasets import SYSUMM01
from mmvireid.evaluation import ImageSet
from mmvireid.evaluation.protocols import OpenSetProtocol
from mmvireid.structures import Modality
from mmvireid.synthetic import generate_sysu
from mmvireid.synthetic.sysu import SYSULayout
from mmvireid.synthetic.sysu_plan import plan_sysu


def test_published_counts(image_set, published_counts):
    images = image_set(published_counts('test'))
    (trial,) = OpenSetProtocol().trials(images)
    assert (trial.setting, trial.number, trial.num_short_cells) == ('open-set', 0, 0)
    for indices, visible, infrared in ((trial.query_indices, 3292, 1883), (trial.gallery_indices, 3483, 1920)):
        assert np.bincount(images.modalities[indices]).tolist() == [visible, infrared]
        assert images.paths[indices].tolist() == sorted(images.paths[indices])
    assert set(images.cam_ids[trial.query_indices]) == {1, 4, 3}
    assert set(images.cam_ids[trial.gallery_indices]) == {2, 5, 6}


@pytest.fixture(scope='module')
def full_layout(tmp_path_factory) -> Iterator[Path]:
    """Write the test images of the synthetic preset 'full', with SYSU-MM01's counts. The files are empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SYSULayout, 'plans', [plan for plan in plan_sysu('full') if plan.split == 'test'])
        patch.setattr(SYSULayout, 'take', lambda self, shot: b'')
        root = generate_sysu(tmp_path_factory.mktemp('data') / 'full', preset='full', num_workers=1)
    yield root
    shutil.rmtree(root)  # many files


@pytest.mark.parametrize('exclude_same_place', [False, True])
def test_counts_of_the_full_data(full_layout, exclude_same_place):
    """Read the files with the data set, as a config's test does, and count queries and gallery images."""
    dataset = SYSUMM01(full_layout, 'test', test_mode=True)
    records = [dataset.get_data_info(index) for index in range(len(dataset))]
    images = ImageSet(*zip(*((r['pid'], r['cam_id'], r['modality'], r['img_path']) for r in records), strict=True))
    protocol = OpenSetProtocol(exclude_same_place=exclude_same_place)
    (trial,) = protocol.trials(images)
    query, gallery = trial.query_indices, trial.gallery_indices
    assert (len(query), len(gallery), len(images)) == (5175, 5403, 5175 + 5403)
    for chosen, modality, counts in (
        (query, Modality.VISIBLE, {1: 1374, 4: 1918}),
        (query, Modality.INFRARED, {3: 1883}),
        (gallery, Modality.VISIBLE, {2: 1565, 5: 1918}),
        (gallery, Modality.INFRARED, {6: 1920}),
    ):
        cam_ids = images.cam_ids[chosen][images.modalities[chosen] == modality]
        assert dict(zip(*np.unique(cam_ids, return_counts=True), strict=True)) == counts
    excluded = protocol.excluded(images, query, gallery)
    assert (0 if excluded is None else excluded.sum()) == (1883 * 1565 if exclude_same_place else 0)
    # Every identity is in a gallery camera: every query has a match, also without camera 2.
    matches = np.equal.outer(images.pids[query], images.pids[gallery])
    assert (matches if excluded is None else matches & ~excluded).any(axis=1).all()


def test_options(image_set, small_counts):
    images = image_set(small_counts)
    everyone = np.arange(len(images))
    protocol = OpenSetProtocol()
    assert (protocol.name, protocol.galleries, protocol.cmc_unit) == ('open-set', 'all', 'image')
    assert protocol.settings == ('open-set',)
    assert protocol.excluded(images, everyone, everyone) is None

    protocol = OpenSetProtocol(query_cams=[3], exclude_same_place=True, cmc_unit='identity')
    (trial,) = protocol.trials(images)
    assert set(images.cam_ids[trial.query_indices]) == {3}
    excluded = protocol.excluded(images, everyone, everyone)
    assert {(images.cam_ids[q], images.cam_ids[g]) for q, g in np.argwhere(excluded)} == {(3, 2)}
    assert excluded.sum() == (images.cam_ids == 3).sum() * (images.cam_ids == 2).sum()
    assert protocol.options == dict(query_cams=[3], exclude_same_place=True, cmc_unit='identity')
    with pytest.raises(ValueError, match='open-set: query_cams='):
        OpenSetProtocol(query_cams=[6])


def test_camera_and_modality_must_agree(image_set, small_counts):
    images = image_set(small_counts)
    cam_ids = images.cam_ids.copy()
    cam_ids[0] = 7
    with pytest.raises(ValueError, match=f"'{images.paths[0]}' has camera 7 and modality 0"):
        OpenSetProtocol().trials(ImageSet(images.pids, cam_ids, images.modalities, images.paths))


def test_data_without_gallery_are_refused(image_set, small_counts):
    images = image_set({cell: count for cell, count in small_counts.items() if cell[0] in (1, 3)})
    with pytest.raises(ValueError, match=r"'open-set' has an empty gallery, because .* cameras \[2, 5, 6\].*\[1, 3\]"):
        OpenSetProtocol().trials(images)
