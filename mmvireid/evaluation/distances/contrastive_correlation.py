"""CCN's full scoring as a distance between descriptors."""

import warnings
from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor

from mmvireid.registry import DISTANCES
from mmvireid.utils.progress import progress_bar

from .base import BaseDistance
from .contrastive_difference import (
    ContrastiveDescriptors,
    compiled_loops,
    contrastive_distance,
    contrastive_pair_distances,
)

_DESCRIPTORS = ('contrast_values', 'contrast_weights', 'contrast_bias')
_STORAGES = ('float32', 'float16', 'bfloat16')
# Seconds before a progress bar appears.
_PATIENCE = 10


@DISTANCES.register_module()
class ContrastiveCorrelationDistance(BaseDistance):
    """Compute ``-log(1 - D)`` from CCN's difference score D (DSCSN + CCN, Eqs. 4-7).

    Each image is contrasted with the other. D is the mean of the sigmoids of a pair's two logits, see
    :mod:`mmvireid.evaluation.distances.contrastive_difference`. Its negative logarithm orders pairs like D, but without
    the ties of scores that round to 1.

    With a map of 2048x8x4, one image takes 512 KiB in float32 and half of it in half precision. The speed is the same:
    only the storage changes, and sums are always of float32 products. Half precision moves the logit of x contrasted
    with y by at most 2^-10 (float16) or 2^-7 (bfloat16) of the sum of ``(|A(x)| + |A(y)|) * |B(x)|``. For random maps
    this is 0.2 % or 1.2 % of the logits' standard deviation. It is ten times as much if all maps have nine tenths in
    common.

    Args:
        storage: Type in which contrast_values and contrast_weights are kept: 'float32', 'float16' or 'bfloat16'.
        progress: Show a progress bar in the main process if the computation takes more than ten seconds.

    Raises:
        ValueError: The storage is unknown, or, in a comparison, descriptors do not fit together.

    Example:
        >>> images = dict(
        ...     contrast_values=torch.tensor([[0.0], [2.0]]),
        ...     contrast_weights=torch.tensor([[0.5], [0.5]]),
        ...     contrast_bias=torch.tensor([-1.0, -1.0]),
        ... )
        >>> distance = DISTANCES.build(dict(type='ContrastiveCorrelationDistance'))
        >>> distance(images, images).round(decimals=3).tolist()
        [[0.313, 0.693], [0.693, 0.313]]
    """

    name = 'contrastive-correlation'
    descriptors = _DESCRIPTORS

    def __init__(self, storage: str = 'float32', progress: bool = True) -> None:
        if storage not in _STORAGES:
            raise ValueError(f'storage must be one of {", ".join(map(repr, _STORAGES))}, got {storage!r}.')
        self.storage = dict.fromkeys(('contrast_values', 'contrast_weights'), getattr(torch, storage))
        self.progress = progress

    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        query, gallery = _read(query, gallery)
        num_pairs = len(query.bias) * len(gallery.bias)
        with progress_bar(self.name, num_pairs, 'pair', _PATIENCE, self.progress) as advance:
            return contrastive_distance(query, gallery, advance)

    def pair_distances(
        self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor], rows: Tensor, columns: Tensor
    ) -> Tensor:
        return contrastive_pair_distances(*_read(query, gallery), rows, columns).cpu()


def _read(*sides: Mapping[str, Tensor]) -> list[ContrastiveDescriptors]:
    """Check and flatten the descriptors of queries and gallery."""
    for side in sides:
        values, weights, bias = (side[name] for name in _DESCRIPTORS)
        if values.shape != weights.shape:
            raise ValueError(
                f"'contrast_values' and 'contrast_weights' must have one shape, got {tuple(values.shape)} and "
                f'{tuple(weights.shape)}.'
            )
        if bias.numel() != len(values):
            raise ValueError(f"'contrast_bias' has {bias.numel()} numbers for {len(values)} images; give one each.")
    shapes = [tuple(side['contrast_values'].shape[1:]) for side in sides]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"'contrast_values' have shape {shapes[0]} for query images and {shapes[1]} for gallery images. Both must "
            'come from one model.'
        )
    if sides[0]['contrast_values'].device.type == 'cpu':
        _warn_if_slow()
    return [
        ContrastiveDescriptors(values.flatten(1), weights.flatten(1), bias.flatten().double())
        for values, weights, bias in ((side[name].detach() for name in _DESCRIPTORS) for side in sides)
    ]


@cache
def _warn_if_slow() -> None:
    loops = compiled_loops()
    if isinstance(loops, Exception):
        cure = 'Run: pip install numba' if isinstance(loops, ImportError) else 'Try another version of numba.'
        warnings.warn(
            'torch computes the contrastive-correlation distances, at least 10 times slower than compiled loops: '
            f'numba is missing or fails ({type(loops).__name__}: {loops}). {cure}',
            stacklevel=4,
        )
