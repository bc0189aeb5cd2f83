import random

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from mmvireid.evaluation import ImageSet, SYSUMM01Protocol
from mmvireid.evaluation.protocols.sysu_mm01 import SETTINGS
from mmvireid.registry import PROTOCOLS


def paths_of(images: ImageSet, trial) -> list[str]:
    return images.paths[trial.gallery_indices].tolist()


@pytest.mark.parametrize('galleries', ['official', 'seeded'])
def test_published_counts(image_set, permutation_file, published_counts, tmp_path, galleries):
    counts = published_counts('test')
    permutation_file(tmp_path / 'exp' / 'rand_perm_cam.mat', counts)
    images = image_set(counts)
    protocol = SYSUMM01Protocol(galleries=galleries, data_root=str(tmp_path))
    trials = protocol.trials(images)

    assert [trial.setting for trial in trials] == [setting for setting in SETTINGS for _ in range(10)]
    assert [trial.number for trial in trials] == list(range(10)) * 4
    sizes = dict(zip(SETTINGS, (301, 3010, 112, 1120), strict=True))
    for trial in trials:
        assert len(trial.query_indices) == 3803
        assert len(trial.gallery_indices) == len(set(trial.gallery_indices)) == sizes[trial.setting]
        assert trial.num_short_cells == 0

    num_valid = {}
    for trial in trials[::10]:
        same = np.equal.outer(images.pids[trial.query_indices], images.pids[trial.gallery_indices])
        same &= ~protocol.excluded(images, trial.query_indices, trial.gallery_indices)
        num_valid[trial.setting] = same.any(axis=1).sum()
    assert list(num_valid.values()) == [3803, 3803, 2208, 2208]


def test_official_galleries_take_the_first_of_each_row(image_set, permutation_file, tmp_path, small_counts):
    matrices = permutation_file(tmp_path / 'perm.mat', small_counts)
    images = image_set(small_counts)
    trials = SYSUMM01Protocol(perm_file=str(tmp_path / 'perm.mat')).trials(images)
    cameras = {'all-search': (1, 2, 4, 5), 'indoor-search': (1, 2)}
    for trial in trials:
        search, shot = trial.setting.split('/')
        expected = [
            f'/data/cam{cam_id}/{pid:04d}/{number:04d}.jpg'
            for (cam_id, pid), matrix in matrices.items()
            if cam_id in cameras[search]
            for number in matrix[trial.number, : 1 if shot == 'single-shot' else 10]
        ]
        assert paths_of(images, trial) == sorted(expected)


def test_seeded_galleries_equal_the_draws_of_the_global_generator(image_set, small_counts):
    images = image_set(small_counts)
    trials = SYSUMM01Protocol(galleries='seeded', num_trials=4).trials(images)
    cameras = {'all-search': (1, 2, 4, 5), 'indoor-search': (1, 2)}
    for trial in trials:
        search, shot = trial.setting.split('/')
        random.seed(trial.number)
        expected = []
        for pid in sorted(set(images.pids.tolist())):
            for cam_id in cameras[search]:
                files = sorted(path for path in images.paths.tolist() if f'/cam{cam_id}/{pid:04d}/' in path)
                if files and shot == 'single-shot':
                    expected.append(random.choice(files))
                elif files:
                    expected.extend(random.sample(files, min(10, len(files))))
        assert paths_of(images, trial) == sorted(expected)


def test_drawing_leaves_the_global_generator_unchanged(image_set, small_counts):
    random.seed(3)
    before = random.getstate()
    SYSUMM01Protocol(galleries='seeded').trials(image_set(small_counts))
    assert random.getstate() == before


