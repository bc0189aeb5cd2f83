import torch

from mmvireid.models.necks import HACNNNeck
from mmvireid.registry import MODELS


def neck() -> HACNNNeck:
    torch.manual_seed(0)
    return MODELS.build(dict(type='HACNNNeck', in_channels=3, num_regions=2, out_channels=8))


def maps() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(4, 3, 5, 2, generator=generator), torch.rand(4, 3, 2, 1, generator=generator)


def test_branches_by_hand():
    branches = neck().eval()
    global_map, local = maps()
    expected = (
        global_map.mean(dim=(2, 3)) @ branches.global_fc.linear.weight.T,
        local.reshape(4, 6) @ branches.local_fc.linear.weight.T,
    )
    expected = torch.stack(expected, dim=1).relu() / (1 + 1e-5) ** 0.5
    torch.testing.assert_close(branches(maps())['branches'], expected)


def test_each_half_of_the_embedding_is_normalized_in_inference_only():
    branches = neck()
    features = branches(maps())
    assert torch.equal(features['embedding'], features['branches'].flatten(1))
    features = branches.eval()(maps())
    for half, branch in zip(features['embedding'].split(8, dim=1), features['branches'].unbind(1), strict=True):
        torch.testing.assert_close(half.norm(dim=1), torch.ones(4))
        torch.testing.assert_close(half * branch.norm(dim=1, keepdim=True), branch)
