import numpy as np
import pytest

from mmvireid.evaluation import ImageSet
from mmvireid.evaluation.protocols import RegDBProtocol

VISIBLE, THERMAL = 0, 1


def regdb_images(num_identities: int, per_modality: int = 10, seed: int = 0) -> ImageSet:
    """Create images in RegDB's layout with random camera numbers."""
    rows = [
        (pid, modality, f'/data/{("Visible", "Thermal")[modality]}/{pid}/{number}.bmp')
        for pid in range(num_identities)
        for modality in (VISIBLE, THERMAL)
        for number in range(per_modality)
    ]
    pids, modalities, paths = (np.array(column) for column in zip(*rows, strict=True))
    cam_ids = np.random.default_rng(seed).integers(-3, 9, len(rows))
    return ImageSet(pids, cam_ids, modalities, paths)


def test_published_counts_and_directions():
    images = regdb_images(206)
    trials = RegDBProtocol().trials(images)
    assert [trial.setting for trial in trials] == ['visible-to-thermal', 'thermal-to-visible']
    for trial, query_modality in zip(trials, (VISIBLE, THERMAL), strict=True):
        assert len(trial.query_indices) == len(trial.gallery_indices) == 2060
        assert set(images.modalities[trial.query_indices]) == {query_modality}
        assert set(images.modalities[trial.gallery_indices]) == {1 - query_modality}
        assert images.paths[trial.query_indices].tolist() == sorted(images.paths[trial.query_indices])
        assert (trial.number, trial.num_short_cells) == (0, 0)


def test_camera_numbers_change_nothing():
    protocol = RegDBProtocol()
    for one, other in zip(protocol.trials(regdb_images(3)), protocol.trials(regdb_images(3, seed=1)), strict=True):
        assert one.query_indices.tolist() == other.query_indices.tolist()
        assert one.gallery_indices.tolist() == other.gallery_indices.tolist()
    everyone = np.arange(60)
    assert protocol.excluded(regdb_images(3), everyone, everyone) is None


def test_options():
    protocol = RegDBProtocol()
    assert (protocol.name, protocol.galleries, protocol.cmc_unit) == ('RegDB', 'all', 'image')
    protocol = RegDBProtocol(settings=['thermal-to-visible'], cmc_unit='identity')
    assert [trial.setting for trial in protocol.trials(regdb_images(2))] == ['thermal-to-visible']
    assert protocol.cmc_unit == 'identity' and protocol.options == dict(cmc_unit='identity')
    with pytest.raises(ValueError, match='RegDB: settings='):
        RegDBProtocol(settings=['infrared-to-visible'])


def test_a_missing_modality_is_refused():
    images = regdb_images(2)
    visible = images.take(np.flatnonzero(images.modalities == VISIBLE))
    with pytest.raises(
        ValueError, match=r"'visible-to-thermal' has an empty gallery, because the data have no infrared image\."
    ):
        RegDBProtocol().trials(visible)
    with pytest.raises(
        ValueError, match=r"'thermal-to-visible' has no query, because the data have no infrared image\."
    ):
        RegDBProtocol(settings=['thermal-to-visible']).trials(visible)
