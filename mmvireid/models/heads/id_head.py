"""Identity classification."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead, pair_parts

INIT_STD = 0.001  # of the classifier's weights: the first logits are nearly equal


@MODELS.register_module()
class IDHead(BaseHead):
    """Cross-entropy over identities, with one linear classifier for all its features (DF2AM Eqs. 2 and 8).

    With ``num_parts`` it has an unshared classifier for each part of features (B, P, D) (HcTri Eqs. 8 and 9).

    Args:
        num_classes: Identities of the training split.
        in_channels: D, length of every feature it reads.
        loss_weights: See :class:`BaseHead`.
        num_parts: P, for features (B, P, D); None for features (B, D).
        bias: Give the classifiers a bias; after a BN neck without shift they have none.
        label_smoothing: Probability mass shared by all classes.
        dropout: If given, the classifiers read ELU(dropout(feature)) with this probability, as LCCRF's released code.
        within_modality, across_ranks, role: See :class:`BaseHead`.
    """

    default_feature = 'bn'

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_weights: Mapping[str, float | None] | None = None,
        num_parts: int | None = None,
        bias: bool = False,
        label_smoothing: float = 0.0,
        within_modality: bool = False,
        across_ranks: bool = False,
        role: str | None = None,
        dropout: float | None = None,
    ) -> None:
        super().__init__(loss_weights, within_modality, across_ranks, role)
        self.num_classes = num_classes
        self.num_parts = num_parts
        self.label_smoothing = label_smoothing
        classifiers = [nn.Linear(in_channels, num_classes, bias=bias) for _ in range(num_parts or 1)]
        for classifier in classifiers:
            nn.init.normal_(classifier.weight, std=INIT_STD)
            if bias:
                nn.init.zeros_(classifier.bias)
        self.before_classifier = nn.Identity() if dropout is None else nn.Sequential(nn.Dropout(dropout), nn.ELU())
        self.classifier = classifiers[0] if num_parts is None else nn.ModuleList(classifiers)

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return sum(
            F.cross_entropy(
                classifier(self.before_classifier(part)), targets.labels, label_smoothing=self.label_smoothing
            )
            for classifier, part in pair_parts(self.classifier, feature, self.num_parts)
        )

    def formula_of_parts(self, parts: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return self.formula(parts, targets)
