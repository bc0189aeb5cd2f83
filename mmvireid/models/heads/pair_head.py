"""The contract of heads that tell pairs of images apart."""

from abc import abstractmethod

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.losses import MODALITY_PAIRS, draw_pairs, pairwise_bce_loss
from mmvireid.structures import ReIDFeatures, ReIDTargets

INIT_STD = 0.001  # of scoring layers: the first logits are small


class PairHead(BaseModule):
    """Draw pairs of a batch and ask of each whether its images are of different persons (DSCSN + CCN Eq. 8).

    A subclass implements :meth:`logits`, computed in float32, outside autocast. Under distribution each rank draws
    pairs among its own images.

    Args:
        feature: Name of the feature that is compared (see :class:`ReIDFeatures`).
        negatives: Negative pairs for each positive one (r).
        modality_pairs: ``'cross'``, a visible and an infrared image; or ``'all'``, as many pairs of two visible, a
            visible and an infrared, and two infrared images, for open-set search: it needs two images of each modality
            of an identity in a batch.

    Raises:
        ValueError: An unknown kind of pairs, or ``negatives`` that is no number of pairs.
    """

    def __init__(self, feature: str, negatives: int = 3, modality_pairs: str = 'cross') -> None:
        super().__init__()
        if modality_pairs not in MODALITY_PAIRS:
            raise ValueError(f"modality_pairs must be one of {list(MODALITY_PAIRS)}, got '{modality_pairs}'.")
        if not isinstance(negatives, int) or negatives < 0:
            raise ValueError(f'negatives must be a whole number, at least 0, got {negatives!r}.')
        self.feature = feature
        self.negatives = negatives
        self.modality_pairs = modality_pairs

    @abstractmethod
    def logits(
        self, feature: torch.Tensor, modalities: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """How different the images of each pair are, twice; the difference score is the mean of the two sigmoids.

        Args:
            feature: Of all images, float32, (B, ...).
            modalities: Of all images, (B,).
            first: Index of each pair's first image, (M,).
            second: Of its second image.

        Returns:
            As the first image sees it and as the second does, each (M,); the same where there is no such thing.
        """

    def loss(self, features: ReIDFeatures, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """``loss_pairs``: the mean over the pairs; zero, attached to the graph, where a batch has no positive pair."""
        feature = features[self.feature].float()
        first, second = draw_pairs(
            targets.labels, targets.modalities, self.negatives, MODALITY_PAIRS[self.modality_pairs]
        )
        with torch.autocast(feature.device.type, enabled=False):
            logits = self.logits(feature, targets.modalities, first, second)
            return dict(loss_pairs=pairwise_bce_loss(*logits, targets.labels[first] != targets.labels[second]))


def scoring_layer(in_channels: int) -> nn.Linear:
    """One logit of a vector, nearly zero at first."""
    layer = nn.Linear(in_channels, 1)
    nn.init.normal_(layer.weight, std=INIT_STD)
    nn.init.zeros_(layer.bias)
    return layer
