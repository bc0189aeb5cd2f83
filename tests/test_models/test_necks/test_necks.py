"""The contract of all necks in the registry."""

import pytest
import torch

from mmvireid.models import necks
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures

CHANNELS = 8
MAP = (CHANNELS, 16, 8)
# For each registered neck: its options, the shapes of its input maps, and the shapes of its features in order.
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
    'GlobalPoolingNeck': [
        (dict(), [MAP], dict(pooled=(CHANNELS,))),
        (dict(pooling='max', feature='embedding'), [MAP], dict(embedding=(CHANNELS,))),
        (dict(pooling='gem', p=10.0, learn_p=True), [MAP], dict(pooled=(CHANNELS,))),
        (dict(maps=dict(map=-1)), [MAP], dict(pooled=(CHANNELS,), map=MAP)),
        (
            dict(pooling='gem', maps=dict(map=1, first=0)),
            [(3, 32, 16), MAP],
            dict(pooled=(CHANNELS,), map=MAP, first=(3, 32, 16)),
        ),
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
        (
            dict(neck=dict(type='GlobalPoolingNeck', feature='embedding'), in_channels=CHANNELS),
            [MAP],
            dict(embedding=(2,)),
        ),
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
    assert all(name.endswith('Neck') for name in CASES)


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
    shapes = [(name, tuple(tensor.shape)) for name, tensor in features.items()]
    assert shapes == [(name, (4, *shape)) for name, shape in feature_shapes.items()]
    assert all(tensor.dtype == torch.float32 and tensor.isfinite().all() for tensor in features.values())


@every_neck
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_neck_of_a_model_in_half_precision(cfg, map_shapes, feature_shapes, dtype):
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
        no_effect = name == 'part_scorer.bias'  # a softmax cancels it: its gradient is rounding
        assert no_effect or not parameter.requires_grad or parameter.grad.abs().sum() > 0, name


@every_neck
def test_inference_is_deterministic_and_independent_of_the_batch(cfg, map_shapes, feature_shapes):
    neck = MODELS.build(cfg).eval()
    maps = random_maps(map_shapes)
    for name, tensor in neck(maps).items():
        torch.testing.assert_close(tensor[:1], neck(tuple(feature_map[:1] for feature_map in maps))[name])
