import pytest
import torch

from mmvireid.models.necks import BFENeck
from mmvireid.registry import MODELS

CHANNELS = 8


def bfe_neck(**options) -> BFENeck:
    cfg = dict(type='BFENeck', in_channels=CHANNELS, global_channels=3, erased_channels=5)
    return MODELS.build({**cfg, **options})


def test_branches_by_hand():
    neck, maps = bfe_neck(embed='concat').eval(), torch.rand(4, CHANNELS, 16, 8)
    features = neck((torch.rand(4, 2, 32, 16), maps))  # the neck reads the last map
    scale = (1 + 1e-5) ** -0.5
    reduced = (maps.mean(dim=(2, 3)) @ neck.global_reduction.linear.weight.T).relu() * scale
    block = neck.bottleneck
    out = block.bn1(block.conv1(maps)).relu()
    out = block.bn2(block.conv2(out)).relu()
    out = (block.bn3(block.conv3(out)) + maps).relu()
    erased = (out.flatten(2).max(dim=2).values @ neck.erased_reduction.linear.weight.T).relu() * scale
    torch.testing.assert_close(features['reduced'], reduced)
    torch.testing.assert_close(features['erased'], erased)
    torch.testing.assert_close(features['embedding'], torch.cat([reduced, erased], dim=1))
    assert block.conv1.out_channels == CHANNELS // 4


def test_box_is_erased_after_the_bottleneck():
    neck, maps = bfe_neck(), torch.rand(4, CHANNELS, 16, 8)
    inputs, outputs = {}, {}

    def record(module: torch.nn.Module, args: tuple[torch.Tensor], output: torch.Tensor) -> None:
        inputs[module], outputs[module] = args[0], output

    neck.bottleneck.register_forward_hook(record)
    neck.erasing.register_forward_hook(record)
    neck((maps,))
    assert inputs[neck.bottleneck] is maps and inputs[neck.erasing] is outputs[neck.bottleneck]


def test_embedding_is_the_erasing_branch():
    features = bfe_neck()((torch.rand(4, CHANNELS, 16, 8),))
    assert torch.equal(features['embedding'], features['erased'])
    assert features['reduced'].shape == (4, 3) and features['erased'].shape == (4, 5)


def test_box_is_missing_in_the_erasing_branch_in_training_only():
    neck = bfe_neck()
    neck.bottleneck = torch.nn.Identity()
    pooled = {}
    for name in ('global_reduction', 'erased_reduction'):
        getattr(neck, name).register_forward_pre_hook(
            lambda module, inputs, name=name: pooled.update({name: inputs[0].detach()})
        )
    # Channel r of each image has the value r + 1 in row r and 0 elsewhere.
    maps = torch.zeros(4, CHANNELS, 8, 4)
    for row in range(8):
        maps[:, row, row] = row + 1
    everything = maps.amax(dim=(2, 3))
    missing = set()
    for _ in range(50):
        neck((maps,))
        torch.testing.assert_close(pooled['global_reduction'], maps.mean(dim=(2, 3)))
        seen = pooled['erased_reduction']
        assert torch.equal(seen, seen[:1].expand_as(seen))  # the same rows in every image
        assert torch.equal(seen, torch.where(seen == 0, 0, everything))
        rows = (seen[0] == 0).nonzero().flatten().tolist()
        assert len(rows) == 3 and rows[2] - rows[0] == 2  # round(0.33 * 8) neighboring rows
        missing.update(rows)
    assert missing == set(range(8))
    neck.eval()((maps,))
    assert torch.equal(pooled['erased_reduction'], everything)


def test_no_gradient_inside_the_box():
    neck = bfe_neck(in_channels=512)
    neck.bottleneck = torch.nn.Identity()
    maps = torch.rand(4, 512, 16, 8, requires_grad=True)
    neck((maps,))['erased'].square().sum().backward()
    rows = maps.grad.abs().sum(dim=(0, 1, 3)) == 0
    erased = rows.nonzero().flatten().tolist()
    assert len(erased) == 5 and erased[4] - erased[0] == 4


def test_box_depends_on_the_seed_of_torch():
    neck, maps = bfe_neck(), torch.rand(4, CHANNELS, 16, 8)
    outputs = []
    for _ in range(2):
        torch.manual_seed(3)
        outputs.append(neck((maps,))['embedding'])
    assert torch.equal(*outputs)


def test_sizes_of_the_paper():
    neck = MODELS.build(dict(type='BFENeck'))
    features = neck((torch.randn(2, 2048, 16, 8),))
    assert {name: tuple(feature.shape[1:]) for name, feature in features.items()} == dict(
        reduced=(512,), erased=(1024,), embedding=(1024,)
    )


def test_wrong_settings():
    with pytest.raises(ValueError, match=r"^embed must be one of \('erased', 'concat'\), got 'global'"):
        bfe_neck(embed='global')
    with pytest.raises(ValueError, match='^height_ratio must be between 0 and 1'):
        bfe_neck(height_ratio=33)
