"""Collect one record per image from all processes, and write the records to a features file."""

import ctypes
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_world_size
from mmengine.evaluator import BaseMetric, Evaluator
from torch import Tensor

from mmvireid.registry import EVALUATOR, METRICS, RERANKINGS
from mmvireid.structures import ImageSet
from mmvireid.utils.atomic_file import check_writable

from ..distances import BaseDistance, CosineDistance
from ..distances.build import build_distances
from ..features_file import FeatureSet, save_features
from ..reranking import BaseReranking

# A comparison reads descriptors.
Comparison = BaseDistance | BaseReranking
ANNOTATIONS = ('pid', 'cam_id', 'modality', 'img_path')
RECORD = ('feature_name', 'flip', 'normalized')
# After so many bytes moved from records to tensors, the records' memory is given back to the system.
_MOVED_BYTES = 1 << 28


class ImageRecordsMetric(BaseMetric):
    """Keep the annotations and descriptors of every image. A subclass scores or saves them.

    Args:
        comparisons: Distances and re-rankings. Their descriptors are kept in the types that they ask for.
        data_root: Folder of the data set. Paths are kept relative to it. If it is empty, paths stay unchanged.
        collect_device: Device on which the records of several processes are collected, ``'cpu'`` or ``'gpu'``.
        prefix: Text to put before the names of the scores.

    Example:
        >>> class Counter(ImageRecordsMetric):
        ...     def compute_metrics(self, results):
        ...         images, descriptors, record = self.gather(results)
        ...         return {'num_images': len(images)}
        >>> sample = dict(pid=6, cam_id=3, modality=1, img_path='cam3/0006/0001.jpg', feature_name='bn', flip=False)
        >>> counter = Counter([CosineDistance()])
        >>> counter.process({}, [dict(sample, feature=torch.ones(4))])
        >>> counter.evaluate(size=1)
        {'num_images': 1}
    """

    default_prefix = ''

    def __init__(
        self,
        comparisons: Sequence[Comparison] = (),
        data_root: str = '',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix)
        self.comparisons = tuple(comparisons)
        self.descriptors = descriptor_types(comparisons)
        self.data_root = data_root

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the annotations and descriptors of each image."""
        for sample in data_samples:
            sample = {'normalized': True, **sample}
            missing = [name for name in (*ANNOTATIONS, *RECORD, *self.descriptors) if name not in sample]
            if missing:
                raise KeyError(
                    f"The data sample of '{sample.get('img_path')}' lacks {missing}. The pipeline must pack pid, "
                    'cam_id, modality and img_path. The model must add feature_name, flip and feature.'
                    + self._explain_missing(missing)
                )
            record = {name: sample[name] for name in (*ANNOTATIONS, *RECORD)}
            for name, dtype in self.descriptors.items():
                # A view would keep the whole batch in memory, and would be sent to other processes with it: copy.
                record[name] = torch.empty(sample[name].shape, dtype=dtype).copy_(sample[name].detach())
            self.results.append(record)

    def gather(self, results: list[dict]) -> tuple[ImageSet, dict[str, Tensor], dict]:
        """Turn records into images in the order of their paths, descriptors (N, ...) and facts about the features.

        Descriptors may fill most of the memory: they are moved out of the records, which become useless.

        Raises:
            ValueError: There is no image, an image is not under ``data_root``, or images differ in the feature's
                name, ``flip``, ``normalized`` or a descriptor's shape.
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
        feature, flip, normalized = (_common_value(results, name) for name in RECORD)
        order = np.argsort(images.paths, kind='stable')
        self.results = []  # otherwise mmengine keeps the tensors until all images are scored
        descriptors = self._move(results, np.argsort(order))
        return images.take(order), descriptors, dict(feature=feature, flip=flip, normalized=normalized, data=data)

    def _move(self, results: list[dict], places: np.ndarray) -> dict[str, Tensor]:
        """Move the descriptors of all images to given places of new tensors, one record after the other."""
        first = results[0]
        moved = {
            name: torch.empty(len(results), *first[name].shape, dtype=first[name].dtype) for name in self.descriptors
        }
        for record in results:
            for name, rows in moved.items():
                if record[name].shape != rows.shape[1:]:
                    raise ValueError(
                        f"'{name}' of '{record['img_path']}' has shape {tuple(record[name].shape)}, that of "
                        f"'{first['img_path']}' {tuple(rows.shape[1:])}: all images of a test must have the same shape."
                    )
        bytes_each = max(1, sum(rows[:1].nbytes for rows in moved.values()))
        for number, (place, record) in enumerate(zip(places.tolist(), results, strict=True), start=1):
            for name, rows in moved.items():
                rows[place] = record.pop(name)
            if number % max(1, _MOVED_BYTES // bytes_each) == 0:
                _release_freed_memory()
        return moved

    def _explain_missing(self, missing: list[str]) -> str:
        """Name the distance or re-ranking that compares a missing descriptor, and say what to do."""
        needed = {
            comparison.name: names
            for comparison in self.comparisons
            if (names := [name for name in comparison.descriptors if name in missing])
        }
        return ''.join(
            f" '{comparison}' compares {names}: test a model with a head that provides them, or remove "
            f"'{comparison}' from test_evaluator."
            for comparison, names in needed.items()
            if names != ['feature']
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


@METRICS.register_module()
class FeatureWriter(ImageRecordsMetric):
    """Write the features of all images to an ``.npz`` file (see :func:`mmvireid.evaluation.save_features`).

    Args:
        out_file: Path of the file. The metric checks at once that it can write there.
        distance: Config of a distance, or of several by label. Their descriptors are written beside the feature.
        reranking: Config of a re-ranking. Its descriptors are written beside the feature.
        kwargs: Options of :class:`ImageRecordsMetric`.

    Example:
        >>> from mmvireid.evaluation import load_features
        >>> sample = dict(pid=6, cam_id=3, modality=1, img_path='cam3/0006/0001.jpg', feature_name='bn', flip=False)
        >>> writer = METRICS.build(dict(type='FeatureWriter', out_file='features.npz'))
        >>> writer.process({}, [dict(sample, feature=torch.ones(4))])
        >>> writer.evaluate(size=1), load_features('features.npz').features.shape
        ({'num_images': 1}, torch.Size([1, 4]))
    """

    def __init__(
        self, out_file: str, distance: Mapping | None = None, reranking: Mapping | None = None, **kwargs
    ) -> None:
        comparisons = [CosineDistance(), *build_distances(distance).values()]  # the first one keeps the feature
        if reranking:
            comparisons.append(RERANKINGS.build(reranking))
        super().__init__(comparisons, **kwargs)
        self.out_file = out_file
        check_writable(out_file)  # now, not after an extraction of hours

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Write the collected images, and return their number."""
        images, descriptors, record = self.gather(results)
        save_features(self.out_file, FeatureSet(images, descriptors.pop('feature'), record, descriptors))
        return {'num_images': len(images)}


@EVALUATOR.register_module()
class EveryMetricEvaluator(Evaluator):
    """Compute every metric, even if the file of one metric cannot be written. Raise the error at the end.

    Several processes wait for each other after each metric. There the first error ends the test.

    Example:
        >>> from mmvireid.registry import EVALUATOR
        >>> writer = dict(type='FeatureWriter', out_file='features.npz')
        >>> evaluator = EVALUATOR.build(dict(type='EveryMetricEvaluator', metrics=[writer]))
        >>> len(evaluator.metrics)
        1
    """

    def evaluate(self, size: int) -> dict:
        """Compute every metric.

        Raises:
            OSError: A file cannot be written. The message names each such file.
        """
        if get_world_size() > 1:
            return super().evaluate(size)
        results, errors = {}, []
        for metric in self.metrics:
            try:
                results.update(metric.evaluate(size))
            except OSError as error:
                errors.append(str(error))
        if errors:
            raise OSError(' '.join(errors))
        return results


def descriptor_types(comparisons: Iterable[Comparison]) -> dict[str, torch.dtype]:
    """List all descriptors that are compared. Of several types for one descriptor, the wider type is chosen.

    Example:
        >>> descriptor_types([CosineDistance()])
        {'feature': torch.float32}
    """
    types: dict[str, list[torch.dtype]] = {}
    for comparison in comparisons:
        for name in comparison.descriptors:
            types.setdefault(name, []).append(comparison.storage.get(name, torch.float32))
    return {name: reduce(torch.promote_types, dtypes) for name, dtypes in types.items()}


def _common_value(results: list[dict], name: str) -> Any:
    values = {record[name] for record in results}
    if len(values) > 1:
        raise ValueError(f'Images have different values of {name}: {sorted(values)}. Test all images alike.')
    return values.pop()


def _release_freed_memory() -> None:
    """Give freed memory back to the system. glibc keeps it, so that moved descriptors would take twice their size."""
    trim = getattr(ctypes.CDLL(None), 'malloc_trim', None) if sys.platform == 'linux' else None
    if trim is not None:
        trim(0)
