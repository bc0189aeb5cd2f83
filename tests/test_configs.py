"""Every config under configs/ builds, and trains a step on the embedded data, shrunk by options alone."""

import gc
import re
from functools import cache
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

# A tenth of the network or less, the tiny data set, batches of 2 x 2 x 2.
WIDTH = 8
SHRINK = {
    'model.backbone.pretrained': None,
    'model.backbone.resnet.base_channels': WIDTH,
    'model.backbone.resnet.stem_channels': WIDTH,
    'train_dataloader.batch_size': 8,
    'train_dataloader.num_workers': 0,
    'train_dataloader.sampler.num_ids': 2,
    'train_dataloader.sampler.num_instances': 2,
    'test_dataloader.batch_size': 4,
    'test_dataloader.num_workers': 0,
}

load = cache(Config.fromfile)


@pytest.fixture(scope='module', autouse=True)
def young_garbage():
    """A data set collects garbage when it is built: without what was there before, as many leaves build many."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def data_root(path, request) -> Path:
    """A tiny data set in the layout that a leaf's name says."""
    layouts = {
        'sysu': '',
        'synthetic': '',
        'regdb': '_regdb',
        'synthetic-regdb': '_regdb',
        'llcm': '_llcm',
        'csv': '_csv',
    }
    return request.getfixturevalue(f'tiny{layouts[path.stem.split("_")[-1]]}_root')


def shrunk(path: Path, data_root: Path) -> Config:
    cfg = Config.fromfile(path)
    cfg.merge_from_dict(SHRINK)
    heads = [head for head in cfg.model.heads.values() if head is not None]
    # What reads the map's channels reads the narrow map's; a neck's own widths stay as they are.
    leaf_channels = cfg.model.neck.in_channels
    channels = WIDTH * 8 * (4 if cfg.model.backbone.resnet.depth >= 50 else 1)
    for component in (cfg.model.neck, *heads):
        if component.get('in_channels') == leaf_channels:
            component.in_channels = channels
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(loader):
            cfg[loader].dataset.data_root = str(data_root)
            cfg[loader].num_workers = 0
    for evaluator in ('val_evaluator', 'test_evaluator'):
        if cfg.get(evaluator) and 'data_root' in cfg[evaluator].protocol:
            cfg[evaluator].protocol.data_root = str(data_root)
    num_ids = DATASETS.build(cfg.train_dataloader.dataset).metainfo['num_ids']
    for head in heads:
        if 'num_classes' in head:
            head.num_classes = num_ids
    return cfg


@every_leaf
def test_leaf_trains_a_step(path, data_root):
    cfg = shrunk(path, data_root)
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
    assert data in {'sysu', 'regdb', 'llcm', 'csv', 'synthetic', 'synthetic-regdb'}
    assert len(setting) <= 1


def test_every_leaf_says_something_of_its_own():
    stems = {}
    for path in LEAVES:
        stems.setdefault(repr(load(path)._cfg_dict), []).append(path.stem)
    assert [same for same in stems.values() if len(same) > 1] == []


@every_leaf
def test_nothing_is_selected_on_the_test_identities(path):
    cfg = load(path)
    assert cfg.test_dataloader.dataset.split == 'test'
    if cfg.get('val_dataloader'):
        assert cfg.train_dataloader.dataset.split == 'train'
        assert cfg.val_dataloader.dataset.split == 'val'
    else:
        whole = {'SYSUMM01': 'trainval'}.get(cfg.train_dataloader.dataset.type, 'train')
        assert cfg.train_dataloader.dataset.split == whole
        assert 'save_best' not in cfg.default_hooks.checkpoint


def test_df2am_is_the_papers():
    cfg = load(ROOT / 'df2am' / 'df2am_r50_sysu.py')
    heads = cfg.model.heads
    assert heads.identity.features == dict(bn=1.0, fused=1.1)
    assert heads.identity.within_modality and heads.triplet.within_modality
    assert heads.affinity.features == dict(pooled=1.5)
    assert (heads.identity.num_classes, heads.triplet.margin, cfg.model.neck.num_parts) == (395, 0.3, 4)
    assert (cfg.model.backbone.split, cfg.model.backbone.resnet.strides) == (1, (1, 2, 2, 1))
    assert cfg.train_dataloader.batch_size == 64


