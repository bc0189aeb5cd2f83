"""The contract of heads: a subclass owns a formula, the base class everything around it."""

from abc import abstractmethod
from collections.abc import Mapping

import torch
from mmengine.model import BaseModule

from mmvireid.structures import Modality, ReIDFeatures, ReIDTargets
from mmvireid.utils.distributed import gather_across_ranks


class BaseHead(BaseModule):
    """Apply a loss formula to one or several features of the batch, over the whole batch or within each modality.

    A subclass implements :meth:`formula` on one feature; its losses are computed in float32, outside autocast.
    A head that compares several features with each other derives from mmengine's ``BaseModule`` instead and has a
    ``loss(features, targets)`` of its own: that is all the estimator asks for.

    Args:
        features: Names of the features (see :class:`ReIDFeatures`) and the weight of the loss on each:
            ``dict(bn=1.0, fused=1.1)``; a single name stands for weight 1. A feature of weight None is left out,
            which is how a config takes one out of its base.
        within_modality: Apply the formula to the visible and to the infrared images apart, and add up; a modality
            that is not in the batch adds nothing.
        across_ranks: Under distribution, apply the formula to the batches of all ranks together: the loss and its
            gradient are those of one process with the whole batch. Otherwise each rank sees its own.
    """

    def __init__(
        self,
        features: str | Mapping[str, float | None],
        within_modality: bool = False,
        across_ranks: bool = False,
    ) -> None:
        super().__init__()
        weights = {features: 1.0} if isinstance(features, str) else dict(features)
        self.feature_weights = {name: weight for name, weight in weights.items() if weight is not None}
        self.within_modality = within_modality
        self.across_ranks = across_ranks

    @abstractmethod
    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        """The loss of one feature.

        Args:
            feature: (B, D) float32.
            targets: Annotations of the same B images.

        Returns:
            A scalar.
        """

    def loss(self, features: ReIDFeatures, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """The weighted losses of a batch, ``loss_<feature>`` each; the estimator prefixes the head's name and adds up.

        Entries whose name does not contain 'loss' are logged, not optimised.
        """
        chosen = {name: features[name].float() for name in self.feature_weights}
        if self.across_ranks:
            chosen = {name: gather_across_ranks(feature) for name, feature in chosen.items()}
            targets = targets.gathered()
        with torch.autocast(targets.labels.device.type, enabled=False):
            return {
                f'loss_{name}': self.feature_weights[name] * self._loss_of(chosen[name], targets) for name in chosen
            }

    def _loss_of(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        if not self.within_modality:
            return self.formula(feature, targets)
        masks = [targets.of(modality) for modality in Modality]
        return sum(self.formula(feature[mask], targets.select(mask)) for mask in masks if mask.any())
