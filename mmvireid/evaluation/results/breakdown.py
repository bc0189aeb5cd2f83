"""Where the scores of a setting come from: cameras, identities, distances."""

from collections.abc import Sequence

import numpy as np

from mmvireid.structures import ImageSet

from ..protocols import Trial
from ..ranking import RankingScores
from ..scorer import Scorer
from .summary import query_means

NUM_HARDEST = 20
NUM_BINS = 100
# Pairs that the histogram of distances looks at; beyond that every second, third, ... query is taken.
MAX_HISTOGRAM_PAIRS = 1 << 24


def query_cameras(images: ImageSet, trials: Sequence[Trial], scores: Sequence[RankingScores]) -> list[dict]:
    """Scores of the queries of each camera, over the whole gallery.

    Returns:
        For each camera with a valid query ``query_camera``, ``num_valid_query``, and ``R1``, ``mAP``, ``mINP`` in
        percent, mean over trials.
    """
    cam_ids = images.cam_ids[trials[0].query_indices]
    means = query_means(scores)
    rows = []
    for cam_id in np.unique(cam_ids).tolist():
        row = _row(means, cam_ids == cam_id)
        if row is not None:
            rows.append(dict(query_camera=cam_id, **row))
    return rows


def camera_pairs(images: ImageSet, trials: Sequence[Trial], scorer: Scorer) -> dict[str, list[dict]]:
    """Scores of the queries of each camera over the gallery images of one camera alone.

    Args:
        images: Annotations of N images.
        trials: Trials of any settings that ask the same queries; they are scored together.
        scorer: Of these queries.

    Returns:
        By setting, for each pair of cameras with a valid query, ``query_camera``, ``gallery_camera``,
        ``num_valid_query``, and ``R1``, ``mAP``, ``mINP`` in percent, mean over trials.
    """
    parts: dict[tuple[str, int], list[np.ndarray]] = {}
    for trial in trials:
        cam_ids = images.cam_ids[trial.gallery_indices]
        for cam_id in np.unique(cam_ids).tolist():
            parts.setdefault((trial.setting, cam_id), []).append(trial.gallery_indices[cam_ids == cam_id])
    scores = iter(scorer.score([gallery for galleries in parts.values() for gallery in galleries]))
    query_cams = images.cam_ids[scorer.queries]
    rows: dict[str, list[dict]] = {trial.setting: [] for trial in trials}
    for (setting, gallery_camera), galleries in parts.items():
        means = query_means([next(scores) for _ in galleries])
        for query_camera in np.unique(query_cams).tolist():
            row = _row(means, query_cams == query_camera)
            if row is not None:
                rows[setting].append(dict(query_camera=query_camera, gallery_camera=gallery_camera, **row))
    return {
        setting: sorted(of_setting, key=lambda row: (row['query_camera'], row['gallery_camera']))
        for setting, of_setting in rows.items()
    }


def hardest_identities(images: ImageSet, trials: Sequence[Trial], scores: Sequence[RankingScores]) -> list[dict]:
    """The identities with the lowest average precision, hardest first.

    Returns:
        At most 20 of ``pid``, ``num_valid_query``, and ``R1``, ``mAP``, ``mINP`` in percent, mean over trials.
    """
    pids = images.pids[trials[0].query_indices]
    means = query_means(scores)
    rows = [dict(pid=pid, **row) for pid in np.unique(pids).tolist() if (row := _row(means, pids == pid)) is not None]
    return sorted(rows, key=lambda row: (row['mAP'], row['pid']))[:NUM_HARDEST]


def distance_histogram(images: ImageSet, trials: Sequence[Trial], scorer: Scorer) -> dict:
    """How the distances of positive and negative pairs are distributed, over the images of all galleries together.

    Returns:
        ``edges`` (101 values), ``positives`` and ``negatives`` (numbers of pairs in each of the 100 bins),
        ``positive_mean``, ``positive_std``, ``negative_mean``, ``negative_std`` (None without such pairs), and
        ``num_query``, the number of queries that were looked at.
    """
    gallery = np.unique(np.concatenate([trial.gallery_indices for trial in trials]))
    queries = scorer.queries[:: -(-len(scorer.queries) * len(gallery) // MAX_HISTOGRAM_PAIRS)]
    distances = scorer.distances(queries, gallery).cpu().numpy()
    excluded = scorer.protocol.excluded(images, queries, gallery)
    met = np.ones(distances.shape, dtype=bool) if excluded is None else ~np.asarray(excluded)
    positive = np.equal.outer(images.pids[queries], images.pids[gallery])[met]
    distances = distances[met]
    edges = np.histogram_bin_edges(distances, NUM_BINS)
    width = edges[1] - edges[0]
    bins = ((distances - edges[0]) * (1 / width)).astype(np.int32).clip(max=NUM_BINS - 1)
    counts = np.bincount(bins + NUM_BINS * positive, minlength=2 * NUM_BINS).reshape(2, NUM_BINS)
    return dict(
        edges=edges.tolist(),
        positives=counts[1].tolist(),
        negatives=counts[0].tolist(),
        **_moments('positive', distances[positive]),
        **_moments('negative', distances[~positive]),
        num_query=len(queries),
    )


def _moments(kind: str, distances: np.ndarray) -> dict[str, float | None]:
    if not distances.size:
        return {f'{kind}_mean': None, f'{kind}_std': None}
    return {f'{kind}_mean': float(distances.mean()), f'{kind}_std': float(distances.std())}


def _row(means: dict[str, np.ndarray], members: np.ndarray) -> dict | None:
    """Means over the valid queries among ``members``; None if there is none."""
    valid = members & ~np.isnan(means['AP'])
    if not valid.any():
        return None
    names = dict(R1='R1', AP='mAP', INP='mINP')
    return dict(
        num_valid_query=int(valid.sum()), **{names[name]: float(values[valid].mean()) for name, values in means.items()}
    )
