import random

import numpy as np
import pytest

from mmvireid.evaluation import ImageSet
from mmvireid.evaluation.protocols import LLCMProtocol


def test_galleries_equal_the_draws_of_the_global_generator(two_sided_image_set, two_sided_counts):
    images = two_sided_image_set(two_sided_counts)
    images = images.take(np.random.default_rng(0).permutation(len(images)))
    trials = LLCMProtocol().trials(images)
    assert [trial.setting for trial in trials] == ['nir-to-vis'] * 10 + ['vis-to-nir'] * 10
    assert [trial.number for trial in trials] == [*range(10)] * 2
    for trial in trials:
        query, gallery = ('nir', 'vis') if trial.setting == 'nir-to-vis' else ('vis', 'nir')
        random.seed(trial.number)
        expected = []
        for pid in (4, 7, 10):
            for cam_id in range(1, 10):
                folder = f'/test_{gallery}/cam{cam_id}/{pid:04d}/'
                files = sorted(path for path in images.paths.tolist() if folder in path)
                if files:
                    expected.append(random.choice(files))
        assert images.paths[trial.gallery_indices].tolist() == sorted(expected)
        queries = sorted(path for path in images.paths.tolist() if f'/test_{query}/' in path)
        assert images.paths[trial.query_indices].tolist() == queries
        assert trial.num_short_cells == 0
    assert len({tuple(trial.gallery_indices) for trial in trials}) > 10


def test_a_query_skips_its_identity_in_its_camera(two_sided_image_set, two_sided_counts):
    images = two_sided_image_set(two_sided_counts)
    everyone = np.arange(len(images))
    excluded = LLCMProtocol().excluded(images, everyone, everyone)
    expected = [
        [(images.pids[q], images.cam_ids[q]) == (images.pids[g], images.cam_ids[g]) for g in everyone] for q in everyone
    ]
    assert excluded.tolist() == expected
    assert LLCMProtocol(exclude_same_camera=False).excluded(images, everyone, everyone) is None


def test_options(two_sided_image_set, two_sided_counts):
    protocol = LLCMProtocol()
    assert (protocol.name, protocol.galleries, protocol.cmc_unit) == ('LLCM', 'seeded', 'identity')
    protocol = LLCMProtocol(['vis-to-nir'], num_trials=2, exclude_same_camera=False, cmc_unit='image')
    trials = protocol.trials(two_sided_image_set(two_sided_counts))
    assert [(trial.setting, trial.number) for trial in trials] == [('vis-to-nir', 0), ('vis-to-nir', 1)]
    assert protocol.cmc_unit == 'image'
    assert protocol.options == dict(num_trials=2, exclude_same_camera=False, cmc_unit='image')
    with pytest.raises(ValueError, match='LLCM: settings='):
        LLCMProtocol(settings=['vis-to-ir'])
    with pytest.raises(ValueError, match='LLCM: num_trials=0'):
        LLCMProtocol(num_trials=0)


def test_an_unknown_camera_is_refused(two_sided_image_set, two_sided_counts):
    images = two_sided_image_set(two_sided_counts)
    cam_ids = images.cam_ids.copy()
    cam_ids[5] = 10
    with pytest.raises(ValueError, match=f"'{images.paths[5]}' has camera 10, but LLCM has cameras 1 to 9"):
        LLCMProtocol().trials(ImageSet(images.pids, cam_ids, images.modalities, images.paths))


def test_a_missing_modality_is_refused(two_sided_image_set, two_sided_counts):
    visible = {cell: count for cell, count in two_sided_counts.items() if cell[0] == 0}
    with pytest.raises(
        ValueError, match=r"'nir-to-vis' has no query, because the data have no infrared image\. The data allow no"
    ):
        LLCMProtocol().trials(two_sided_image_set(visible))
