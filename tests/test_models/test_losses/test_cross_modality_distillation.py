"""Compare the CMKD loss with loops over tuples, positions and channels (LCCRF Eq. 5)."""

import itertools

import pytest
import torch

from mmvireid.models.losses import cross_modality_distillation_loss
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDFeatures, ReIDTargets, TupleRole

ANCHOR, POSITIVE, NEGATIVE = TupleRole
NUM_TUPLES = 3
every_shape = pytest.mark.parametrize('shape', [(4, 3, 2), (5,)], ids=['maps', 'vectors'])
every_level = pytest.mark.parametrize('level', ['map', 'pooled'])
every_reduction = pytest.mark.parametrize('reduction', ['mean', 'sum'])


def batch(shape: tuple[int, ...], seed: int = 0) -> tuple[torch.Tensor, ReIDTargets]:
    """Return maps or vectors of a shuffled batch of tuples, with one image outside all tuples."""
    generator = torch.Generator().manual_seed(seed)
    rows = list(itertools.product(range(NUM_TUPLES), TupleRole, Modality)) + [(-1, -1, 1)]
    rows = torch.tensor([list(map(int, row)) for row in rows])[torch.randperm(len(rows), generator=generator)]
    tuple_ids, roles, modalities = rows.unbind(1)
    zeros = torch.zeros_like(modalities)
    features = torch.randn(len(rows), *shape, generator=generator, dtype=torch.float64)
    return features, ReIDTargets(zeros, modalities, zeros, tuple_ids, roles)


def naive_cmkd(x: torch.Tensor, targets: ReIDTargets, level: str, reduction: str) -> torch.Tensor:
    image = {
        (int(targets.tuple_ids[row]), int(targets.roles[row]), int(targets.modalities[row])): x[row]
        for row in range(len(x))
    }
    total = 0
    for number in range(NUM_TUPLES):
        for own, other in ((0, 1), (1, 0)):
            a, p = image[number, ANCHOR, own], image[number, POSITIVE, other]
            if level == 'pooled' and a.ndim == 3:
                a, p = (torch.stack([sum(channel.flatten()) / channel.numel() for channel in m]) for m in (a, p))
            squares = sum((u - v) ** 2 for u, v in zip(a.flatten(), p.flatten(), strict=True))
            total = total + squares / (a.numel() if reduction == 'mean' else 1)
    return total / NUM_TUPLES


def build(**options):
    return MODELS.build(dict(type='CrossModalityDistillationHead', loss_weights=dict(x=1.0), **options))


@pytest.mark.parametrize('seed', range(3))
@every_shape
@every_reduction
@every_level
def test_value_and_gradient_equal_the_naive_loop(level, reduction, shape, seed):
    x, targets = batch(shape, seed)
    y = x.clone().requires_grad_()
    x.requires_grad_()
    value = build(level=level, reduction=reduction).formula(x, targets)
    expected = naive_cmkd(y, targets, level, reduction)
    value.backward(), expected.backward()
    torch.testing.assert_close(value, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(x.grad, y.grad, rtol=1e-8, atol=1e-10)


def test_by_hand():
    visible, infrared = torch.tensor([[[[1.0, 2.0]]]]), torch.tensor([[[[4.0, 0.0]]]])
    anchors, positives = (visible, visible + 10), (infrared, infrared)  # visible, infrared
    # Visible anchor, infrared positive: (3, 2); infrared anchor, visible positive: (7, 12).
    expected = {
        ('map', 'sum'): 9 + 4 + 49 + 144,
        ('map', 'mean'): (9 + 4 + 49 + 144) / 2,
        ('pooled', 'sum'): 0.5**2 + 9.5**2,
        ('pooled', 'mean'): 0.5**2 + 9.5**2,
    }
    for (level, reduction), value in expected.items():
        assert cross_modality_distillation_loss(anchors, positives, level, reduction).item() == pytest.approx(value)


def test_sum_is_the_mean_times_the_number_of_elements():
    generator = torch.Generator().manual_seed(0)
    maps = torch.rand(4, 2, 256, 96, 32, generator=generator)  # maps of layer1 for images of 384x128
    mean, total = (cross_modality_distillation_loss(maps[:2], maps[2:], reduction=name) for name in ('mean', 'sum'))
    assert (total / mean).item() == pytest.approx(786_432)


def test_only_anchors_and_positives_have_a_gradient():
    x, targets = batch((4, 3, 2))
    x.requires_grad_()
    build().loss(ReIDFeatures(x=x), targets)['loss_x'].backward()
    trained = x.grad.flatten(1).any(dim=1)
    assert torch.equal(trained, (targets.roles == ANCHOR) | (targets.roles == POSITIVE))


@every_level
def test_equal_maps_have_zero_loss(level):
    x, targets = batch((4, 3, 2))
    x = x[:1].expand_as(x).clone().requires_grad_()
    value = build(level=level).formula(x, targets)
    value.backward()
    assert value == 0 and not x.grad.any()


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('autocast', [False, True])
@every_level
def test_half_precision_equals_float32(level, autocast, dtype):
    x, targets = batch((4, 3, 2))
    x = (500 * x).to(dtype)  # squares overflow in half precision
    half, full = x.clone().requires_grad_(), x.float().requires_grad_()
    head = build(level=level)
    with torch.autocast('cpu', torch.bfloat16, enabled=autocast):
        value = head.loss(ReIDFeatures(x=half), targets)['loss_x']
    expected = head.formula(full, targets)
    value.backward(), expected.backward()
    assert value.dtype == torch.float32 and torch.equal(value, expected)
    torch.testing.assert_close(half.grad, full.grad.to(dtype))


def test_the_order_of_the_batch_does_not_matter():
    x, targets = batch((4, 3, 2))
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(9))
    torch.testing.assert_close(build().formula(x[order], targets.select(order)), build().formula(x, targets))


def test_a_batch_without_tuples():
    x, targets = batch((5,))
    zeros = torch.zeros_like(targets.labels)
    with pytest.raises(ValueError, match='use a sampler that draws tuples'):
        build().formula(x, ReIDTargets(zeros, targets.modalities, zeros))


@pytest.mark.parametrize('name', ['level', 'reduction'])
def test_unknown_options(name):
    with pytest.raises(ValueError, match=f"{name} must be one of .*, got 'both'"):
        build(**{name: 'both'})
