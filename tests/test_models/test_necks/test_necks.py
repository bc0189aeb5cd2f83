"""The contract of necks over the registry, and each neck's own formula."""

import pytest
import torch

from mmvireid.models import necks
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures

CHANNELS = 8
MAP = (CHANNELS, 16, 8)
# For each registered neck: options, shapes of the maps that it reads, shapes of the features that it gives.
CASES = {
    'GlobalBNNeck': [
        (dict(in_channels=CHANNELS, **options), [MAP], dict(pooled=(CHANNELS,), bn=(CHANNELS,)))
        for options in (dict(), dict(shift=True), dict(pooling='gem', p=10.0), dict(pooling='gem', learn_p=True))
    ]
    + [
        (
            dict(in_channels=CHANNELS, maps=dict(specific=0, last=-1)),
            [(3, 32, 16), MAP],
            dict(pooled=(CHANNELS,), bn=(CHANNELS,), specific=(3, 32, 16), last=MAP),
        ),
    ],
    'PartStripNeck': [
        (dict(in_channels=CHANNELS, **options), [MAP], dict(parts=parts, concatenated=(parts[0] * parts[1],)))
        for options, parts in (
            (dict(out_channels=4), (6, 4)),
            (dict(num_parts=5, pooling='max'), (5, 256)),
            (dict(learn_p=True), (6, 256)),
            (dict(pooling='avg'), (6, 256)),
        )
    ],
    'DualLevelFusionNeck': [
        (
            dict(in_channels=CHANNELS, **options),
            [MAP],
            dict.fromkeys(('pooled', 'bn', 'part_aggregated', 'fused'), (CHANNELS,)),
        )
        for options in (dict(), dict(num_parts=3), dict(attention='input'))
    ],
    'EmbeddingNeck': [
        (dict(), [MAP], dict(embedding=(CHANNELS,))),
        (dict(pooling='max'), [MAP], dict(embedding=(CHANNELS,))),
    ],
    'MapNeck': [
        (dict(), [MAP], dict(pooled=(CHANNELS,), map=MAP)),
        (dict(pooling='gem'), [MAP], dict(pooled=(CHANNELS,), map=MAP)),
    ],
    'ResMidNeck': [
        (dict(in_channels=CHANNELS, mid_channels=4), 3 * [MAP], dict(embedding=(4 + CHANNELS,))),
        (dict(in_channels=CHANNELS, num_mid=1), 2 * [MAP], dict(embedding=(1024 + CHANNELS,))),
    ],
    'MGNNeck': [
        (
            dict(in_channels=CHANNELS, out_channels=4),
            [(CHANNELS, 12, 4), (CHANNELS, 24, 8), (CHANNELS, 24, 8)],
            dict(pooled=(3, CHANNELS), parts=(5, 4), embedding=(32,)),
        ),
    ],
    'PCBNeck': [
        (dict(in_channels=CHANNELS, out_channels=4), [MAP], dict(embedding=(6 * CHANNELS,), parts=(6, 4))),
        (dict(in_channels=CHANNELS, num_parts=4), [MAP], dict(embedding=(4 * CHANNELS,), parts=(4, 256))),
    ],
    'BFENeck': [
        (
            dict(in_channels=CHANNELS, global_channels=3, erased_channels=5, **options),
            [MAP],
            dict(reduced=(3,), erased=(5,), embedding=embedding),
        )
        for options, embedding in ((dict(), (5,)), (dict(embed='concat'), (8,)))
    ],
    'MLFNNeck': [
        (
            dict(in_channels=CHANNELS, num_gates=6, out_channels=4),
            [MAP, (6, 1, 1)],
            dict(embedding=(4,)),
        ),
    ],
    'HACNNNeck': [
        (
            dict(in_channels=CHANNELS, num_regions=3, out_channels=64),
            [MAP, (CHANNELS, 3, 1)],
            dict(branches=(2, 64), embedding=(128,)),
        ),
    ],
    'ProjectedEmbeddingNeck': [
        (dict(neck=dict(type='EmbeddingNeck'), in_channels=CHANNELS), [MAP], dict(embedding=(2,))),
        (
            dict(neck=dict(type='PCBNeck', in_channels=4, out_channels=5), in_channels=24, out_channels=3),
            [(4, 12, 4)],
            dict(embedding=(3,), parts=(6, 5)),
        ),
    ],
    'FlattenNeck': [(dict(in_channels=CHANNELS * 16 * 8, out_channels=4), [MAP], dict(embedding=(4,)))],
}
every_neck = pytest.mark.parametrize(
    ('cfg', 'map_shapes', 'feature_shapes'),
    [
        pytest.param(dict(type=name, **options), map_shapes, feature_shapes, id=f'{name}-{options}')
        for name, cases in CASES.items()
        for options, map_shapes, feature_shapes in cases
    ],
)


def random_maps(shapes: list[tuple[int, ...]], size: int = 4) -> tuple[torch.Tensor, ...]:
    return tuple(torch.randn(size, *shape, requires_grad=True) for shape in shapes)


def test_every_registered_neck_is_tested():
    assert set(CASES) == {name for name in necks.__all__ if name in MODELS}


