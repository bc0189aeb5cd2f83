"""From a list of uint8 images to a normalized batch on the device."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseDataPreprocessor

from mmvireid.registry import MODELS


@MODELS.register_module()
class ReIDDataPreprocessor(BaseDataPreprocessor):
    """Move, stack and normalize a batch.

    Args:
        mean: Per channel, in 0-255, RGB order; the default is ImageNet's.
        std: Likewise.
        channels_last: Lay the batch out as channels-last, which convolutions prefer in bfloat16 and half precision.
            The estimator lays out its own weights to match.
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
        """Prepare ``data['inputs']``: a uint8 tensor (B, 3, H, W), or a list of B tensors (3, H, W)."""
        data = self.cast_data(data)
        inputs = data['inputs']
        if not isinstance(inputs, torch.Tensor):
            inputs = torch.stack(inputs)
        memory_format = torch.channels_last if self.channels_last else torch.contiguous_format
        # One pass over the uint8 batch changes its layout, before it grows fourfold.
        inputs = inputs.contiguous(memory_format=memory_format).float()
        data['inputs'] = inputs.sub_(self.mean).div_(self.std)
        return data