@pytest.mark.parametrize(
    'data, num_classes, batch, weight_of_parts, p, label_smoothing',
    [('sysu', 395, (96, 6, 8), 1.0, 3.0, 0.0), ('regdb', 206, (64, 8, 4), 2.0, 10.0, 0.1)],
)
def test_hctri_is_the_papers(data, num_classes, batch, weight_of_parts, p, label_smoothing):
    """The two data sets' settings differ (HcTri, Sec. IV-A): with RegDB's, SYSU-MM01 does not converge."""
    cfg = load(ROOT / 'hctri' / f'hctri_r50_{data}.py')
    neck, heads = cfg.model.neck, cfg.model.heads
    assert (heads.identity.num_classes, heads.identity.get('label_smoothing', 0.0)) == (num_classes, label_smoothing)
    assert heads.identity.features == dict(parts=1.0)
    assert heads.hc_triplet.features == dict(concatenated=1.0, parts=weight_of_parts)
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


def test_hctri_names_say_what_leaves_set():
    """``lambda05`` is lambda 0.5, ``baseline-s3`` split s3, ``128d`` 128 channels a part, ``9parts`` nine strips."""
    checked = 0
    for path in (ROOT / 'hctri').glob('hctri_r50_*_*.py'):
        model = load(path).model
        heads = model.heads
        losses_of_parts = [head.features.get('parts') for name, head in heads.items() if head and name != 'identity']
        for pattern, found in (
            (r'lambda(\d)(\d)_', losses_of_parts),
            (r'-s(\d)_', [model.backbone.split]),
            (r'-(\d+)d_', [model.neck.get('out_channels'), heads.identity.in_channels]),
            (r'-(\d)parts_', [model.neck.get('num_parts'), heads.identity.get('num_parts')]),
        ):
            if named := re.search(pattern, path.name):
                assert set(found) == {float('.'.join(named.groups()))}
                checked += 1
    assert checked == 11 + 10 + 4 + 6


def test_agw_is_the_papers():
    cfg = load(ROOT / 'agw' / 'agw_r50_sysu.py')
    backbone, neck, heads = cfg.model.backbone, cfg.model.neck, cfg.model.heads
    assert (backbone.split, backbone.resnet.strides, backbone.non_local) == (1, (1, 2, 2, 1), dict(layer2=2, layer3=3))
    assert (neck.pooling, neck.p) == ('gem', 3.0)
    assert (heads.identity.features, heads.triplet.features) == (dict(bn=1.0), dict(pooled=1.0))
    assert (cfg.train_dataloader.batch_size, cfg.train_dataloader.sampler.num_instances) == (64, 4)


@pytest.mark.parametrize(
    'name, nesterov, drops, max_epochs',
    [
        ('df2am_r50_sysu', False, (30, 50), 80),
        ('hctri_r50_sysu', True, (20, 50), 61),
        ('hctri_r50_regdb', True, (20, 50), 61),
        ('agw_r50_sysu', True, (20, 50), 80),
    ],
)
def test_learning_rates_are_the_papers(name, nesterov, drops, max_epochs):
    """Warm-up over 10 epochs, absolute factors 0.1 and 0.01 from the two drops on, the backbone at a tenth."""
    cfg = load(ROOT / name.split('_')[0] / f'{name}.py')
    model = torch.nn.ModuleDict({room: torch.nn.Linear(1, 1) for room in ('backbone', 'neck', 'heads')})
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    settings = {key: optim_wrapper.optimizer.defaults[key] for key in ('momentum', 'nesterov', 'weight_decay')}
    assert settings == dict(momentum=0.9, nesterov=nesterov, weight_decay=5e-4)
    schedulers = [
        PARAM_SCHEDULERS.build(cfg_of_one, default_args=dict(optimizer=optim_wrapper))
        for cfg_of_one in cfg.param_scheduler
    ]
    group_of = {id(group['params'][0]): group for group in optim_wrapper.param_groups}
    groups = [group_of[id(model[room].weight)] for room in model]
    rates = []
    for _ in range(cfg.train_cfg.max_epochs):
        rates.append([group['lr'] for group in groups])
        optim_wrapper.step()
        for scheduler in schedulers:
            scheduler.step()
    backbone, neck, heads = zip(*rates, strict=True)
    warm_up = [0.01 * (epoch + 1) for epoch in range(10)]
    expected = warm_up + [0.1] * (drops[0] - 10) + [0.01] * (drops[1] - drops[0]) + [0.001] * (max_epochs - drops[1])
    assert neck == heads == pytest.approx(expected)
    assert backbone == pytest.approx([rate / 10 for rate in expected])
