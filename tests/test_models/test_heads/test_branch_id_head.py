"""Compare the classifiers of several features with explicit cross-entropies."""

import pytest
import torch
import torch.nn.functional as F

from mmvireid.models.heads import BranchIDHead
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDFeatures, ReIDTargets

NUM_CLASSES, NUM_PARTS = 4, 3


def batch(dtype: torch.dtype = torch.float32) -> tuple[ReIDFeatures, ReIDTargets]:
    generator = torch.Generator().manual_seed(0)
    embedding = torch.randn(16, 6, generator=generator).to(dtype)
    parts = torch.randn(16, NUM_PARTS, 5, generator=generator).to(dtype)
    modalities = torch.tensor([0, 1]).repeat_interleave(8)
    targets = ReIDTargets(torch.arange(NUM_CLASSES).repeat(4), modalities, modalities + 1)
    return ReIDFeatures(embedding=embedding, parts=parts, unused=embedding.clone()), targets


def build(**options) -> BranchIDHead:
    defaults = dict(num_classes=NUM_CLASSES, in_channels=dict(embedding=6, parts=5), num_parts=dict(parts=NUM_PARTS))
    return MODELS.build({'type': 'BranchIDHead', **defaults, **options})


def naive_terms(head: BranchIDHead, features: ReIDFeatures, labels: torch.Tensor, label_smoothing: float) -> dict:
    """Return the cross-entropy of each classifier, by feature."""
    classifiers = {'embedding': [head.branches.embedding.classifier], 'parts': head.branches.parts.classifier}
    vectors = {'embedding': [features['embedding']], 'parts': features['parts'].unbind(1)}
    return {
        name: [
            F.cross_entropy(x @ classifier.weight.T + classifier.bias, labels, label_smoothing=label_smoothing)
            for classifier, x in zip(classifiers[name], vectors[name], strict=True)
        ]
        for name in classifiers
    }


@pytest.mark.parametrize('reduction, divisor', [('mean', 1 + NUM_PARTS), ('sum', 1)])
@pytest.mark.parametrize('label_smoothing', [0.0, 0.1])
def test_losses_are_the_mean_or_sum_over_all_classifiers(reduction, divisor, label_smoothing):
    features, targets = batch()
    head = build(reduction=reduction, label_smoothing=label_smoothing)
    terms = naive_terms(head, features, targets.labels, label_smoothing)
    losses = head.loss(features, targets)
    assert list(losses) == ['loss_embedding', 'loss_parts']
    for name, entropies in terms.items():
        torch.testing.assert_close(losses[f'loss_{name}'], sum(entropies) / divisor)


def test_every_classifier_and_every_feature_gets_a_gradient():
    features, targets = batch()
    for tensor in features.values():
        tensor.requires_grad_()
    head = build()
    sum(head.loss(features, targets).values()).backward()
    assert features['embedding'].grad.any() and features['parts'].grad.abs().sum((0, 2)).all()
    assert features['unused'].grad is None
    parameters = dict(head.named_parameters())
    assert len(parameters) == 2 * (1 + NUM_PARTS)  # weight and bias of each
    for name, parameter in parameters.items():
        assert parameter.grad.any(), name


def test_one_feature_equals_an_id_head():
    features, targets = batch()
    branches = build(in_channels=dict(embedding=6), num_parts=None)
    alone = MODELS.build(dict(type='IDHead', num_classes=4, in_channels=6, loss_weights=dict(embedding=1.0), bias=True))
    alone.load_state_dict(branches.branches.embedding.state_dict())
    torch.testing.assert_close(branches.loss(features, targets), alone.loss(features, targets))


def test_mean_does_not_grow_with_the_number_of_classifiers():
    features, targets = batch()
    head = build()
    for parameter in head.parameters():
        torch.nn.init.zeros_(parameter)
    total = sum(head.loss(features, targets).values())
    torch.testing.assert_close(total, torch.tensor(float(NUM_CLASSES)).log())


def test_within_modality_adds_up_the_two_modalities():
    features, targets = batch()
    head = build(within_modality=True)
    expected = 0
    for modality in Modality:
        mask = targets.in_modality(modality)
        chosen = ReIDFeatures(**{name: tensor[mask] for name, tensor in features.items()})
        terms = naive_terms(head, chosen, targets.labels[mask], 0.0)
        expected = expected + sum(map(sum, terms.values())) / (1 + NUM_PARTS)
    torch.testing.assert_close(sum(head.loss(features, targets).values()), expected)


def test_losses_are_float32_under_autocast():
    features, targets = batch(torch.bfloat16)
    head = build()
    with torch.autocast('cpu', torch.bfloat16):
        losses = head.loss(features, targets)
    as_float = ReIDFeatures(**{name: tensor.float() for name, tensor in features.items()})
    torch.testing.assert_close(losses, head.loss(as_float, targets))


def test_classifiers_without_a_bias():
    assert all(name.endswith('weight') for name, _ in build(bias=False).named_parameters())


@pytest.mark.parametrize(
    'options, message',
    [
        (
            dict(in_channels={}, num_parts=None),
            r'^in_channels must give .*dict\(embedding=2048\), got \{\}',
        ),
        (dict(in_channels=6, num_parts=None), r'^in_channels must give the length of each feature, .* got 6'),
        (dict(num_parts=dict(part=3)), r"^num_parts must .* in_channels \['embedding', 'parts'\], got \{'part': 3\}"),
        (dict(num_parts=3), '^num_parts must give a number of parts to features .* got 3'),
        (dict(reduction='max'), r"^reduction must be one of \('mean', 'sum'\), got 'max'"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


def test_another_number_of_parts_is_refused():
    with pytest.raises(ValueError, match=r'features \(B, 2, D\), got \(16, 3, 5\): set .*num_parts'):
        build(num_parts=dict(parts=2)).loss(*batch())
