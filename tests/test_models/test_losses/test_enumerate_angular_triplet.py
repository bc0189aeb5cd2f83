"""Compare the EAT loss with loops over tuples from the paper's equations, and check its bounds."""

import math

import pytest
import torch

from mmvireid.models.losses import (
    angular_triplet_gap,
    cross_modality_distillation_loss,
    enumerate_angular_triplet_loss,
    literal_compactness,
    variance_compactness,
)
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDFeatures, ReIDTargets, TupleRole

RGB, IR = Modality.VISIBLE, Modality.INFRARED
ANCHOR, POSITIVE, NEGATIVE = TupleRole
# Modalities of anchor, positive and negative.
EQUATIONS = {8: (RGB, IR, IR), 9: (IR, RGB, RGB), 10: (RGB, IR, RGB), 11: (IR, RGB, IR)}
EQUATIONS_BY_TERMS = {'cross': (8, 9), 'same': (10, 11), 'all': (8, 9, 10, 11)}
every_term = pytest.mark.parametrize('terms', EQUATIONS_BY_TERMS)
EXPONENTIALS = ('inside', 'outside')
every_exp = pytest.mark.parametrize('exp', EXPONENTIALS)


def batch(seed: int, num_tuples: int = 4) -> tuple[torch.Tensor, ReIDTargets]:
    """Return features and targets of a shuffled batch of tuples, with two images outside all tuples."""
    generator = torch.Generator().manual_seed(seed)
    rows = [(number, role, modality) for number in range(num_tuples) for role in TupleRole for modality in Modality]
    rows += [(-1, -1, RGB), (-1, -1, IR)]
    order = torch.randperm(len(rows), generator=generator)
    tuple_ids, roles, modalities = torch.tensor([list(map(int, row)) for row in rows])[order].unbind(1)
    features = torch.randn(len(rows), 6, generator=generator, dtype=torch.float64)
    zeros = torch.zeros_like(modalities)
    return features, ReIDTargets(zeros, modalities, zeros, tuple_ids, roles)


def group_tuples(x: torch.Tensor, targets: ReIDTargets) -> list[dict[tuple[int, int], torch.Tensor]]:
    """Return the vectors of each tuple by role and modality."""
    tuples = [{} for _ in range(1 + int(targets.tuple_ids.max()))]
    for row, number in enumerate(targets.tuple_ids.tolist()):
        if number >= 0:
            tuples[number][int(targets.roles[row]), int(targets.modalities[row])] = x[row]
    return tuples


