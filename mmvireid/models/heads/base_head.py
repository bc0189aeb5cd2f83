"""The base class of heads: a subclass owns one formula, the base class owns checks, weights and selection of images."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any, ClassVar

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.structures import Modality, ReIDFeatures, ReIDTargets, TupleRole
from mmvireid.utils.distributed import gather_across_ranks


class BaseHead(BaseModule):
    """Apply a loss formula to one or several features of a batch.

    A subclass implements :meth:`formula` for one feature and passes ``**kwargs`` on to this class. Losses are computed
    in float32, outside autocast. The loss of a feature with parts (B, P, D) is the sum of the formula over the parts.

    A head that compares several features with each other does not fit this class. It derives from mmengine's
    ``BaseModule`` and has its own ``loss(features, targets)``, which is all that the model needs.

    Args:
        loss_weights: The weight of the loss on each feature, such as ``dict(bn=1.0, fused=1.1)``. The default is weight
            1 on the class's ``default_feature``. The weight of a feature with parts applies to each part (lambda of
            HcTri Eq. 9). None leaves a feature out, so that a config can remove a feature of its base.
        within_modality: Apply the formula to the visible and to the infrared images separately, and add the losses. A
            modality without images adds nothing.
        across_ranks: In distributed training, apply the formula to the batches of all ranks together. Loss and gradient
            then equal a single process with the whole batch. Otherwise each rank uses only its own batch.
        role: Apply the formula only to images with this role in their tuple, ``'anchor'``, ``'positive'`` or
            ``'negative'`` (see :class:`TupleRole`).

    Raises:
        ValueError: ``loss_weights`` is not a mapping of features to numbers, ``role`` is unknown, or the subclass
            cannot use an option (see ``refused_options``).

    Example:
        >>> class NormHead(BaseHead):
        ...     def formula(self, feature, targets):
        ...         return feature.square().sum(dim=1).mean()
        >>> targets = ReIDTargets(*torch.zeros(3, 2, dtype=torch.int64))
        >>> losses = NormHead(loss_weights=dict(bn=0.5)).loss(ReIDFeatures(bn=torch.ones(2, 4)), targets)
        >>> {name: loss.item() for name, loss in losses.items()}
        {'loss_bn': 2.0}
    """

    # The feature that the head reads when loss_weights is not given.
    default_feature: ClassVar[str] = 'pooled'
    # Options of this class that a subclass cannot use, and why.
    refused_options: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        within_modality: bool = False,
        across_ranks: bool = False,
        role: str | None = None,
    ) -> None:
        super().__init__()
        self._refuse_options(dict(within_modality=within_modality, across_ranks=across_ranks, role=role))
        if role is not None and str(role).upper() not in TupleRole.__members__:
            raise ValueError(f'role must be one of {[known.name.lower() for known in TupleRole]}, got {role!r}.')
        self.loss_weights = {self.default_feature: 1.0} if loss_weights is None else check_loss_weights(loss_weights)
        self.within_modality = within_modality
        self.across_ranks = across_ranks
        self.role = None if role is None else TupleRole[role.upper()]

    @abstractmethod
    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        """Compute the loss of one feature.

        Args:
            feature: (B, D) float32.
            targets: Annotations of the same B images.

        Returns:
            A scalar.
        """

    def formula_of_parts(self, parts: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        """Compute the loss of a feature (B, P, D). A head with parameters for each part overrides this method."""
        return sum(self.formula(part, targets) for part in parts.unbind(dim=1))

    def loss(self, features: ReIDFeatures, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """Compute the weighted losses of a batch, named ``loss_<feature>``.

        The model puts the head's name in front and adds up all losses. A value whose name does not contain 'loss'
        is logged but not optimized.
        """
        chosen = {name: features[name].float() for name in self.loss_weights}
        if self.across_ranks:
            chosen = {name: gather_across_ranks(feature) for name, feature in chosen.items()}
            targets = targets.gathered()
        if self.role is not None:
            images = targets.in_role(self.role)
            chosen = {name: feature[images] for name, feature in chosen.items()}
            targets = targets.select(images)
        with torch.autocast(targets.labels.device.type, enabled=False):
            return {
                f'loss_{name}': self.loss_weights[name] * self._feature_loss(feature, targets)
                for name, feature in chosen.items()
            }

    def _feature_loss(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        formula = self.formula_of_parts if feature.ndim == 3 else self.formula
        if not self.within_modality:
            return formula(feature, targets)
        groups = [targets.in_modality(modality).nonzero().squeeze(1) for modality in Modality]
        return sum(formula(feature[images], targets.select(images)) for images in groups if len(images))

    def _refuse_options(self, options: Mapping[str, Any]) -> None:
        for name, value in options.items():
            if value and name in self.refused_options:
                raise ValueError(
                    f'{name}={value!r} is not possible with {type(self).__name__}, which '
                    f'{self.refused_options[name]}: leave the option out.'
                )


def check_loss_weights(loss_weights: Mapping[str, float | None]) -> dict[str, float]:
    """Return the weights of the features that a head reads, without the features of weight None.

    Raises:
        ValueError: The argument is not a mapping of features to numbers, or it leaves no feature.

    Example:
        >>> check_loss_weights(dict(bn=1.0, fused=None))
        {'bn': 1.0}
        >>> check_loss_weights('bn')
        Traceback (most recent call last):
        ValueError: loss_weights must give each feature a number, such as dict(pooled=1.0), got 'bn'.
    """
    weights = loss_weights.values() if isinstance(loss_weights, Mapping) else ()
    if not weights or not all(weight is None or is_number(weight) for weight in weights):
        raise ValueError(
            f'loss_weights must give each feature a number, such as dict(pooled=1.0), got {loss_weights!r}.'
        )
    chosen = {name: weight for name, weight in loss_weights.items() if weight is not None}
    if not chosen:
        raise ValueError(
            f'loss_weights={loss_weights!r} leaves no feature: give one a number, or set the whole head to None.'
        )
    return chosen


def check_num_classes(num_classes: int, metainfo: Mapping[str, Any]) -> None:
    """Refuse training data with another number of identities than a classifier has classes.

    Args:
        num_classes: Classes of the head.
        metainfo: The training data set's metainfo. Nothing is checked if it has no ``num_ids``.

    Raises:
        ValueError: The numbers differ.

    Example:
        >>> check_num_classes(395, dict(num_ids=395))
        >>> check_num_classes(395, dict(num_ids=206))
        Traceback (most recent call last):
        ValueError: num_classes=395, but the training data have 206 identities: set num_classes=206.
    """
    num_ids = metainfo.get('num_ids', num_classes)
    if num_classes != num_ids:
        raise ValueError(
            f'num_classes={num_classes}, but the training data have {num_ids} identities: set num_classes={num_ids}.'
        )


def pair_parts(
    parameters: nn.ModuleList | nn.Module | torch.Tensor, feature: torch.Tensor, num_parts: int | None
) -> Iterable[tuple[nn.Module | torch.Tensor, torch.Tensor]]:
    """Pair each part feature (B, D) with the head's parameters for this part.

    Args:
        parameters: The parameters, indexed by part if ``num_parts`` is given.
        feature: (B, P, D), or (B, D) for a head without parts.
        num_parts: P, or None for features (B, D).

    Raises:
        ValueError: The feature has another number of parts.

    Example:
        >>> centers = torch.zeros(2, 10, 4)  # 10 classes for each of 2 parts
        >>> [(c.shape, part.shape) for c, part in pair_parts(centers, torch.zeros(3, 2, 4), num_parts=2)][0]
        (torch.Size([10, 4]), torch.Size([3, 4]))
    """
    found = feature.shape[1] if feature.ndim == 3 else None
    if found != num_parts:
        expected = '(B, D)' if num_parts is None else f'(B, {num_parts}, D)'
        raise ValueError(
            f'num_parts={num_parts} needs features {expected}, got {tuple(feature.shape)}: set num_parts={found}.'
        )
    return [(parameters, feature)] if num_parts is None else zip(parameters, feature.unbind(dim=1), strict=True)


def is_number(value: Any) -> bool:
    """Return whether a value is a real number; True and False are not.

    Example:
        >>> is_number(0.5), is_number('0.5'), is_number(True)
        (True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool)