@every_neck
@pytest.mark.parametrize('autocast', [False, True])
def test_features_are_float32_rows_of_the_batch(cfg, map_shapes, feature_shapes, autocast):
    neck = MODELS.build(cfg)
    maps = random_maps(map_shapes)
    if autocast:
        maps = tuple(feature_map.bfloat16() for feature_map in maps)
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=autocast):
        features = neck(maps)
    assert isinstance(features, ReIDFeatures)
    assert {name: tensor.shape for name, tensor in features.items()} == {
        name: (4, *shape) for name, shape in feature_shapes.items()
    }
    assert all(tensor.dtype == torch.float32 and tensor.isfinite().all() for tensor in features.values())


@every_neck
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_a_neck_of_a_model_in_half_precision(cfg, map_shapes, feature_shapes, dtype):
    neck = MODELS.build(cfg).eval()
    maps = random_maps(map_shapes)
    expected = neck(maps)
    neck.to(dtype)
    maps = tuple(feature_map.detach().to(dtype).requires_grad_() for feature_map in maps)
    for name, tensor in neck(maps).items():
        torch.testing.assert_close(tensor.float(), expected[name], rtol=0.05, atol=0.05)
    neck.train()
    sum(tensor.float().square().mean() for tensor in neck(maps).values()).backward()
    trained = [parameter for parameter in neck.parameters() if parameter.requires_grad]
    assert all(tensor.grad.isfinite().all() for tensor in (*maps, *trained))


@every_neck
def test_gradient_reaches_every_trainable_parameter(cfg, map_shapes, feature_shapes):
    neck = MODELS.build(cfg)
    features = neck(random_maps(map_shapes))
    sum(tensor.square().sum() for tensor in features.values()).backward()
    for name, parameter in neck.named_parameters():
        blind = name == 'part_scorer.bias'  # a softmax does not see it: what comes is rounding
        assert blind or not parameter.requires_grad or parameter.grad.abs().sum() > 0, name


@every_neck
def test_inference_is_deterministic_and_independent_of_the_batch(cfg, map_shapes, feature_shapes):
    neck = MODELS.build(cfg).eval()
    maps = random_maps(map_shapes)
    for name, tensor in neck(maps).items():
        torch.testing.assert_close(tensor[:1], neck(tuple(feature_map[:1] for feature_map in maps))[name])


def test_global_neck_by_hand():
    neck = MODELS.build(dict(type='GlobalBNNeck', in_channels=CHANNELS, pooling='gem', p=2.0)).eval()
    neck.bn.running_mean.fill_(0.5)
    neck.bn.running_var.fill_(4.0)
    maps = torch.rand(2, CHANNELS, 6, 4)
    features = neck((torch.rand(2, 3, 12, 8), maps))  # the last map counts
    root_mean_square = maps.square().mean(dim=(2, 3)).sqrt()
    torch.testing.assert_close(features['pooled'], root_mean_square)
    torch.testing.assert_close(features['bn'], (root_mean_square - 0.5) / (4 + 1e-5) ** 0.5)


def test_global_neck_hands_on_maps_as_they_are():
    neck = MODELS.build(dict(type='GlobalBNNeck', in_channels=CHANNELS, maps=dict(specific=0)))
    plain = MODELS.build(dict(type='GlobalBNNeck', in_channels=CHANNELS))
    maps = random_maps([(3, 32, 16), MAP])
    features = neck(maps)
    assert features['specific'] is maps[0]
    for name, tensor in plain(maps).items():
        assert torch.equal(features[name], tensor)
    (gradient,) = torch.autograd.grad(features['specific'].square().sum(), maps[0])
    torch.testing.assert_close(gradient, 2 * maps[0])


@pytest.mark.parametrize(
    ('handed_on', 'message'),
    [
        (dict(specific=1), r'model.neck.maps.specific=1, but the backbone returns 2 map\(s\)'),
        (dict(specific=-2), 'model.neck.maps.specific=-2'),
        (dict(bn=0), r"model.neck.maps: \['bn'\] are names"),
    ],
)
def test_maps_that_cannot_be_handed_on(handed_on, message):
    with pytest.raises(ValueError, match=message):
        MODELS.build(dict(type='GlobalBNNeck', in_channels=CHANNELS, maps=handed_on))(random_maps([MAP, MAP]))


def test_the_only_map_is_handed_on_as_the_last():
    neck = MODELS.build(dict(type='GlobalBNNeck', in_channels=CHANNELS, maps=dict(last=-1)))
    maps = random_maps([MAP])
    assert neck(maps)['last'] is maps[0]
    neck.maps = dict(specific=0)
    with pytest.raises(ValueError, match=r'returns 1 map\(s\) .* model.backbone.out_indices'):
        neck(maps)


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
    with pytest.raises(ValueError, match=r"model.neck.attention must be one of .* got 'static'"):
        MODELS.build(dict(type='DualLevelFusionNeck', in_channels=CHANNELS, attention='static'))


def test_projected_embedding_by_hand():
    neck = MODELS.build(dict(type='ProjectedEmbeddingNeck', neck=dict(type='EmbeddingNeck'), in_channels=CHANNELS))
    maps = torch.randn(3, CHANNELS, 6, 4)
    expected = maps.mean(dim=(2, 3)) @ neck.projection.weight.T + neck.projection.bias
    torch.testing.assert_close(neck((maps,))['embedding'], expected)
    neck = MODELS.build(
        dict(type='ProjectedEmbeddingNeck', neck=dict(type='GlobalBNNeck', in_channels=CHANNELS), in_channels=CHANNELS)
    )
    with pytest.raises(KeyError, match="No feature 'embedding' in the neck's output; it has"):
        neck((maps,))
