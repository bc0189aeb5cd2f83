"""Batch normalization between the metric feature and the classifier."""

from torch import nn


def build_bn_neck(num_features: int, shift: bool = False) -> nn.BatchNorm1d:
    """A BN neck (Luo et al., Bag of Tricks for person re-identification, 2019).

    Args:
        num_features: C.
        shift: Learn the shift too. Without it the normalized features stay centered, as a bias-free classifier wants.
    """
    bn = nn.BatchNorm1d(num_features)
    bn.bias.requires_grad_(shift)
    return bn
