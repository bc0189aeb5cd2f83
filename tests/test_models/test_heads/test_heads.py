"""Check every registered head, and what the base class adds to a formula."""

import pytest
import torch
import torch.nn.functional as F

from mmvireid.models import heads
from mmvireid.models.heads import BaseHead, CenterHead, IDHead
from mmvireid.models.losses import (
    affinity_l1_loss,
    affinity_loss,
    batch_hard_triplet_loss,
    center_loss,
    cross_modality_distillation_loss,
    enumerate_angular_triplet_loss,
    hard_pentaplet_loss,
    hetero_center_loss,
    hetero_center_triplet_loss,
    weighted_regularized_triplet_loss,
)
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDFeatures, ReIDTargets

# One entry for each registered head that is a BaseHead. The first test fails if a head has none.
CONFIGS = {
    'IDHead': dict(num_classes=4, in_channels=6, loss_weights=dict(bn=1.0)),
    'CenterHead': dict(num_classes=4, in_channels=6),
    'TripletHead': dict(),
    'WeightedRegularizedTripletHead': dict(),
    'HardPentapletHead': dict(loss_weights=dict(pooled=1.0)),
    'TopRankingHead': dict(),
    'HeteroCenterTripletHead': dict(),
    'HeteroCenterHead': dict(),
    'AffinityHead': dict(),
    'AffinityL1Head': dict(),
    'EnumerateAngularTripletHead': dict(),
    'CrossModalityDistillationHead': dict(loss_weights=dict(pooled=1.0)),
}
every_head = pytest.mark.parametrize('name', CONFIGS)
NUM_PARTS = 3
# Visible anchor, positive and negative, then infrared ones. Images 5, 7, 13 and 15 are in no tuple.
TUPLES = [[6, 2, 3, 14, 10, 9], [0, 4, 1, 8, 12, 11]]


def batch(dtype: torch.dtype = torch.float32) -> tuple[ReIDFeatures, ReIDTargets]:
    generator = torch.Generator().manual_seed(0)
    pooled, bn, fused = torch.randn(3, 16, 6, generator=generator).to(dtype)
    parts = torch.randn(16, NUM_PARTS, 6, generator=generator).to(dtype)
    labels = torch.arange(4).repeat(4)
    modalities = torch.tensor([0, 1]).repeat_interleave(8)
    tuple_ids, roles = torch.full((2, 16), -1)
    for number, images in enumerate(TUPLES):
        tuple_ids[images] = number
        roles[images] = torch.arange(3).repeat(2)
    features = ReIDFeatures(pooled=pooled, bn=bn, fused=fused, parts=parts)
    return features, ReIDTargets(labels, modalities, modalities * 2 + 1, tuple_ids, roles)


def build(name: str, **options) -> BaseHead:
    return MODELS.build({**CONFIGS[name], **options, 'type': name})


def build_for_parts(name: str, weight: float = 1.0) -> BaseHead:
    """Build the head for the feature with parts, with parameters for each part if the head has parameters."""
    num_parts = dict(num_parts=NUM_PARTS) if any(True for _ in build(name).parameters()) else {}
    return build(name, loss_weights=dict(parts=weight), **num_parts)


def test_every_registered_head_is_tested():
    registered = {name for name in heads.__all__ if name in MODELS}
    assert set(CONFIGS) == {name for name in registered if issubclass(MODELS.get(name), BaseHead)}


@every_head
def test_losses_are_named_scalars_with_a_gradient(name):
    features, targets = batch()
    for tensor in features.values():
        tensor.requires_grad_()
    head = build(name)
    losses = head.loss(features, targets)
    (feature,) = head.loss_weights
    assert set(losses) == {f'loss_{feature}'}
    losses[f'loss_{feature}'].backward()
    assert features[feature].grad.abs().sum() > 0
    for key, parameter in head.named_parameters():
        assert parameter.grad.abs().sum() > 0, key


@every_head
def test_the_loss_of_parts_is_the_sum_over_the_parts(name):
    features, targets = batch()
    features['parts'].requires_grad_()
    head = build_for_parts(name, weight=0.5)
    losses = head.loss(features, targets)
    assert set(losses) == {'loss_parts'}
    losses['loss_parts'].backward()
    for index, part in enumerate(features['parts'].detach().unbind(1)):
        part.requires_grad_()
        expected = 0.5 * alone(head, index).formula(part, targets)
        losses['loss_parts'] = losses['loss_parts'] - expected
        torch.testing.assert_close(features['parts'].grad[:, index], torch.autograd.grad(expected, part)[0])
    torch.testing.assert_close(losses['loss_parts'], torch.tensor(0.0))
    for key, parameter in head.named_parameters():
        assert parameter.grad.flatten(1).abs().sum(1).all(), key


