"""k-reciprocal re-ranking of trials."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from mmvireid.registry import RERANKINGS

from ..functional.k_reciprocal import jaccard_distances, k_reciprocal_features, k_reciprocal_sets
from .base_reranking import BaseReranking, check_neighbours
from .image_distances import ImageDistances


@RERANKINGS.register_module()
class KReciprocalReranking(BaseReranking):
    """(1 - lambda) Jaccard distance of k-reciprocal sets + lambda original distance (Zhong et al., CVPR 2017, Eq. 12).

    The original distance is squared and divided by the query's largest among the trial's images. A distance that
    is squared already, as the cosine's, is not squared again: cosine and Euclidean distance give one result for
    features of unit length. See :mod:`mmvireid.evaluation.functional.k_reciprocal` for the sets and their distance.

    Memory: one trial's result, and for each trial and image its k1 + 1 neighbours and its set. Distances among all
    images are computed block by block to find neighbours and not kept; those within sets are then computed again.

    Args:
        k1: Neighbours that have to be mutual. A trial with fewer images takes them all.
        k2: Neighbours over which an image's set is averaged; 1 averages nothing.
        lambda_value: Weight of the original distance.

    Raises:
        ValueError: If an option is out of its range.
    """

    name = 'k-reciprocal'

    def __init__(self, k1: int = 20, k2: int = 6, lambda_value: float = 0.3) -> None:
        check_neighbours(self.name, k1=k1, k2=k2)
        if not isinstance(lambda_value, (int, float)) or not 0 <= lambda_value <= 1:
            raise ValueError(f'{self.name}: lambda_value={lambda_value!r} is no number in [0, 1].')
        self.k1, self.k2, self.lambda_value = k1, k2, lambda_value
        self.options = dict(k1=k1, k2=k2, lambda_value=lambda_value)

    def _rerank(self, images: ImageDistances, galleries: Sequence[Tensor]) -> Iterator[Tensor]:
        num_query = images.num_query
        trials = [torch.cat([torch.arange(num_query), num_query + gallery]) for gallery in galleries]
        neighbours = images.nearest_within(trials, max(self.k1 + 1, self.k2))
        sets = [k_reciprocal_sets(near.columns.numpy(), self.k1) for near in neighbours]
        # Sets reach beyond the nearest neighbours: distances are asked for a second time, of all trials at once.
        set_distances = images.at([_pairs(*trial) for trial in zip(trials, sets, strict=True)])

        power = 1 if images.distance.is_squared else 2
        for gallery, near, members, distances in zip(galleries, neighbours, sets, set_distances, strict=True):
            furthest = near.furthest.where(near.furthest > 0, 1) ** power  # zero where all images coincide
            scaled = distances**power / furthest.numpy().repeat(np.diff(members.indptr))
            features = k_reciprocal_features(members, scaled, near.columns.numpy(), self.k2)
            result = images.from_queries(gallery).pow_(power).mul_(self.lambda_value / furthest[:num_query, None])
            for block, jaccard in jaccard_distances(features[:num_query], features[num_query:]):
                result[block] += (1 - self.lambda_value) * torch.from_numpy(jaccard)
            yield result


def _pairs(trial: Tensor, sets: csr_array) -> tuple[np.ndarray, np.ndarray]:
    """The images of each entry of the sets."""
    images = trial.numpy().astype(np.int32)
    return images.repeat(np.diff(sets.indptr)), images[sets.indices]
