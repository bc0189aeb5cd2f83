"""The contract of necks over the registry, and each neck's own formula."""

import pytest
import torch

from mmvireid.models import necks
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures

CHANNELS = 8
# One entry for each registered neck: the first test fails until a new one has its own.
CONFIGS = {
    'GlobalBNNeck': [dict(), dict(shift=True), dict(pooling='gem', p=10.0), dict(pooling='gem', learn_p=True)],
    'PartStripNeck': [dict(out_channels=4), dict(num_parts=5, pooling='max'), dict(learn_p=True), dict(pooling='avg')],
    'DualLevelFusion': [dict(), dict(num_parts=3), dict(attention='input')],
}
CASES = [
    dict(type=name, in_channels=CHANNELS, **options) for name, all_options in CONFIGS.items() for options in all_options
]
every_neck = pytest.mark.parametrize('cfg', CASES, ids=str)


def test_every_registered_neck_is_tested():
    assert set(CONFIGS) == {name for name in necks.__all__ if name in MODELS}


@every_neck
@pytest.mark.parametrize('autocast', [False, True])
def test_features_are_float32_rows_of_the_batch(cfg, autocast):
    neck = MODELS.build(cfg)
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=autocast):
        features = neck((torch.randn(4, CHANNELS, 16, 8).bfloat16(),))
    assert isinstance(features, ReIDFeatures)
    parts = cfg.get('num_parts', 6), cfg.get('out_channels', 256)
    shapes = {'parts': parts, 'concatenated': (parts[0] * parts[1],)}
    assert {'parts', 'concatenated'} == set(features) or {'pooled', 'bn'} <= set(features)
    for name, tensor in features.items():
        assert tensor.shape == (4, *shapes.get(name, (CHANNELS,))) and tensor.dtype == torch.float32


@every_neck
def test_gradient_reaches_every_trainable_parameter(cfg):
    neck = MODELS.build(cfg)
    features = neck((torch.randn(4, CHANNELS, 16, 8),))
    sum(tensor.square().sum() for tensor in features.values()).backward()
    for name, parameter in neck.named_parameters():
        assert not parameter.requires_grad or parameter.grad.abs().sum() > 0, name


@every_neck
def test_inference_is_deterministic_and_independent_of_the_batch(cfg):
    neck = MODELS.build(cfg).eval()
    maps = torch.randn(4, CHANNELS, 16, 8)
    for name, tensor in neck((maps,)).items():
        torch.testing.assert_close(tensor[:1], neck((maps[:1],))[name])


def test_global_neck_by_hand():
    neck = MODELS.build(dict(type='GlobalBNNeck', in_channels=CHANNELS, pooling='gem', p=2.0)).eval()
    neck.bn.running_mean.fill_(0.5)
    neck.bn.running_var.fill_(4.0)
    maps = torch.rand(2, CHANNELS, 6, 4)
    features = neck((torch.rand(2, 3, 12, 8), maps))  # the last map counts
    root_mean_square = maps.square().mean(dim=(2, 3)).sqrt()
    torch.testing.assert_close(features['pooled'], root_mean_square)
    torch.testing.assert_close(features['bn'], (root_mean_square - 0.5) / (4 + 1e-5) ** 0.5)


def test_part_strips_by_hand():
    neck = MODELS.build(dict(type='PartStripNeck', in_channels=2, num_parts=3, out_channels=1, p=3.0)).eval()
    maps = torch.zeros(1, 2, 6, 2)
    maps[0, 0, 0:2] = torch.tensor([[1.0, 2.0], [3.0, 6.0]])  # pooled to the cube root of 63
    maps[0, 1, 2:4] = 4.0
    maps[0, :, 4:6] = torch.tensor([5.0, 7.0]).view(2, 1, 1)
    # Outputs of the three parts: cube root + 0, 10 * 4, 5 - 7 rectified; GeM of nothing is 1e-12 ** (1 / 3) = 1e-4.
    neck.reduction.weight.data = torch.tensor([[[1.0], [0.0]], [[0.0], [10.0]], [[1.0], [-1.0]]])
    features = neck((maps,))
    expected = torch.tensor([63 ** (1 / 3), 40.0, 0.0]) / (1 + 1e-5) ** 0.5
    torch.testing.assert_close(features['parts'], expected.view(1, 3, 1))
    torch.testing.assert_close(features['concatenated'], expected.view(1, 3))


def test_concatenated_feature_is_part_after_part():
    neck = MODELS.build(dict(type='PartStripNeck', in_channels=CHANNELS, num_parts=4, out_channels=3))
    features = neck((torch.rand(5, CHANNELS, 8, 4),))
    for p in range(4):
        assert torch.equal(features['concatenated'][:, 3 * p : 3 * p + 3], features['parts'][:, p])


def test_a_part_sees_its_strip_only():
    neck = MODELS.build(dict(type='PartStripNeck', in_channels=CHANNELS, num_parts=4, out_channels=3))
    maps = torch.rand(5, CHANNELS, 8, 4, requires_grad=True)
    neck((maps,))['parts'][:, 1].square().sum().backward()
    rows = maps.grad.abs().sum(dim=(0, 1, 3)) > 0
    assert rows.tolist() == [False, False, True, True, False, False, False, False]


def test_fused_feature_by_hand():
    # Eq. 6 and 7 with weights 0.1, 0.2, 0.3, 0.4.
    neck = MODELS.build(dict(type='DualLevelFusion', in_channels=CHANNELS, num_parts=4)).eval()
    weights = torch.tensor([0.1, 0.2, 0.3, 0.4])
    neck.part_scores.data = weights.log()
    neck.bn.running_mean.fill_(0.5)
    neck.bn.running_var.fill_(4.0)
    maps = torch.randn(2, CHANNELS, 16, 8)
    features = neck((maps,))
    g = maps.mean(dim=(2, 3))
    parts = sum(weights[p] * maps[:, :, 4 * p : 4 * p + 4].mean(dim=(2, 3)) for p in range(4))
    torch.testing.assert_close(features['pooled'], g)
    torch.testing.assert_close(features['bn'], (g - 0.5) / (4 + 1e-5) ** 0.5)
    torch.testing.assert_close(features['part_aggregated'], parts)
    torch.testing.assert_close(features['fused'], features['bn'] + parts)


def test_attention_starts_equal_and_sums_to_one():
    learned = MODELS.build(dict(type='DualLevelFusion', in_channels=CHANNELS, num_parts=5))
    torch.testing.assert_close(learned.part_weights(torch.randn(2, 5, CHANNELS)), torch.full((5,), 0.2))
    by_input = MODELS.build(dict(type='DualLevelFusion', in_channels=CHANNELS, attention='input'))
    weights = by_input.part_weights(torch.randn(2, 4, CHANNELS))
    assert weights.shape == (2, 4)
    torch.testing.assert_close(weights.sum(1), torch.ones(2))
    assert (weights[0] - weights[1]).abs().max() > 1e-3


def test_unknown_attention():
    with pytest.raises(ValueError, match=r"model.neck.attention must be one of .* got 'static'"):
        MODELS.build(dict(type='DualLevelFusion', in_channels=CHANNELS, attention='static'))
