"""Positive and negative pairs of a batch."""

from collections.abc import Sequence

import torch

from mmvireid.structures import Modality

MODALITY_PAIRS = {
    'cross': ((Modality.VISIBLE, Modality.INFRARED),),
    'all': (
        (Modality.VISIBLE, Modality.VISIBLE),
        (Modality.VISIBLE, Modality.INFRARED),
        (Modality.INFRARED, Modality.INFRARED),
    ),
}


def identity_pairs(labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Find positive and negative pairs by label: (B,) -> two boolean masks (B, B).

    An image and itself are not a pair.

    Example:
        >>> positive, negative = identity_pairs(torch.tensor([7, 7, 3]))
        >>> positive.nonzero().tolist()
        [[0, 1], [1, 0]]
        >>> negative.nonzero().tolist()
        [[0, 2], [1, 2], [2, 0], [2, 1]]
    """
    same = labels[:, None] == labels[None, :]
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    return same & ~itself, ~same


def cross_modality_pairs(modalities: torch.Tensor) -> torch.Tensor:
    """Find the pairs of images with different modalities: (B,) -> boolean mask (B, B).

    Example:
        >>> cross_modality_pairs(torch.tensor([0, 1, 1])).nonzero().tolist()
        [[0, 1], [0, 2], [1, 0], [2, 0]]
    """
    return modalities[:, None] != modalities[None, :]


def draw_pairs(
    labels: torch.Tensor,
    modalities: torch.Tensor,
    negatives: int,
    modality_pairs: Sequence[tuple[Modality, Modality]] = MODALITY_PAIRS['cross'],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw positive and negative pairs of a batch without replacement (DSCSN + CCN Sec. IV-B and appendix).

    Every kind of pair gets the same number of positives: as many as the rarest kind has. For each positive it gets
    ``negatives`` negatives, or all if there are fewer. A single kind therefore keeps all its positives.

    The draw uses torch's global generator on the CPU, so the pairs do not depend on the device.

    Args:
        labels: Class of each image, (B,).
        modalities: :class:`Modality` of each image, (B,).
        negatives: Negative pairs for each positive pair (r).
        modality_pairs: The modalities of the first and the second image, for each kind of pair.

    Returns:
        Indices of the first and of the second images, each (M,): positives and negatives of the first kind, then of
        the next. 32 identities with one image in each modality and three negatives give M = 128.

    Example:
        >>> labels, modalities = torch.tensor([0, 1, 2, 0, 1, 2]), torch.tensor([0, 0, 0, 1, 1, 1])
        >>> first, second = draw_pairs(labels, modalities, negatives=2)
        >>> len(first), (labels[first] == labels[second]).sum().item()
        (9, 3)
    """
    device, labels, modalities = labels.device, labels.cpu(), modalities.cpu()
    kinds = []
    for first, second in modality_pairs:
        meeting = (modalities == int(first))[:, None] & (modalities == int(second))[None, :]
        if first == second:
            meeting = meeting.triu(diagonal=1)  # count each pair once, and no image with itself
        kinds.append([(meeting & chosen).nonzero() for chosen in identity_pairs(labels)])
    num_positive = min(len(positive) for positive, _ in kinds)
    drawn = [
        candidates[torch.randperm(len(candidates))[:count]]
        for kind in kinds
        for candidates, count in zip(kind, (num_positive, negatives * num_positive), strict=True)
    ]
    return torch.cat(drawn).to(device).unbind(dim=1)
