"""Normalization of a batch of uint8 images."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseDataPreprocessor

from mmvireid.registry import MODELS


@MODELS.register_module()
class ReIDDataPreprocessor(BaseDataPreprocessor):
    """Move a batch to the device, stack its images and normalize them.

    Args:
        mean: Mean of each channel, for values from 0 to 255 in RGB order. The default is the mean of ImageNet.
        std: Standard deviation of each channel, for the same values. The default is ImageNet's standard deviation.
        channels_last: Use the channels-last memory format, which makes convolutions faster in bfloat16 and half
            precision. The model uses the same format for its weights.

    Example:
        >>> preprocess = ReIDDataPreprocessor(mean=(5, 10, 15), std=(5, 5, 5))
        >>> batch = preprocess(dict(inputs=[torch.full((3, 2, 1), 20, dtype=torch.uint8)]))
        >>> batch['inputs'].shape, batch['inputs'][0, :, 0, 0].tolist()
        (torch.Size([1, 3, 2, 1]), [3.0, 2.0, 1.0])
    """

    def __init__(
        self,
        mean: Sequence[float] = (123.675, 116.28, 103.53),
        std: Sequence[float] = (58.395, 57.12, 57.375),
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        self.channels_last = channels_last
        self.register_buffer('mean', torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Normalize ``data['inputs']``, a uint8 tensor (B, 3, H, W) or a list of B tensors (3, H, W)."""
        data = self.cast_data(data)
        inputs = data['inputs']
        if not isinstance(inputs, torch.Tensor):
            inputs = torch.stack(inputs)
        memory_format = torch.channels_last if self.channels_last else torch.contiguous_format
        # Change the memory format before the cast, because uint8 has a quarter of the bytes.
        inputs = inputs.contiguous(memory_format=memory_format).float()
        data['inputs'] = inputs.sub_(self.mean).div_(self.std)
        return data
