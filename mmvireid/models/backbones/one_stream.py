"""Any single-modality backbone in the place of a cross-modality one."""

import torch
from mmengine.model import BaseModule

from mmvireid.registry import MODELS

from .pretrained import load_pretrained


@MODELS.register_module()
class OneStreamBackbone(BaseModule):
    """A backbone whose weights serve both modalities, as HPILN's nine networks do.

    Args:
        backbone: Config of any registered backbone that maps images to a tuple of maps, such as
            ``dict(type='mmpretrain.DenseNet', arch='121')``.
        pretrained: Its weights, or those of its ImageNet counterpart (see :func:`load_pretrained`): a local file,
            ``torchvision://...``, a URL, or None for its own random start.
    """

    def __init__(self, backbone: dict, pretrained: str | None = None) -> None:
        super().__init__()
        self.backbone = MODELS.build(backbone)
        self.pretrained = pretrained

    def init_weights(self) -> None:
        super().init_weights()
        if self.pretrained:
            load_pretrained(self.backbone, self.pretrained)

    def forward(self, inputs: torch.Tensor, modalities: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Compute the maps (B, C, h, w) of images (B, 3, H, W); ``modalities`` (B,) is not used."""
        return self.backbone(inputs)
