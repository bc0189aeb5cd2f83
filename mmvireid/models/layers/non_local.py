"""Non-local attention between the blocks of a ResNet."""

from mmcv.cnn import NonLocal2d
from torch import nn


def insert_non_local(layer: nn.Sequential, count: int, reduction: int, norm_cfg: dict) -> nn.Sequential:
    """Insert a non-local block after each of the last ``count`` blocks of a residual layer.

    The tensors of the layer keep their names (``5.conv1.weight``), so pretrained weights fit. The non-local block after
    block 5 has the name ``non_local5``.

    Args:
        layer: Residual layer. Each block has an attribute ``out_channels``.
        count: Number of non-local blocks.
        reduction: A non-local block computes with max(C // reduction, 1) channels.
        norm_cfg: Config of the batch norm.

    Example:
        >>> layer = nn.Sequential(nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3))
        >>> extended = insert_non_local(layer, count=1, reduction=2, norm_cfg=dict(type='BN'))
        >>> [name for name, _ in extended.named_children()]
        ['0', '1', 'non_local1']
    """
    extended = nn.Sequential()
    for index, block in enumerate(layer):
        extended.add_module(str(index), block)
        if index >= len(layer) - count:
            extended.add_module(f'non_local{index}', _build_non_local(block.out_channels, reduction, norm_cfg))
    return extended


def _build_non_local(in_channels: int, reduction: int, norm_cfg: dict) -> NonLocal2d:
    """Build a non-local block (Wang et al., Non-local neural networks, 2018) in the form of AGW and LCCRF.

    The block computes x + BN(W y) with y_i = sum_j theta(x_i) . phi(x_j) g(x_j) / N over the N positions. Scale and
    shift of the batch norm start at zero, so a new block returns its input unchanged.

    Args:
        in_channels: C of the maps (B, C, h, w). The maps keep their shape.
        reduction: theta, phi and g have max(C // reduction, 1) channels.
        norm_cfg: Config of the batch norm.
    """
    block = NonLocal2d(in_channels, reduction=reduction, norm_cfg=norm_cfg, mode='dot_product')
    # mmcv starts the convolutions with very small weights. W y is cubic in them and vanishes beside the epsilon of the
    # batch norm, above all with one inner channel. The scale then gets no gradient. The released codes keep PyTorch's
    # initialization.
    for convolution in (block.theta, block.phi, block.g, block.conv_out):
        convolution.conv.reset_parameters()
    return block
