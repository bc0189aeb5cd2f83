import torch

from mmvireid.registry import MODELS

RESNET = dict(type='mmpretrain.ResNet', depth=18, base_channels=8, stem_channels=8)


def test_modality_has_no_effect():
    backbone = MODELS.build(dict(type='OneStreamBackbone', backbone=RESNET)).eval()
    images = torch.randn(4, 3, 64, 32)
    (as_visible,), (as_infrared,) = (backbone(images, torch.full((4,), modality)) for modality in (0, 1))
    assert torch.equal(as_visible, as_infrared)


def test_pretrained_weights(tmp_path):
    state = MODELS.build(RESNET).state_dict()
    torch.save(state, tmp_path / 'weights.pth')
    pretrained = str(tmp_path / 'weights.pth')
    backbone = MODELS.build(dict(type='OneStreamBackbone', backbone=RESNET, pretrained=pretrained))
    backbone.init_weights()
    own = backbone.backbone.state_dict()
    assert own.keys() == state.keys() and all(torch.equal(own[name], tensor) for name, tensor in state.items())
