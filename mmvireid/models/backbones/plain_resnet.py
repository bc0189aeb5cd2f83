"""ResNets of mmpretrain that other backbones take apart."""

from mmpretrain.models import ResNet

from mmvireid.registry import MODELS


def build_plain_resnet(cfg: dict, key: str) -> ResNet:
    """Build a ResNet whose forward pass is its stem and then its layers, one after the other.

    Args:
        cfg: Config of a ``mmpretrain.ResNet`` or of a class derived from it.
        key: Where the config stands, for the error: ``'model.backbone.resnet'``.

    Raises:
        TypeError: It builds something else, or a ResNet with a forward pass of its own, which its parts do not have.
    """
    network = MODELS.build(cfg)
    name = type(network).__name__
    if not isinstance(network, ResNet):
        raise TypeError(
            f'{key} must be mmpretrain.ResNet or derived from it, got {name}; OneStreamBackbone takes any backbone.'
        )
    if type(network).forward is not ResNet.forward:
        raise TypeError(
            f'{key} must be a ResNet without a forward pass of its own, got {name}: take it whole, in a '
            'OneStreamBackbone.'
        )
    return network
