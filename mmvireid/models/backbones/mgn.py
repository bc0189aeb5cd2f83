"""MGN: one trunk and three branches."""

from collections import OrderedDict

import torch
from mmengine.model import BaseModule
from mmpretrain.models import ResNet
from torch import nn

from mmvireid.registry import MODELS

from .plain_resnet import build_plain_resnet


@MODELS.register_module()
class MGN(BaseModule):
    """Compute three maps with the multiple granularity network (Wang et al., 2018; HPILN, Sec. 3.1).

    The trunk is a ResNet up to the first block of layer3. Each of the three branches has its own copy of the remaining
    blocks. In the first branch layer4 has the stride of the ResNet. In the other two branches it has stride 1, so their
    maps are twice as fine. All copies of a tensor start from the same values.

    Args:
        resnet: Config of a ``mmpretrain.ResNet`` or of a class derived from it (``depth``, ``style`` ...).

    Raises:
        TypeError: ``resnet`` builds another network, or a ResNet with its own forward pass.

    Example:
        >>> backbone = MGN(resnet=dict(type='mmpretrain.ResNet', depth=18, base_channels=8, stem_channels=8))
        >>> [tuple(feature_map.shape) for feature_map in backbone(torch.rand(2, 3, 64, 32))]
        [(2, 64, 2, 1), (2, 64, 4, 2), (2, 64, 4, 2)]
    """

    def __init__(self, resnet: dict) -> None:
        super().__init__()
        self.resnet = resnet
        coarse = self._build_resnet()
        fine = [self._build_resnet(strides=(*coarse.strides[:-1], 1)) for _ in range(2)]
        self.trunk = _trunk(coarse)
        self.branches = nn.ModuleList(_branch(network) for network in (coarse, *fine))
        self._start_from(coarse)

    def _build_resnet(self, **options) -> ResNet:
        return build_plain_resnet({**self.resnet, **options})

    def imagenet_names(self) -> dict[str, str]:
        """Return the name of each tensor in the plain ResNet. All copies of a tensor have the same name there."""
        holders = {'trunk': self.trunk, **{f'branches.{i}': branch for i, branch in enumerate(self.branches)}}
        return {f'{holder}.{name}': name for holder, module in holders.items() for name in module.state_dict()}

    def _start_from(self, network: ResNet) -> None:
        state = network.state_dict()
        self.load_state_dict({own: state[name] for own, name in self.imagenet_names().items()})

    def init_weights(self) -> None:
        """Initialize a plain ResNet and start the trunk and every branch from it."""
        network = self._build_resnet()
        network.init_weights()
        self._start_from(network)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Turn images (B, 3, H, W) into one map of each branch: (B, C, h, w), (B, C, 2h, 2w) and (B, C, 2h, 2w)."""
        shared = self.trunk(images)
        return tuple(branch(shared) for branch in self.branches)


def _trunk(network: ResNet) -> nn.Sequential:
    """Return the ResNet up to the first block of layer3. The tensors keep their names."""
    stages = OrderedDict(network.named_children())  # in the order of the forward pass
    del stages['layer4']
    stages['layer3'] = _blocks(network.layer3, 0, 1)
    return nn.Sequential(stages)


def _branch(network: ResNet) -> nn.Sequential:
    """Return the blocks of the ResNet after the trunk. The tensors keep their names."""
    rest = _blocks(network.layer3, 1, len(network.layer3))
    return nn.Sequential(OrderedDict(layer3=rest, layer4=network.layer4))


def _blocks(layer: nn.Sequential, start: int, stop: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(list(layer.named_children())[start:stop]))
