import pytest
import torch

from mmvireid.registry import MODELS

CHANNELS = 8


def test_fused_feature_by_hand():
    # Eqs. 6 and 7 with weights 0.1, 0.2, 0.3, 0.4.
    neck = MODELS.build(dict(type='DualLevelFusionNeck', in_channels=CHANNELS, num_parts=4)).eval()
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
    learned = MODELS.build(dict(type='DualLevelFusionNeck', in_channels=CHANNELS, num_parts=5))
    torch.testing.assert_close(learned.part_weights(torch.randn(2, 5, CHANNELS)), torch.full((5,), 0.2))
    by_input = MODELS.build(dict(type='DualLevelFusionNeck', in_channels=CHANNELS, attention='input'))
    weights = by_input.part_weights(torch.randn(2, 4, CHANNELS))
    assert weights.shape == (2, 4)
    torch.testing.assert_close(weights.sum(1), torch.ones(2))
    assert (weights[0] - weights[1]).abs().max() > 1e-3


def test_unknown_attention():
    with pytest.raises(ValueError, match=r"^attention must be one of .* got 'static'"):
        MODELS.build(dict(type='DualLevelFusionNeck', in_channels=CHANNELS, attention='static'))
