"""Check every registered head with every option of its base class: the option works, or it is refused by name."""

from collections.abc import Callable, Mapping

import pytest
import torch

from mmvireid.models import heads
from mmvireid.models.heads import BaseHead, BranchIDHead, PairHead
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDFeatures, ReIDTargets, TupleRole

REGISTERED = [name for name in heads.__all__ if name in MODELS]
CLASSES = dict(num_classes=4, in_channels=6)
MAPS = dict(in_channels=6, map_size=(5, 4))
# The options without a default value.
REQUIRED = {
    'IDHead': CLASSES,
    'CenterHead': CLASSES,
    'BranchIDHead': dict(num_classes=4, in_channels=dict(pooled=6, parts=6), num_parts=dict(parts=3)),
    'VerificationHead': dict(in_channels=6),
    'KernelVerificationHead': MAPS,
    'ContrastiveCorrelationHead': MAPS,
}
# Options of the base class that a head refuses.
CROSS_MODALITY = {'within_modality'}
REFUSED = {
    'HardPentapletHead': CROSS_MODALITY,
    'TopRankingHead': CROSS_MODALITY,
    'HeteroCenterTripletHead': CROSS_MODALITY,
    'HeteroCenterHead': CROSS_MODALITY,
    'EnumerateAngularTripletHead': {'within_modality', 'role'},
    'CrossModalityDistillationHead': {'within_modality', 'role'},
}
PAIR_HEADS = [name for name in REGISTERED if issubclass(MODELS.get(name), PairHead)]
FEATURE_HEADS = [name for name in REGISTERED if name not in PAIR_HEADS]
every_head = pytest.mark.parametrize('name', REGISTERED)
every_feature_head = pytest.mark.parametrize('name', FEATURE_HEADS)
every_pair_head = pytest.mark.parametrize('name', PAIR_HEADS)


