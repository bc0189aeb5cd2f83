"""Compare the hard pentaplet loss with a naive loop, for ragged batches and batches without pairs."""

import pytest
import torch

from mmvireid.models.losses import batch_hard_triplet_loss, cross_modality_pairs, hard_pentaplet_loss

VISIBLE, INFRARED = 0, 1


def batch(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return a shuffled batch with up to four images of each identity in each modality."""
    generator = torch.Generator().manual_seed(seed)
    counts = torch.randint(0, 5, (5, 2), generator=generator)
    counts[1] = torch.tensor([2, 3])
    counts[2] = torch.tensor([2, 0])  # anchors of the global half only
    counts[3] = torch.tensor([0, 1])  # never an anchor, but a negative of others
    rows = torch.tensor([(7 * i + 2, m) for i in range(5) for m in (0, 1) for _ in range(counts[i, m])])
    labels, modalities = rows[torch.randperm(len(rows), generator=generator)].unbind(1)
    return torch.randn(len(rows), 6, generator=generator, dtype=torch.float64), labels, modalities


def naive_half(x: torch.Tensor, labels: list[int], modalities: list[int], margin: float, across: bool) -> torch.Tensor:
    terms = []
    for a in range(len(x)):
        positives, negatives = [], []
        for other in range(len(x)):
            if other == a or (across and modalities[other] == modalities[a]):
                continue
            distance = (x[a] - x[other]).square().sum().sqrt()
            (positives if labels[other] == labels[a] else negatives).append(distance)
        if positives and negatives:
            terms.append((margin + max(positives) - min(negatives)).clamp(min=0))
    return sum(terms) / len(terms)


def naive_pentaplet(x, labels, modalities, margin):
    rows = labels.tolist(), modalities.tolist(), margin
    return naive_half(x, *rows, across=False) + naive_half(x, *rows, across=True)


@pytest.mark.parametrize('margin', [0.0, 0.3, 2.0])
@pytest.mark.parametrize('seed', range(12))
def test_value_and_gradient_equal_the_naive_loop(seed, margin):
    x, labels, modalities = batch(seed)
    y = x.clone().requires_grad_()
    x.requires_grad_()
    value, expected = hard_pentaplet_loss(x, labels, modalities, margin), naive_pentaplet(y, labels, modalities, margin)
    value.backward(), expected.backward()
    torch.testing.assert_close(value, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(x.grad, y.grad, rtol=1e-8, atol=1e-10)


def test_by_hand():
    # On a line: identity 0 at 0 (visible) and 3 (infrared), identity 1 at 5 (visible) and 9 (infrared); margin 3.
    x, labels, modalities = (
        torch.tensor([[0.0], [3.0], [5.0], [9.0]]),
        torch.tensor([0, 0, 1, 1]),
        torch.tensor([0, 1] * 2),
    )
    global_half = [3 + 3 - 5, 3 + 3 - 2, 3 + 4 - 2, 3 + 4 - 6]
    cross_modality_half = [0, 3 + 3 - 2, 3 + 4 - 2, 0]  # anchors 0 and 9 have far negatives
    torch.testing.assert_close(
        hard_pentaplet_loss(x, labels, modalities, margin=3.0),
        torch.tensor(sum(global_half) / 4 + sum(cross_modality_half) / 4),
    )


def test_both_halves_may_choose_the_same_images():
    # The hardest positive and the hardest negative of each anchor have the other modality.
    x = torch.tensor([[0.0], [11.0], [10.0], [1.0]], requires_grad=True)
    labels = torch.tensor([0, 0, 1, 1])
    value = hard_pentaplet_loss(x, labels, torch.tensor([0, 1, 0, 1]))
    once = batch_hard_triplet_loss(x, labels)
    torch.testing.assert_close(value, 2 * once)
    torch.testing.assert_close(*torch.autograd.grad(value, x), 2 * torch.autograd.grad(once, x)[0])


def test_anchors_without_a_cross_modality_positive_count_in_the_global_half():
    # Identity 1 is visible only. Its two images are anchors of the global half and negatives in both halves.
    x = torch.tensor([[0.0], [4.0], [5.0], [6.0]], requires_grad=True)
    labels, modalities = torch.tensor([0, 0, 1, 1]), torch.tensor([VISIBLE, INFRARED, VISIBLE, VISIBLE])
    value = hard_pentaplet_loss(x, labels, modalities, margin=0.5)
    # Anchor 0 has no cross-modality negative. The infrared anchor has the image at 5.
    torch.testing.assert_close(value, torch.tensor((0 + 3.5 + 0.5 + 0) / 4 + 3.5))


@pytest.mark.parametrize('modality', [VISIBLE, INFRARED])
def test_one_modality_leaves_the_global_half(modality):
    x, labels, modalities = batch(0)
    x.requires_grad_()
    value = hard_pentaplet_loss(x, labels, torch.full_like(modalities, modality))
    torch.testing.assert_close(value, batch_hard_triplet_loss(x, labels))
    assert value > 0


@pytest.mark.parametrize(
    'labels, modalities',
    [
        ([9] * 6, [0, 0, 0, 1, 1, 1]),
        ([1, 2, 3, 4], [0, 0, 1, 1]),
        ([5, 5], [0, 1]),
        ([5, 6], [0, 1]),
        ([5], [1]),
    ],
    ids=['one identity', 'no positive', 'a pair of one identity', 'a pair of two', 'one image'],
)
def test_without_anchors_the_loss_is_an_attached_zero(labels, modalities):
    x = torch.randn(len(labels), 6, generator=torch.Generator().manual_seed(0), requires_grad=True)
    value = hard_pentaplet_loss(x, torch.tensor(labels), torch.tensor(modalities))
    (gradient,) = torch.autograd.grad(value, x)
    assert value == 0 and not gradient.any()


def test_batch_order_does_not_matter():
    x, labels, modalities = batch(0)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        hard_pentaplet_loss(x[order], labels[order], modalities[order]), hard_pentaplet_loss(x, labels, modalities)
    )


@pytest.mark.parametrize('scale', [1e-4, 1e5])
def test_without_a_margin_the_loss_scales_with_the_distances(scale):
    x, labels, modalities = batch(0)
    once = hard_pentaplet_loss(x, labels, modalities, margin=0.0)
    torch.testing.assert_close(hard_pentaplet_loss(scale * x, labels, modalities, margin=0.0), scale * once)


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_equal_images_keep_the_gradient_finite(dtype):
    _, labels, modalities = batch(0)
    x = torch.ones(len(labels), 6, dtype=dtype).requires_grad_()
    value = hard_pentaplet_loss(x, labels, modalities)
    value.backward()
    torch.testing.assert_close(value, torch.tensor(0.6))  # both halves: the margin
    assert x.grad.isfinite().all()


def test_pairs_across_modalities():
    across = cross_modality_pairs(torch.tensor([1, 0, 1]))
    assert across.tolist() == [[False, True, False], [True, False, True], [False, True, False]]


def test_features_far_from_the_origin_keep_their_gradient():
    """Use positive float32 features of length 2048 with norm 20, a thousand times their distances."""
    x, labels, modalities = batch(0)
    x = 0.45 + 5e-4 * torch.randn(len(x), 2048, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = x.float().requires_grad_()
    x = y.detach().double().requires_grad_()
    value, expected = hard_pentaplet_loss(y, labels, modalities), naive_pentaplet(x, labels, modalities, 0.3)
    value.backward(), expected.backward()
    torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=0)
    assert torch.nn.functional.cosine_similarity(y.grad.double().flatten(), x.grad.flatten(), dim=0) > 0.9999


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_an_image_twice_in_half_precision(dtype):
    x, labels, modalities = batch(0)
    x = x.to(dtype)
    x[modalities == VISIBLE] = x[0].clone()  # as in a draw with replacement
    x.requires_grad_()
    value = hard_pentaplet_loss(x, labels, modalities)
    value.backward()
    assert value.dtype == torch.float32 and x.grad.isfinite().all()
