"""Join packed images into a batch, in the worker process."""

from collections.abc import Sequence

import torch

from mmvireid.registry import FUNCTIONS


@FUNCTIONS.register_module()
def stack_collate(items: Sequence[dict]) -> dict:
    """Stack the images of a batch: ``inputs`` (B, 3, H, W) uint8, and ``data_samples``, a list.

    The worker sends one tensor instead of one for each image, because sending costs more than stacking.

    Raises:
        ValueError: The images differ in size.

    Example:
        >>> import torch
        >>> from mmvireid.datasets import stack_collate
        >>> from mmvireid.structures import ReIDDataSample
        >>> item = dict(inputs=torch.zeros(3, 8, 4, dtype=torch.uint8), data_samples=ReIDDataSample(gt_label=0))
        >>> batch = stack_collate([item, item])
        >>> tuple(batch['inputs'].shape), len(batch['data_samples'])
        ((2, 3, 8, 4), 2)
    """
    images = [item['inputs'] for item in items]
    sizes = {tuple(image.shape) for image in images}
    if len(sizes) > 1:
        raise ValueError(f'The images of a batch differ in size: {sorted(sizes)}. Does the pipeline resize all images?')
    return dict(inputs=torch.stack(images), data_samples=[item['data_samples'] for item in items])
