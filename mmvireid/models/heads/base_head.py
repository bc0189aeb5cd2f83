"""The contract of heads: a subclass owns a formula, the base class everything around it."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.structures import Modality, ReIDFeatures, ReIDTargets, TupleRole
from mmvireid.utils.distributed import gather_across_ranks


class BaseHead(BaseModule):
    """Apply a loss formula to one or several features of the batch, over the whole batch or within each modality.

    A subclass implements :meth:`formula` on one feature; its losses are computed in float32, outside autocast. The
    loss of a feature (B, P, D), the features of P parts, is the sum of the formula over the parts.
    A head that compares several features with each other derives from mmengine's ``BaseModule`` instead and has a
    ``loss(features, targets)`` of its own: that is all the estimator asks for.

    Args:
        features: Names of the features (see :class:`ReIDFeatures`) and the weight of the loss on each:
            ``dict(bn=1.0, fused=1.1)``; a single name stands for weight 1. The weight of a feature with parts is that
            of each part (lambda of HcTri Eq. 9). A feature of weight None is left out, which is how a config takes
            one out of its base.
        within_modality: Apply the formula to the visible and to the infrared images apart, and add up; a modality
            that is not in the batch adds nothing.
        across_ranks: Under distribution, apply the formula to the batches of all ranks together: the loss and its
            gradient are those of one process with the whole batch. Otherwise each rank sees its own.
        role: Apply the formula only to the images that take a role in the tuples of the batch, ``'anchor'``,
            ``'positive'`` or ``'negative'`` (see :class:`TupleRole`).

    Raises:
        ValueError: An unknown role.
    """

    default_feature: ClassVar[str] = 'pooled'

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        within_modality: bool = False,
        across_ranks: bool = False,
        role: str | None = None,
    ) -> None:
        super().__init__()
        weights = {self.default_feature: 1.0} if loss_weights is None else loss_weights
        self.loss_weights = {name: weight for name, weight in weights.items() if weight is not None}
        self.within_modality = within_modality
        self.across_ranks = across_ranks
        if role is not None and str(role).upper() not in TupleRole.__members__:
            raise ValueError(f'role must be one of {[known.name.lower() for known in TupleRole]}, got {role!r}.')
        self.role = None if role is None else TupleRole[role.upper()]

    @abstractmethod
    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        """The loss of one feature.

        Args:
            feature: (B, D) float32.
            targets: Annotations of the same B images.

        Returns:
            A scalar.
        """

    def formula_of_parts(self, parts: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        """The loss of a feature (B, P, D); a head with parameters for each part overrides it."""
        return sum(self.formula(part, targets) for part in parts.unbind(dim=1))

    def loss(self, features: ReIDFeatures, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """The weighted losses of a batch, ``loss_<feature>`` each; the estimator prefixes the head's name and adds up.

        Entries whose name does not contain 'loss' are logged, not optimized.
        """
        chosen = {name: features[name].float() for name in self.loss_weights}
        if self.across_ranks:
            chosen = {name: gather_across_ranks(feature) for name, feature in chosen.items()}
            targets = targets.gathered()
        if self.role is not None:
            of_role = targets.in_role(self.role)
            chosen = {name: feature[of_role] for name, feature in chosen.items()}
            targets = targets.select(of_role)
        with torch.autocast(targets.labels.device.type, enabled=False):
            return {f'loss_{name}': self.loss_weights[name] * self._loss_of(chosen[name], targets) for name in chosen}

    def _loss_of(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        formula = self.formula_of_parts if feature.ndim == 3 else self.formula
        if not self.within_modality:
            return formula(feature, targets)
        of_modalities = [targets.of(modality).nonzero().squeeze(1) for modality in Modality]
        return sum(formula(feature[images], targets.select(images)) for images in of_modalities if len(images))


def pair_parts(
    parameters: nn.ModuleList | nn.Module | torch.Tensor, feature: torch.Tensor, num_parts: int | None
) -> Iterable[tuple[nn.Module | torch.Tensor, torch.Tensor]]:
    """Each part feature (B, D) beside the parameters that a head has for it.

    Args:
        parameters: What the head learned, indexed by part if ``num_parts`` is given.
        feature: (B, P, D); or (B, D), which is a pair of its own.
        num_parts: P; None for features (B, D).

    Raises:
        ValueError: The head has parameters for another number of parts.
    """
    found = feature.shape[1] if feature.ndim == 3 else None
    if found != num_parts:
        expected = '(B, D)' if num_parts is None else f'(B, {num_parts}, D)'
        raise ValueError(
            f'The head reads features {expected}, got {tuple(feature.shape)}: set model.heads.<name>.num_parts={found}.'
        )
    return [(parameters, feature)] if num_parts is None else zip(parameters, feature.unbind(dim=1), strict=True)
