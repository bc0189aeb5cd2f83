"""MLFN: a ResNeXt with a factor selection module in each block."""

from collections.abc import Sequence

import torch
from mmpretrain.models import ResNeXt
from mmpretrain.models.backbones.resnext import Bottleneck
from torch import nn

from mmvireid.models.layers import FCBlock, global_avg_pool
from mmvireid.registry import MODELS


class _FactorSelection(nn.Module):
    """Compute a gate in (0, 1) for each group (latent factor) of a block.

    The module reads the average of the block's input. It ignores autocast, because the gates are part of the embedding.
    The hidden layers have the published widths: 128 and 64 in the first stage, 512 and 128 in the last.

    Args:
        in_channels: C, the channels of the block's input.
        out_channels: Channels of the block's output. They determine the widths of the hidden layers.
        num_groups: G.
    """

    def __init__(self, in_channels: int, out_channels: int, num_groups: int) -> None:
        super().__init__()
        widths = min(out_channels // 2, 512), min(out_channels // 4, 128)
        self.hidden = nn.Sequential(FCBlock(in_channels, widths[0]), FCBlock(*widths))
        self.linear = nn.Linear(widths[1], num_groups, bias=False)  # the batch norm has a shift
        self.bn = nn.BatchNorm1d(num_groups)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute gates (B, G, 1, 1) from maps (B, C, h, w)."""
        hidden = self.hidden(global_avg_pool(x))
        with torch.autocast(x.device.type, enabled=False):
            return self.bn(self.linear(hidden)).sigmoid()[:, :, None, None]


class _FactorBottleneck(Bottleneck):
    """Multiply each group of a ResNeXt block by its gate, after the grouped convolution.

    The arguments are the arguments of ``Bottleneck``.
    """

    def __init__(self, in_channels: int, out_channels: int, **kwargs) -> None:
        super().__init__(in_channels, out_channels, **kwargs)
        self.factor_selection = _FactorSelection(in_channels, out_channels, self.groups)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Turn maps (B, C, h, w) into maps (B, D, h', w'), and return the gates (B, G, 1, 1) too."""
        gates = self.factor_selection(x)
        out = self.relu(self.norm1(self.conv1(x)))
        out = self.relu(self.norm2(self.conv2(out)))
        out = out * gates.repeat_interleave(out.shape[1] // self.groups, dim=1).to(out.dtype)
        out = self.norm3(self.conv3(out))
        identity = x if self.downsample is None else self.downsample(x)
        return self.relu(out + identity), gates


@MODELS.register_module()
class MLFN(ResNeXt):
    """Compute the last map and all gates with MLFN (Chang et al., Multi-level factorization net, CVPR 2018).

    The network is ResNeXt-50 with a factor selection module in each of its 16 blocks. The other tensors have the names
    of ResNeXt. With the default widths the weights of ResNeXt-50 32x4d fit (``torchvision://resnext50_32x4d``).

    Args:
        groups: G, the number of groups (latent factors) in each block.
        width_per_group: Channels of a group in the first stage.
        base_channels: The four stages have 4, 8, 16 and 32 times as many channels.
        stem_channels: Channels of the stem.
        strides: Stride of each stage.

    Attributes:
        num_gates: 16 G, the length of the factor signature. :class:`MLFNNeck` needs the same number.

    Example:
        >>> backbone = MLFN(groups=4, width_per_group=2, base_channels=8, stem_channels=8)
        >>> last_map, gates = backbone(torch.rand(2, 3, 64, 32))
        >>> last_map.shape, gates.shape
        (torch.Size([2, 256, 2, 1]), torch.Size([2, 64, 1, 1]))
    """

    arch_settings = {50: (_FactorBottleneck, (3, 4, 6, 3))}

    def __init__(
        self,
        groups: int = 32,
        width_per_group: int = 4,
        base_channels: int = 64,
        stem_channels: int = 64,
        strides: Sequence[int] = (1, 2, 2, 2),
    ) -> None:
        super().__init__(
            depth=50,
            groups=groups,
            width_per_group=width_per_group,
            base_channels=base_channels,
            stem_channels=stem_channels,
            strides=strides,
        )
        self.num_gates = groups * sum(self.stage_blocks)

    def imagenet_names(self) -> dict[str, str]:
        """Return the names of all tensors except the factor selection modules. ResNeXt has the same names."""
        return {name: name for name in self.state_dict() if '.factor_selection.' not in name}

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Turn images (B, 3, H, W) into the last map (B, C, h, w) and all gates (B, 16 G, 1, 1), block after block."""
        x = self.maxpool(self.relu(self.norm1(self.conv1(images))))
        signature = []
        for name in self.res_layers:
            for block in getattr(self, name):
                x, gates = block(x)
                signature.append(gates)
        return x, torch.cat(signature, dim=1)