def alone(head: BaseHead, index: int) -> BaseHead:
    """Build the head for one part, with the parameters of that part."""
    one = build(type(head).__name__)
    if isinstance(head, IDHead):
        one.classifier = head.classifier[index]
    if isinstance(head, CenterHead):
        one.centers.data = head.centers.data[index]
    return one


@pytest.mark.parametrize('name', ['IDHead', 'CenterHead'])
@pytest.mark.parametrize(
    'feature, num_parts, message',
    [
        ('parts', None, r'^num_parts=None needs features \(B, D\), got \(16, 3, 6\): set num_parts=3'),
        ('parts', 4, r'^num_parts=4 needs features \(B, 4, D\), got \(16, 3, 6\): set num_parts=3'),
        ('pooled', 3, r'^num_parts=3 needs features \(B, 3, D\), got \(16, 6\): set num_parts=None'),
    ],
)
def test_another_number_of_parts_is_refused(name, feature, num_parts, message):
    with pytest.raises(ValueError, match=message):
        build(name, loss_weights={feature: 1.0}, num_parts=num_parts).loss(*batch())


@every_head
def test_losses_are_float32_under_autocast(name):
    features, targets = batch(torch.bfloat16)
    head = build(name)
    with torch.autocast('cpu', torch.bfloat16):
        losses = head.loss(features, targets)
    expected = head.loss(ReIDFeatures(**{key: value.float() for key, value in features.items()}), targets)
    for key, value in losses.items():
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, expected[key])


@every_head
def test_weighted_features_share_the_formula(name):
    features, targets = batch()
    head = build(name, loss_weights=dict(pooled=2.0, bn=0.5, fused=None))
    losses = head.loss(features, targets)
    assert set(losses) == {'loss_pooled', 'loss_bn'}
    torch.testing.assert_close(losses['loss_pooled'], 2.0 * head.formula(features['pooled'], targets))
    torch.testing.assert_close(losses['loss_bn'], 0.5 * head.formula(features['bn'], targets))


@pytest.mark.parametrize('name', ['IDHead', 'TripletHead', 'WeightedRegularizedTripletHead'])
def test_within_modality_adds_up_the_two_modalities(name):
    features, targets = batch()
    masks = [targets.in_modality(Modality.VISIBLE), targets.in_modality(Modality.INFRARED)]
    head = build(name, loss_weights=dict(bn=1.0), within_modality=True)
    expected = sum(head.formula(features['bn'][mask], targets.select(mask)) for mask in masks)
    torch.testing.assert_close(head.loss(features, targets)['loss_bn'], expected)

    head = build_for_parts(name)
    head.within_modality = True
    expected = sum(head.formula_of_parts(features['parts'][mask], targets.select(mask)) for mask in masks)
    torch.testing.assert_close(head.loss(features, targets)['loss_parts'], expected)


def test_within_modality_of_a_batch_with_one_modality():
    features, targets = batch()
    visible = targets.in_modality(Modality.VISIBLE)
    one = ReIDFeatures(bn=features['bn'][visible])
    head = build('IDHead', within_modality=True)
    torch.testing.assert_close(
        head.loss(one, targets.select(visible))['loss_bn'], head.formula(one['bn'], targets.select(visible))
    )


def test_formulas_call_the_losses_with_all_options():
    features, targets = batch()
    x, labels, modalities = features['pooled'], targets.labels, targets.modalities
    centers = build('CenterHead')
    anchors, positives, negatives = (
        [x[[images[place + m] for images in TUPLES]] for m in (0, 3)] for place in range(3)
    )
    expected = {
        'TripletHead': (dict(margin=0.7), batch_hard_triplet_loss(x, labels, 0.7)),
        'WeightedRegularizedTripletHead': ({}, weighted_regularized_triplet_loss(x, labels)),
        'HardPentapletHead': (dict(margin=0.7), hard_pentaplet_loss(x, labels, modalities, 0.7)),
        'HeteroCenterTripletHead': (
            dict(margin=0.7, reduction='sum'),
            hetero_center_triplet_loss(x, labels, modalities, 0.7, 'sum'),
        ),
        'HeteroCenterHead': (dict(squared=False), hetero_center_loss(x, labels, modalities, squared=False)),
        'AffinityHead': (dict(margin=0.7, reduction='sum'), affinity_loss(x, labels, 0.7, 'sum')),
        'AffinityL1Head': (dict(delta=0.7, reduction='sum'), affinity_l1_loss(x, labels, 0.7, 'sum')),
        'EnumerateAngularTripletHead': (
            dict(terms='cross', exp='outside', clamp_pos=True, margin=0.7),
            enumerate_angular_triplet_loss(anchors, positives, negatives, ('cross',), 'outside', True, 0.7),
        ),
        'CrossModalityDistillationHead': (
            dict(level='pooled', reduction='sum'),
            cross_modality_distillation_loss(anchors, positives, 'pooled', 'sum'),
        ),
    }
    for name, (options, value) in expected.items():
        torch.testing.assert_close(build(name, **options).formula(x, targets), value)
    for squared in (True, False):
        centers.squared = squared
        torch.testing.assert_close(centers.formula(x, targets), center_loss(x, labels, centers.centers, squared))


