"""Networks of mmpretrain that return vectors by default or have position embeddings, with mmpretrain's defaults."""

import pytest
import torch

from mmvireid.models.backbones import load_pretrained
from mmvireid.models.necks import GlobalBNNeck
from mmvireid.registry import MODELS

VIT = dict(embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32)
SWIN = dict(embed_dims=8, depths=[1, 1, 2, 2], num_heads=[1, 2, 2, 2])
CONVNEXT = dict(depths=[1, 1, 1, 1], channels=[8, 8, 16, 16])
NETWORKS = {
    'VisionTransformer': (dict(arch=VIT), (16, 16, 8)),
    'DistilledVisionTransformer': (dict(arch=VIT), (16, 16, 8)),
    'SwinTransformer': (dict(arch=SWIN), (64, 8, 4)),
    'ConvNeXt': (dict(arch=CONVNEXT), (16, 8, 4)),
    'BEiTViT': (dict(arch=VIT, use_rel_pos_bias=True, img_size=(256, 128)), (16, 16, 8)),
}


def config(name: str, **options) -> dict:
    return dict(type=f'mmpretrain.{name}', **NETWORKS[name][0], **options)


def weights_at_224(name: str, path, **options) -> dict[str, torch.Tensor]:
    """Save random weights as mmpretrain does: of a whole classifier with the network's defaults."""
    network = MODELS.build(config(name, **options))
    network.init_weights()
    torch.save(dict(state_dict={f'backbone.{key}': value for key, value in network.state_dict().items()}), path)
    return network.state_dict()


@pytest.mark.parametrize('name', NETWORKS)
def test_the_defaults_give_maps_for_a_neck(name):
    backbone = MODELS.build(dict(type='OneStreamBackbone', backbone=config(name)))
    backbone.eval()
    with torch.no_grad():
        maps = backbone(torch.rand(2, 3, 256, 128), torch.tensor([0, 1]))
    channels, height, width = NETWORKS[name][1]
    assert maps[-1].shape == (2, channels, height, width)
    assert GlobalBNNeck(in_channels=channels)(maps)['bn'].shape == (2, channels)


@pytest.mark.parametrize(
    'name, size',
    [
        ('VisionTransformer', dict(img_size=(256, 128))),
        ('VisionTransformer', dict(img_size=(256, 128), patch_cfg=dict(stride=12, padding=0))),
        ('DistilledVisionTransformer', dict(img_size=(256, 128))),
        ('SwinTransformer', dict(img_size=(256, 128), use_abs_pos_embed=True)),
        ('ConvNeXt', {}),
    ],
)
def test_weights_of_square_images_load_at_another_size(name, size, tmp_path):
    absolute = dict(use_abs_pos_embed=True) if name == 'SwinTransformer' else {}
    saved = weights_at_224(name, tmp_path / 'weights.pth', **absolute)
    options = dict(type='OneStreamBackbone', backbone=config(name, **size), pretrained=str(tmp_path / 'weights.pth'))
    backbone = MODELS.build(options)
    backbone.init_weights()
    resized = [key for key, value in backbone.backbone.state_dict().items() if value.shape != saved[key].shape]
    assert all('pos' in key for key in resized) and bool(resized) == (name != 'ConvNeXt')
    for key, value in backbone.backbone.state_dict().items():
        assert key in resized or torch.equal(value, saved[key]), key
    if name.endswith('VisionTransformer'):
        network = backbone.backbone
        assert network.pos_embed.shape[1] == (210 if 'patch_cfg' in size else 128) + network.num_extra_tokens
        grid = network.patch_embed.init_out_size
        expected = network.resize_pos_embed(
            saved['pos_embed'], (14, 14), grid, 'bicubic', num_extra_tokens=network.num_extra_tokens
        )
        assert torch.equal(network.pos_embed, expected)
    with torch.no_grad():
        assert backbone(torch.rand(1, 3, 256, 128), torch.tensor([0]))[-1].ndim == 4


@pytest.mark.parametrize('prefix', ['', 'backbone.'])
def test_the_versions_in_a_checkpoint_reach_the_network(tmp_path, prefix):
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    state = network.state_dict(prefix=prefix)
    torch.save(state, tmp_path / 'weights.pth')
    seen = {}
    for name, module in network.named_modules():
        module._register_load_state_dict_pre_hook(
            lambda state, prefix, metadata, *args, name=name: seen.update({name: metadata.get('version')})
        )
    load_pretrained(network, str(tmp_path / 'weights.pth'))
    assert seen == {'': 1, '0': 1, '1': 2}


def test_weights_of_other_images_that_are_not_square_name_img_size(tmp_path):
    weights_at_224('VisionTransformer', tmp_path / 'weights.pth', img_size=(256, 128))
    network = MODELS.build(config('VisionTransformer', img_size=(384, 128)))
    with pytest.raises(ValueError, match=r'weights.pth. do not fit VisionTransformer: .*129.*set img_size to the size'):
        load_pretrained(network, str(tmp_path / 'weights.pth'))


def test_weights_of_a_wider_transformer_are_refused(tmp_path):
    weights_at_224('VisionTransformer', tmp_path / 'weights.pth')
    network = MODELS.build(dict(config('VisionTransformer'), arch=dict(VIT, embed_dims=32)))
    with pytest.raises(
        ValueError, match='0 of .* missing .* have another shape .*Check the type, the depth and the wid'
    ):
        load_pretrained(network, str(tmp_path / 'weights.pth'))


def test_weights_of_another_window_name_window_size(tmp_path):
    weights_at_224('SwinTransformer', tmp_path / 'weights.pth')
    network = MODELS.build(config('SwinTransformer', window_size=8))
    with pytest.raises(ValueError, match='do not fit SwinTransformer: .*windows differs. Use the window_size of the'):
        load_pretrained(network, str(tmp_path / 'weights.pth'))


@pytest.mark.parametrize(
    'name, option, value, good',
    [
        ('VisionTransformer', 'out_type', 'cls_token', 'featmap'),
        ('DistilledVisionTransformer', 'out_type', 'raw', 'featmap'),
        ('ConvNeXt', 'gap_before_final_norm', True, False),
    ],
)
def test_an_option_for_vectors_is_refused_before_the_network_is_built(name, option, value, good):
    with pytest.raises(ValueError) as caught:
        MODELS.build(dict(type='OneStreamBackbone', backbone=config(name, **{option: value})))
    message = f'backbone.{option}={value!r} makes {name} return vectors instead of maps: remove {option}, or set'
    assert message in str(caught.value) and f'{option}={good!r}' in str(caught.value)


def test_a_backbone_without_maps_is_named(tmp_path):
    class Vectors(torch.nn.Module):
        def forward(self, images):
            return (images.mean((2, 3)),)

    backbone = MODELS.build(dict(type='OneStreamBackbone', backbone=dict(type=Vectors)))
    with pytest.raises(TypeError, match=r'a tuple of maps .* but Vectors returns shapes \[\(2, 3\)\]'):
        backbone(torch.rand(2, 3, 8, 4), torch.tensor([0, 1]))


def test_a_swin_map_of_the_size_of_the_window_is_not_padded():
    network = MODELS.build(config('SwinTransformer'))
    backbone = MODELS.build(dict(type='OneStreamBackbone', backbone=config('SwinTransformer')))
    network.eval()
    backbone.eval()
    backbone.backbone.load_state_dict(network.state_dict())
    images = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        assert torch.equal(backbone(images, torch.tensor([0]))[-1], network(images)[-1])
