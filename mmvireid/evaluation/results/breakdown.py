"""Break a setting's scores down by camera, identity and distance."""

from collections.abc import Sequence

import numpy as np

from mmvireid.structures import ImageSet

from ..protocols import Trial
from ..ranking import RankingScores
from ..scorer import Scorer
from .summary import query_means

NUM_HARDEST = 20
NUM_BINS = 100
# The histogram of distances reads at most this many pairs: of more, it takes every second, third, ... query.
MAX_HISTOGRAM_PAIRS = 1 << 24


def query_cameras(images: ImageSet, trials: Sequence[Trial], scores: Sequence[RankingScores]) -> list[dict]:
    """Score the queries of each camera in the whole gallery.

    Returns:
        A row for each camera with a valid query: ``query_camera``, ``num_valid_query``, and ``R1``, ``mAP`` and
        ``mINP`` in percent, means over trials.

    Example:
        >>> images = ImageSet(pids=[1, 1], cam_ids=[3, 1], modalities=[1, 0], paths=['a', 'b'])
        >>> trials = [Trial('all', 0, query_indices=np.array([0]), gallery_indices=np.array([1]))]
        >>> scores = [RankingScores(first_match=np.array([1]), ap=np.array([1.0]), inp=np.array([1.0]))]
        >>> query_cameras(images, trials, scores)
        [{'query_camera': 3, 'num_valid_query': 1, 'R1': 100.0, 'mAP': 100.0, 'mINP': 100.0}]
    """
    cam_ids = images.cam_ids[trials[0].query_indices]
    means = query_means(scores)
    rows = []
    for cam_id in np.unique(cam_ids).tolist():
        row = _mean_row(means, cam_ids == cam_id)
        if row is not None:
            rows.append(dict(query_camera=cam_id, **row))
    return rows


