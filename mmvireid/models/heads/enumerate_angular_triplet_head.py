"""Head for the enumerate angular triplet loss."""

from collections.abc import Callable
from typing import Any

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
    """Apply the EAT loss to tuples (LCCRF Eqs. 15-19; see :func:`enumerate_angular_triplet_loss`).

    The head needs batches of :class:`~mmvireid.datasets.AnchorTupleSampler`. With ``terms='cross'`` and
    ``exp='outside'`` it is the loss of expAT (Ye et al., TIP 2021), which LCCRF extends.

    Args:
        terms: Modality of the negatives: ``'cross'`` is the other modality than the anchor's, ``'same'`` is the
            anchor's modality, ``'all'`` is both.
        exp: ``'inside'``, as in the paper, or ``'outside'``, as in the released code.
        clamp_pos: Clamp the cosines of positives at zero, as in the paper.
        margin: The paper's zeta.
        compact: Compactness term (Eq. 19), ``'literal'`` or ``'variance'``.
        compact_weight: Weight of the compactness term. 0 leaves the term out, as in the released code.
        kwargs: Options of :class:`BaseHead`. ``within_modality`` and ``role`` are refused. With ``exp='outside'``, only
            ``across_ranks`` gives the loss of the whole batch: the mean of the ranks' losses differs.

    Raises:
        ValueError: An option is unknown or refused.

    Example:
        >>> head = MODELS.build(dict(type='EnumerateAngularTripletHead', terms='all', exp='inside'))
        >>> head.loss_weights, head.terms
        ({'bn': 1.0}, ('cross', 'same'))
    """

    default_feature = 'bn'
    refused_options = {
        'within_modality': 'compares an anchor with a positive of the other modality',
        'role': 'compares anchors with positives and negatives',
    }

    def __init__(
        self,
        terms: str = 'all',
        exp: str = 'inside',
        clamp_pos: bool = False,
        margin: float = 1.0,
        compact: str = 'variance',
        compact_weight: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
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
