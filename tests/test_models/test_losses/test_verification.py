"""Compare the pairs of a batch and their losses with the definitions."""

import pytest
import torch

from mmvireid.models.losses import MODALITY_PAIRS, draw_pairs, pairwise_bce_loss, top_ranking_loss
from mmvireid.structures import Modality


def batch(num_ids: int, num_instances: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return shuffled labels and modalities."""
    labels = torch.arange(num_ids).repeat(2 * num_instances)
    modalities = torch.tensor([0, 1]).repeat_interleave(num_ids * num_instances)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    return labels[order], modalities[order]


@pytest.mark.parametrize('num_ids, negatives', [(32, 3), (32, 1), (5, 4), (8, 0)])
def test_each_positive_comes_with_its_negatives(num_ids, negatives):
    labels, modalities = batch(num_ids, 1)
    first, second = draw_pairs(labels, modalities, negatives)
    same = labels[first] == labels[second]
    assert same.sum() == num_ids and (~same).sum() == negatives * num_ids
    assert (modalities[first] == Modality.VISIBLE).all() and (modalities[second] == Modality.INFRARED).all()
    assert len(set(zip(first.tolist(), second.tolist(), strict=True))) == len(first)  # without replacement
    assert set(labels[first[same]].tolist()) == set(range(num_ids))


def test_the_paper_compares_128_pairs():
    assert len(draw_pairs(*batch(32, 1), negatives=3)[0]) == 128


def test_negatives_are_random_and_follow_the_seed():
    drawn = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        drawn.append(torch.stack(draw_pairs(*batch(32, 1), 3)))
    assert drawn[0].equal(drawn[1]) and not drawn[0].equal(drawn[2])


def test_too_few_negatives_are_all_taken():
    labels, modalities = batch(2, 1)
    first, second = draw_pairs(labels, modalities, 3)
    assert (labels[first] != labels[second]).sum() == 2


@pytest.mark.parametrize('num_instances', [2, 3])
def test_open_set_pairs_are_of_three_kinds_in_equal_numbers(num_instances):
    num_ids, negatives = 6, 3
    labels, modalities = batch(num_ids, num_instances)
    first, second = draw_pairs(labels, modalities, negatives, MODALITY_PAIRS['all'])
    same, kind = labels[first] == labels[second], modalities[first] + modalities[second]
    expected = num_ids * num_instances * (num_instances - 1) // 2  # the pairs within one modality
    assert torch.bincount(kind[same]).tolist() == [expected] * 3
    assert torch.bincount(kind[~same]).tolist() == [negatives * expected] * 3
    assert (first != second).all()
    unordered = {frozenset(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)}
    assert len(unordered) == len(first)


@pytest.mark.parametrize('modality_pairs', MODALITY_PAIRS.values(), ids=MODALITY_PAIRS)
def test_without_positives_there_are_no_pairs(modality_pairs):
    first, second = draw_pairs(torch.arange(4), torch.tensor([0, 0, 1, 1]), 3, modality_pairs)
    assert len(first) == len(second) == 0


def test_pairwise_bce_equals_the_formula():
    x, y = torch.randn(2, 9, dtype=torch.float64, requires_grad=True)
    different = torch.arange(9) % 2 == 0
    score = (x.sigmoid() + y.sigmoid()) / 2
    expected = -torch.where(different, score.log(), (1 - score).log()).mean()
    loss = pairwise_bce_loss(x, y, different)
    torch.testing.assert_close(loss, expected)
    for found, value in zip(
        *(torch.autograd.grad(t, (x, y), retain_graph=True) for t in (loss, expected)), strict=True
    ):
        torch.testing.assert_close(found, value)


@pytest.mark.parametrize('size', [50.0, 1e4])
def test_confident_wrong_pairs_have_a_finite_loss_and_a_gradient(size):
    x = torch.tensor([size, -size, size], requires_grad=True)
    y = torch.tensor([size, -size, -size], requires_grad=True)
    loss = pairwise_bce_loss(x, y, torch.tensor([False, True, False]))
    assert loss.item() == pytest.approx((2 * size + torch.tensor(2.0).log().item()) / 3, rel=1e-5)
    gradients = torch.autograd.grad(loss, (x, y))
    assert all(gradient.isfinite().all() and gradient[:2].abs().min() > 0.1 for gradient in gradients)


def test_no_pairs_have_zero_loss():
    x = torch.zeros(0, requires_grad=True)
    loss = pairwise_bce_loss(x, x, torch.zeros(0, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0 and x.grad.shape == (0,)


def naive_top_ranking(features, labels, modalities, margin, intra_margin):
    unit = features / features.norm(dim=1, keepdim=True)
    inter, intra = [], []
    for a in range(len(unit)):
        distances = [(unit[a] - other).square().sum().sqrt() for other in unit]
        others = [i for i in range(len(unit)) if i != a]
        positives = [distances[i] for i in others if labels[i] == labels[a] and modalities[i] != modalities[a]]
        for terms, own, gap in ((inter, False, margin), (intra, True, intra_margin)):
            negatives = [
                distances[i]
                for i in others
                if labels[i] != labels[a] and (modalities[i] == modalities[a]).item() == own
            ]
            if positives and negatives:
                terms.append((gap + max(positives) - min(negatives)).clamp(min=0))
    return sum(inter) / len(inter) + sum(intra) / len(intra)


@pytest.mark.parametrize('num_instances', [1, 2])
def test_top_ranking_equals_the_naive_loop(num_instances):
    labels, modalities = batch(5, num_instances)
    features = torch.randn(len(labels), 4, dtype=torch.float64, requires_grad=True)
    loss = top_ranking_loss(features, labels, modalities, 0.5, 0.1)
    expected = naive_top_ranking(features, labels, modalities, 0.5, 0.1)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(*(torch.autograd.grad(value, features)[0] for value in (loss, expected)))
