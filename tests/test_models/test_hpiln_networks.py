"""The contract of HPILN's nine networks, built from their configs at the sizes of the paper."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from mmvireid.models import CrossModalityReID, backbones
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDDataSample, ReIDFeatures

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / 'configs' / 'hpiln'

# Height and width of an image, number of parameters without the classifiers, and the features of an image.
NETWORKS = {
    'resmid': ((224, 224), 27_704_384, dict(embedding=(3072,))),
    'mgn': ((384, 128), 68_807_744, dict(embedding=(2048,), pooled=(3, 2048), parts=(5, 256))),
    'pcb': ((224, 224), 24_032_832, dict(embedding=(12288,), parts=(6, 256))),
    'bfe': ((256, 128), 31_119_424, dict(embedding=(1024,), erased=(1024,), reduced=(512,))),
    'mlfn': ((224, 224), 32_464_576, dict(embedding=(1024,))),
    'hacnn': ((160, 64), 2_922_434, dict(embedding=(1024,), branches=(2, 512))),
    'mudeep': ((256, 128), 134_933_968, dict(embedding=(4096,))),
    'r50': ((224, 224), 23_508_032, dict(embedding=(2048,))),
    'densenet121': ((224, 224), 6_953_856, dict(embedding=(1024,))),
}


def config(name: str) -> dict:
    cfg = Config.fromfile(CONFIGS / f'hpiln_{name}_sysu.py').model
    cfg.backbone.pretrained = None
    return cfg


def batch(name: str, size: int = 4) -> dict:
    """Return a batch of two identities with one image in each modality, or only the first images of it."""
    height, width = NETWORKS[name][0]
    samples = [
        ReIDDataSample(gt_label=index % 2, metainfo=dict(pid=index % 2, cam_id=1 + index // 2, modality=index // 2))
        for index in range(size)
    ]
    images = torch.randn(4, 3, height, width, generator=torch.Generator().manual_seed(0))[:size]
    return dict(inputs=images, data_samples=samples)


@pytest.fixture(scope='module', params=NETWORKS)
def network(request) -> Iterator[tuple[str, CrossModalityReID]]:
    """Return a network after one training batch, so that its batch norms have statistics."""
    from mmengine.registry import init_default_scope

    init_default_scope('mmvireid')
    torch.manual_seed(0)
    # Without init_weights(): mmpretrain sets the last scale of a residual block to 0, which stops the first gradient.
    model = MODELS.build(config(request.param))
    model.train()
    total, _ = model.parse_losses(model(**batch(request.param), mode='loss'))
    total.backward()
    yield request.param, model


def extract(model: CrossModalityReID, data: dict) -> ReIDFeatures:
    with torch.no_grad():
        return model(**data)


def test_every_network_is_tested():
    named = {path.stem.removeprefix('hpiln_').removesuffix('_sysu') for path in CONFIGS.glob('hpiln_*_sysu.py')}
    assert named == set(NETWORKS)
    inner = {config(name).backbone.backbone.type for name in NETWORKS}
    with_modalities = {'OneStreamBackbone', 'TwoStreamResNet'}
    assert {name for name in backbones.__all__ if name in MODELS} - with_modalities <= inner


def test_number_of_parameters(network):
    name, model = network
    assert sum(p.numel() for part in (model.backbone, model.neck) for p in part.parameters()) == NETWORKS[name][1]


def test_documented_numbers_of_parameters():
    page = (ROOT / 'configs' / 'hpiln' / 'README.md').read_text()
    for name, (_, count, _) in NETWORKS.items():
        (title,) = (row[1].strip() for row in table_rows(page) if row[2].strip() == f'`{name}`')
        assert [row[2].strip() for row in table_rows(page) if row[1].strip() == title and ',' in row[2]] == [
            f'{count:,}'
        ]


def table_rows(page: str) -> list[list[str]]:
    return [line.split('|') for line in page.splitlines() if line.startswith('| ')]


def test_gradient_of_the_loss_reaches_every_parameter(network):
    _, model = network
    for key, parameter in model.named_parameters():
        assert parameter.requires_grad, key
        assert parameter.grad is not None and parameter.grad.isfinite().all() and parameter.grad.any(), key


def test_features_have_the_lengths_of_the_paper(network):
    name, model = network
    features = extract(model.eval(), batch(name, size=2))
    assert {key: tuple(feature.shape[1:]) for key, feature in features.items()} == NETWORKS[name][2]
    assert all(feature.dtype == torch.float32 and feature.isfinite().all() for feature in features.values())


def test_inference_is_deterministic_and_independent_of_the_batch(network):
    name, model = network
    model.eval()
    once, again = extract(model, batch(name, size=2)), extract(model, batch(name, size=2))
    alone = extract(model, batch(name, size=1))
    for key, feature in once.items():
        assert torch.equal(feature, again[key])
        torch.testing.assert_close(feature[:1], alone[key], rtol=1e-3, atol=1e-4)


def test_both_modalities_share_all_weights(network):
    name, model = network
    data = batch(name, size=1)
    visible = extract(model.eval(), data)['embedding']
    data['data_samples'] = batch(name)['data_samples'][2:3]
    assert torch.equal(extract(model, data)['embedding'], visible)


def test_half_precision_extracts_the_same_features(network):
    name, model = network
    data = batch(name, size=1)
    expected = extract(model.eval(), data)['embedding']
    with torch.autocast('cpu', torch.bfloat16):
        features = extract(model, data)
    assert F.cosine_similarity(features['embedding'].float(), expected).min() > 0.99
    for dtype in (torch.bfloat16, torch.float16):
        cast = extract(deepcopy(model).to(dtype), dict(data, inputs=data['inputs'].to(dtype)))['embedding']
        assert cast.isfinite().all() and F.cosine_similarity(cast.float(), expected).min() > 0.99, dtype
