"""Affinity inference of trials."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from mmvireid.registry import RERANKINGS

from ..functional.affinity_inference import affinity_distances
from ..functional.neighbours import nearest
from .base_reranking import BaseReranking, check_neighbours
from .image_distances import ImageDistances


@RERANKINGS.register_module()
class AffinityInferenceReranking(BaseReranking):
    """Original distance + distance of the affinities to the gallery (AIM of SAAI, Fang et al., ICCV 2023).

    What a query and a gallery image have in common is told from the gallery images that both resemble. Other queries
    play no part, unlike in k-reciprocal re-ranking. See :mod:`mmvireid.evaluation.functional.affinity_inference`.

    The release chooses the options by the number of images of an identity in the gallery: SYSU-MM01 multi-shot k1=20,
    k2=6 (the default here), all-search single-shot 4 and 1, indoor-search single-shot 2 and 2, RegDB 8 and 2.

    Args:
        k1: Gallery images to which an image's affinity is kept. A gallery with fewer images takes them all.
        k2: Gallery images over which a gallery image's affinities are averaged; at most k1.

    Raises:
        ValueError: If an option is out of its range; while re-ranking, if a distance is above 2.
    """

    name = 'affinity-inference'

    def __init__(self, k1: int = 20, k2: int = 6) -> None:
        check_neighbours(self.name, k1=k1, k2=k2)
        if k2 > k1:
            raise ValueError(f'{self.name}: k1={k1}, k2={k2}; k2 has to be in [1, k1].')
        self.k1, self.k2 = k1, k2
        self.options = dict(k1=k1, k2=k2)

    def _rerank(self, images: ImageDistances, galleries: Sequence[Tensor]) -> Iterator[Tensor]:
        of_galleries = images.nearest_within([images.num_query + gallery for gallery in galleries], self.k1)
        for gallery, of_gallery in zip(galleries, of_galleries, strict=True):
            result = images.from_queries(gallery)
            of_queries = nearest(result, self.k1)
            furthest = max(of_queries.furthest.max(), of_gallery.furthest.max())
            if furthest > 2 + 1e-6:
                raise ValueError(
                    f"{self.name}: the '{images.distance.name}' distance of two images is {furthest:g}; an affinity is "
                    'one minus a distance in [0, 2]: choose the cosine distance, or features of unit length.'
                )
            for block, affinity_distance in affinity_distances(of_queries, of_gallery, self.k2):
                result[block] += torch.from_numpy(affinity_distance)
            yield result
