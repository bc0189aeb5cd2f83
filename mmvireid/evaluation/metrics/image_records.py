"""What metrics over images share: one record an image, collected from all processes."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from ..image_set import ImageSet

ANNOTATIONS = ('pid', 'cam_id', 'modality', 'img_path')
RECORD = ('feature_name', 'flip')


class ImageRecordsMetric(BaseMetric):
    """Keeps the annotations and descriptors of every image; a subclass says what becomes of them.

    Args:
        data_root: Folder of the data set; paths are kept relative to it; empty: as they are.
        collect_device: Where results of several processes meet, ``'cpu'`` or ``'gpu'``.
        prefix: Put before the names of the scores.
    """

    default_prefix = ''
    descriptors: tuple[str, ...] = ('feature',)

    def __init__(self, data_root: str = '', collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.data_root = data_root

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep annotations and descriptors of each image."""
        for sample in data_samples:
            missing = [name for name in (*ANNOTATIONS, *RECORD, *self.descriptors) if name not in sample]
            if missing:
                raise KeyError(
                    f"The data sample of '{sample.get('img_path')}' lacks {missing}: the pipeline packs pid, cam_id, "
                    'modality and img_path, the estimator adds feature_name, flip and what the distance compares.'
                )
            record = {name: sample[name] for name in (*ANNOTATIONS, *RECORD)}
            # A copy of its own: a view would keep the whole batch alive and be sent whole to other processes.
            record.update({name: sample[name].detach().float().cpu().clone() for name in self.descriptors})
            self.results.append(record)

    def gather(self, results: list[dict]) -> tuple[ImageSet, dict[str, Tensor], dict]:
        """The collected images, their descriptors (N, ...), and the record of how these were made.

        Raises:
            ValueError: There is no image, one is not under ``data_root``, or features differ in name or flip.
        """
        if not results:
            raise ValueError('No image was tested: there is nothing to score.')
        images = ImageSet(
            *(np.array([record[name] for record in results]) for name in ANNOTATIONS[:3]),
            np.array([self._relative(record['img_path']) for record in results]),
        )
        descriptors = {name: torch.stack([record[name] for record in results]) for name in self.descriptors}
        data = {
            name: self.dataset_meta[name]
            for name in ('dataset', 'split', 'split_number', 'limit_ids')
            if name in (self.dataset_meta or {})
        }
        return images, descriptors, dict(feature=_only(results, 'feature_name'), flip=_only(results, 'flip'), data=data)

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
