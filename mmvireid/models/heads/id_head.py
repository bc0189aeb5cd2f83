"""Head for identity classification."""

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead, check_num_classes, pair_parts

INIT_STD = 0.001  # of the classifier's weights: the first logits are nearly equal


@MODELS.register_module()
class IDHead(BaseHead):
    """Classify identities with cross-entropy and one linear classifier for all features (DF2AM Eqs. 2 and 8).

    With ``num_parts`` every part of the features (B, P, D) has its own classifier (HcTri Eqs. 8 and 9).

    Args:
        num_classes: Identities of the training split.
        in_channels: D, the length of every feature that the head reads.
        num_parts: P for features (B, P, D). None for features (B, D).
        bias: Give the classifiers a bias. After a BN neck without shift they need none.
        label_smoothing: Probability mass that all classes share.
        dropout: If given, the classifiers read ELU(dropout(feature)) with this probability, as in LCCRF's released
            code.
        kwargs: Options of :class:`BaseHead`.

    Example:
        >>> head = MODELS.build(dict(type='IDHead', num_classes=5, in_channels=8, loss_weights=dict(bn=1.0, fused=1.1)))
        >>> head.classifier
        Linear(in_features=8, out_features=5, bias=False)
    """

    default_feature = 'bn'

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_parts: int | None = None,
        bias: bool = False,
        label_smoothing: float = 0.0,
        dropout: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
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

    def check_training_data(self, metainfo: Mapping[str, Any], sampler: Any) -> None:
        """Refuse training data with another number of identities."""
        check_num_classes(self.num_classes, metainfo)

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return sum(
            F.cross_entropy(
                classifier(self.before_classifier(part)), targets.labels, label_smoothing=self.label_smoothing
            )
            for classifier, part in pair_parts(self.classifier, feature, self.num_parts)
        )

    def formula_of_parts(self, parts: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return self.formula(parts, targets)
