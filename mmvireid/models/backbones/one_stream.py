"""One backbone for both modalities."""

import torch
from mmengine.model import BaseModule

from mmvireid.registry import MODELS

from .pretrained import load_pretrained


@MODELS.register_module()
class OneStreamBackbone(BaseModule):
    """Use the same backbone for both modalities, like the nine networks of HPILN.

    Args:
        backbone: Config of any registered backbone that turns images into a tuple of maps, for example
            ``dict(type='mmpretrain.DenseNet', arch='121')``.
        pretrained: Weights of this backbone or of its ImageNet counterpart (see :func:`load_pretrained`): a local file,
            ``torchvision://...`` or a URL. None keeps the random initialization.

    Example:
        >>> resnet = dict(type='mmpretrain.ResNet', depth=18, base_channels=8, stem_channels=8)
        >>> backbone = OneStreamBackbone(backbone=resnet)
        >>> (last_map,) = backbone(torch.rand(2, 3, 64, 32), modalities=torch.tensor([0, 1]))
        >>> last_map.shape
        torch.Size([2, 64, 2, 1])
    """

    def __init__(self, backbone: dict, pretrained: str | None = None) -> None:
        super().__init__()
        self.backbone = MODELS.build(backbone)
        self.pretrained = pretrained

    def init_weights(self) -> None:
        """Initialize the backbone, and load the pretrained weights if there are any."""
        super().init_weights()
        if self.pretrained:
            load_pretrained(self.backbone, self.pretrained)

    def forward(self, inputs: torch.Tensor, modalities: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Compute the maps (B, C, h, w) of images (B, 3, H, W). ``modalities`` (B,) has no effect."""
        return self.backbone(inputs)
