"""Which images of a batch are each other's positives and negatives."""

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
    """Positive and negative pairs by label, (B,) -> two boolean masks (B, B); an image is no pair with itself."""
    same = labels[:, None] == labels[None, :]
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    return same & ~itself, ~same


def cross_modality_pairs(modalities: torch.Tensor) -> torch.Tensor:
    """Pairs of images of different modalities, (B,) -> boolean mask (B, B)."""
    return modalities[:, None] != modalities[None, :]


def draw_pairs(
    labels: torch.Tensor,
    modalities: torch.Tensor,
    negatives: int,
    modality_pairs: Sequence[tuple[Modality, Modality]] = MODALITY_PAIRS['cross'],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Positive and negative pairs of a batch, drawn without replacement (DSCSN + CCN Sec. IV-B and appendix).

    All kinds of pairs count alike: of each as many positives as the scarcest kind has, and ``negatives`` times as many
    negatives, or all where there are fewer. With one kind these are all its positives. Drawn on the CPU, by torch's
    global generator: the same pairs on any device.

    Args:
        labels: Class of each image, (B,).
        modalities: :class:`Modality` of each, (B,).
        negatives: Negative pairs for each positive one (r).
        modality_pairs: The modalities of a pair's first and second image, for each kind of pair.

    Returns:
        Indices of the first and of the second images, each (M,): positives and negatives of the first kind, then of the
        next. M = 128 in a batch of 32 identities with one image of each modality and three negatives a positive.
    """
    device, labels, modalities = labels.device, labels.cpu(), modalities.cpu()
    kinds = []
    for first, second in modality_pairs:
        meeting = (modalities == int(first))[:, None] & (modalities == int(second))[None, :]
        if first == second:
            meeting = meeting.triu(diagonal=1)  # a pair has no order, and an image is no pair with itself
        kinds.append([(meeting & chosen).nonzero() for chosen in identity_pairs(labels)])
    num_positive = min(len(positive) for positive, _ in kinds)
    drawn = [
        candidates[torch.randperm(len(candidates))[:count]]
        for kind in kinds
        for candidates, count in zip(kind, (num_positive, negatives * num_positive), strict=True)
    ]
    return torch.cat(drawn).to(device).unbind(dim=1)