def camera_pairs(images: ImageSet, trials: Sequence[Trial], scorer: Scorer) -> dict[str, list[dict]]:
    """Score the queries of each camera in the gallery images of one camera.

    Args:
        images: Annotations of N images.
        trials: Trials of any settings with the same queries. They are scored together.
        scorer: Scorer of these queries.

    Returns:
        For each setting, a row for each pair of cameras with a valid query: ``query_camera``, ``gallery_camera``,
        ``num_valid_query``, and ``R1``, ``mAP`` and ``mINP`` in percent, means over trials.

    Example:
        >>> import torch
        >>> from mmvireid.evaluation import CosineDistance, RegDBProtocol
        >>> images = ImageSet(pids=[1, 1], cam_ids=[3, 1], modalities=[1, 0], paths=['a', 'b'])
        >>> trials = [Trial('all', 0, query_indices=np.array([0]), gallery_indices=np.array([1]))]
        >>> scorer = Scorer(images, {'feature': torch.ones(2, 4)}, RegDBProtocol(), CosineDistance(), np.array([0]))
        >>> [(row['query_camera'], row['gallery_camera']) for row in camera_pairs(images, trials, scorer)['all']]
        [(3, 1)]
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
            row = _mean_row(means, query_cams == query_camera)
            if row is not None:
                rows[setting].append(dict(query_camera=query_camera, gallery_camera=gallery_camera, **row))
    return {
        setting: sorted(setting_rows, key=lambda row: (row['query_camera'], row['gallery_camera']))
        for setting, setting_rows in rows.items()
    }


def hardest_identities(images: ImageSet, trials: Sequence[Trial], scores: Sequence[RankingScores]) -> list[dict]:
    """List the identities with the lowest average precision, hardest first.

    Returns:
        At most 20 rows: ``pid``, ``num_valid_query``, and ``R1``, ``mAP`` and ``mINP`` in percent, means over trials.

    Example:
        >>> images = ImageSet(pids=[1, 2, 1, 2], cam_ids=[3, 3, 1, 1], modalities=[1, 1, 0, 0], paths=list('abcd'))
        >>> trials = [Trial('all', 0, query_indices=np.array([0, 1]), gallery_indices=np.array([2, 3]))]
        >>> scores = [RankingScores(first_match=np.array([1, 2]), ap=np.array([1.0, 0.5]), inp=np.array([1.0, 0.5]))]
        >>> [(row['pid'], row['mAP']) for row in hardest_identities(images, trials, scores)]
        [(2, 50.0), (1, 100.0)]
    """
    pids = images.pids[trials[0].query_indices]
    means = query_means(scores)
    rows = [
        dict(pid=pid, **row) for pid in np.unique(pids).tolist() if (row := _mean_row(means, pids == pid)) is not None
    ]
    return sorted(rows, key=lambda row: (row['mAP'], row['pid']))[:NUM_HARDEST]


def distance_histogram(images: ImageSet, trials: Sequence[Trial], scorer: Scorer) -> dict:
    """Count the distances of positive and negative pairs, over the images of all galleries together.

    Returns:
        A dict with these keys:

        - ``edges``: 101 bin edges.
        - ``positives`` and ``negatives``: numbers of pairs in each of the 100 bins.
        - ``positive_mean``, ``positive_std``, ``negative_mean`` and ``negative_std``: None without such pairs.
        - ``num_query``: number of queries that were read.

    Example:
        >>> import torch
        >>> from mmvireid.evaluation import EuclideanDistance, RegDBProtocol
        >>> images = ImageSet(pids=[1, 1, 2], cam_ids=[3, 1, 1], modalities=[1, 0, 0], paths=['a', 'b', 'c'])
        >>> trials = [Trial('all', 0, query_indices=np.array([0]), gallery_indices=np.array([1, 2]))]
        >>> features = torch.tensor([[0.0], [1.0], [3.0]])
        >>> scorer = Scorer(images, {'feature': features}, RegDBProtocol(), EuclideanDistance(), np.array([0]))
        >>> histogram = distance_histogram(images, trials, scorer)
        >>> histogram['positive_mean'], histogram['negative_mean']
        (1.0, 3.0)
    """
    gallery = np.unique(np.concatenate([trial.gallery_indices for trial in trials]))
    queries = scorer.queries[:: -(-len(scorer.queries) * len(gallery) // MAX_HISTOGRAM_PAIRS)]
    distances = scorer.distances(queries, gallery).cpu().numpy()
    excluded = scorer.protocol.excluded(images, queries, gallery)
    met = np.ones(distances.shape, dtype=bool) if excluded is None else ~np.asarray(excluded)
    positive = np.equal.outer(images.pids[queries], images.pids[gallery])[met]
    distances = distances[met]
    edges = _bin_edges(distances)
    width = edges[1] - edges[0]
    bins = ((distances - edges[0]) * (1 / width)).astype(np.int32).clip(max=NUM_BINS - 1)
    counts = np.bincount(bins + NUM_BINS * positive, minlength=2 * NUM_BINS).reshape(2, NUM_BINS)
    return dict(
        edges=edges.tolist(),
        positives=counts[1].tolist(),
        negatives=counts[0].tolist(),
        **_mean_and_std('positive', distances[positive]),
        **_mean_and_std('negative', distances[~positive]),
        num_query=len(queries),
    )


def _bin_edges(distances: np.ndarray) -> np.ndarray:
    """Divide the range of the distances into bins. Widen a range that rounding cannot divide."""
    try:
        return np.histogram_bin_edges(distances, NUM_BINS)
    except ValueError:  # the distances of a collapsed model differ in their last digits only
        middle = float(distances.mean(dtype=np.float64))
        width = max(1.0, abs(middle)) / 2
        return np.linspace(middle - width, middle + width, NUM_BINS + 1)


def _mean_and_std(kind: str, distances: np.ndarray) -> dict[str, float | None]:
    if not distances.size:
        return {f'{kind}_mean': None, f'{kind}_std': None}
    return {f'{kind}_mean': float(distances.mean()), f'{kind}_std': float(distances.std())}


def _mean_row(means: dict[str, np.ndarray], members: np.ndarray) -> dict | None:
    """Average over the valid queries among ``members``. Return None if there is none."""
    valid = members & ~np.isnan(means['AP'])
    if not valid.any():
        return None
    names = dict(R1='R1', AP='mAP', INP='mINP')
    return dict(
        num_valid_query=int(valid.sum()), **{names[name]: float(values[valid].mean()) for name, values in means.items()}
    )
