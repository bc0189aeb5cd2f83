"""CCN's full mode as a distance between descriptors."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache

import torch
from mmengine.dist import is_main_process
from mmengine.logging import print_log
from torch import Tensor
from tqdm import tqdm

from mmvireid.registry import DISTANCES

from .base import BaseDistance
from .contrastive_difference import (
    ContrastiveDescriptors,
    compiled_loops,
    contrastive_distance,
    contrastive_distance_of_pairs,
)

_FIELDS = ('contrast_values', 'contrast_weights', 'contrast_bias')
_STORAGES = ('float32', 'float16', 'bfloat16')
# Seconds after which a progress bar appears.
_PATIENCE = 10


@DISTANCES.register_module()
class ContrastiveCorrelationDistance(BaseDistance):
    """``-log(1 - D)`` of CCN's difference score D, each image contrasted with the other (DSCSN + CCN, Eqs. 4-7).

    D is the mean of the sigmoids of a pair's two logits, see :mod:`.contrastive_difference`. Its negative
    logarithm orders pairs as D does, without the ties of sigmoids that are 1 to the last digit.

    An image takes 512 KiB in float32 where its map is 2048x8x4, half of that with half precision, at the same speed:
    it is stored only, sums are of float32 products. A logit then moves by at most 2^-10 (float16) or 2^-7 (bfloat16) of
    the sum of ``(|A(x)| + |A(y)|) * |B(x)|``. Between random maps that is 0.2 % or 1.2 % of the logits' standard
    deviation, and ten times as much where all maps are nine parts out of ten the same.

    Args:
        storage: Type in which contrast_values and contrast_weights are kept: 'float32', 'float16' or 'bfloat16'.
        progress: Show a progress bar, in the main process, where it takes more than ten seconds.
    """

    name = 'contrastive-correlation'
    descriptors = _FIELDS

    def __init__(self, storage: str = 'float32', progress: bool = True) -> None:
        if storage not in _STORAGES:
            raise ValueError(f'storage must be one of {", ".join(map(repr, _STORAGES))}, got {storage!r}.')
        self.storage = dict.fromkeys(('contrast_values', 'contrast_weights'), getattr(torch, storage))
        self.progress = progress

    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        query, gallery = _read(query, gallery)
        with self._progress_bar(len(query.bias) * len(gallery.bias)) as advance:
            return contrastive_distance(query, gallery, advance)

    def of_pairs(
        self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor], rows: Tensor, columns: Tensor
    ) -> Tensor:
        return contrastive_distance_of_pairs(*_read(query, gallery), rows, columns).cpu()

    @contextmanager
    def _progress_bar(self, num_pairs: int) -> Iterator[Callable[[int], None]]:
        hidden = not (self.progress and is_main_process())
        with tqdm(
            total=num_pairs, desc=self.name, unit='pair', unit_scale=True, delay=_PATIENCE, disable=hidden
        ) as bar:

            def advance(pairs: int) -> None:
                with bar.get_lock():
                    bar.update(pairs)

            yield advance


def _read(*sides: Mapping[str, Tensor]) -> list[ContrastiveDescriptors]:
    """The descriptors of either side, flattened and checked."""
    for side in sides:
        values, weights, bias = (side[name] for name in _FIELDS)
        if values.shape != weights.shape:
            raise ValueError(
                f"'contrast_values' and 'contrast_weights' must have one shape, got {tuple(values.shape)} and "
                f'{tuple(weights.shape)}.'
            )
        if bias.numel() != len(values):
            raise ValueError(f"'contrast_bias' has {bias.numel()} numbers for {len(values)} images, not one for each.")
    shapes = [tuple(side['contrast_values'].shape[1:]) for side in sides]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"'contrast_values' of the query have shape {shapes[0]}, those of the gallery {shapes[1]}: both must "
            'come from one model.'
        )
    if sides[0]['contrast_values'].device.type == 'cpu':
        _warn_if_slow()
    return [
        ContrastiveDescriptors(values.flatten(1), weights.flatten(1), bias.flatten().double())
        for values, weights, bias in ((side[name].detach() for name in _FIELDS) for side in sides)
    ]


@cache
def _warn_if_slow() -> None:
    loops = compiled_loops()
    if isinstance(loops, Exception):
        cure = 'pip install numba' if isinstance(loops, ImportError) else 'Try another version of it.'
        print_log(
            'Contrastive-correlation distances are computed with torch, 10 times slower than compiled loops or more: '
            f'numba is missing or fails ({type(loops).__name__}: {loops}). {cure}',
            logger='current',
            level=logging.WARNING,
        )
