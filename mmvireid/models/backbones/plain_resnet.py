"""ResNets of mmpretrain whose parts other backbones use."""

from mmpretrain.models import ResNet

from mmvireid.registry import MODELS


def build_plain_resnet(resnet: dict) -> ResNet:
    """Build a ResNet whose forward pass is the stem and then the layers in order.

    Args:
        resnet: Config of a ``mmpretrain.ResNet`` or of a class derived from it.

    Raises:
        TypeError: The config builds another network, or a ResNet with its own forward pass. Its parts alone do not have
            this forward pass.

    Example:
        >>> network = build_plain_resnet(dict(type='mmpretrain.ResNet', depth=18, base_channels=8, stem_channels=8))
        >>> network.res_layers
        ['layer1', 'layer2', 'layer3', 'layer4']
    """
    network = MODELS.build(resnet)
    name = type(network).__name__
    if not isinstance(network, ResNet):
        raise TypeError(
            f'resnet must be mmpretrain.ResNet or derived from it, got {name}; OneStreamBackbone takes any backbone.'
        )
    if type(network).forward is not ResNet.forward:
        raise TypeError(
            f'resnet must be a ResNet without its own forward pass, got {name}: use the whole network in a '
            'OneStreamBackbone.'
        )
    return network
