"""Check the model: names of losses, prediction, and the config path in the errors of its components."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.model import BaseModule

from mmvireid.models import CrossModalityReID
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDDataSample, ReIDFeatures

CONFIG = dict(
    type='CrossModalityReID',
    backbone=dict(
        type='TwoStreamResNet', resnet=dict(type='mmpretrain.ResNet', depth=18, base_channels=8, stem_channels=8)
    ),
    neck=dict(type='DualLevelFusionNeck', in_channels=64),
    heads=dict(
        identity=dict(type='IDHead', num_classes=4, in_channels=64, loss_weights=dict(bn=1.0, fused=1.1)),
        triplet=dict(type='TripletHead', within_modality=True),
        affinity=dict(type='AffinityHead', loss_weights=dict(pooled=1.5)),
    ),
    test_cfg=dict(feature='fused'),
)


def build(**options) -> CrossModalityReID:
    torch.manual_seed(0)
    return MODELS.build({**CONFIG, **options})


def batch() -> dict:
    generator = torch.Generator().manual_seed(0)
    samples = [
        ReIDDataSample(gt_label=i % 4, metainfo=dict(pid=i % 4, cam_id=1 + i % 2, modality=i % 2))
        for i in [*range(8), *range(1, 9)]
    ]
    return dict(inputs=torch.randn(16, 3, 64, 32, generator=generator), data_samples=samples)


def test_losses_are_named_by_head_and_feature():
    losses = build()(**batch(), mode='loss')
    assert set(losses) == {
        'identity.loss_bn', 'identity.loss_fused', 'triplet.loss_pooled', 'affinity.loss_pooled',
    }  # fmt: skip
    assert all(value.ndim == 0 and value.isfinite() for value in losses.values())


def test_gradient_reaches_every_trainable_parameter():
    model = build()
    total, _ = model.parse_losses(model(**batch(), mode='loss'))
    total.backward()
    for name, parameter in model.named_parameters():
        assert not parameter.requires_grad or parameter.grad is not None, name


def test_a_head_set_to_none_is_left_out():
    model = build(heads=dict(CONFIG['heads'], affinity=None))
    assert set(model.heads) == {'identity', 'triplet'}


def test_any_module_with_a_loss_is_a_head():
    class GapHead(BaseModule):
        def loss(self, features, targets):
            return dict(loss_gap=(features['fused'] - features['bn']).float().square().mean(), gap=torch.tensor(100.0))

    model = build()
    model.heads['gap'] = GapHead()
    total, logged = model.parse_losses(model(**batch(), mode='loss'))
    assert logged['gap.loss_gap'] > 0 and logged['gap.gap'] == 100
    assert total < 100


def test_tensor_mode_gives_the_features():
    features = build()(**batch())
    assert isinstance(features, ReIDFeatures) and features['fused'].shape == (16, 64)


@pytest.mark.parametrize('feature', ['pooled', 'bn', 'fused'])
def test_predict_normalizes_the_chosen_feature(feature):
    model = build(test_cfg=dict(feature=feature)).eval()
    with torch.no_grad():
        samples = model(**batch(), mode='predict')
        expected = F.normalize(model(**batch())[feature])
    torch.testing.assert_close(torch.stack([sample.feature for sample in samples]), expected)
    assert {(sample.feature_name, sample.flip, sample.normalized) for sample in samples} == {(feature, False, True)}


def test_predict_keeps_the_length_of_a_feature_that_is_not_normalized():
    model = build(test_cfg=dict(feature='pooled', normalize=False)).eval()
    with torch.no_grad():
        samples = model(**batch(), mode='predict')
        expected = model(**batch())['pooled']
    torch.testing.assert_close(torch.stack([sample.feature for sample in samples]), expected)
    assert samples[0].feature_name == 'pooled' and samples[0].normalized is False


def test_flip_adds_the_mirrored_image():
    model = build(test_cfg=dict(feature='bn', flip=True)).eval()
    data = batch()
    with torch.no_grad():
        samples = model(**data, mode='predict')
        mirrored = dict(data, inputs=data['inputs'].flip(-1))
        expected = F.normalize(model(**data)['bn'] + model(**mirrored)['bn'])
        again = model(**mirrored, mode='predict')
    torch.testing.assert_close(torch.stack([sample.feature for sample in samples]), expected)
    assert samples[0].flip is True
    torch.testing.assert_close(samples[3].feature, again[3].feature)


CONTRASTIVE = dict(
    neck=dict(type='GlobalPoolingNeck', maps=dict(map=-1)),
    heads=dict(contrast=dict(type='ContrastiveCorrelationHead', in_channels=64, map_size=(2, 1), kernel_size=(1, 1))),
)


def test_predict_adds_the_descriptions_of_heads():
    model = build(**CONTRASTIVE, test_cfg=dict(feature='pooled')).eval()
    with torch.no_grad():
        samples = model(**batch(), mode='predict')
        features = model(**batch())
    for index, sample in enumerate(samples):
        torch.testing.assert_close(sample.contrast_values, features['map'][index])
        assert sample.contrast_weights.shape == (64, 2, 1) and sample.contrast_bias.shape == ()
        torch.testing.assert_close(sample.feature, F.normalize(features['pooled'][index], dim=0))


def test_two_heads_with_the_same_description_are_refused():
    contrast = CONTRASTIVE['heads']['contrast']
    model = build(neck=CONTRASTIVE['neck'], heads=dict(one=contrast, two=contrast), test_cfg=dict(feature='pooled'))
    with (
        torch.no_grad(),
        pytest.raises(ValueError, match=r'^model\.heads\.two: Another head also describes images by .*contrast_values'),
    ):
        model.eval()(**batch(), mode='predict')


def test_flip_is_refused_with_a_head_that_describes_images():
    with pytest.raises(
        ValueError, match=r"flip=True adds two vectors, but \['ContrastiveCorrelationHead'\].* set flip=False"
    ):
        build(**CONTRASTIVE, test_cfg=dict(feature='pooled', flip=True))


def test_channels_last_changes_the_layout_and_not_the_numbers():
    plain = build(data_preprocessor=dict(type='ReIDDataPreprocessor')).eval()
    model = build(data_preprocessor=dict(type='ReIDDataPreprocessor', channels_last=True)).eval()
    model.load_state_dict(plain.state_dict())
    weight = model.backbone.shared.layer1[0].conv1.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    images = torch.randint(0, 256, (4, 3, 64, 32), dtype=torch.uint8)
    data = dict(inputs=images, data_samples=batch()['data_samples'][:4])
    with torch.no_grad():
        a, b = (m(**m.data_preprocessor(dict(data)))['fused'] for m in (plain, model))
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_wrong_settings_are_named():
    with pytest.raises(ValueError, match="model.test_cfg takes 'feature'"):
        build(test_cfg=dict(features='bn'))
    with pytest.raises(KeyError, match="No feature 'bm'"):
        build(test_cfg=dict(feature='bm')).eval()(**batch(), mode='predict')
    with pytest.raises(ValueError, match="model.test_cfg.feature='bm' is not an output of the neck: choose one of"):
        build(test_cfg=dict(feature='bm'))(**batch(), mode='loss')
    with pytest.raises(ValueError, match="'center_loss'.* rename them"):
        build(heads=dict(center_loss=CONFIG['heads']['triplet']))
    with pytest.raises(ValueError, match="got 'train'"):
        build()(**batch(), mode='train')


class FailingNeck(BaseModule):
    """Refuse an option, or a number of maps."""

    def __init__(self, num_maps: int = 1) -> None:
        super().__init__()
        if num_maps < 1:
            raise ValueError(f'num_maps must be positive, got {num_maps}.')
        self.num_maps = num_maps

    def forward(self, maps):
        raise ValueError(f'num_maps={self.num_maps}, but the backbone returns {len(maps)} map.')


@pytest.fixture
def failing_neck(monkeypatch) -> None:
    monkeypatch.setitem(MODELS.module_dict, 'FailingNeck', FailingNeck)


def identity(**options) -> dict:
    return dict(heads=dict(identity=dict(type='IDHead', num_classes=4, in_channels=64, **options)))


@pytest.mark.parametrize(
    ('options', 'path', 'error'),
    [
        (identity(role='query'), 'model.heads.identity', 'role must be one of'),
        (identity(loss_weights='bn'), 'model.heads.identity', 'loss_weights must give each feature a number'),
        (dict(heads=dict(center=dict(type='CenterHeat'))), 'model.heads.center', 'CenterHeat'),
        (identity(dropuot=0.5), 'model.heads.identity', "IDHead has no option 'dropuot'. Did you mean 'dropout'?"),
        (dict(neck=dict(type='FailingNeck', num_maps=0)), 'model.neck', 'num_maps must be positive'),
        (
            dict(backbone=dict(type='OneStreamBackbone')),
            'model.backbone',
            "needs the option 'backbone'",
        ),
    ],
)
def test_an_error_while_building_names_path_and_option(failing_neck, options, path, error):
    with pytest.raises((KeyError, TypeError, ValueError), match=error) as caught:
        build(**options)
    (message,) = caught.value.args
    assert message.startswith(f'{path}: ') and message.count(path) == 1


@pytest.mark.parametrize(
    ('options', 'path', 'error'),
    [
        (identity(num_parts=6), 'model.heads.identity', 'num_parts=6 needs features .* set num_parts=None'),
        (identity(role='anchor'), 'model.heads.identity', 'is the anchor of a tuple: use a sampler'),
        (identity(loss_weights=dict(parts=1.0)), 'model.heads.identity', "No feature 'parts' in the neck's output"),
        (dict(neck=dict(type='FailingNeck', num_maps=3)), 'model.neck', 'num_maps=3, but the backbone returns 1 map'),
    ],
)
def test_an_error_while_running_names_path_and_option(failing_neck, options, path, error):
    model = build(**options)
    with pytest.raises((KeyError, ValueError), match=error) as caught:
        model(**batch(), mode='loss')
    (message,) = caught.value.args
    assert message.startswith(f'{path}: ') and message.count(path) == 1
