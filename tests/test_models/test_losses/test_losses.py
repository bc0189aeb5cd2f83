"""Compare each loss with a naive loop in float64: value, gradient and unusual inputs."""

import itertools
import math

import pytest
import torch

from mmvireid.models.losses import (
    affinity_l1_loss,
    affinity_loss,
    batch_hard_triplet_loss,
    euclidean_distance_matrix,
    identity_pairs,
    rowwise_distance,
    weighted_regularized_triplet_loss,
)

LABELS = torch.tensor([0, 0, 1, 1, 1, 2, 3, 3])


def features(seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(len(LABELS), 6, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()


def distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a - b).square().sum().sqrt()


def naive_triplet(x: torch.Tensor, labels: torch.Tensor, margin: float = 0.3) -> torch.Tensor:
    terms = []
    for a in range(len(x)):
        positives = [distance(x[a], x[p]) for p in range(len(x)) if labels[p] == labels[a] and p != a]
        negatives = [distance(x[a], x[n]) for n in range(len(x)) if labels[n] != labels[a]]
        if positives and negatives:
            terms.append((margin + max(positives) - min(negatives)).clamp(min=0))
    return sum(terms) / len(terms)


def naive_weighted_triplet(x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    terms = []
    for a in range(len(x)):
        positives = [distance(x[a], x[p]) for p in range(len(x)) if labels[p] == labels[a] and p != a]
        negatives = [distance(x[a], x[n]) for n in range(len(x)) if labels[n] != labels[a]]
        if positives and negatives:
            far = sum(d.exp() * d for d in positives) / sum(d.exp() for d in positives)
            near = sum((-d).exp() * d for d in negatives) / sum((-d).exp() for d in negatives)
            terms.append((1 + (far - near).exp()).log())
    return sum(terms) / len(terms)


def naive_affinity(x: torch.Tensor, labels: torch.Tensor, margin: float = 1.0, reduction: str = 'mean') -> torch.Tensor:
    x = x / x.norm(dim=1, keepdim=True)
    positive, negative = [], []
    for i, j in itertools.permutations(range(len(x)), 2):
        d = distance(x[i], x[j])
        positive.append(d) if labels[i] == labels[j] else negative.append((margin - d).clamp(min=0))
    if reduction == 'pos_neg_mean':
        return sum(positive) / len(positive) + sum(negative) / len(negative)
    total = sum(positive) + sum(negative)
    return total if reduction == 'sum' else total / (len(positive) + len(negative))


def naive_affinity_l1(x: torch.Tensor, labels: torch.Tensor, delta: float = 1.0) -> torch.Tensor:
    x = x / x.norm(dim=1, keepdim=True)
    terms = [
        (distance(x[i], x[j]) - (0 if labels[i] == labels[j] else delta)).abs()
        for i, j in itertools.permutations(range(len(x)), 2)
    ]
    return sum(terms) / len(terms)


CASES = {
    'triplet': (batch_hard_triplet_loss, naive_triplet, {}),
    'triplet, margin 2': (batch_hard_triplet_loss, naive_triplet, dict(margin=2.0)),
    'triplet, weighted': (weighted_regularized_triplet_loss, naive_weighted_triplet, {}),
    'affinity': (affinity_loss, naive_affinity, {}),
    'affinity, margin 1.4': (affinity_loss, naive_affinity, dict(margin=1.4)),
    'affinity, sum': (affinity_loss, naive_affinity, dict(reduction='sum')),
    'affinity, pos_neg_mean': (affinity_loss, naive_affinity, dict(reduction='pos_neg_mean')),
    'affinity L1': (affinity_l1_loss, naive_affinity_l1, {}),
    'affinity L1, delta 0.5': (affinity_l1_loss, naive_affinity_l1, dict(delta=0.5)),
}
every_loss = pytest.mark.parametrize('case', CASES)


@every_loss
@pytest.mark.parametrize('seed', range(3))
def test_value_and_gradient_equal_the_naive_loop(case, seed):
    loss, naive, options = CASES[case]
    x, y = features(seed), features(seed)
    value, expected = loss(x, LABELS, **options), naive(y, LABELS, **options)
    value.backward(), expected.backward()
    torch.testing.assert_close(value, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(x.grad, y.grad, rtol=1e-8, atol=1e-10)


@every_loss
def test_batch_order_does_not_matter(case):
    loss, _, options = CASES[case]
    order = torch.randperm(len(LABELS), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(loss(features()[order], LABELS[order], **options), loss(features(), LABELS, **options))


@every_loss
@pytest.mark.parametrize('labels', [[0] * 8, list(range(8)), [0]], ids=['one identity', 'no positive', 'one image'])
def test_without_valid_pairs_the_loss_is_finite_and_attached(case, labels):
    loss, _, options = CASES[case]
    x = features()
    value = loss(x[: len(labels)], torch.tensor(labels), **options)
    value.backward()
    assert value.isfinite() and x.grad.isfinite().all()
    if case.startswith('triplet') or len(labels) == 1:
        assert value == 0


@every_loss
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_equal_images_keep_the_gradient_finite(case, dtype):
    loss, _, options = CASES[case]
    x = torch.ones(8, 6, dtype=dtype).requires_grad_()
    value = loss(x, LABELS, **options)
    value.backward()
    assert value.isfinite() and x.grad.isfinite().all()


def test_distance_matrix_closed_form():
    a = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    torch.testing.assert_close(
        euclidean_distance_matrix(a, torch.tensor([[0.0, 0.0], [0.0, 8.0], [3.0, 0.0]])),
        torch.tensor([[1e-6, 8.0, 3.0], [5.0, 5.0, 4.0]]),
    )


def test_rowwise_distance_closed_form():
    a, b = torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.zeros(2, 2)
    torch.testing.assert_close(rowwise_distance(a, b), torch.tensor([1e-6, 5.0]))
    torch.testing.assert_close(rowwise_distance(a, b, squared=True), torch.tensor([0.0, 25.0]))


def test_pairs_are_found_by_label_without_the_image_itself():
    positive, negative = identity_pairs(torch.tensor([7, 3, 7]))
    assert positive.tolist() == [[False, False, True], [False, False, False], [True, False, False]]
    assert negative.tolist() == [[False, True, False], [True, False, True], [False, True, False]]


def test_weighted_triplet_by_hand():
    # Points on a line: 0 and 3 show one identity, 4 and 8 another.
    x, labels = torch.tensor([[0.0], [3.0], [4.0], [8.0]]), torch.tensor([0, 0, 1, 1])

    def nearest(d: float, e: float) -> float:  # distances weighted by the softmax of their negatives
        return (d * math.exp(-d) + e * math.exp(-e)) / (math.exp(-d) + math.exp(-e))

    gaps = [3 - nearest(4, 8), 3 - nearest(1, 5), 4 - nearest(4, 1), 4 - nearest(8, 5)]
    expected = sum(math.log(1 + math.exp(gap)) for gap in gaps) / 4
    torch.testing.assert_close(weighted_regularized_triplet_loss(x, labels), torch.tensor(expected))


def test_weighted_triplet_with_distances_too_large_for_exp():
    x = torch.tensor([[0.0], [500.0], [900.0], [2000.0]], requires_grad=True)
    value = weighted_regularized_triplet_loss(x, torch.tensor([0, 0, 1, 1]))
    value.backward()
    # 500 - 900, 500 - 400, 1100 - 400, 1100 - 1500
    torch.testing.assert_close(value, torch.tensor((0 + 100.0 + 700 + 0) / 4))
    assert x.grad.isfinite().all()


def test_affinity_by_hand():
    # Orthogonal unit vectors have distance sqrt(2), more than the margin 1. Equal ones have distance 0 (1e-6 clamped).
    x = torch.tensor([[2.0, 0.0], [5.0, 0.0], [0.0, 3.0]])
    labels = torch.tensor([0, 1, 0])
    # positive pair (0, 2): sqrt 2 twice; negative pair (0, 1): 1 - 0 twice; negative pair (1, 2): 0.
    torch.testing.assert_close(affinity_loss(x, labels), torch.tensor((2 * 2**0.5 + 2) / 6), atol=1e-5, rtol=0)


def test_unknown_reduction():
    with pytest.raises(ValueError, match="got 'max'"):
        affinity_loss(features(), LABELS, reduction='max')
