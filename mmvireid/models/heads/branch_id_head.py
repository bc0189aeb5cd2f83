"""Identity classification of several features, each with a classifier of its own."""

from collections.abc import Mapping

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures, ReIDTargets

from .id_head import IDHead

REDUCTIONS = ('mean', 'sum')


@MODELS.register_module()
class BranchIDHead(BaseModule):
    """Cross-entropies of a network with several branches (HPILN Eq. 8): an :class:`IDHead` for each feature.

    A feature (B, P, D) has P classifiers. Where :class:`IDHead` reads several features with one classifier, here no
    two share theirs, and features may differ in length.

    Args:
        num_classes: Identities of the training split.
        in_channels: D of each feature, by name: ``dict(pooled=2048, parts=256)``.
        num_parts: P of those features that have parts: ``dict(pooled=3, parts=5)``.
        reduction: ``'mean'`` over all classifiers, those of parts included, so that a network's branches do not
            change the weight of its identity loss; or their ``'sum'``.
        bias, label_smoothing: See :class:`IDHead`.
        within_modality, across_ranks: See :class:`BaseHead`.

    Raises:
        ValueError: No feature, parts of a feature that is not in ``in_channels``, or an unknown reduction.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: Mapping[str, int],
        num_parts: Mapping[str, int] | None = None,
        reduction: str = 'mean',
        bias: bool = True,
        label_smoothing: float = 0.0,
        within_modality: bool = False,
        across_ranks: bool = False,
    ) -> None:
        super().__init__()
        num_parts = num_parts or {}
        _check(in_channels, num_parts, reduction)
        num_classifiers = sum(num_parts.get(name, 1) for name in in_channels)
        weight = 1 / num_classifiers if reduction == 'mean' else 1.0
        self.num_classes = num_classes
        self.branches = nn.ModuleDict(
            {
                name: IDHead(
                    num_classes,
                    channels,
                    loss_weights={name: weight},
                    num_parts=num_parts.get(name),
                    bias=bias,
                    label_smoothing=label_smoothing,
                    within_modality=within_modality,
                    across_ranks=across_ranks,
                )
                for name, channels in in_channels.items()
            }
        )

    def loss(self, features: ReIDFeatures, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """What each feature contributes, ``loss_<feature>`` each: their sum is the mean (or sum) of all classifiers."""
        losses = {}
        for head in self.branches.values():
            losses.update(head.loss(features, targets))
        return losses


def _check(in_channels: Mapping[str, int], num_parts: Mapping[str, int], reduction: str) -> None:
    if not isinstance(in_channels, Mapping) or not in_channels:
        raise ValueError(
            f'model.heads.<name>.in_channels={in_channels} must give the length of each feature that has a classifier, '
            'such as dict(embedding=2048).'
        )
    if not isinstance(num_parts, Mapping) or not num_parts.keys() <= in_channels.keys():
        raise ValueError(
            f'model.heads.<name>.num_parts={num_parts} must give the number of parts by feature, for features of '
            f'model.heads.<name>.in_channels: some of {list(in_channels)}.'
        )
    if reduction not in REDUCTIONS:
        raise ValueError(f"model.heads.<name>.reduction must be one of {REDUCTIONS}, got '{reduction}'.")
