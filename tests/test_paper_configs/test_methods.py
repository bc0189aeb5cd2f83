"""Configs of DF2AM, HcTri, AGW and HPILN state the papers' settings; all methods have the papers' schedules."""

from functools import cache, partial
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from mmvireid.registry import PARAM_SCHEDULERS

ROOT = Path(__file__).parents[2] / 'configs'

load = cache(Config.fromfile)


def test_df2am_has_the_papers_settings():
    cfg = load(ROOT / 'df2am' / 'df2am_r50_sysu.py')
    heads = cfg.model.heads
    assert heads.identity.loss_weights == dict(bn=1.0, fused=1.1)
    assert heads.identity.within_modality and heads.triplet.within_modality
    assert heads.affinity.loss_weights == dict(pooled=1.5)
    assert (heads.identity.num_classes, heads.triplet.margin, cfg.model.neck.num_parts) == (395, 0.3, 4)
    assert (cfg.model.backbone.split, cfg.model.backbone.resnet.strides) == (1, (1, 2, 2, 1))
    assert cfg.train_dataloader.batch_size == 64


@pytest.mark.parametrize(
    'data, num_classes, batch, parts_weight, p, label_smoothing',
    [('sysu', 395, (96, 6, 8), 1.0, 3.0, 0.0), ('regdb', 206, (64, 8, 4), 2.0, 10.0, 0.1)],
)
def test_hctri_has_the_papers_settings(data, num_classes, batch, parts_weight, p, label_smoothing):
    """Each data set has its own settings (HcTri, Sec. IV-A): with RegDB's, SYSU-MM01 does not converge."""
    cfg = load(ROOT / 'hctri' / f'hctri_r50_{data}.py')
    neck, heads = cfg.model.neck, cfg.model.heads
    assert (heads.identity.num_classes, heads.identity.get('label_smoothing', 0.0)) == (num_classes, label_smoothing)
    assert heads.identity.loss_weights == dict(parts=1.0)
    assert heads.hc_triplet.loss_weights == dict(concatenated=1.0, parts=parts_weight)
    assert heads.hc_triplet.margin == 0.3
    assert (neck.num_parts, neck.out_channels, neck.pooling, neck.p) == (6, 256, 'gem', p)
    assert (cfg.model.backbone.split, cfg.model.backbone.resnet.strides) == (2, (1, 2, 2, 1))
    assert cfg.model.test_cfg.feature == 'concatenated'
    sampler = cfg.train_dataloader.sampler
    assert (cfg.train_dataloader.batch_size, sampler.num_ids, sampler.num_instances) == batch
    transforms = {transform.type: transform for transform in cfg.train_dataloader.dataset.pipeline}
    assert transforms['Resize'].scale == (144, 288)
    assert transforms['mmpretrain.RandomCrop'].crop_size == (288, 144)
    assert transforms['mmpretrain.RandomCrop'].padding == 10
    assert cfg.test_dataloader.dataset.pipeline[1].scale == (144, 288)


def test_agw_has_the_papers_settings():
    cfg = load(ROOT / 'agw' / 'agw_r50_sysu.py')
    backbone, neck, heads = cfg.model.backbone, cfg.model.neck, cfg.model.heads
    assert (backbone.split, backbone.resnet.strides, backbone.non_local) == (1, (1, 2, 2, 1), dict(layer2=2, layer3=3))
    assert (neck.pooling, neck.p) == ('gem', 3.0)
    assert (heads.identity.loss_weights, heads.triplet.loss_weights) == (dict(bn=1.0), dict(pooled=1.0))
    assert (cfg.train_dataloader.batch_size, cfg.train_dataloader.sampler.num_instances) == (64, 4)


@pytest.mark.parametrize(
    'network, size, embedding, strides',
    [
        ('resmid', (224, 224), 3072, (1, 2, 2, 2)),
        ('mgn', (384, 128), 2048, None),
        ('pcb', (224, 224), 12288, (1, 2, 2, 1)),
        ('bfe', (256, 128), 1024, (1, 2, 2, 1)),
        ('mlfn', (224, 224), 1024, None),
        ('hacnn', (160, 64), 1024, None),
        ('mudeep', (256, 128), 4096, None),
        ('r50', (224, 224), 2048, (1, 2, 2, 2)),
        ('densenet121', (224, 224), 1024, None),
    ],
)
def test_hpiln_has_the_papers_settings(network, size, embedding, strides):
    """All networks have one recipe and their own input size. A center is as long as the embedding."""
    cfg = load(ROOT / 'hpiln' / f'hpiln_{network}_sysu.py')
    identity, pentaplet = cfg.model.heads.identity, cfg.model.heads.pentaplet
    assert (pentaplet.loss_weights, pentaplet.margin) == (dict(embedding=1.0), 0.3)
    assert identity.num_classes == 395
    assert identity.keys() <= {'type', 'num_classes', 'in_channels', 'num_parts'}  # a mean, without label smoothing
    assert (cfg.model.test_cfg, cfg.test_evaluator.distance.type) == (
        dict(feature='embedding', normalize=False),
        'EuclideanDistance',
    )
    if strides is not None:
        assert cfg.model.backbone.backbone.get('strides', (1, 2, 2, 2)) == strides

    sampler = cfg.train_dataloader.sampler
    assert (cfg.train_dataloader.batch_size, sampler.num_ids, sampler.num_instances) == (64, 8, 4)
    assert cfg.train_dataloader.dataset.pipeline[1] == dict(type='RandomZoomCrop', size=size, zoom=1.125, prob=0.5)
    assert cfg.test_dataloader.dataset.pipeline[1].scale == size[::-1]

    assert cfg.optim_wrapper.optimizer == dict(type='Adam', lr=3e-4, weight_decay=5e-4)
    assert cfg.get('param_scheduler') is None
    assert cfg.train_cfg == dict(type='ResumableIterTrainLoop', max_iters=10_000)
    assert not cfg.default_hooks.checkpoint.by_epoch and not cfg.log_processor.by_epoch

    center = load(ROOT / 'hpiln' / 'ablations' / f'hpiln_{network}_center_sysu.py').model.heads.center
    assert (center.in_channels, center.loss_weights) == (embedding, dict(embedding=5e-4))


