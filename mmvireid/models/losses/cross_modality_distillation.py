"""Cross-modality knowledge distillation (LCCRF Eq. 5)."""

from collections.abc import Sequence

import torch

from .enumerate_angular_triplet import check_tuples

DISTILLATION_LEVELS = ('map', 'pooled')
DISTILLATION_REDUCTIONS = ('mean', 'sum')


def cross_modality_distillation_loss(
    anchors: Sequence[torch.Tensor], positives: Sequence[torch.Tensor], level: str = 'map', reduction: str = 'mean'
) -> torch.Tensor:
    """Squared differences of modality-specific maps of one identity (LCCRF Eq. 5), with a gradient to both sides.

    Args:
        anchors: Of the visible and of the infrared modality, each (T, C, h, w) or (T, D).
        positives: The same of each tuple's positive images.
        level: ``'map'``, element by element; or ``'pooled'``, of the maps' means over all positions.
        reduction: ``'mean'`` over tuples and elements, as in the released code; or ``'sum'``, over the elements, mean
            over the tuples, as the paper writes it.

    Returns:
        (visible anchor, infrared positive) + (infrared anchor, visible positive), a scalar.

    Raises:
        ValueError: Anchors and positives are not of one shape.
    """
    check_tuples(*anchors, *positives)
    total = 0
    for anchor, positive in ((anchors[0], positives[1]), (anchors[1], positives[0])):
        difference = anchor.flatten(2) - positive.flatten(2) if anchor.ndim > 2 else anchor - positive
        if level == 'pooled' and difference.ndim == 3:
            difference = difference.mean(dim=2)
        squares = difference.square()
        total = total + (squares.mean() if reduction == 'mean' else squares.flatten(1).sum(dim=1).mean())
    return total
