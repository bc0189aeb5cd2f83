import pytest
import torch

from mmvireid.evaluation.ranking import stable_order


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('num_values', [1, 4, 10_000])
def test_order_is_stable(dtype, num_values):
    generator = torch.Generator().manual_seed(0)
    distances = torch.randint(num_values, (5, 300), generator=generator).to(dtype)
    assert torch.equal(stable_order(distances), torch.argsort(distances, dim=1, stable=True))


def test_negative_zero_equals_zero():
    assert stable_order(torch.tensor([[0.0, -0.0, -1.0, 0.0, -0.0]])).tolist() == [[2, 0, 1, 3, 4]]
