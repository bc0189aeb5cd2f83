"""One backbone for both modalities."""

import inspect

import torch
from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmpretrain.models.utils import ShiftWindowMSA

from mmvireid.registry import MODELS

from .pretrained import load_pretrained

# Transformers and ConvNeXt of mmpretrain return vectors (B, C) by default. With these options they return maps.
MAP_OPTIONS = dict(out_type='featmap', gap_before_final_norm=False, gap_before_output=False)


@MODELS.register_module()
class OneStreamBackbone(BaseModule):
    """Use the same backbone for both modalities, like the nine networks of HPILN.

    mmpretrain's ViT, DeiT, ConvNeXt and similar networks return vectors by default. This class builds them with
    ``out_type='featmap'`` or ``gap_before_final_norm=False``, so that they return maps. A Swin transformer pads maps
    that are smaller than its window, such as the last map of a 256x128 image.

    Args:
        backbone: Config of any registered backbone that turns images into a tuple of maps, for example
            ``dict(type='mmpretrain.DenseNet', arch='121')``.
        pretrained: Weights of this backbone or of its ImageNet counterpart (see :func:`load_pretrained`): a local file,
            ``torchvision://...`` or a URL. None keeps the random initialization.
        trust_pretrained: Load ``pretrained`` even if the file may run code (see :func:`load_pretrained`).

    Raises:
        ValueError: An option of ``backbone`` asks for vectors instead of maps.
        TypeError: The backbone returns something other than maps.

    Example:
        >>> resnet = dict(type='mmpretrain.ResNet', depth=18, base_channels=8, stem_channels=8)
        >>> backbone = OneStreamBackbone(backbone=resnet)
        >>> (last_map,) = backbone(torch.rand(2, 3, 64, 32), modalities=torch.tensor([0, 1]))
        >>> last_map.shape
        torch.Size([2, 64, 2, 1])
    """

    def __init__(self, backbone: dict, pretrained: str | None = None, trust_pretrained: bool = False) -> None:
        super().__init__()
        self.backbone = MODELS.build(_with_maps(backbone))
        self.pretrained = pretrained
        self.trust_pretrained = trust_pretrained
        for module in self.backbone.modules():
            if isinstance(module, ShiftWindowMSA):
                module.register_forward_pre_hook(_pad_small_map)

    def init_weights(self) -> None:
        """Initialize the backbone, and load the pretrained weights if there are any."""
        super().init_weights()
        if self.pretrained:
            load_pretrained(self.backbone, self.pretrained, self.trust_pretrained)

    def forward(self, inputs: torch.Tensor, modalities: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Compute the maps (B, C, h, w) of images (B, 3, H, W). ``modalities`` (B,) has no effect."""
        maps = self.backbone(inputs)
        if not isinstance(maps, (tuple, list)) or any(getattr(each, 'ndim', 0) != 4 for each in maps):
            found = [tuple(getattr(each, 'shape', ())) for each in maps]
            raise TypeError(
                f'backbone must return a tuple of maps (B, C, h, w), but {type(self.backbone).__name__} returns shapes '
                f'{found}: set the option with which it returns maps, or use another backbone.'
            )
        return maps


def _with_maps(backbone: dict) -> dict:
    """Add the option with which the backbone returns maps, if it has one."""
    name = backbone.get('type')
    network = MODELS.get(name) if isinstance(name, str) else name
    if not inspect.isclass(network):
        return backbone  # the registry's error says what is wrong
    # A derived class may pass on options that its own signature does not name.
    signatures = [inspect.signature(each.__init__) for each in network.__mro__ if '__init__' in vars(each)]
    known = {parameter for signature in signatures for parameter in signature.parameters}
    added = {}
    for option, value in MAP_OPTIONS.items():
        if option not in known:
            continue
        if backbone.get(option, value) != value:
            raise ValueError(
                f'backbone.{option}={backbone[option]!r} makes {network.__name__} return vectors instead of maps: '
                f'remove {option}, or set {option}={value!r}.'
            )
        if option not in backbone:
            added[option] = value
    if added:
        options = ', '.join(f'{option}={value!r}' for option, value in added.items())
        print_log(f'{network.__name__}: built with {options}, so that it returns maps.', logger='current')
    return dict(backbone, **added)


def _pad_small_map(module: ShiftWindowMSA, args: tuple) -> None:
    """Let an attention pad a map that is smaller than its window. Without padding, mmpretrain refuses such a map."""
    _, size = args
    if min(size) < module.window_size:
        module.pad_small_map = True
