"""Identity classification."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import nn

from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead

INIT_STD = 0.001  # of the classifier's weights: the first logits are nearly equal


@MODELS.register_module()
class IDHead(BaseHead):
    """Cross-entropy over identities, with one linear classifier for all its features (DF2AM Eqs. 2 and 8).

    Args:
        num_classes: Identities of the training split.
        in_channels: D, length of every feature it reads.
        features: See :class:`BaseHead`.
        bias: Give the classifier a bias; after a BN neck without shift it has none.
        label_smoothing: Probability mass shared by all classes.
        within_modality, across_ranks: See :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        features: str | Mapping[str, float | None] = 'bn',
        bias: bool = False,
        label_smoothing: float = 0.0,
        within_modality: bool = False,
        across_ranks: bool = False,
    ) -> None:
        super().__init__(features, within_modality, across_ranks)
        self.num_classes = num_classes
        self.label_smoothing = label_smoothing
        self.classifier = nn.Linear(in_channels, num_classes, bias=bias)
        nn.init.normal_(self.classifier.weight, std=INIT_STD)
        if bias:
            nn.init.zeros_(self.classifier.bias)

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return F.cross_entropy(self.classifier(feature), targets.labels, label_smoothing=self.label_smoothing)
