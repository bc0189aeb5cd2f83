"""Enumerate angular triplet loss (LCCRF Eqs. 6-19)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

ANGULAR_TERMS = ('cross', 'same')


def angular_triplet_gap(
    anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, margin: float = 1.0, clamp_pos: bool = False
) -> torch.Tensor:
    """[cos(a, n)]+ - cos(a, p) + margin of each tuple (LCCRF Eq. 7); at most 2 + margin, whatever the vectors.

    Args:
        anchor, positive, negative: One image of each tuple, (T, D).
        margin: The paper's zeta.
        clamp_pos: Clamp the cosine of the positive too, as the paper writes it; a positive with a negative cosine then
            has no gradient.

    Returns:
        (T,).
    """
    to_positive = F.cosine_similarity(anchor, positive)
    if clamp_pos:
        to_positive = to_positive.clamp_min(0)
    return F.cosine_similarity(anchor, negative).clamp_min(0) - to_positive + margin


def check_tuples(*features: torch.Tensor) -> None:
    """Raise ValueError if features of tuples are not of one shape: some tuple lacks an image, or has one too many."""
    if len({feature.shape for feature in features}) > 1:
        shapes = [tuple(feature.shape) for feature in features]
        raise ValueError(f'Every tuple has one image in each role and modality; their features have shapes {shapes}.')


def enumerate_angular_triplet_loss(
    anchors: Sequence[torch.Tensor],
    positives: Sequence[torch.Tensor],
    negatives: Sequence[torch.Tensor],
    terms: Sequence[str] = ANGULAR_TERMS,
    exp: str = 'inside',
    clamp_pos: bool = False,
    margin: float = 1.0,
) -> torch.Tensor:
    """Angular triplets of anchors of either modality (LCCRF Eqs. 15-17), the positive always of the other modality.

    Args:
        anchors: Of the visible and of the infrared modality, each (T, D).
        positives, negatives: The same of each tuple's positive and negative images.
        terms: Modality of the negatives as an anchor sees it: ``'cross'``, ``'same'``, or both.
        exp: ``'inside'``, the mean over the tuples of exp(gap) (Eqs. 15 and 16); or ``'outside'``, exp of the mean of
            [gap]+, as the released code has it.
        clamp_pos, margin: See :func:`angular_triplet_gap`.

    Returns:
        The sum over modalities of anchors and terms, a scalar.

    Raises:
        ValueError: Anchors, positives and negatives are not of one shape.
    """
    check_tuples(*anchors, *positives, *negatives)
    losses = []
    for own, other in ((0, 1), (1, 0)):
        for term in terms:
            negative = negatives[{'cross': other, 'same': own}[term]]
            gap = angular_triplet_gap(anchors[own], positives[other], negative, margin, clamp_pos)
            losses.append(gap.exp().mean() if exp == 'inside' else gap.clamp_min(0).mean().exp())
    return sum(losses)


def literal_compactness(features: torch.Tensor) -> torch.Tensor:
    """Compactness of descriptors as printed (LCCRF Eq. 18): the sum over elements of exp(cos(element, their mean)).

    The cosine of two numbers is 1 or -1, so this has no gradient: it is here to be compared with.

    Args:
        features: Of the anchors, (T, D).

    Returns:
        The sum over images and elements, a scalar attached to the graph.
    """
    mean = features.mean(dim=1, keepdim=True)
    return (features.sign() * mean.sign()).exp().sum()


def variance_compactness(features: torch.Tensor) -> torch.Tensor:
    """What Eq. 18 of LCCRF is said to measure: how unevenly the elements of a descriptor are distributed.

    Args:
        features: Of the anchors, (T, D).

    Returns:
        The mean over the images of the variance of the elements of the descriptor at unit length, times D: a scalar
        from 0, all elements equal, to 1.
    """
    unit = F.normalize(features)
    return unit.var(dim=1, correction=0).mean() * features.shape[1]
