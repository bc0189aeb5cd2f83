"""Compare the center loss with a naive loop."""

import pytest
import torch

from mmvireid.models.losses import center_loss

LABELS = torch.tensor([0, 2, 2, 1, 4, 2])
NUM_CLASSES = 5
either_distance = pytest.mark.parametrize('squared', [True, False])


def drawn(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x, centers = torch.randn(len(LABELS) + NUM_CLASSES, 4, generator=generator, dtype=torch.float64).split(
        [len(LABELS), NUM_CLASSES]
    )
    return x.clone().requires_grad_(), centers.clone().requires_grad_()


@either_distance
@pytest.mark.parametrize('seed', range(3))
def test_value_and_gradients_equal_the_naive_loop(squared, seed):
    x, centers = drawn(seed)
    value = center_loss(x, LABELS, centers, squared)
    value.backward()
    y, same_centers = drawn(seed)
    terms = []
    for image, label in zip(y, LABELS.tolist(), strict=True):
        distance = (image - same_centers[label]).square().sum()
        terms.append(distance if squared else distance.sqrt())
    expected = 0.5 * sum(terms) / len(terms)
    expected.backward()
    torch.testing.assert_close(value, expected, rtol=1e-10, atol=0)
    torch.testing.assert_close(x.grad, y.grad, rtol=1e-8, atol=1e-12)
    torch.testing.assert_close(centers.grad, same_centers.grad, rtol=1e-8, atol=1e-12)
    assert not centers.grad[3].any(), 'an identity that is not in the batch'


def test_by_hand():
    x, centers = torch.tensor([[3.0, 4.0], [1.0, 0.0]]), torch.tensor([[0.0, 0.0], [1.0, 2.0]])
    labels = torch.tensor([0, 1])
    torch.testing.assert_close(center_loss(x, labels, centers), torch.tensor((25 + 4) / 4))
    torch.testing.assert_close(center_loss(x, labels, centers, squared=False), torch.tensor((5 + 2) / 4))


@either_distance
def test_batch_order_does_not_matter(squared):
    x, centers = drawn(0)
    order = torch.tensor([3, 5, 0, 1, 4, 2])
    torch.testing.assert_close(
        center_loss(x[order], LABELS[order], centers, squared), center_loss(x, LABELS, centers, squared)
    )


@either_distance
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_images_at_their_center_keep_the_gradient_finite(squared, dtype):
    x = torch.ones(len(LABELS), 4, dtype=dtype).requires_grad_()
    centers = torch.ones(NUM_CLASSES, 4, dtype=dtype).requires_grad_()
    value = center_loss(x, LABELS, centers, squared)
    value.backward()
    assert value.isfinite() and x.grad.isfinite().all() and centers.grad.isfinite().all()
