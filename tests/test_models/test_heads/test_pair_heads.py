"""Check every registered pair head, and the score of each."""

import itertools

import pytest
import torch

from mmvireid.models import heads
from mmvireid.models.heads import PairHead
from mmvireid.models.layers import closed_logits, literal_logits, sample_kernels
from mmvireid.models.losses import draw_pairs, pairwise_bce_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures, ReIDTargets

CHANNELS, MAP = 6, (5, 4)
# One entry for each registered PairHead. The first test fails if a head has none.
CONFIGS = {
    'ContrastiveCorrelationHead': dict(in_channels=CHANNELS, map_size=MAP),
    'KernelVerificationHead': dict(in_channels=CHANNELS, map_size=MAP),
    'VerificationHead': dict(in_channels=CHANNELS),
}
every_head = pytest.mark.parametrize('name', CONFIGS)
VARIANTS = [
    dict(generator=generator, kernel_norm=kernel_norm, shared=shared, stride=stride)
    for generator, kernel_norm, shared, stride in itertools.product(
        (False, True), ('none', 'l2'), (True, False), ((1, 1), (2, 1))
    )
]
every_variant = pytest.mark.parametrize('options', VARIANTS, ids=str)


def batch(dtype: torch.dtype = torch.float32) -> tuple[ReIDFeatures, ReIDTargets]:
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(16, CHANNELS, *MAP, generator=generator).to(dtype)
    modalities = torch.tensor([0, 1]).repeat_interleave(8)
    targets = ReIDTargets(torch.arange(4).repeat(4), modalities, modalities + 1)
    return ReIDFeatures(map=maps, pooled=maps.mean(dim=(2, 3))), targets


def build(name: str, **options) -> PairHead:
    """Build a head whose scores are far from zero."""
    torch.manual_seed(0)
    head = MODELS.build({**CONFIGS[name], **options, 'type': name})
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    if hasattr(head, 'scale'):
        head.scale = 1.0
    return head


def build_ccn(**options) -> heads.ContrastiveCorrelationHead:
    return build('ContrastiveCorrelationHead', **options)


def test_every_registered_pair_head_is_tested():
    registered = {name for name in heads.__all__ if name in MODELS}
    assert set(CONFIGS) == {name for name in registered if issubclass(MODELS.get(name), PairHead)}


@every_head
@pytest.mark.parametrize('modality_pairs', ['cross', 'all'])
def test_the_loss_is_the_bce_of_drawn_pairs(name, modality_pairs):
    features, targets = batch()
    head = build(name, modality_pairs=modality_pairs, negatives=2)
    torch.manual_seed(7)
    losses = head.loss(features, targets)
    torch.manual_seed(7)
    pairs = draw_pairs(targets.labels, targets.modalities, 2, heads.pair_head.MODALITY_PAIRS[modality_pairs])
    logits = head.logits(features[head.feature], targets.modalities, *pairs)
    different = targets.labels[pairs[0]] != targets.labels[pairs[1]]
    assert set(losses) == {'loss_pairs'} and 0 < different.float().mean() < 1
    torch.testing.assert_close(losses['loss_pairs'], pairwise_bce_loss(*logits, different))


@every_head
def test_gradients_reach_the_feature_and_every_parameter(name):
    features, targets = batch()
    head = build(name)
    features[head.feature].requires_grad_()
    head.loss(features, targets)['loss_pairs'].backward()
    assert features[head.feature].grad.abs().sum() > 0
    for key, parameter in head.named_parameters():
        assert parameter.grad.abs().sum() > 0, key


@every_head
def test_losses_are_float32_under_autocast(name):
    features, targets = batch(torch.bfloat16)
    head = build(name)
    losses = []
    for enabled in (True, False):
        torch.manual_seed(3)
        with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
            losses.append(head.loss(features, targets)['loss_pairs'])
    assert losses[0].dtype == torch.float32 and losses[0].equal(losses[1])


@every_head
def test_a_batch_without_positives_has_zero_loss(name):
    features, targets = batch()
    head = build(name)
    features[head.feature].requires_grad_()
    loss = head.loss(features, ReIDTargets(torch.arange(16), targets.modalities, targets.cam_ids))['loss_pairs']
    loss.backward()
    assert loss.item() == 0 and features[head.feature].grad.abs().sum() == 0


@every_head
def test_first_scores_are_near_one_half(name):
    features, targets = batch()
    head = MODELS.build({**CONFIGS[name], 'type': name})
    assert head.loss(features, targets)['loss_pairs'].item() == pytest.approx(0.693, abs=0.05)


@every_head
def test_unknown_pairs_are_refused(name):
    with pytest.raises(ValueError, match="modality_pairs must be one of .*got 'both'"):
        build(name, modality_pairs='both')


@pytest.mark.parametrize('name', ['ContrastiveCorrelationHead', 'KernelVerificationHead'])
def test_maps_of_another_size_are_refused(name):
    with pytest.raises(ValueError, match=r'set map_size=\(5, 4\)'):
        build(name, map_size=(6, 3)).loss(*batch())


def test_maps_with_other_channels_are_refused():
    with pytest.raises(ValueError, match='^in_channels=5, but the maps have 6 channels: set in_channels=6'):
        build_ccn(in_channels=5).loss(*batch())


@every_head
@pytest.mark.parametrize('negatives', [-1, 1.5])
def test_a_wrong_number_of_negatives_is_refused(name, negatives):
    with pytest.raises(ValueError, match='negatives must be a whole number'):
        build(name, negatives=negatives)


