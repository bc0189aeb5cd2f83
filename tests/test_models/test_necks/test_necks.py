"""The contract of necks over the registry, and each neck's own formula."""

import pytest
import torch

from mmvireid.models import necks
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures

CHANNELS = 8
# One entry for each registered neck: the first test fails until a new one has its own.
CONFIGS = {
    'GlobalBNNeck': [dict(), dict(shift=True)],
    'DualLevelFusion': [dict(), dict(num_parts=3), dict(attention='input')],
}
CASES = [
    dict(type=name, in_channels=CHANNELS, **options) for name, all_options in CONFIGS.items() for options in all_options
]
every_neck = pytest.mark.parametrize('cfg', CASES, ids=str)


def test_every_registered_neck_is_tested():
    assert set(CONFIGS) == {name for name in necks.__all__ if name in MODELS}


@every_neck
def test_features_are_float32_rows_of_the_batch(cfg):
    neck = MODELS.build(cfg)
    features = neck((torch.randn(4, CHANNELS, 16, 8).bfloat16(),))
    assert isinstance(features, ReIDFeatures)
    assert {'pooled', 'bn'} <= set(features)
    for tensor in features.values():
        assert tensor.shape == (4, CHANNELS) and tensor.dtype == torch.float32


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
