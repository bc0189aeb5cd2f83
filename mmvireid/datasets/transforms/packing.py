"""Pack a record of the pipeline for the model."""

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from mmvireid.registry import TRANSFORMS
from mmvireid.structures import ReIDDataSample


@TRANSFORMS.register_module()
class PackReIDInputs(BaseTransform):
    """Pack an image and its annotation.

    Required keys: ``img`` (H, W, 3) uint8, ``gt_label`` and ``META_KEYS``. If the sampler draws tuples, ``TUPLE_KEYS``
    are packed too.

    The result has ``inputs``, a uint8 tensor (3, H, W), and ``data_samples``, a :class:`ReIDDataSample`.

    Raises:
        ValueError: ``img`` is no uint8 array (H, W, 3). The data preprocessor normalizes the batch, so the pipeline
            must not normalize the image.

    Example:
        >>> import numpy as np
        >>> from mmvireid.datasets import PackReIDInputs
        >>> record = dict(img=np.zeros((8, 4, 3), np.uint8), img_path='a.png', pid=7, gt_label=0, cam_id=3, modality=1)
        >>> packed = PackReIDInputs()(dict(record, ori_shape=(8, 4), img_shape=(8, 4)))
        >>> tuple(packed['inputs'].shape), packed['data_samples'].pid, packed['data_samples'].gt_label
        ((3, 8, 4), 7, 0)
    """

    META_KEYS = ('pid', 'cam_id', 'modality', 'img_path', 'ori_shape', 'img_shape')
    TUPLE_KEYS = ('tuple_id', 'role')

    def transform(self, results: dict) -> dict:
        """Pack one record."""
        img = results['img']
        if not isinstance(img, np.ndarray) or img.dtype != np.uint8 or img.ndim != 3 or img.shape[2] != 3:
            found = f'{img.dtype} {img.shape}' if isinstance(img, np.ndarray) else type(img).__name__
            raise ValueError(
                f'PackReIDInputs needs a uint8 array (H, W, 3), but the pipeline made {found} from the image '
                f"'{results['img_path']}'. The model's data_preprocessor normalizes the batch: remove Normalize and "
                'conversions to float or to a tensor from the pipeline.'
            )
        inputs = torch.from_numpy(np.ascontiguousarray(img.transpose(2, 0, 1)))
        metainfo = {key: results[key] for key in self.META_KEYS}
        metainfo.update({key: results[key] for key in self.TUPLE_KEYS if key in results})
        sample = ReIDDataSample(metainfo=metainfo, gt_label=results['gt_label'])
        return dict(inputs=inputs, data_samples=sample)
