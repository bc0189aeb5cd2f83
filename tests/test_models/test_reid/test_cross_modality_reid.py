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
        identity=dict(type='IDHead', num_classes=4, in_channels=64, features=dict(bn=1.0, fused=1.1)),
        triplet=dict(type='TripletHead', within_modality=True),
        affinity=dict(type='AffinityHead', features=dict(pooled=1.5)),
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


def test_a_head_is_whatever_has_a_loss():
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
def test_predict_normalises_the_chosen_feature(feature):
    model = build(test_cfg=dict(feature=feature)).eval()
    with torch.no_grad():
        samples = model(**batch(), mode='predict')
        expected = F.normalize(model(**batch())[feature])
    torch.testing.assert_close(torch.stack([sample.feature for sample in samples]), expected)
    assert {(sample.feature_name, sample.flip) for sample in samples} == {(feature, False)}


def test_an_unnormalised_feature_is_as_it_is_and_says_so():
    model = build(test_cfg=dict(feature='pooled', normalize=False)).eval()
    with torch.no_grad():
        samples = model(**batch(), mode='predict')
        expected = model(**batch())['pooled']
    torch.testing.assert_close(torch.stack([sample.feature for sample in samples]), expected)
    assert samples[0].feature_name == 'unnormalized pooled'


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


def test_heads_that_describe_images_are_asked_in_prediction():
    model = build(**CONTRASTIVE, test_cfg=dict(feature='pooled')).eval()
    with torch.no_grad():
        samples = model(**batch(), mode='predict')
        features = model(**batch())
    for index, sample in enumerate(samples):
        torch.testing.assert_close(sample.contrast_values, features['map'][index])
        assert sample.contrast_weights.shape == (64, 2, 1) and sample.contrast_bias.shape == ()
        torch.testing.assert_close(sample.feature, F.normalize(features['pooled'][index], dim=0))


def test_two_heads_that_describe_images_alike_are_refused():
    contrast = CONTRASTIVE['heads']['contrast']
    model = build(neck=CONTRASTIVE['neck'], heads=dict(one=contrast, two=contrast), test_cfg=dict(feature='pooled'))
    with torch.no_grad(), pytest.raises(ValueError, match='Two heads describe images by .*contrast_values'):
        model.eval()(**batch(), mode='predict')


def test_flip_is_refused_where_a_head_describes_images():
    with pytest.raises(ValueError, match=r"flip averages vectors; \['ContrastiveCorrelationHead'\].* set it to False"):
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
    with pytest.raises(ValueError, match="model.test_cfg.feature='bm' is none of the neck's outputs"):
        build(test_cfg=dict(feature='bm'))(**batch(), mode='loss')
    with pytest.raises(ValueError, match="'center_loss'.* Rename them"):
        build(heads=dict(center_loss=CONFIG['heads']['triplet']))
    with pytest.raises(ValueError, match="got 'train'"):
        build()(**batch(), mode='train')
