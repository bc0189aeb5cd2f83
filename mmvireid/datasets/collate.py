"""From packed images to a batch, in the worker process."""

from collections.abc import Sequence

import torch

from mmvireid.registry import FUNCTIONS


@FUNCTIONS.register_module()
def stack_collate(items: Sequence[dict]) -> dict:
    """Stack the images of a batch: ``inputs`` (B, 3, H, W) uint8, and ``data_samples``, a list.

    One tensor crosses from the worker in place of one for each image: sending is dearer than stacking.

    Raises:
        ValueError: The images differ in size.
    """
    images = [item['inputs'] for item in items]
    sizes = {tuple(image.shape) for image in images}
    if len(sizes) > 1:
        raise ValueError(f'The images of a batch differ in size: {sorted(sizes)}. Does the pipeline resize them all?')
    return dict(inputs=torch.stack(images), data_samples=[item['data_samples'] for item in items])
