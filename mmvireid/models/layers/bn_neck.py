"""Batch normalization between the metric feature and the classifier."""

from torch import nn


def build_bn_neck(num_features: int, shift: bool = False) -> nn.BatchNorm1d:
    """Build a BN neck (Luo et al., Bag of Tricks for person re-identification, 2019).

    Args:
        num_features: C.
        shift: Learn the shift too. Without a shift the normalized features stay centered, which suits a classifier
            without bias.

    Example:
        >>> bn = build_bn_neck(8)
        >>> bn.weight.requires_grad, bn.bias.requires_grad
        (True, False)
    """
    bn = nn.BatchNorm1d(num_features)
    bn.bias.requires_grad_(shift)
    return bn
