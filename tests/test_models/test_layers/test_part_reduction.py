import pytest
import torch

from mmvireid.models.layers import PartReduction


def test_each_part_has_its_own_reduction():
    reduction = PartReduction(num_parts=3, in_channels=5, out_channels=4)
    parts = torch.randn(6, 3, 5)
    got = reduction(parts)
    assert got.shape == (6, 3, 4)
    for p in range(3):
        reduced = parts[:, p].double() @ reduction.weight[p].double()
        normalized = (reduced - reduced.mean(0)) / (reduced.var(0, unbiased=False) + reduction.bn.eps).sqrt()
        torch.testing.assert_close(got[:, p].double(), normalized.relu(), rtol=1e-4, atol=1e-5)


def test_initial_scale_follows_the_number_of_inputs():
    torch.manual_seed(0)
    weight = PartReduction(num_parts=6, in_channels=512, out_channels=256).weight
    for p in range(6):
        assert weight[p].std().item() == pytest.approx((2 / 512) ** 0.5, rel=0.02)


def test_result_is_float32_under_autocast():
    reduction = PartReduction(num_parts=2, in_channels=512, out_channels=8)
    parts = torch.randn(4, 2, 512)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        got = reduction(parts)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, reduction(parts))
