"""What metrics over images share: one record an image, collected from all processes."""

import ctypes
import sys
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmvireid.structures import ImageSet

from ..distances import BaseDistance
from ..reranking import BaseReranking

# What compares descriptors.
Comparison = BaseDistance | BaseReranking
ANNOTATIONS = ('pid', 'cam_id', 'modality', 'img_path')
RECORD = ('feature_name', 'flip')
# Bytes that move from records into tensors before the records' memory is given back to the system.
_MOVED_BYTES = 1 << 28


class ImageRecordsMetric(BaseMetric):
    """Keeps the annotations and descriptors of every image; a subclass says what becomes of them.

    Args:
        comparisons: Distances and re-rankings whose descriptors are kept, in the types that they ask for.
        data_root: Folder of the data set; paths are kept relative to it; empty: as they are.
        collect_device: Where results of several processes meet, ``'cpu'`` or ``'gpu'``.
        prefix: Put before the names of the scores.
    """

    default_prefix = ''

    def __init__(
        self,
        comparisons: Sequence[Comparison] = (),
        data_root: str = '',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.comparisons = comparisons
        self.descriptors = descriptor_types(comparisons)
        self.data_root = data_root

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep annotations and descriptors of each image."""
        for sample in data_samples:
            missing = [name for name in (*ANNOTATIONS, *RECORD, *self.descriptors) if name not in sample]
            if missing:
                raise KeyError(
                    f"The data sample of '{sample.get('img_path')}' lacks {missing}: the pipeline packs pid, cam_id, "
                    'modality and img_path, the estimator adds feature_name, flip and feature.'
                    + self._who_compares(missing)
                )
            record = {name: sample[name] for name in (*ANNOTATIONS, *RECORD)}
            for name, dtype in self.descriptors.items():
                # A copy of its own: a view would keep the whole batch alive and be sent whole to other processes.
                record[name] = torch.empty(sample[name].shape, dtype=dtype).copy_(sample[name].detach())
            self.results.append(record)

    def gather(self, results: list[dict]) -> tuple[ImageSet, dict[str, Tensor], dict]:
        """The collected images in the order of their paths, their descriptors (N, ...), and how these were made.

        Descriptors may fill most of the memory: they move out of the records, which are of no use afterwards.

        Raises:
            ValueError: There is no image, one is not under ``data_root``, features differ in name or flip, or a
                descriptor in its shape.
        """
        if not results:
            raise ValueError('No image was tested: there is nothing to score.')
        images = ImageSet(
            *(np.array([record[name] for record in results]) for name in ANNOTATIONS[:3]),
            np.array([self._relative(record['img_path']) for record in results]),
        )
        data = {
            name: self.dataset_meta[name]
            for name in ('dataset', 'split', 'split_number', 'limit_ids')
            if name in (self.dataset_meta or {})
        }
        record = dict(feature=_only(results, 'feature_name'), flip=_only(results, 'flip'), data=data)
        order = np.argsort(images.paths, kind='stable')
        self.results = []  # mmengine would keep the same tensors until all is scored
        return images.take(order), self._move(results, np.argsort(order)), record

    def _move(self, results: list[dict], places: np.ndarray) -> dict[str, Tensor]:
        """The descriptors of all images at given places of new tensors; one record after the other gives its own up."""
        first = results[0]
        moved = {
            name: torch.empty(len(results), *first[name].shape, dtype=first[name].dtype) for name in self.descriptors
        }
        for record in results:
            for name, rows in moved.items():
                if record[name].shape != rows.shape[1:]:
                    raise ValueError(
                        f"'{name}' of '{record['img_path']}' has shape {tuple(record[name].shape)}, that of "
                        f"'{first['img_path']}' {tuple(rows.shape[1:])}: the images of a test have to share one."
                    )
        bytes_each = max(1, sum(rows[:1].nbytes for rows in moved.values()))
        for number, (place, record) in enumerate(zip(places.tolist(), results, strict=True), start=1):
            for name, rows in moved.items():
                rows[place] = record.pop(name)
            if number % max(1, _MOVED_BYTES // bytes_each) == 0:
                _release_freed_memory()
        return moved

    def _who_compares(self, missing: list[str]) -> str:
        """Which distance or re-ranking compares what is missing, and what can be done about it."""
        asking = {
            comparison.name: wanted
            for comparison in self.comparisons
            if (wanted := [name for name in comparison.descriptors if name in missing])
        }
        return ''.join(
            f" '{name}' compares {wanted}: test a model with a head that describes images so, or leave '{name}' out of "
            'test_evaluator.'
            for name, wanted in asking.items()
            if wanted != ['feature']
        )

    def _relative(self, img_path: str) -> str:
        if not self.data_root:
            return PurePath(img_path).as_posix()
        try:
            return PurePath(img_path).relative_to(self.data_root).as_posix()
        except ValueError:
            raise ValueError(
                f"Image '{img_path}' is not under the metric's data_root='{self.data_root}': give the metric the "
                'data_root of the tested data set (--data-root sets all of them).'
            ) from None


def _only(results: list[dict], name: str) -> Any:
    values = {record[name] for record in results}
    if len(values) > 1:
        raise ValueError(f'Images were tested with different values of {name}: {sorted(values)}. Test them all alike.')
    return values.pop()


def _release_freed_memory() -> None:
    """Give freed memory back to the system; glibc keeps it, and descriptors that moved would take twice their size."""
    trim = getattr(ctypes.CDLL(None), 'malloc_trim', None) if sys.platform == 'linux' else None
    if trim is not None:
        trim(0)


def descriptor_types(comparisons: Iterable[Comparison]) -> dict[str, torch.dtype]:
    """All descriptors that are compared, each in the widest type that is asked for it."""
    asked: dict[str, list[torch.dtype]] = {}
    for comparison in comparisons:
        for name in comparison.descriptors:
            asked.setdefault(name, []).append(comparison.storage.get(name, torch.float32))
    return {name: reduce(torch.promote_types, types) for name, types in asked.items()}