@pytest.mark.parametrize('galleries', ['official', 'seeded'])
def test_order_of_the_images_changes_nothing(image_set, permutation_file, tmp_path, small_counts, galleries):
    permutation_file(tmp_path / 'perm.mat', small_counts)
    protocol = SYSUMM01Protocol(galleries=galleries, perm_file=str(tmp_path / 'perm.mat'), num_trials=3)
    images = image_set(small_counts)
    shuffled = images.take(np.random.default_rng(0).permutation(len(images)))
    for one, other in zip(protocol.trials(images), protocol.trials(shuffled), strict=True):
        assert paths_of(images, one) == paths_of(shuffled, other)
        assert images.paths[one.query_indices].tolist() == shuffled.paths[other.query_indices].tolist()


def test_cells_with_fewer_than_ten_images_are_counted(image_set, small_counts):
    trials = SYSUMM01Protocol(num_trials=1).trials(image_set(small_counts))
    short = [
        sum(count < 10 for (cam_id, _), count in small_counts.items() if cam_id in cameras)
        for cameras in ((1, 2, 4, 5), (1, 2))
    ]
    assert [trial.num_short_cells for trial in trials] == [0, short[0], 0, short[1]]
    assert all(short)


def test_exclusion_and_query_cameras(image_set, small_counts):
    images = image_set(small_counts)
    everyone = np.arange(len(images))
    excluded = SYSUMM01Protocol().excluded(images, everyone, everyone)
    pairs = {(images.cam_ids[q], images.cam_ids[g]) for q, g in np.argwhere(excluded)}
    assert pairs == {(3, 2)}
    assert excluded.sum() == (images.cam_ids == 3).sum() * (images.cam_ids == 2).sum()
    assert SYSUMM01Protocol(exclude_same_place=False).excluded(images, everyone, everyone) is None

    (trial,) = SYSUMM01Protocol(query_cams=[3], num_trials=1, settings=SETTINGS[:1]).trials(images)
    assert set(images.cam_ids[trial.query_indices]) == {3}


def test_auto_uses_official_galleries_if_the_file_exists(permutation_file, tmp_path, small_counts):
    config = dict(type='SYSUMM01Protocol', data_root=str(tmp_path))
    assert PROTOCOLS.build(config).galleries == 'seeded'
    permutation_file(tmp_path / 'exp' / 'rand_perm_cam.mat', small_counts)
    assert PROTOCOLS.build(config).galleries == 'official'
    assert PROTOCOLS.build(dict(config, galleries='seeded')).galleries == 'seeded'


def test_validation_identities_have_no_indoor_gallery(image_set, published_counts):
    images = image_set(published_counts('val'))
    assert set(images.cam_ids) == {3, 4, 5}
    with pytest.raises(ValueError, match=r"'indoor-search/single-shot'.*settings=\['all-search/single-shot'"):
        SYSUMM01Protocol().trials(images)
    trials = SYSUMM01Protocol(settings=SETTINGS[:2]).trials(images)
    assert len(trials) == 20
    assert {len(trial.query_indices) for trial in trials} == {1980}


