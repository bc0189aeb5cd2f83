"""Compare losses on centers with naive loops, for full batches, ragged batches and batches without pairs."""

import pytest
import torch

from mmvireid.models.losses import hetero_center_loss, hetero_center_triplet_loss, modality_centers

VISIBLE, INFRARED = 0, 1


def batch(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return a shuffled batch with up to three images of each identity in each modality."""
    generator = torch.Generator().manual_seed(seed)
    counts = torch.randint(0, 4, (5, 2), generator=generator)
    counts[1] = torch.tensor([2, 3])  # in both modalities, unequal counts
    counts[2] = torch.tensor([2, 0])  # no positive
    rows = torch.tensor([(7 * i + 2, m) for i in range(5) for m in (0, 1) for _ in range(counts[i, m])])
    labels, modalities = rows[torch.randperm(len(rows), generator=generator)].unbind(1)
    return torch.randn(len(rows), 6, generator=generator, dtype=torch.float64), labels, modalities


def naive_centers(x: torch.Tensor, labels: torch.Tensor, modalities: torch.Tensor) -> dict:
    groups = {}
    for image, label, modality in zip(x, labels.tolist(), modalities.tolist(), strict=True):
        groups.setdefault((label, modality), []).append(image)
    return {key: sum(images) / len(images) for key, images in groups.items()}


def distance(a: torch.Tensor, b: torch.Tensor, squared: bool = False) -> torch.Tensor:
    total = (a - b).square().sum()
    return total if squared else total.sqrt()


def naive_triplet(x, labels, modalities, margin=0.3, reduction='mean'):
    centers, terms = naive_centers(x, labels, modalities), []
    for (label, modality), anchor in centers.items():
        positive = centers.get((label, 1 - modality))
        negatives = [distance(anchor, center) for (other, _), center in centers.items() if other != label]
        if positive is not None and negatives:
            terms.append((margin + distance(anchor, positive) - min(negatives)).clamp(min=0))
    return sum(terms) if reduction == 'sum' else sum(terms) / len(terms)


def naive_gap(x, labels, modalities, squared=True):
    centers = naive_centers(x, labels, modalities)
    terms = [
        distance(center, centers[label, INFRARED], squared)
        for (label, modality), center in centers.items()
        if modality == VISIBLE and (label, INFRARED) in centers
    ]
    return sum(terms) / len(terms)


CASES = {
    'triplet': (hetero_center_triplet_loss, naive_triplet, {}),
    'triplet, margin 2': (hetero_center_triplet_loss, naive_triplet, dict(margin=2.0)),
    'triplet, sum': (hetero_center_triplet_loss, naive_triplet, dict(reduction='sum')),
    'gap': (hetero_center_loss, naive_gap, {}),
    'gap, unsquared': (hetero_center_loss, naive_gap, dict(squared=False)),
}
every_loss = pytest.mark.parametrize('case', CASES)


@every_loss
@pytest.mark.parametrize('seed', range(8))
def test_value_and_gradient_equal_the_naive_loop(case, seed):
    loss, naive, options = CASES[case]
    x, labels, modalities = batch(seed)
    y = x.clone().requires_grad_()
    x.requires_grad_()
    value, expected = loss(x, labels, modalities, **options), naive(y, labels, modalities, **options)
    value.backward(), expected.backward()
    torch.testing.assert_close(value, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(x.grad, y.grad, rtol=1e-8, atol=1e-10)


@every_loss
def test_batch_order_does_not_matter(case):
    loss, _, options = CASES[case]
    x, labels, modalities = batch(0)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        loss(x[order], labels[order], modalities[order], **options), loss(x, labels, modalities, **options)
    )


@every_loss
@pytest.mark.parametrize(
    'labels, modalities',
    [([0, 0, 1, 1], [0, 0, 0, 0]), ([0, 0, 1, 1], [0, 0, 1, 1]), ([3], [1])],
    ids=['one modality', 'no identity in both modalities', 'one image'],
)
def test_without_positives_the_loss_is_an_attached_zero(case, labels, modalities):
    loss, _, options = CASES[case]
    x = torch.randn(len(labels), 6, generator=torch.Generator().manual_seed(0)).requires_grad_()
    value = loss(x, torch.tensor(labels), torch.tensor(modalities), **options)
    value.backward()
    assert value == 0 and not x.grad.any()


@pytest.mark.parametrize('reduction', ['mean', 'sum'])
def test_one_identity_has_no_negative(reduction):
    x = torch.randn(4, 6, generator=torch.Generator().manual_seed(0)).requires_grad_()
    labels, modalities = torch.full((4,), 9), torch.tensor([0, 0, 1, 1])
    value = hetero_center_triplet_loss(x, labels, modalities, reduction=reduction)
    value.backward()
    assert value == 0 and not x.grad.any()
    assert hetero_center_loss(x, labels, modalities) > 0


@every_loss
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_equal_images_keep_the_gradient_finite(case, dtype):
    loss, _, options = CASES[case]
    _, labels, modalities = batch(0)
    x = torch.ones(len(labels), 6, dtype=dtype).requires_grad_()
    value = loss(x, labels, modalities, **options)
    value.backward()
    assert value.isfinite() and x.grad.isfinite().all()


@every_loss
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_two_equal_centers_of_different_images_keep_the_gradient_finite(case, dtype):
    loss, _, options = CASES[case]
    x = torch.tensor([[1.0, 3], [3, 1], [2, 2], [2, 2], [9, 9], [9, 8]]).to(dtype).requires_grad_()
    value = loss(x, torch.tensor([0, 0, 0, 0, 1, 1]), torch.tensor([0, 0, 1, 1, 0, 1]), **options)
    value.backward()
    assert value.isfinite() and x.grad.isfinite().all()


def test_centers_by_hand():
    x = torch.tensor([[1.0], [3.0], [10.0], [7.0]])
    centers, present = modality_centers(x, torch.tensor([5, 5, 2, 5]), torch.tensor([0, 0, 1, 1]))
    assert centers.tolist() == [[[0.0], [2.0]], [[10.0], [7.0]]]
    assert present.tolist() == [[False, True], [True, True]]


def test_by_hand():
    # Centers on a line, visible / infrared: identity 0 at 0 / 1, identity 1 at 3 / 5, identity 2 at - / 4.
    x = torch.tensor([[-1.0], [1.0], [1.0], [3.0], [5.0], [4.0]])
    labels, modalities = torch.tensor([0, 0, 0, 1, 1, 2]), torch.tensor([0, 0, 1, 0, 1, 1])
    # margin + positive - negative: .3 + 1 - 3 and .3 + 1 - 2 (both below 0), .3 + 2 - 1, .3 + 2 - 1
    torch.testing.assert_close(hetero_center_triplet_loss(x, labels, modalities), torch.tensor((1.3 + 1.3) / 4))
    torch.testing.assert_close(
        hetero_center_triplet_loss(x, labels, modalities, margin=2.0, reduction='sum'), torch.tensor(0 + 1.0 + 3 + 3)
    )
    torch.testing.assert_close(hetero_center_loss(x, labels, modalities), torch.tensor((1.0 + 4) / 2))
    torch.testing.assert_close(hetero_center_loss(x, labels, modalities, squared=False), torch.tensor((1.0 + 2) / 2))


def test_unknown_reduction():
    with pytest.raises(ValueError, match="got 'max'"):
        hetero_center_triplet_loss(*batch(0), reduction='max')