def test_verification_scores_squared_differences():
    features, targets = batch()
    head, x = build('VerificationHead'), features['pooled']
    logits = head.logits(x, targets.modalities, torch.tensor([0, 3]), torch.tensor([9, 12]))
    for found, (i, j) in zip(logits[0], ((0, 9), (3, 12)), strict=True):
        torch.testing.assert_close(found, ((x[i] - x[j]) ** 2 @ head.score.weight[0] + head.score.bias[0]))


def test_kernel_verification_scores_contrastive_kernels():
    features, targets = batch()
    head, maps = build('KernelVerificationHead'), features['map']
    logits = head.logits(maps, targets.modalities, torch.tensor([2]), torch.tensor([11]))
    kernels = [[m[:, i : i + 3, j : j + 3].flatten(1) for i in range(3) for j in range(2)] for m in (maps[2], maps[11])]
    contrastive = torch.stack([(a - b).abs() for a, b in zip(*kernels, strict=True)]).flatten()
    torch.testing.assert_close(logits[0][0], contrastive @ head.score.weight[0] + head.score.bias[0])


@every_variant
def test_logits_equal_the_papers_equations(options):
    """Compute Eqs. 2-6 independently: correlate the head's kernels by a convolution."""
    features, targets = batch()
    head, maps = build_ccn(**options), features['map']
    first, second = torch.tensor([0, 5, 9]), torch.tensor([8, 1, 12])  # pairs of all modalities
    found = head.logits(maps, targets.modalities, first, second)
    kernels = head.kernels(maps).unflatten(-1, (3, 3))
    for place, (i, j) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        for side, image in ((0, i), (1, j)):
            layer = 0 if head.shared else int(targets.modalities[image])
            correlations = torch.nn.functional.conv2d(maps[image][None], (kernels[i] - kernels[j]).abs())
            expected = (correlations.flatten(2)[0] * head.scaled_weight[layer]).sum() + head.bias[layer]
            torch.testing.assert_close(found[side][place], expected, rtol=1e-4, atol=1e-4)


@every_variant
def test_descriptions_give_the_logits(options):
    features, targets = batch()
    head, maps = build_ccn(**options), features['map']
    first, second = torch.tensor([0, 5, 9]), torch.tensor([8, 1, 12])
    described = head.describe(features, targets)
    values, weights = described['contrast_values'], described['contrast_weights']
    assert values.shape == weights.shape and described['contrast_bias'].shape == (16,)
    assert head.has_closed_form == (values.shape == maps.shape)
    sums = closed_logits(values[first], values[second], weights[first], weights[second])
    biases = (described['contrast_bias'][side] for side in (first, second))
    expected = head.logits(maps, targets.modalities, first, second)
    for total, bias, logit in zip(sums, biases, expected, strict=True):
        torch.testing.assert_close(total + bias, logit, rtol=1e-4, atol=1e-4)


def test_logits_equal_the_reference():
    features, targets = batch()
    head, maps = build_ccn(), features['map']
    found = head.logits(maps, targets.modalities, torch.arange(8), torch.arange(8, 16))
    expected = literal_logits(maps[:8], maps[8:], head.scaled_weight[0], head.grid)
    torch.testing.assert_close(torch.stack(found), torch.stack(expected) + head.bias, rtol=1e-4, atol=1e-4)


def test_generated_kernels_come_from_the_sampled_ones():
    head, maps = build_ccn(generator=True), batch()[0]['map']
    torch.testing.assert_close(head.kernels(maps), head.generator(sample_kernels(maps, head.grid)))
    unit = build_ccn(generator=True, kernel_norm='l2').kernels(maps)
    torch.testing.assert_close(unit.norm(dim=(2, 3)), torch.ones(16, head.grid.num_kernels))


@pytest.mark.parametrize(
    'options, cause',
    [(dict(generator=True), 'generator=True'), (dict(kernel_norm='l2'), "kernel_norm='l2'"), (dict(), None)],
)
def test_options_without_a_closed_form_are_logged(options, cause, monkeypatch):
    said = []
    monkeypatch.setattr(heads.contrastive_correlation_head, 'print_log', lambda text, logger: said.append(text))
    build_ccn(**options)
    assert said == ([f'{cause} has no closed form: training computes the correlations of every pair.'] if cause else [])


@pytest.mark.parametrize('kernel_norm, products', [('none', 54), ('l2', 54**0.5)])
def test_learned_weights_are_scaled_by_the_number_of_products(kernel_norm, products):
    head = MODELS.build(
        dict(CONFIGS['ContrastiveCorrelationHead'], type='ContrastiveCorrelationHead', kernel_norm=kernel_norm)
    )
    torch.testing.assert_close(head.scaled_weight * products, head.weight)


def test_kernel_verification_scales_by_the_root_of_the_number_of_elements():
    head = MODELS.build(dict(CONFIGS['KernelVerificationHead'], type='KernelVerificationHead'))
    plain = build('KernelVerificationHead')
    plain.score = head.score
    features, targets = batch()
    pairs = torch.tensor([2]), torch.tensor([11])
    logits = [h.logits(features['map'], targets.modalities, *pairs)[0] for h in (head, plain)]
    num_weights = 6 * CHANNELS * 9  # kernels of 3x3 at 3x2 places of the map
    torch.testing.assert_close(logits[0] * num_weights**0.5, logits[1])


def test_an_unknown_kernel_norm_is_refused():
    with pytest.raises(ValueError, match="kernel_norm must be one of .*got 'l1'"):
        build_ccn(kernel_norm='l1')