def batch() -> tuple[ReIDFeatures, ReIDTargets]:
    """Return four tuples of six images and eight images without a tuple, shuffled."""
    generator = torch.Generator().manual_seed(0)
    rows = [(number, role, modality) for number in range(4) for role in TupleRole for modality in Modality]
    tuple_ids, roles, modalities = torch.tensor([list(map(int, row)) for row in rows]).unbind(1)
    # The negative of a tuple shows another identity, and each identity has several anchors.
    labels = torch.where(roles == TupleRole.NEGATIVE, tuple_ids + 1, tuple_ids) % 2
    without = torch.full((8,), -1)
    targets = ReIDTargets(
        torch.cat([labels, torch.arange(8) % 4]),
        torch.cat([modalities, torch.arange(8) // 4]),
        torch.cat([modalities, torch.arange(8) // 4]) + 1,
        torch.cat([tuple_ids, without]),
        torch.cat([roles, without]),
    ).select(torch.randperm(32, generator=generator))
    shapes = dict.fromkeys(('pooled', 'bn', 'embedding'), (6,)) | dict(parts=(3, 6), map=(6, 5, 4), specific=(6, 5, 4))
    tensors = {name: torch.randn(32, *shape, generator=generator) for name, shape in shapes.items()}
    return ReIDFeatures(**{name: tensor.requires_grad_() for name, tensor in tensors.items()}), targets


def build(name: str, **options) -> BaseHead | PairHead | BranchIDHead:
    torch.manual_seed(0)
    return MODELS.build({**REQUIRED.get(name, {}), **options, 'type': name})


def run(
    head: torch.nn.Module, features: ReIDFeatures, targets: ReIDTargets
) -> tuple[dict[str, torch.Tensor], Mapping[str, torch.Tensor]]:
    """Return the losses and the gradients of the features, for one draw of pairs."""
    for tensor in features.values():
        tensor.grad = None
    torch.manual_seed(1)
    losses = head.loss(features, targets)
    sum(losses.values()).backward()
    return losses, {name: tensor.grad for name, tensor in features.items() if tensor.grad is not None}


def select(features: ReIDFeatures, images: torch.Tensor) -> ReIDFeatures:
    return ReIDFeatures(**{name: tensor[images].detach().requires_grad_() for name, tensor in features.items()})


def assert_equal(
    head: torch.nn.Module, select_images: Callable[[ReIDTargets], list[torch.Tensor]], plain: torch.nn.Module
):
    """Compare a head with the sum over groups of images of a head without the option."""
    features, targets = batch()
    losses, gradients = run(head, features, targets)
    assert all(loss.isfinite() for loss in losses.values()) and any(g.any() for g in gradients.values())
    totals: dict[str, torch.Tensor] = {}
    expected = {name: torch.zeros_like(gradient) for name, gradient in gradients.items()}
    for images in select_images(targets):
        chosen = select(features, images)
        chosen_losses, chosen_gradients = run(plain, chosen, targets.select(images))
        for name, loss in chosen_losses.items():
            totals[name] = totals.get(name, 0) + loss
        for name, gradient in chosen_gradients.items():
            expected[name][images] += gradient
    torch.testing.assert_close(losses, totals)
    torch.testing.assert_close(gradients, expected)


def assert_refused(name: str, option: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf'^{option}={value!r} is not possible with {name}, .*: leave the option out'):
        build(name, **{option: value})


def test_only_registered_heads_are_listed():
    assert REQUIRED.keys() | REFUSED.keys() <= set(REGISTERED)


@every_head
def test_every_head_has_a_finite_loss_with_a_gradient(name):
    losses, gradients = run(build(name), *batch())
    assert losses and all('loss' in key and value.isfinite() for key, value in losses.items())
    assert all(gradient.isfinite().all() and gradient.any() for gradient in gradients.values())


@every_feature_head
def test_loss_weights_scale_loss_and_gradient(name):
    head = build(name)
    names = list(REQUIRED['BranchIDHead']['in_channels']) if name == 'BranchIDHead' else [head.default_feature]
    plain, gradients = run(head, *batch())
    scaled, scaled_gradients = run(build(name, loss_weights=dict.fromkeys(names, 2.0)), *batch())
    torch.testing.assert_close(scaled, {key: 2 * value for key, value in plain.items()})
    torch.testing.assert_close(scaled_gradients, {key: 2 * value for key, value in gradients.items()})


@every_feature_head
def test_loss_weights_choose_the_features(name):
    losses = build(name, loss_weights=dict(pooled=1, parts=None)).loss(*batch())
    assert set(losses) == {'loss_pooled'}


@every_feature_head
@pytest.mark.parametrize('wrong', ['pooled', {}, dict(pooled='1'), dict(pooled=True), ['pooled'], 2.0])
def test_wrong_loss_weights_are_refused(name, wrong):
    message = '^loss_weights must give (each feature a number, such as|numbers to features of in_channels)'
    with pytest.raises(ValueError, match=message):
        build(name, loss_weights=wrong)


@every_feature_head
def test_loss_weights_without_a_feature_are_refused(name):
    with pytest.raises(ValueError, match=r'^loss_weights=.* leaves no feature: .* set the whole head to None'):
        build(name, loss_weights=dict(pooled=None, parts=None))


def test_a_branch_without_weight_has_no_classifier_and_does_not_count_in_the_mean():
    features, targets = batch()
    head = build('BranchIDHead', loss_weights=dict(parts=None))
    alone = build('BranchIDHead', in_channels=dict(pooled=6), num_parts=None)
    assert head.state_dict().keys() == alone.state_dict().keys()
    torch.testing.assert_close(head.loss(features, targets), alone.loss(features, targets))
    with pytest.raises(
        ValueError, match=r"^loss_weights must give numbers to features of in_channels \['pooled', 'par"
    ):
        build('BranchIDHead', loss_weights=dict(bn=1.0))


@every_feature_head
def test_within_modality_is_the_sum_over_the_modalities(name):
    if 'within_modality' in REFUSED.get(name, ()):
        return assert_refused(name, 'within_modality', True)

    def by_modality(targets: ReIDTargets) -> list[torch.Tensor]:
        return [targets.in_modality(modality).nonzero().squeeze(1) for modality in Modality]

    assert_equal(build(name, within_modality=True), by_modality, build(name))


@every_feature_head
@pytest.mark.parametrize('role', ['anchor', 'positive', 'negative'])
def test_a_role_is_the_loss_of_its_images_alone(name, role):
    if 'role' in REFUSED.get(name, ()):
        return assert_refused(name, 'role', role)
    head = build(name, role=role)
    assert_equal(head, lambda targets: [targets.in_role(TupleRole[role.upper()])], build(name))


@every_feature_head
def test_across_ranks_changes_nothing_in_one_process(name):
    found = run(build(name, across_ranks=True), *batch())
    torch.testing.assert_close(found, run(build(name), *batch()), rtol=0, atol=0)


@every_feature_head
def test_options_combine(name):
    options = {
        'within_modality': True,
        'role': 'anchor',
        'across_ranks': True,
        'loss_weights': dict(pooled=0.5),
    }
    options = {key: value for key, value in options.items() if key not in REFUSED.get(name, ())}
    losses = build(name, **options).loss(*batch())
    assert losses['loss_pooled'].isfinite()


@every_pair_head
def test_loss_weight_scales_loss_and_gradient(name):
    plain, gradients = run(build(name), *batch())
    scaled, scaled_gradients = run(build(name, loss_weight=2.0), *batch())
    torch.testing.assert_close(scaled, {key: 2 * value for key, value in plain.items()})
    torch.testing.assert_close(scaled_gradients, {key: 2 * value for key, value in gradients.items()})
    with pytest.raises(ValueError, match="^loss_weight must be a number, such as 1.0, got 'high'"):
        build(name, loss_weight='high')


@every_pair_head
def test_feature_names_the_compared_feature(name):
    features, targets = batch()
    head = build(name)
    renamed = ReIDFeatures(other=features[head.feature])
    found, gradients = run(build(name, feature='other'), renamed, targets)
    torch.testing.assert_close(found, run(head, features, targets)[0], rtol=0, atol=0)
    assert gradients['other'].any()


@every_pair_head
@pytest.mark.parametrize('options', [dict(negatives=1), dict(modality_pairs='all', negatives=0)])
def test_pair_options_change_the_drawn_pairs(name, options):
    losses, gradients = run(build(name, **options), *batch())
    assert losses['loss_pairs'].isfinite() and all(gradient.any() for gradient in gradients.values())


@every_head
def test_an_unknown_option_is_named(name):
    with pytest.raises(TypeError, match="'margni'"):
        build(name, margni=0.3)
