"""The base class of heads that decide whether two images show the same person."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.losses import MODALITY_PAIRS, draw_pairs, pairwise_bce_loss
from mmvireid.structures import ReIDFeatures, ReIDTargets

from .base_head import is_number

INIT_STD = 0.001  # of scoring layers: the first logits are small


class PairHead(BaseModule):
    """Draw pairs of a batch and classify them as same person or different persons (DSCSN + CCN Eq. 8).

    A subclass implements :meth:`logits` and passes ``**kwargs`` on to this class. Losses are computed in float32,
    outside autocast. In distributed training each rank draws pairs of its own images.

    Args:
        feature: Name of the feature to compare (see :class:`ReIDFeatures`). The default is the class's
            ``default_feature``.
        negatives: Negative pairs for each positive pair (r).
        modality_pairs: ``'cross'`` pairs a visible with an infrared image. ``'all'`` is for open-set search: it also
            pairs two visible and two infrared images, in equal numbers. It needs two images of each identity in each
            modality.
        loss_weight: Factor of the loss.

    Raises:
        ValueError: ``modality_pairs`` is unknown, ``negatives`` is not a whole number, or ``loss_weight`` is not a
            number.

    Example:
        >>> class DotHead(PairHead):
        ...     def logits(self, feature, modalities, first, second):
        ...         logits = -(feature[first] * feature[second]).sum(dim=1)
        ...         return logits, logits
        >>> labels, modalities = torch.tensor([0, 1, 0, 1]), torch.tensor([0, 0, 1, 1])
        >>> losses = DotHead().loss(ReIDFeatures(pooled=torch.zeros(4, 8)), ReIDTargets(labels, modalities, modalities))
        >>> {name: round(loss.item(), 3) for name, loss in losses.items()}  # log(2)
        {'loss_pairs': 0.693}
    """

    # The feature that the head compares when ``feature`` is not given.
    default_feature: ClassVar[str] = 'pooled'

    def __init__(
        self,
        feature: str | None = None,
        negatives: int = 3,
        modality_pairs: str = 'cross',
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if modality_pairs not in MODALITY_PAIRS:
            raise ValueError(f"modality_pairs must be one of {list(MODALITY_PAIRS)}, got '{modality_pairs}'.")
        if not isinstance(negatives, int) or negatives < 0:
            raise ValueError(f'negatives must be a whole number, at least 0, got {negatives!r}.')
        if not is_number(loss_weight):
            raise ValueError(f'loss_weight must be a number, such as 1.0, got {loss_weight!r}.')
        self.feature = self.default_feature if feature is None else feature
        self.negatives = negatives
        self.modality_pairs = modality_pairs
        self.loss_weight = loss_weight

    @abstractmethod
    def logits(
        self, feature: torch.Tensor, modalities: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute two logits of "different persons" for each pair. The score is the mean of their sigmoids.

        Args:
            feature: The feature of all images, float32, (B, ...).
            modalities: Modality of all images, (B,).
            first: Index of each pair's first image, (M,).
            second: Index of each pair's second image, (M,).

        Returns:
            The logit from the first image's side and the logit from the second image's side, each (M,). They are the
            same tensor if the head has one logit for each pair.
        """

    def check_training_data(self, metainfo: Mapping[str, Any], sampler: Any) -> None:
        """Refuse a sampler that draws too few images for ``modality_pairs='all'``."""
        if self.modality_pairs == 'all' and getattr(sampler, 'num_instances', 2) < 2:
            raise ValueError(
                "modality_pairs='all' pairs images of one modality, but the sampler draws one image of each identity "
                'in each modality: set num_instances=2 (and replacement=False) in the sampler.'
            )

    def loss(self, features: ReIDFeatures, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """Compute ``loss_pairs``, the weighted mean over the pairs.

        The loss of a batch without a positive pair is a zero attached to the graph.
        """
        feature = features[self.feature].float()
        first, second = draw_pairs(
            targets.labels, targets.modalities, self.negatives, MODALITY_PAIRS[self.modality_pairs]
        )
        different = targets.labels[first] != targets.labels[second]
        with torch.autocast(feature.device.type, enabled=False):
            logits = self.logits(feature, targets.modalities, first, second)
            return dict(loss_pairs=self.loss_weight * pairwise_bce_loss(*logits, different))


def scoring_layer(in_channels: int) -> nn.Linear:
    """Build a linear layer from a vector to one logit, which is nearly zero at first.

    Example:
        >>> scoring_layer(8)
        Linear(in_features=8, out_features=1, bias=True)
    """
    layer = nn.Linear(in_channels, 1)
    nn.init.normal_(layer.weight, std=INIT_STD)
    nn.init.zeros_(layer.bias)
    return layer