def test_id_head_is_cross_entropy_of_one_classifier():
    features, targets = batch()
    head = build('IDHead', label_smoothing=0.1, bias=True)
    logits = features['bn'] @ head.classifier.weight.T + head.classifier.bias
    log_p = logits.log_softmax(1)
    smooth = torch.full_like(log_p, 0.1 / 4) + 0.9 * F.one_hot(targets.labels, 4)
    torch.testing.assert_close(head.formula(features['bn'], targets), -(smooth * log_p).sum(1).mean())
    assert build('IDHead').classifier.bias is None


@pytest.mark.parametrize('training', [True, False])
def test_id_head_with_dropout_and_elu(training):
    features, targets = batch()
    head = build('IDHead', dropout=0.5, label_smoothing=0.1).train(training)
    torch.manual_seed(0)
    value = head.formula(features['bn'], targets)
    torch.manual_seed(0)
    logits = F.elu(F.dropout(features['bn'], 0.5, training)) @ head.classifier.weight.T
    torch.testing.assert_close(value, F.cross_entropy(logits, targets.labels, label_smoothing=0.1))
    assert list(head.state_dict()) == ['classifier.weight']  # the same as without dropout


def test_dropout_applies_to_every_part():
    features, targets = batch()
    head = build_for_parts('IDHead')
    dropped = build('IDHead', loss_weights=dict(parts=1.0), num_parts=NUM_PARTS, dropout=0.0)
    dropped.load_state_dict(head.state_dict())
    parts = ReIDFeatures(parts=F.elu(features['parts']))
    torch.testing.assert_close(dropped.loss(features, targets), head.loss(parts, targets))


@pytest.mark.parametrize('place, role', enumerate(['anchor', 'positive', 'negative']))
def test_role_chooses_the_images(place, role):
    features, targets = batch()
    visible, infrared = ([images[place + modality] for images in TUPLES] for modality in (0, 3))
    features['bn'].requires_grad_()
    head = build('IDHead', role=role, label_smoothing=0.1)
    rows = visible + infrared
    loss = head.loss(features, targets)['loss_bn']
    torch.testing.assert_close(loss, head.formula(features['bn'][rows], targets.select(torch.tensor(rows))))
    loss.backward()
    assert features['bn'].grad.any(dim=1).nonzero().squeeze(1).tolist() == sorted(rows)

    head.within_modality = True  # LCCRF: the mean over visible anchors plus the mean over infrared ones
    expected = sum(
        F.cross_entropy(head.classifier(features['bn'][rows]), targets.labels[rows], label_smoothing=0.1)
        for rows in (visible, infrared)
    )
    torch.testing.assert_close(head.loss(features, targets)['loss_bn'], expected)

    head = build('IDHead', loss_weights=dict(parts=0.5), num_parts=NUM_PARTS, role=role)
    expected = head.formula_of_parts(features['parts'][rows], targets.select(torch.tensor(rows)))
    torch.testing.assert_close(head.loss(features, targets)['loss_parts'], 0.5 * expected)


def test_a_role_in_a_batch_without_tuples():
    features, targets = batch()
    without = ReIDTargets(targets.labels, targets.modalities, targets.cam_ids)
    with pytest.raises(ValueError, match='No image of the batch is the anchor of a tuple'):
        build('IDHead', role='anchor').loss(features, without)


def test_unknown_role():
    with pytest.raises(ValueError, match=r"role must be one of \['anchor', 'positive', 'negative'\], got 'query'"):
        build('IDHead', role='query')


def test_maps_are_distilled_element_by_element():
    _, targets = batch()
    maps = torch.randn(16, 5, 4, 2, generator=torch.Generator().manual_seed(0))
    head = build('CrossModalityDistillationHead', loss_weights=dict(specific=0.5))
    (va, vp, _, ia, ip, _) = (maps[[images[place] for images in TUPLES]] for place in range(6))
    expected = 0.5 * (F.mse_loss(va, ip) + F.mse_loss(ia, vp))  # as in the released code
    torch.testing.assert_close(head.loss(ReIDFeatures(specific=maps), targets)['loss_specific'], expected)
