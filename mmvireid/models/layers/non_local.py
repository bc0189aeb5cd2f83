"""Non-local attention between the blocks of a ResNet."""

from mmcv.cnn import NonLocal2d
from torch import nn


def build_non_local(in_channels: int, reduction: int, norm_cfg: dict) -> NonLocal2d:
    """A non-local block (Wang et al., Non-local neural networks, 2018) as AGW and LCCRF have it: dot product / N.

    It computes x + BN(W y) with y_i = sum_j theta(x_i) . phi(x_j) g(x_j) / N over the N positions. The batch norm's
    scale and shift start at zero, so that a new block is the identity.

    Args:
        in_channels: C of the maps (B, C, h, w), which keep their shape.
        reduction: theta, phi and g have max(C // reduction, 1) channels.
        norm_cfg: Config of the batch norm.
    """
    block = NonLocal2d(in_channels, reduction=reduction, norm_cfg=norm_cfg, mode='dot_product')
    # mmcv starts the convolutions so small that W y, cubic in them, vanishes beside the batch norm's epsilon, most
    # of all with one inner channel: no gradient would reach the scale. The released codes keep PyTorch's start.
    for convolution in (block.theta, block.phi, block.g, block.conv_out):
        convolution.conv.reset_parameters()
    return block


def insert_non_local(layer: nn.Sequential, count: int, reduction: int, norm_cfg: dict) -> nn.Sequential:
    """A residual layer with a non-local block after each of its last ``count`` blocks.

    The layer's own tensors keep their names (``5.conv1.weight``), so that pretrained weights fit; the block after
    block 5 is ``non_local5``.
    """
    extended = nn.Sequential()
    for index, block in enumerate(layer):
        extended.add_module(str(index), block)
        if index >= len(layer) - count:
            extended.add_module(f'non_local{index}', build_non_local(block.out_channels, reduction, norm_cfg))
    return extended
