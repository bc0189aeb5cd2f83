"""Identity classification of several features, each with its own classifier."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures, ReIDTargets

from .base_head import check_loss_weights, check_num_classes
from .id_head import IDHead

REDUCTIONS = ('mean', 'sum')


@MODELS.register_module()
class BranchIDHead(BaseModule):
    """Classify the features of a network with several branches (HPILN Eq. 8).

    Every feature has its own :class:`IDHead`. A feature with parts (B, P, D) has P classifiers. The features may have
    different lengths. In contrast, one :class:`IDHead` reads several features with the same classifier.

    Args:
        num_classes: Identities of the training split.
        in_channels: D of each feature, such as ``dict(pooled=2048, parts=256)``.
        num_parts: P of each feature with parts, such as ``dict(parts=5)``.
        reduction: ``'mean'`` or ``'sum'`` over all classifiers. Each part counts as one classifier. With the mean, the
            weight of the identity loss does not depend on the number of branches.
        loss_weights: Factor of each feature's loss. The default is 1 for every feature of ``in_channels``. None leaves
            a feature out: it has no classifier and does not count in the mean.
        bias: Give the classifiers a bias.
        kwargs: Other options of :class:`IDHead`, such as ``label_smoothing``, ``dropout``, ``within_modality``,
            ``across_ranks`` and ``role``.

    Raises:
        ValueError: ``in_channels`` is empty, another option names a feature that ``in_channels`` does not have, or
            ``reduction`` is unknown.

    Example:
        >>> head = BranchIDHead(num_classes=4, in_channels=dict(embedding=8, parts=2), num_parts=dict(parts=3))
        >>> features = ReIDFeatures(embedding=torch.zeros(2, 8), parts=torch.zeros(2, 3, 2))
        >>> losses = head.loss(features, ReIDTargets(*torch.zeros(3, 2, dtype=torch.int64)))
        >>> {name: round(loss.item(), 3) for name, loss in losses.items()}  # log(4) / 4 for each classifier
        {'loss_embedding': 0.347, 'loss_parts': 1.04}
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: Mapping[str, int],
        num_parts: Mapping[str, int] | None = None,
        reduction: str = 'mean',
        loss_weights: Mapping[str, float | None] | None = None,
        bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        num_parts = num_parts or {}
        _check_features(in_channels, num_parts)
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction must be one of {REDUCTIONS}, got '{reduction}'.")
        weights = _branch_weights(loss_weights, in_channels)
        num_classifiers = sum(num_parts.get(name, 1) for name in weights)
        scale = 1 / num_classifiers if reduction == 'mean' else 1.0
        self.num_classes = num_classes
        self.branches = nn.ModuleDict(
            {
                name: IDHead(
                    num_classes,
                    in_channels[name],
                    num_parts=num_parts.get(name),
                    bias=bias,
                    loss_weights={name: scale * weight},
                    **kwargs,
                )
                for name, weight in weights.items()
            }
        )

    def check_training_data(self, metainfo: Mapping[str, Any], sampler: Any) -> None:
        """Refuse training data with another number of identities."""
        check_num_classes(self.num_classes, metainfo)

    def loss(self, features: ReIDFeatures, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """Compute the losses ``loss_<feature>``. Their sum is the mean (or sum) over all classifiers."""
        losses = {}
        for head in self.branches.values():
            losses.update(head.loss(features, targets))
        return losses


def _check_features(in_channels: Mapping[str, int], num_parts: Mapping[str, int]) -> None:
    if not isinstance(in_channels, Mapping) or not in_channels:
        raise ValueError(
            f'in_channels must give the length of each feature, such as dict(embedding=2048), got {in_channels!r}.'
        )
    if not isinstance(num_parts, Mapping) or not num_parts.keys() <= in_channels.keys():
        raise ValueError(
            f'num_parts must give a number of parts to features of in_channels {list(in_channels)}, got {num_parts!r}.'
        )


def _branch_weights(
    loss_weights: Mapping[str, float | None] | None, in_channels: Mapping[str, int]
) -> dict[str, float]:
    """Return the weight of each feature that has a classifier."""
    default = dict.fromkeys(in_channels, 1.0)
    if loss_weights is None:
        return default
    if not isinstance(loss_weights, Mapping) or not loss_weights or not loss_weights.keys() <= in_channels.keys():
        raise ValueError(
            f'loss_weights must give numbers to features of in_channels {list(in_channels)}, got {loss_weights!r}.'
        )
    return check_loss_weights({**default, **loss_weights})