def cos(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return sum(a * b) / (sum(a * a) ** 0.5 * sum(b * b) ** 0.5)


def hinge(value: torch.Tensor) -> torch.Tensor:
    return value if value > 0 else 0 * value


def naive_eat(x, targets, terms, exp, clamp_pos, margin):
    total, tuples = 0, group_tuples(x, targets)
    for equation in EQUATIONS_BY_TERMS[terms]:
        anchor_modality, positive_modality, negative_modality = EQUATIONS[equation]
        gaps = []
        for images in tuples:
            anchor = images[ANCHOR, anchor_modality]
            similarity = cos(anchor, images[POSITIVE, positive_modality])
            if clamp_pos:
                similarity = hinge(similarity)
            gaps.append(hinge(cos(anchor, images[NEGATIVE, negative_modality])) - similarity + margin)
        if exp == 'inside':  # Eqs. 15 and 16
            total = total + sum(math.e**gap for gap in gaps) / len(gaps)
        else:
            total = total + math.e ** (sum(hinge(gap) for gap in gaps) / len(gaps))
    return total


def naive_compactness(x, targets, compact):
    """Compute Eq. 18, or for 'variance' the squared differences of unit-length elements from their mean."""
    total, tuples = 0, group_tuples(x, targets)
    for modality in Modality:
        for images in tuples:
            anchor = images[ANCHOR, modality]
            if compact == 'variance':
                anchor = anchor / sum(anchor * anchor) ** 0.5
            mean = sum(anchor) / len(anchor)
            for element in anchor:
                if compact == 'literal':
                    total = total + math.e ** (element * mean / (abs(element) * abs(mean)))
                else:
                    total = total + (element - mean) ** 2 / len(tuples)
    return total


def build(**options):
    return MODELS.build(dict(type='EnumerateAngularTripletHead', loss_weights=dict(x=1.0), **options))


@pytest.mark.parametrize('seed', range(2))
@pytest.mark.parametrize('compact', [None, 'literal', 'variance'])
@pytest.mark.parametrize('margin', [0.3, 1.0])
@pytest.mark.parametrize('clamp_pos', [False, True])
@every_exp
@every_term
def test_value_and_gradient_equal_the_naive_loop(terms, exp, clamp_pos, margin, compact, seed):
    x, targets = batch(seed)
    y = x.clone().requires_grad_()
    x.requires_grad_()
    options = dict(terms=terms, exp=exp, clamp_pos=clamp_pos, margin=margin)
    value = build(**options, **(dict(compact=compact, compact_weight=0.7) if compact else {})).formula(x, targets)
    expected = naive_eat(y, targets, **options)
    if compact:
        expected = expected + 0.7 * naive_compactness(y, targets, compact)
    value.backward(), expected.backward()
    torch.testing.assert_close(value, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(x.grad, y.grad, rtol=1e-8, atol=1e-10)


def plane(*degrees: float) -> torch.Tensor:
    """Return vectors in the plane at given angles, with different lengths, (T, 2)."""
    angles = torch.tensor(degrees, dtype=torch.float64).deg2rad()
    lengths = torch.arange(1, len(degrees) + 1)[:, None]
    return lengths * torch.stack([angles.cos(), angles.sin()], dim=1)


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        (dict(terms='cross'), [2.5, 0.5]),  # visible anchor: 0.5 + 1 + 1; infrared anchor: 0 - 0.5 + 1
        (dict(terms='same'), [2.0, 1.0]),  # 0 + 1 + 1; 0.5 - 0.5 + 1
        (dict(terms='all'), [2.5, 0.5, 2.0, 1.0]),
        (dict(terms='all', clamp_pos=True), [1.5, 0.5, 1.0, 1.0]),
        (dict(terms='all', margin=0.3), [1.8, -0.2, 1.3, 0.3]),
        (dict(terms='all', margin=0.3, exp='outside'), [1.8, 0.0, 1.3, 0.3]),
    ],
)
def test_by_hand(options, expected):
    # Degrees: anchors 0; visible positive 60, negative 120; infrared positive 180, negative 60.
    options['terms'] = {'all': ('cross', 'same')}.get(options['terms'], (options['terms'],))
    value = enumerate_angular_triplet_loss(
        (plane(0), plane(0)), (plane(60), plane(180)), (plane(120), plane(60)), **options
    )
    assert value.item() == pytest.approx(sum(map(math.exp, expected)))


def test_the_mean_is_inside_or_outside_the_exponential():
    anchors, positives, negatives = plane(0, 0), plane(0, 180), plane(90, 90)  # gaps 0 and 2
    sides = [(vectors, vectors) for vectors in (anchors, positives, negatives)]
    inside, outside = (enumerate_angular_triplet_loss(*sides, terms=('cross',), exp=exp) for exp in EXPONENTIALS)
    assert inside.item() == pytest.approx(2 * (1 + math.e**2) / 2)
    assert outside.item() == pytest.approx(2 * math.e)


@pytest.mark.parametrize('clamp_pos', [False, True])
def test_a_clamped_positive_with_a_negative_cosine_has_no_gradient(clamp_pos):
    positive = plane(100, 80).requires_grad_()
    gap = angular_triplet_gap(plane(0, 0), positive, plane(30, 30), clamp_pos=clamp_pos)
    gap.sum().backward()
    assert positive.grad.any(dim=1).tolist() == [not clamp_pos, True]


def vectors_of_all_sizes() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    unit = torch.nn.functional.normalize(torch.randn(48, 16, generator=generator))
    scales = 10.0 ** torch.randint(-40, 38, (48, 1), generator=generator)
    return {
        'unit vectors': unit,
        'zero vectors': torch.zeros(48, 16),
        'some zero vectors': unit * (torch.arange(48) % 5 > 0)[:, None],
        'huge vectors': 1e30 * unit,
        'tiny vectors': 1e-30 * unit,
        'vectors of very different lengths': scales * unit,
        'equal vectors': unit[:1].expand(48, -1),
        'opposite vectors': unit[:1] * (-1.0) ** torch.arange(48)[:, None],
        'sparse vectors': torch.eye(16).repeat(3, 1),
    }


@pytest.mark.parametrize('margin', [0.3, 1.0])
@pytest.mark.parametrize('clamp_pos', [False, True])
@pytest.mark.parametrize('case', vectors_of_all_sizes())
def test_no_finite_vectors_overflow_the_exponential(case, clamp_pos, margin):
    # [cos]+ is in [0, 1], and cos in [-1, 1] (clamped: [0, 1]). Each term is in [e^(m - 1), e^(m + 2)].
    lowest, highest = math.exp(margin - 1), math.exp(margin + (1 if clamp_pos else 2))
    roles = vectors_of_all_sizes()[case].view(3, 2, 8, 16)
    for exp in EXPONENTIALS:
        for terms in (('cross',), ('same',)):
            x = roles.clone().requires_grad_()
            value = enumerate_angular_triplet_loss(*x, terms=terms, exp=exp, clamp_pos=clamp_pos, margin=margin)
            value.backward()
            assert 2 * lowest * (1 - 1e-5) <= value.item() <= 2 * highest * (1 + 1e-5)
            assert x.grad.isfinite().all()


