"""Cross-modality knowledge distillation (LCCRF Eq. 5)."""

from collections.abc import Sequence

import torch

from .enumerate_angular_triplet import check_tuples

DISTILLATION_LEVELS = ('map', 'pooled')
DISTILLATION_REDUCTIONS = ('mean', 'sum')


def cross_modality_distillation_loss(
    anchors: Sequence[torch.Tensor], positives: Sequence[torch.Tensor], level: str = 'map', reduction: str = 'mean'
) -> torch.Tensor:
    """Compute squared differences of the modality-specific maps of one identity (LCCRF Eq. 5).

    The pairs are (visible anchor, infrared positive) and (infrared anchor, visible positive). Both images of a pair
    get a gradient. The i-th anchor and the i-th positive belong to one tuple.

    Args:
        anchors: Maps of the visible and of the infrared anchors, each (T, C, h, w) or (T, D).
        positives: Maps of the visible and of the infrared positives, of the same shape.
        level: ``'map'`` compares element by element; ``'pooled'`` compares the means over all positions.
        reduction: ``'mean'`` over tuples and elements, as in the released code; or ``'sum'`` over the elements and
            mean over the tuples, as in the paper.

    Returns:
        The sum over the two kinds of pairs, a scalar.

    Raises:
        ValueError: The maps have different shapes.

    Example:
        >>> visible, infrared = torch.zeros(2, 3, 4, 2), torch.ones(2, 3, 4, 2)
        >>> maps = [visible, infrared]
        >>> cross_modality_distillation_loss(maps, maps).item()
        2.0
        >>> cross_modality_distillation_loss(maps, maps, reduction='sum').item()  # 3 * 4 * 2 elements
        48.0
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
