"""Glue between mmengine's evaluator and :func:`mmvireid.evaluation.evaluate`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmvireid.registry import DISTANCES, METRICS, PROTOCOLS

from ..evaluate import SCORES, evaluate
from ..features_file import save_features
from ..image_set import ImageSet
from ..result_table import result_table

ANNOTATIONS = ('pid', 'cam_id', 'modality', 'img_path', 'feature_name', 'flip')


@METRICS.register_module()
class CrossModalityReIDMetric(BaseMetric):
    """CMC, mAP and mINP of all settings and trials of a protocol, from one pass over queries and gallery candidates.

    Args:
        protocol: Config of a protocol, such as ``dict(type='SYSUMM01Protocol', data_root=...)``.
        distance: Config of a distance.
        out_file: JSON file that the whole result is written to (see :func:`mmvireid.evaluation.evaluate`).
        features_file: ``.npz`` file that the features are written to (see :func:`save_features`).
        data_root: Folder of the data set; the paths in ``features_file`` are relative to it.
        collect_device: Where results of several processes meet, ``'cpu'`` or ``'gpu'``.
        prefix: Put before the names of the scores, which are ``<setting>/<score>``.
    """

    # The settings' names are the prefixes.
    default_prefix = ''

    def __init__(
        self,
        protocol: dict,
        distance: dict | None = None,
        out_file: str | None = None,
        features_file: str | None = None,
        data_root: str = '',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.protocol = PROTOCOLS.build(protocol)
        self.distance = DISTANCES.build(distance or dict(type='CosineDistance'))
        self.out_file = out_file
        self.features_file = features_file
        self.data_root = data_root

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep annotations and descriptors of each image."""
        for sample in data_samples:
            missing = [name for name in (*ANNOTATIONS, *self.distance.descriptors) if name not in sample]
            if missing:
                raise KeyError(
                    f"The data sample of '{sample.get('img_path')}' lacks {missing}: the pipeline packs pid, cam_id, "
                    'modality and img_path, the estimator adds feature_name, flip and what the distance compares.'
                )
            record = {name: sample[name] for name in ANNOTATIONS}
            # A copy of its own: a view would keep the whole batch alive and be sent whole to other processes.
            record.update({name: sample[name].detach().float().cpu().clone() for name in self.distance.descriptors})
            self.results.append(record)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Score the collected images; the result does not depend on their order.

        Returns:
            ``<setting>/<score>`` and ``<setting>/<score>_std``, percent.

        Raises:
            ValueError: If the images' features differ in name or flip, and whatever :func:`evaluate` refuses.
        """
        if not results:
            raise ValueError('No image was tested: there is nothing to score.')
        images = ImageSet(*(np.array([record[name] for record in results]) for name in ANNOTATIONS[:4]))
        descriptors = {name: torch.stack([record[name] for record in results]) for name in self.distance.descriptors}
        result = evaluate(
            images,
            descriptors,
            self.protocol,
            self.distance,
            feature=_only(results, 'feature_name'),
            flip=_only(results, 'flip'),
        )
        MMLogger.get_current_instance().info('\n' + result_table({'result': result}))
        if self.out_file is not None:
            path = Path(self.out_file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(result, indent=2) + '\n')
        if self.features_file is not None:
            save_features(self.features_file, images, descriptors['feature'], self.data_root)
        return {
            f'{setting}/{name}{suffix}': scores[f'{name}{suffix}']
            for setting, scores in result['settings'].items()
            for name in SCORES
            for suffix in ('', '_std')
        }


def _only(results: list[dict], name: str) -> Any:
    values = {record[name] for record in results}
    if len(values) > 1:
        raise ValueError(f'Images were tested with different values of {name}: {sorted(values)}. Test them all alike.')
    return values.pop()
