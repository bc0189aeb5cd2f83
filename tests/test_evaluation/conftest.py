"""Invented test sets without pictures, and an independent naive scorer."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

import mmvireid
from mmvireid.evaluation import ImageSet

Counts = Mapping[tuple[int, int], int]


def make_image_set(counts: Counts, root: str = '/data') -> ImageSet:
    """Create the images of a data set in SYSU-MM01's layout from their number in each (camera, identity)."""
    rows = [
        (pid, cam_id, int(cam_id in (3, 6)), f'{root}/cam{cam_id}/{pid:04d}/{number:04d}.jpg')
        for (cam_id, pid), count in counts.items()
        for number in range(1, count + 1)
    ]
    return ImageSet(*(np.array(column) for column in zip(*rows, strict=True)))


def make_two_sided_image_set(counts: Mapping[tuple[int, int, int], int], root: str = '/data') -> ImageSet:
    """Create the images of a data set in LLCM's layout from their number in each (modality, camera, identity)."""
    rows = [
        (pid, cam_id, modality, f'{root}/test_{("vis", "nir")[modality]}/cam{cam_id}/{pid:04d}/{number:04d}.jpg')
        for (modality, cam_id, pid), count in counts.items()
        for number in range(1, count + 1)
    ]
    return ImageSet(*(np.array(column) for column in zip(*rows, strict=True)))


def read_published_counts(split: str) -> dict[tuple[int, int], int]:
    """Read SYSU-MM01's number of images in each (camera, identity) of a split."""
    file = Path(mmvireid.__file__).parent / 'synthetic' / 'sysu_mm01_counts.csv'
    with file.open(newline='') as lines:
        return {
            (cam_id, int(row['identity'])): int(row[f'cam{cam_id}'])
            for row in csv.DictReader(lines)
            if row['split'] == split
            for cam_id in range(1, 7)
        }


def write_permutations(path, counts: Counts, trials: int = 10, seed: int = 0) -> dict[tuple[int, int], np.ndarray]:
    """Write a permutation file in the data set's format.

    Returns:
        Its (trials, n) matrices by (camera, identity).
    """
    generator = np.random.default_rng(seed)
    matrices = {
        cell: np.array([generator.permutation(count) + 1 for _ in range(trials)], dtype=np.uint8)
        for cell, count in counts.items()
        if count
    }
    cameras = np.empty((6, 1), dtype=object)
    for cam_id in range(1, 7):
        # As in the data set's file, a camera's array ends with the last identity in this camera.
        last = max((pid for cell_cam, pid in matrices if cell_cam == cam_id), default=1)
        cells = np.empty((last, 1), dtype=object)
        for pid in range(1, last + 1):
            cells[pid - 1, 0] = matrices.get((cam_id, pid), np.empty((trials, 0), dtype=np.uint8))
        cameras[cam_id - 1, 0] = cells
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {'rand_perm_cam': cameras})
    return matrices


def score_query(
    distances: Sequence[float],
    query_pid: int,
    gallery_pids: Sequence[int],
    gallery: Sequence[int],
    excluded: Sequence[bool] | None = None,
    cmc_unit: str = 'identity',
) -> tuple[int, float, float]:
    """Score one query in the images ``gallery``, naively and without code of the package.

    Returns:
        CMC rank of the first match (0: no match), AP and INP.
    """
    kept = [image for image in gallery if excluded is None or not excluded[image]]
    kept.sort(key=lambda image: (distances[image], image))
    ranked_pids = [gallery_pids[image] for image in kept]
    if query_pid not in ranked_pids:
        return 0, np.nan, np.nan
    match_ranks = [rank for rank, pid in enumerate(ranked_pids, start=1) if pid == query_pid]
    ap = sum(number / rank for number, rank in enumerate(match_ranks, start=1)) / len(match_ranks)
    inp = len(match_ranks) / match_ranks[-1]
    entries = list(dict.fromkeys(ranked_pids)) if cmc_unit == 'identity' else ranked_pids
    return entries.index(query_pid) + 1, ap, inp


@pytest.fixture(scope='session')
def image_set() -> Callable[..., ImageSet]:
    return make_image_set


@pytest.fixture(scope='session')
def two_sided_image_set() -> Callable[..., ImageSet]:
    return make_two_sided_image_set


@pytest.fixture(scope='session')
def published_counts() -> Callable[[str], dict[tuple[int, int], int]]:
    return read_published_counts


@pytest.fixture(scope='session')
def permutation_file() -> Callable[..., dict[tuple[int, int], np.ndarray]]:
    return write_permutations


@pytest.fixture(scope='session')
def naive_scores() -> Callable[..., tuple[int, float, float]]:
    return score_query


@pytest.fixture
def two_sided_counts() -> dict[tuple[int, int, int], int]:
    """Count images of three identities in cameras of both modalities, without infrared camera 3, as in LLCM."""
    return {
        (modality, cam_id, pid): 1 + (pid * 5 + cam_id * 3 + modality) % 4
        for modality in (0, 1)
        for cam_id in (1, 2, 3, 9)
        for pid in (4, 7, 10)
        if (modality, cam_id) != (1, 3) and (modality, cam_id, pid) != (0, 2, 7)
    }


@pytest.fixture
def small_counts() -> dict[tuple[int, int], int]:
    """Count images of five identities: numbers have gaps, cameras miss identities, cells hold fewer than ten."""
    return {
        (cam_id, pid): 1 + (pid * 7 + cam_id * 3) % 13
        for cam_id in range(1, 7)
        for pid in (2, 3, 5, 8, 11)
        if (cam_id, pid) not in {(1, 3), (4, 5), (3, 8)}
    }
