"""CCN's configs state the paper's settings."""

from functools import cache
from itertools import islice
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmvireid.models.losses import MODALITY_PAIRS, draw_pairs
from mmvireid.registry import DATA_SAMPLERS, MODELS

ROOT = Path(__file__).parents[2] / 'configs'

load = cache(Config.fromfile)


@pytest.mark.parametrize(
    'data, images, num_batches',
    [('sysu', (395, 22_258, 11_909), 696), ('regdb', (206, 2_060, 2_060), 65)],
)
def test_ccn_has_the_papers_settings(data, images, num_batches, training_images):
    """A batch of 32 identities x (1 + 1) images gives 32 positive and 96 negative pairs.

    Each image has 12 kernels and 144 correlations.
    """
    cfg = load(ROOT / 'ccn' / f'ccn_r50_{data}.py')
    assert (cfg.model.backbone.split, cfg.model.backbone.resnet.strides) == (3, (1, 2, 2, 2))
    assert cfg.model.neck == dict(type='GlobalPoolingNeck', maps=dict(map=-1))
    identity = MODELS.build(cfg.model.heads.identity)
    assert identity.loss_weights == dict(pooled=0.1)
    assert (identity.num_classes, identity.classifier.bias) == (images[0], None)
    contrast = MODELS.build(cfg.model.heads.contrast)
    assert (contrast.grid.num_kernels, contrast.grid.place_size) == (12, (6, 2))
    assert (contrast.weight.numel(), contrast.negatives, contrast.has_closed_form) == (144, 3, True)
    assert cfg.model.test_cfg == dict(feature='pooled')
    assert cfg.test_evaluator.distance == dict(
        simplified=dict(type='CosineDistance'), full=dict(type='ContrastiveCorrelationDistance')
    )
    transforms = {transform.type: transform for transform in cfg.train_dataloader.dataset.pipeline}
    assert transforms['Resize'].scale == cfg.test_dataloader.dataset.pipeline[1].scale == (128, 256)
    crop = transforms['mmpretrain.RandomCrop']
    assert (crop.crop_size, crop.padding) == ((256, 128), 10)

    dataset = training_images(*images)
    sampler = DATA_SAMPLERS.build(cfg.train_dataloader.sampler, default_args=dict(dataset=dataset, seed=0))
    assert sampler.num_batches == num_batches
    assert sampler.batch_size == cfg.train_dataloader.batch_size == 64
    same, crossing = drawn_pairs(sampler, dataset, contrast)
    assert (same.sum(), (~same).sum(), crossing.all()) == (32, 96, True)


def drawn_pairs(sampler, dataset, head) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw the pairs of a first batch; return which show one person and which join both modalities."""
    infos = [dataset.get_data_info(index) for index in islice(sampler, sampler.batch_size)]
    labels, modalities = (torch.tensor([info[key] for info in infos]) for key in ('gt_label', 'modality'))
    first, second = draw_pairs(labels, modalities, head.negatives, MODALITY_PAIRS[head.modality_pairs])
    return labels[first] == labels[second], modalities[first] != modalities[second]


def test_open_set_training_draws_as_many_pairs_of_each_kind(training_images):
    """The appendix asks for a ratio of 1 : 1 : 1; a batch still has 64 images."""
    cfg = load(ROOT / 'ccn' / 'ccn_r50_openset_sysu.py')
    assert cfg.test_evaluator.protocol == dict(type='OpenSetProtocol')
    dataset = training_images(395, 22_258, 11_909)
    sampler = DATA_SAMPLERS.build(cfg.train_dataloader.sampler, default_args=dict(dataset=dataset, seed=0))
    assert (sampler.num_batches, sampler.batch_size) == (696, 64)
    same, crossing = drawn_pairs(sampler, dataset, MODELS.build(cfg.model.heads.contrast))
    assert [(same & kind).sum().item() for kind in (crossing, ~crossing)] == [16, 32]
    assert [(~same & kind).sum().item() for kind in (crossing, ~crossing)] == [48, 96]


def test_ccn_has_the_papers_parameters():
    """Table IV states 25M parameters, and 24M more with a learned kernel generator."""
    names = ('ccn_r50_sysu', 'ablations/ccn_r50_kg_sysu')
    models = [load(ROOT / 'ccn' / f'{name}.py').model for name in names]
    assert models[0].backbone == models[1].backbone
    backbone = num_parameters(models[0].backbone)
    ours, generated = (backbone + num_parameters(model.heads.contrast) for model in models)
    assert (round(ours / 1e6), round(generated / 1e6), round((generated - ours) / 1e6)) == (25, 49, 24)


def num_parameters(cfg: dict) -> int:
    return sum(parameter.numel() for parameter in MODELS.build(cfg).parameters())


@pytest.mark.parametrize('stride, num_kernels', [(1, 12), (2, 6), (3, 4), (4, 4), (5, 4)])
def test_number_of_kernels_follows_algorithm_1(stride, num_kernels):
    name = 'ccn_r50_sysu' if stride == 1 else f'ablations/ccn_r50_stride{stride}_sysu'
    assert MODELS.build(load(ROOT / 'ccn' / f'{name}.py').model.heads.contrast).grid.num_kernels == num_kernels