def test_learned_centers_have_their_own_rate():
    """Check the rate of the centers: at the network's rate, the centers would stay near their initial values.

    Weight decay would pull the centers to zero.
    """
    heads = torch.nn.ModuleDict({name: torch.nn.Linear(1, 1) for name in ('center', 'identity')})
    paths = list((ROOT / 'hpiln' / 'ablations').glob('*_center_*.py'))
    assert len(paths) == 9
    for path in paths:
        optim_wrapper = build_optim_wrapper(torch.nn.ModuleDict({'heads': heads}), load(path).optim_wrapper)
        group_by_id = {id(group['params'][0]): group for group in optim_wrapper.param_groups}
        center, identity = (group_by_id[id(head.weight)] for head in heads.values())
        assert (center['lr'], center['weight_decay']) == (pytest.approx(3e-2), 0)
        assert (identity['lr'], identity['weight_decay']) == (3e-4, 5e-4)


def test_schedules_for_synthetic_data_have_one_shape_by_iteration_and_by_epoch():
    rates = []
    leaves = {
        'hpiln/hpiln_resmid-small_synthetic.py': dict(max_iters=9 * 124),
        'agw/agw_r18_synthetic.py': dict(max_epochs=9),
    }
    for leaf, length in leaves.items():
        cfg = load(ROOT / leaf)
        assert dict(cfg.train_cfg, **length) == cfg.train_cfg
        optim_wrapper = build_optim_wrapper(torch.nn.Linear(1, 1), cfg.optim_wrapper)
        schedulers = []
        for scheduler in cfg.param_scheduler:
            scheduler = dict(scheduler)
            build = PARAM_SCHEDULERS.get(scheduler.pop('type'))
            if scheduler.pop('convert_to_iter_based', False):
                build = partial(build.build_iter_from_epoch, epoch_length=124)
            schedulers.append(build(optimizer=optim_wrapper, **scheduler))
        rates.append([])
        for _ in range(9 * 124):
            rates[-1].extend(optim_wrapper.get_lr()['lr'])
            optim_wrapper.step()
            for scheduler in schedulers:
                scheduler.step()
    shapes = [[rate / max(run) for rate in run] for run in rates]
    assert shapes[0] == pytest.approx(shapes[1])


@pytest.mark.parametrize(
    'name, nesterov, warm_up, drops, max_epochs',
    [
        ('df2am_r50_sysu', False, 10, (30, 50), 80),
        ('hctri_r50_sysu', True, 10, (20, 50), 61),
        ('hctri_r50_regdb', True, 10, (20, 50), 61),
        ('agw_r50_sysu', True, 10, (20, 50), 80),
        ('ccn_r50_sysu', False, 0, (30,), 60),
        ('ccn_r50_regdb', False, 0, (30,), 60),
    ],
)
def test_learning_rates_are_the_papers(name, nesterov, warm_up, drops, max_epochs):
    """Warm-up has equal steps, each drop is a factor of 0.1, and the backbone has a tenth of the rate."""
    cfg = load(ROOT / name.split('_')[0] / f'{name}.py')
    model = torch.nn.ModuleDict({part: torch.nn.Linear(1, 1) for part in ('backbone', 'neck', 'heads')})
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    settings = {key: optim_wrapper.optimizer.defaults[key] for key in ('momentum', 'nesterov', 'weight_decay')}
    assert settings == dict(momentum=0.9, nesterov=nesterov, weight_decay=5e-4)
    schedulers = [
        PARAM_SCHEDULERS.build(scheduler, default_args=dict(optimizer=optim_wrapper))
        for scheduler in cfg.param_scheduler
    ]
    group_by_id = {id(group['params'][0]): group for group in optim_wrapper.param_groups}
    groups = [group_by_id[id(model[part].weight)] for part in model]
    rates = []
    for _ in range(cfg.train_cfg.max_epochs):
        rates.append([group['lr'] for group in groups])
        optim_wrapper.step()
        for scheduler in schedulers:
            scheduler.step()
    backbone, neck, heads = zip(*rates, strict=True)
    expected = [0.1 * 0.1 ** sum(epoch >= drop for drop in drops) for epoch in range(max_epochs)]
    expected[:warm_up] = [0.1 * (epoch + 1) / warm_up for epoch in range(warm_up)]
    assert neck == heads == pytest.approx(expected)
    assert backbone == pytest.approx([rate / 10 for rate in expected])
