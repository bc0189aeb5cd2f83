"""Parameter sharing of a two-stream ResNet, and its pretrained weights."""

import pytest
import torch

from mmvireid.models.backbones import TwoStreamResNet
from mmvireid.registry import MODELS

NARROW = dict(base_channels=8, stem_channels=8)
RESNET = dict(type='mmpretrain.ResNet', depth=18, **NARROW)
STAGES = ['stem', 'layer1', 'layer2', 'layer3', 'layer4']


def two_stream(split: int = 1, resnet: dict = RESNET, **options) -> TwoStreamResNet:
    return MODELS.build(dict(type='TwoStreamResNet', resnet=resnet, split=split, **options))


def images(n: int = 4) -> torch.Tensor:
    return torch.randn(n, 3, 64, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize('split', range(6))
def test_stages_before_the_split_are_doubled(split):
    backbone = two_stream(split)
    assert list(backbone.visible) == list(backbone.infrared) == STAGES[:split]
    assert list(backbone.shared) == STAGES[split:]
    plain = sum(p.numel() for p in MODELS.build(RESNET).parameters())
    doubled = sum(p.numel() for p in backbone.infrared.parameters())
    assert sum(p.numel() for p in backbone.parameters()) == plain + doubled


@pytest.mark.parametrize('split', range(6))
@pytest.mark.parametrize('depth', [18, 50])
def test_both_streams_start_as_the_plain_network(split, depth):
    plain = MODELS.build({**RESNET, 'depth': depth})
    plain.init_weights()
    backbone = two_stream(split, {**RESNET, 'depth': depth}, out_indices=(0, 3))
    own, common = backbone._split(plain)
    for stages, stream in ((own, backbone.visible), (own, backbone.infrared), (common, backbone.shared)):
        stream.load_state_dict(torch.nn.ModuleDict(stages).state_dict())
    plain.eval(), backbone.eval()
    plain.out_indices = (0, 3)
    maps = backbone(images(), torch.tensor([0, 1, 1, 0]))
    for got, expected in zip(maps, plain(images()), strict=True):
        torch.testing.assert_close(got, expected)


@pytest.mark.parametrize('split', [1, 3, 5])
def test_an_image_takes_the_stream_of_its_modality(split):
    backbone = two_stream(split).eval()
    for parameter in backbone.infrared.parameters():
        parameter.data *= 1.3
    modalities = torch.tensor([1, 0, 1, 0, 0])
    (mixed,) = backbone(images(5), modalities)
    for i in range(5):
        (alone,) = backbone(images(5)[i : i + 1], modalities[i : i + 1])
        torch.testing.assert_close(mixed[i : i + 1], alone)
    (as_visible,) = backbone(images(5), torch.zeros(5, dtype=torch.int64))
    changed = (as_visible - mixed).abs().flatten(1).amax(1) > 1e-6
    assert changed.tolist() == [True, False, True, False, False]


def test_modality_has_no_effect_when_all_stages_are_shared():
    backbone = two_stream(0).eval()
    (a,), (b,) = (backbone(images(), torch.full((4,), modality)) for modality in (0, 1))
    torch.testing.assert_close(a, b)


@pytest.mark.parametrize(
    'resnet',
    [
        dict(type='mmpretrain.ResNet', depth=34, base_channels=8, stem_channels=8, strides=(1, 2, 2, 1)),
        dict(type='mmpretrain.ResNetV1d', depth=50, base_channels=8, stem_channels=8),
        dict(type='mmpretrain.ResNeXt', depth=50, groups=32, width_per_group=4),
    ],
    ids=lambda cfg: cfg['type'],
)
def test_resnets_of_mmpretrain(resnet):
    backbone = two_stream(2, resnet)
    backbone.init_weights()
    (maps,) = backbone(images(), torch.tensor([0, 1, 0, 1]))
    stride = 16 if resnet.get('strides') else 32
    assert maps.shape == (4, backbone.feat_dim, 64 // stride, 32 // stride)
    maps.square().sum().backward()
    for name, parameter in backbone.named_parameters():
        assert parameter.grad is not None, name


def test_init_weights_starts_both_streams_equal():
    backbone = two_stream(3)
    backbone.init_weights()
    for a, b in zip(backbone.visible.state_dict().values(), backbone.infrared.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize(
    'resnet',
    [dict(type='mmpretrain.ResNet', depth=depth, **NARROW) for depth in (18, 34, 50, 101)]
    + [dict(type='mmpretrain.ResNeXt', depth=50, **NARROW)],
    ids=lambda cfg: f'{cfg["type"]}-{cfg["depth"]}',
)
def test_each_split_has_more_parameters_and_equal_streams(resnet):
    sizes = []
    for split in range(6):
        backbone = two_stream(split, resnet).eval()
        backbone.init_weights()
        (as_visible,), (as_infrared,) = (backbone(images(2), torch.full((2,), modality)) for modality in (0, 1))
        assert as_visible.shape == (2, backbone.feat_dim, 2, 1)
        assert torch.equal(as_visible, as_infrared)
        sizes.append(sum(p.numel() for p in backbone.parameters()))
    assert sizes == sorted(set(sizes)) and sizes[-1] == 2 * sizes[0]


def test_norm_eval_keeps_statistics():
    backbone = two_stream(1, norm_eval=True)
    before = backbone.infrared.stem[1].running_mean.clone()
    backbone.train()
    backbone(images(), torch.tensor([0, 1, 0, 1]))
    torch.testing.assert_close(backbone.infrared.stem[1].running_mean, before)


def test_wrong_settings():
    with pytest.raises(ValueError, match='^split must be 0'):
        two_stream(6)
    for non_local in (dict(layer3=3), dict(layer5=1), dict(layer2=-1)):
        with pytest.raises(ValueError, match=r"^non_local.layer\d=.* a ResNet with {'layer1': 2, .*'layer4': 2}"):
            two_stream(1, non_local=non_local)
    with pytest.raises(TypeError, match='^resnet must be mmpretrain.ResNet .* got MobileNetV2'):
        two_stream(1, dict(type='mmpretrain.MobileNetV2'))


@pytest.fixture
def weights(tmp_path):
    """Return a function that saves the state of a plain ResNet in the style of several tools."""
    torch.manual_seed(7)
    state = MODELS.build(RESNET).state_dict()
    for value in state.values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) * 0.1)  # variances must be positive

    def save(wrap=lambda state: state, prefix: str = '', half: bool = False) -> tuple[str, dict]:
        path = tmp_path / 'weights.pth'
        cast = {k: v.half() if half and v.is_floating_point() else v for k, v in state.items()}
        torch.save(wrap({prefix + k: v for k, v in cast.items()}), path)
        return str(path), cast

    return save


@pytest.mark.parametrize('prefix', ['', 'backbone.', 'module.'])
@pytest.mark.parametrize('half', [False, True])
@pytest.mark.parametrize('split', [0, 2])
def test_pretrained_weights_reach_both_streams(weights, prefix, half, split):
    path, state = weights(lambda s: dict(state_dict={**s, 'head.fc.weight': torch.ones(1)}), prefix, half)
    backbone = two_stream(split, pretrained=path)
    backbone.init_weights()
    reference = MODELS.build(RESNET)
    reference.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    backbone.eval(), reference.eval()
    for modality in (0, 1):
        (maps,) = backbone(images(), torch.full((4,), modality))
        torch.testing.assert_close(maps, reference(images())[0])
    assert next(backbone.parameters()).dtype == torch.float32
