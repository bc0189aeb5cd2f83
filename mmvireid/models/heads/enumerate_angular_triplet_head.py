"""Enumerate angular triplet loss as a head."""

from collections.abc import Callable, Mapping

import torch

from mmvireid.models.losses import (
    ANGULAR_TERMS,
    enumerate_angular_triplet_loss,
    literal_compactness,
    variance_compactness,
)
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDTargets, TupleRole

from .base_head import BaseHead

TERMS = {'all': ANGULAR_TERMS, **{term: (term,) for term in ANGULAR_TERMS}}
EXPONENTIALS = ('inside', 'outside')
COMPACTNESS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    'literal': literal_compactness,
    'variance': variance_compactness,
}


@MODELS.register_module()
class EnumerateAngularTripletHead(BaseHead):
    """EAT loss over tuples (LCCRF Eqs. 15-19; see :func:`enumerate_angular_triplet_loss`).

    It needs batches of :class:`~mmvireid.datasets.AnchorTupleSampler`. With ``terms='cross'`` and ``exp='outside'`` it
    is the loss of expAT (Ye et al., TIP 2021), which LCCRF extends.

    Args:
        loss_weights: See :class:`BaseHead`.
        terms: Modality of negatives: ``'cross'``, the other than the anchor's; ``'same'``, its own; ``'all'``, both.
        exp: ``'inside'``, as the paper writes it, or ``'outside'``, as the released code has it.
        clamp_pos: Clamp the cosines of positives at zero, as the paper writes it.
        margin: The paper's zeta.
        compact: Which compactness term is added (Eq. 19), ``'literal'`` or ``'variance'``.
        compact_weight: Its weight; 0, as in the released code, leaves it out.
        across_ranks: See :class:`BaseHead`; a mean that is exponentiated is not the mean of the ranks' losses.

    Raises:
        ValueError: An unknown option.
    """

    default_feature = 'bn'

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        terms: str = 'all',
        exp: str = 'inside',
        clamp_pos: bool = False,
        margin: float = 1.0,
        compact: str = 'variance',
        compact_weight: float = 0.0,
        across_ranks: bool = False,
    ) -> None:
        super().__init__(loss_weights, across_ranks=across_ranks)
        for name, value, known in (
            ('terms', terms, TERMS),
            ('exp', exp, EXPONENTIALS),
            ('compact', compact, COMPACTNESS),
        ):
            if value not in known:
                raise ValueError(f"{name} must be one of {list(known)}, got '{value}'.")
        self.terms = TERMS[terms]
        self.exp = exp
        self.clamp_pos = clamp_pos
        self.margin = margin
        self.compactness = COMPACTNESS[compact]
        self.compact_weight = compact_weight

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        anchors, positives, negatives = (
            [feature[targets.in_role(role, modality)] for modality in Modality] for role in TupleRole
        )
        loss = enumerate_angular_triplet_loss(
            anchors, positives, negatives, self.terms, self.exp, self.clamp_pos, self.margin
        )
        if self.compact_weight:
            loss = loss + self.compact_weight * sum(self.compactness(anchor) for anchor in anchors)
        return loss
