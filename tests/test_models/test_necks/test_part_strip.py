import torch

from mmvireid.registry import MODELS

CHANNELS = 8


def test_part_strips_by_hand():
    neck = MODELS.build(dict(type='PartStripNeck', in_channels=2, num_parts=3, out_channels=1, p=3.0)).eval()
    maps = torch.zeros(1, 2, 6, 2)
    maps[0, 0, 0:2] = torch.tensor([[1.0, 2.0], [3.0, 6.0]])  # pooled to the cube root of 63
    maps[0, 1, 2:4] = 4.0
    maps[0, :, 4:6] = torch.tensor([5.0, 7.0]).view(2, 1, 1)
    # The three parts give cube root + 0, 10 * 4, and relu(5 - 7). GeM of zeros is 1e-12 ** (1 / 3) = 1e-4.
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


def test_a_part_depends_on_its_strip_only():
    neck = MODELS.build(dict(type='PartStripNeck', in_channels=CHANNELS, num_parts=4, out_channels=3))
    maps = torch.rand(5, CHANNELS, 8, 4, requires_grad=True)
    neck((maps,))['parts'][:, 1].square().sum().backward()
    rows = maps.grad.abs().sum(dim=(0, 1, 3)) > 0
    assert rows.tolist() == [False, False, True, True, False, False, False, False]