class TestPermutationFile:
    def test_missing_file_is_refused(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="rand_perm_cam.mat'.*galleries='seeded'"):
            SYSUMM01Protocol(galleries='official', data_root=str(tmp_path))
        with pytest.raises(ValueError, match="SYSU-MM01: galleries='official' needs data_root"):
            SYSUMM01Protocol(galleries='official')

    def test_another_file_is_refused(self, tmp_path):
        (tmp_path / 'perm.mat').write_text('not a MATLAB file')
        with pytest.raises(ValueError, match="perm.mat' is not the data set's permutation file"):
            SYSUMM01Protocol(perm_file=str(tmp_path / 'perm.mat'))

    @pytest.mark.parametrize('change', [-1, 1])
    def test_another_number_of_images_is_refused(self, image_set, permutation_file, tmp_path, small_counts, change):
        permutation_file(tmp_path / 'perm.mat', {**small_counts, (4, 8): small_counts[4, 8] + change})
        protocol = SYSUMM01Protocol(perm_file=str(tmp_path / 'perm.mat'))
        with pytest.raises(ValueError, match="perm.mat', camera 4, identity 8: the file permutes"):
            protocol.trials(image_set(small_counts))

    def test_an_empty_cell_is_refused(self, image_set, permutation_file, tmp_path, small_counts):
        permutation_file(tmp_path / 'perm.mat', {**small_counts, (2, 11): 0})
        protocol = SYSUMM01Protocol(perm_file=str(tmp_path / 'perm.mat'))
        with pytest.raises(ValueError, match='camera 2, identity 11: the file permutes 0 images'):
            protocol.trials(image_set(small_counts))

    def test_missing_images_are_refused(self, image_set, permutation_file, tmp_path, small_counts):
        permutation_file(tmp_path / 'perm.mat', small_counts)
        protocol = SYSUMM01Protocol(perm_file=str(tmp_path / 'perm.mat'))
        with pytest.raises(ValueError, match='camera 5, identity 2: the file permutes .* the data have 0'):
            protocol.trials(image_set({**small_counts, (5, 2): 0}))

    def test_a_row_that_is_no_permutation_is_refused(self, image_set, permutation_file, tmp_path, small_counts):
        permutation_file(tmp_path / 'perm.mat', small_counts)
        cameras = loadmat(tmp_path / 'perm.mat')['rand_perm_cam']
        cameras[3, 0][7, 0][2, 0] = small_counts[4, 8] + 1
        savemat(tmp_path / 'perm.mat', {'rand_perm_cam': cameras})
        protocol = SYSUMM01Protocol(perm_file=str(tmp_path / 'perm.mat'))
        with pytest.raises(
            ValueError, match=r"perm.mat', camera 4, identity 8: a row is not a permutation of 1 \.\.\. "
        ):
            protocol.trials(image_set(small_counts))
        # The test does not read rows beyond its trials.
        SYSUMM01Protocol(perm_file=str(tmp_path / 'perm.mat'), num_trials=2).trials(image_set(small_counts))

    def test_identity_zero_is_refused(self, image_set, permutation_file, tmp_path, small_counts):
        permutation_file(tmp_path / 'perm.mat', small_counts)
        protocol = SYSUMM01Protocol(perm_file=str(tmp_path / 'perm.mat'))
        with pytest.raises(ValueError, match='camera 1, identity 0: the file permutes 0 images, the data have 2'):
            protocol.trials(image_set({(1, 0): 2, **small_counts}))

    def test_too_few_trials_are_refused(self, image_set, permutation_file, tmp_path, small_counts):
        permutation_file(tmp_path / 'perm.mat', small_counts, trials=3)
        protocol = SYSUMM01Protocol(perm_file=str(tmp_path / 'perm.mat'))
        with pytest.raises(ValueError, match='the test needs 10 trials, the file has 3'):
            protocol.trials(image_set(small_counts))


@pytest.mark.parametrize(
    'options',
    [
        dict(settings=['all-search']),
        dict(settings=[]),
        dict(settings='all-search/single-shot'),
        dict(settings=['all-search/single-shot'] * 2),
        dict(query_cams=[4]),
        dict(galleries='best'),
        dict(num_trials=0),
        dict(num_trials=2.5),
        dict(cmc_unit='rank'),
    ],
)
def test_invalid_options_are_refused(options):
    with pytest.raises(ValueError, match=f'SYSU-MM01: {next(iter(options))}='):
        SYSUMM01Protocol(**options)


def test_camera_and_modality_must_agree(image_set, small_counts):
    images = image_set(small_counts)
    modalities = images.modalities.copy()
    modalities[4] = 1 - modalities[4]
    with pytest.raises(ValueError, match=f"'{images.paths[4]}' has camera 1 and modality 1"):
        SYSUMM01Protocol().trials(ImageSet(images.pids, images.cam_ids, modalities, images.paths))


def test_data_without_queries_are_refused(image_set, small_counts):
    visible = {cell: count for cell, count in small_counts.items() if cell[0] not in (3, 6)}
    with pytest.raises(
        ValueError, match=r'no query, because the data have no image of cameras \[3, 6\] .there are cameras \[1, 2'
    ):
        SYSUMM01Protocol().trials(image_set(visible))
