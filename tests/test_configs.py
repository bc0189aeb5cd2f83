"""Every config under configs/ builds, and trains a step on the embedded data, shrunk by options alone."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mmvireid.registry import DATASETS, MODELS, PARAM_SCHEDULERS

ROOT = Path(__file__).parent.parent / 'configs'
LEAVES = sorted(path for path in ROOT.glob('*/*.py') if path.parent.name != '_base_')
every_leaf = pytest.mark.parametrize('path', LEAVES, ids=lambda path: path.stem)

# A tenth of the network, the tiny data set, batches of 2 x 2 x 2.
WIDTH = 8
SHRINK = {
    'model.backbone.pretrained': None,
    'model.backbone.resnet.base_channels': WIDTH,
    'model.backbone.resnet.stem_channels': WIDTH,
    'train_dataloader.batch_size': 8,
    'train_dataloader.num_workers': 0,
    'train_dataloader.sampler.num_ids': 2,
    'train_dataloader.sampler.num_instances': 2,
    'test_dataloader.num_workers': 0,
}


def shrunk(path: Path, data_root: Path) -> Config:
    cfg = Config.fromfile(path)
    cfg.merge_from_dict(SHRINK)
    channels = WIDTH * 8 * (4 if cfg.model.backbone.resnet.depth >= 50 else 1)
    cfg.model.neck.in_channels = cfg.model.heads.identity.in_channels = channels
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(loader):
            cfg[loader].dataset.data_root = str(data_root)
            cfg[loader].num_workers = 0
    for evaluator in ('val_evaluator', 'test_evaluator'):
        if cfg.get(evaluator):
            cfg[evaluator].protocol.data_root = str(data_root)
    cfg.model.heads.identity.num_classes = DATASETS.build(cfg.train_dataloader.dataset).metainfo['num_ids']
    return cfg


@every_leaf
def test_leaf_trains_a_step(path, tiny_root):
    cfg = shrunk(path, tiny_root)
    init_default_scope(cfg.default_scope)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=0)
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    data = model.data_preprocessor(next(iter(loader)), training=True)
    total, _ = model.parse_losses(model(**data, mode='loss'))
    total.backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad.isfinite().all(), f'{name} has no gradient'
    optim_wrapper.step()
    model.eval()
    samples = model.test_step(next(iter(Runner.build_dataloader(cfg.test_dataloader, seed=0))))
    assert samples[0].feature.isfinite().all()


@every_leaf
def test_names_follow_the_grammar(path):
    method, backbone, *setting, data = path.stem.split('_')
    assert path.parent.name == method
    assert backbone in {'r18', 'r50'}
    assert data in {'sysu', 'synthetic'}
    assert len(setting) <= 1


@every_leaf
def test_nothing_is_selected_on_the_test_identities(path):
    cfg = Config.fromfile(path)
    assert cfg.test_dataloader.dataset.split == 'test'
    if cfg.get('val_dataloader'):
        assert cfg.train_dataloader.dataset.split == 'train'
        assert cfg.val_dataloader.dataset.split == 'val'
    else:
        assert cfg.train_dataloader.dataset.split == 'trainval'
        assert 'save_best' not in cfg.default_hooks.checkpoint


def test_df2am_is_the_papers():
    cfg = Config.fromfile(ROOT / 'df2am' / 'df2am_r50_sysu.py')
    heads = cfg.model.heads
    assert heads.identity.features == dict(bn=1.0, fused=1.1)
    assert heads.identity.within_modality and heads.triplet.within_modality
    assert heads.affinity.features == dict(pooled=1.5)
    assert (heads.identity.num_classes, heads.triplet.margin, cfg.model.neck.num_parts) == (395, 0.3, 4)
    assert (cfg.model.backbone.split, cfg.model.backbone.resnet.strides) == (1, (1, 2, 2, 1))
    assert cfg.train_dataloader.batch_size == 64


def test_df2am_learning_rates_are_the_papers():
    """Warm-up over 10 epochs, absolute factors 0.1 from epoch 30 and 0.01 from 50, the backbone at a tenth."""
    cfg = Config.fromfile(ROOT / 'df2am' / 'df2am_r50_sysu.py')
    init_default_scope('mmvireid')
    model = torch.nn.ModuleDict(dict(backbone=torch.nn.Linear(1, 1), neck=torch.nn.Linear(1, 1)))
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    schedulers = [
        PARAM_SCHEDULERS.build(cfg_of_one, default_args=dict(optimizer=optim_wrapper))
        for cfg_of_one in cfg.param_scheduler
    ]
    rates = []
    for _ in range(cfg.train_cfg.max_epochs):
        groups = optim_wrapper.param_groups
        rates.append((groups[0]['lr'], groups[-1]['lr']))
        for scheduler in schedulers:
            scheduler.step()
    backbone, rest = zip(*rates, strict=True)
    assert rest[:10] == pytest.approx([0.01 * (epoch + 1) for epoch in range(10)])
    assert rest[10:30] == pytest.approx([0.1] * 20)
    assert rest[30:50] == pytest.approx([0.01] * 20)
    assert rest[50:] == pytest.approx([0.001] * 30)
    assert backbone == pytest.approx([rate / 10 for rate in rest])
