"""Enumerate angular triplet loss (LCCRF Eqs. 6-19)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

ANGULAR_TERMS = ('cross', 'same')


def angular_triplet_gap(
    anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, margin: float = 1.0, clamp_pos: bool = False
) -> torch.Tensor:
    """Compute [cos(a, n)]+ - cos(a, p) + margin for each tuple (LCCRF Eq. 7).

    The result is never larger than 2 + margin.

    Args:
        anchor, positive, negative: One image of each tuple, (T, D).
        margin: The paper's zeta.
        clamp_pos: Also clamp the cosine of the positive at 0, as in the paper. A positive with a negative cosine then
            has no gradient.

    Returns:
        (T,).

    Example:
        >>> anchor, positive, negative = torch.tensor([[[1.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]])
        >>> angular_triplet_gap(anchor, positive, negative).tolist()
        [0.0]
        >>> angular_triplet_gap(anchor, negative, positive).tolist()
        [2.0]
    """
    to_positive = F.cosine_similarity(anchor, positive)
    if clamp_pos:
        to_positive = to_positive.clamp_min(0)
    return F.cosine_similarity(anchor, negative).clamp_min(0) - to_positive + margin


def check_tuples(*features: torch.Tensor) -> None:
    """Refuse tuples in which an image is missing or extra.

    Args:
        features: The features of the images in one role and modality each, all of one shape.

    Raises:
        ValueError: The shapes differ.

    Example:
        >>> check_tuples(torch.zeros(3, 8), torch.ones(3, 8))
        >>> check_tuples(torch.zeros(3, 8), torch.ones(2, 8))
        Traceback (most recent call last):
        ValueError: A tuple must have one image in each role and modality; the features have shapes [(3, 8), (2, 8)].
    """
    if len({feature.shape for feature in features}) > 1:
        shapes = [tuple(feature.shape) for feature in features]
        raise ValueError(f'A tuple must have one image in each role and modality; the features have shapes {shapes}.')


def enumerate_angular_triplet_loss(
    anchors: Sequence[torch.Tensor],
    positives: Sequence[torch.Tensor],
    negatives: Sequence[torch.Tensor],
    terms: Sequence[str] = ANGULAR_TERMS,
    exp: str = 'inside',
    clamp_pos: bool = False,
    margin: float = 1.0,
) -> torch.Tensor:
    """Compute the angular triplet loss over tuples (LCCRF Eqs. 15-17).

    Anchors come from both modalities. The positive always has the other modality. The i-th anchor, positive and
    negative form one tuple.

    Args:
        anchors: Features of the visible and of the infrared anchors, each (T, D).
        positives, negatives: The same for positives and negatives.
        terms: Modality of the negative relative to the anchor: ``'cross'``, ``'same'`` or both.
        exp: ``'inside'`` is the mean of exp(gap) over the tuples (Eqs. 15 and 16); ``'outside'`` is exp of the mean of
            [gap]+, as in the released code.
        clamp_pos, margin: See :func:`angular_triplet_gap`.

    Returns:
        The sum over the modalities of the anchors and over the terms, a scalar.

    Raises:
        ValueError: The features have different shapes.

    Example:
        >>> same, other = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
        >>> loss = enumerate_angular_triplet_loss([same, same], [same, same], [other, other])
        >>> loss.item()  # four gaps of 0 - 1 + 1
        4.0
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
    """Compute compactness as printed in LCCRF Eq. 18: the sum over elements of exp(cos(element, mean element)).

    The cosine of two numbers is 1 or -1, so this term has no gradient. It exists for comparison.

    Args:
        features: Features of the anchors, (T, D).

    Returns:
        The sum over images and elements, a scalar attached to the graph.

    Example:
        >>> round(literal_compactness(torch.tensor([[2.0, 1.0, 3.0]])).item(), 3)  # 3 * e
        8.155
    """
    mean = features.mean(dim=1, keepdim=True)
    return (features.sign() * mean.sign()).exp().sum()


def variance_compactness(features: torch.Tensor) -> torch.Tensor:
    """Compute the variance of the elements of a feature, which LCCRF Eq. 18 is said to measure.

    Args:
        features: Features of the anchors, (T, D).

    Returns:
        The mean over the images of D times the variance of the elements at unit length, a scalar. It is 0 if all
        elements are equal and at most 1.

    Example:
        >>> round(variance_compactness(torch.tensor([[2.0, 2.0]])).item(), 3)
        0.0
        >>> round(variance_compactness(torch.tensor([[2.0, -2.0]])).item(), 3)
        1.0
    """
    unit = F.normalize(features)
    return unit.var(dim=1, correction=0).mean() * features.shape[1]