def test_the_bounds_are_reached():
    one = torch.tensor([[3.0, 4.0]])
    best = enumerate_angular_triplet_loss([one, one], [one, one], [-one, -one], terms=('cross',))
    worst = enumerate_angular_triplet_loss([one, one], [-one, -one], [one, one], terms=('cross',))
    without = enumerate_angular_triplet_loss(*torch.zeros(3, 2, 1, 2), terms=('cross',))
    assert [value.item() for value in (best, without, worst)] == pytest.approx([2, 2 * math.e, 2 * math.e**3])


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('autocast', [False, True])
@every_exp
def test_half_precision_equals_float32(exp, autocast, dtype):
    x, targets = batch(0)
    x = (400 * x).to(dtype)  # squares overflow in half precision
    half, full = x.clone().requires_grad_(), x.float().requires_grad_()
    head = build(exp=exp, compact_weight=0.1)
    with torch.autocast('cpu', torch.bfloat16, enabled=autocast):
        value = head.loss(ReIDFeatures(x=half), targets)['loss_x']
    expected = head.formula(full, targets)
    value.backward(), expected.backward()
    assert value.dtype == torch.float32 and torch.equal(value, expected)
    torch.testing.assert_close(half.grad, full.grad.to(dtype))


def test_variance_compactness_is_one_minus_the_squared_cosine_with_equal_elements():
    x, _ = batch(0)
    expected = sum(1 - cos(row, torch.ones_like(row)) ** 2 for row in x) / len(x)
    torch.testing.assert_close(variance_compactness(x), expected)
    torch.testing.assert_close(variance_compactness(7 * x), expected)
    assert variance_compactness(torch.full((3, 4), 0.3)).item() == pytest.approx(0, abs=1e-6)
    assert variance_compactness(torch.tensor([[2.0, -2.0]])).item() == pytest.approx(1)


def test_literal_compactness_counts_signs_and_has_no_gradient():
    x = torch.tensor([[2.0, 1.0, -1.0, 0.0], [-1.0, -1.0, -1.0, -1.0]], requires_grad=True)
    value = literal_compactness(x)
    value.backward()
    assert value.item() == pytest.approx(2 * math.e + 1 / math.e + 1 + 4 * math.e)
    assert not x.grad.any()


@pytest.mark.parametrize('compactness', [literal_compactness, variance_compactness])
@pytest.mark.parametrize('scale', [0.0, 1e-30, 1e30])
def test_compactness_of_any_vectors_is_finite(compactness, scale):
    x = (scale * torch.randn(4, 16, generator=torch.Generator().manual_seed(0))).requires_grad_()
    value = compactness(x)
    value.backward()
    assert 0 <= value.item() <= (1 + 1e-6 if compactness is variance_compactness else 4 * 16 * math.e)
    assert x.grad.isfinite().all()


def test_the_order_of_the_batch_does_not_matter():
    x, targets = batch(0)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(9))
    head = build(compact_weight=1.0)
    torch.testing.assert_close(head.formula(x[order], targets.select(order)), head.formula(x, targets))


def test_a_batch_without_tuples():
    x, targets = batch(0)
    zeros = torch.zeros_like(targets.labels)
    with pytest.raises(ValueError, match='use a sampler that draws tuples'):
        build().formula(x, ReIDTargets(zeros, targets.modalities, zeros))


@pytest.mark.parametrize('name', ['terms', 'exp', 'compact'])
def test_unknown_options(name):
    with pytest.raises(ValueError, match=f"{name} must be one of .*, got 'both'"):
        build(**{name: 'both'})
    with pytest.raises(KeyError):
        enumerate_angular_triplet_loss(*torch.ones(3, 2, 4, 6), terms='cross')  # terms must be a sequence of names


def test_tuples_that_lack_an_image_are_refused():
    whole, short = [torch.randn(3, 4)] * 2, [torch.randn(3, 4), torch.randn(1, 4)]
    for features in ((short, whole, whole), (whole, short, whole), (whole, whole, short)):
        with pytest.raises(ValueError, match='A tuple must have one image in each role and modality'):
            enumerate_angular_triplet_loss(*features)
    with pytest.raises(ValueError, match='A tuple must have one image in each role and modality'):
        cross_modality_distillation_loss(whole, short)
