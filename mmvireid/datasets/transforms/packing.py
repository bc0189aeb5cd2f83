"""From a record of the pipeline to what the model is given."""

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from mmvireid.registry import TRANSFORMS
from mmvireid.structures import ReIDDataSample


@TRANSFORMS.register_module()
class PackReIDInputs(BaseTransform):
    """Pack an image and its annotation.

    Required keys: ``img`` (H, W, 3) uint8, ``gt_label`` and those of ``META_KEYS``; those of ``TUPLE_KEYS`` are packed
    if the sampler draws tuples.
    The result has ``inputs``, a uint8 tensor (3, H, W), and ``data_samples``, a :class:`ReIDDataSample`.
    """

    META_KEYS = ('pid', 'cam_id', 'modality', 'img_path', 'ori_shape', 'img_shape')
    TUPLE_KEYS = ('tuple_id', 'role')

    def transform(self, results: dict) -> dict:
        inputs = torch.from_numpy(np.ascontiguousarray(results['img'].transpose(2, 0, 1)))
        metainfo = {key: results[key] for key in self.META_KEYS}
        metainfo.update({key: results[key] for key in self.TUPLE_KEYS if key in results})
        sample = ReIDDataSample(metainfo=metainfo, gt_label=results['gt_label'])
        return dict(inputs=inputs, data_samples=sample)
