import pytest
import torch

from mmvireid.models.necks import MLFNNeck
from mmvireid.registry import MODELS


def neck() -> MLFNNeck:
    return MODELS.build(dict(type='MLFNNeck', in_channels=3, num_gates=6, out_channels=4))


def test_embedding_is_the_mean_of_appearance_and_signature():
    fusion = neck().eval()
    for block, scale in ((fusion.appearance, 2.0), (fusion.signature, 5.0)):
        block.bn.running_var.fill_(scale**2)
    last_map, gates = torch.randn(2, 3, 4, 2), torch.rand(2, 6, 1, 1)
    x = (last_map.mean(dim=(2, 3)) @ fusion.appearance.linear.weight.T / (4 + 1e-5) ** 0.5).relu()
    s = (gates[:, :, 0, 0] @ fusion.signature.linear.weight.T / (25 + 1e-5) ** 0.5).relu()
    torch.testing.assert_close(fusion((last_map, gates))['embedding'], (x + s) / 2)


def test_another_number_of_gates():
    with pytest.raises(ValueError, match='^num_gates must be 16, .* got 6'):
        neck()((torch.randn(2, 3, 4, 2), torch.rand(2, 16, 1, 1)))
