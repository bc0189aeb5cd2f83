"""Every leaf config builds and trains a step on synthetic data. Options alone shrink it."""

import ast
import gc
import re
import shutil
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mmvireid.evaluation.distances.build import build_distances
from mmvireid.registry import DATASETS, MODELS

ROOT = Path(__file__).parent.parent / 'configs'
BASES = sorted((ROOT / '_base_').rglob('*.py'))
LEAVES = sorted({*ROOT.glob('*/*.py'), *ROOT.glob('*/ablations/*.py')} - set(BASES))
every_leaf = pytest.mark.parametrize('path', LEAVES, ids=lambda path: path.stem)

# At most a tenth of the network, the tiny data set, batches of 2 x 2 x 2 images or of two tuples.
WIDTH = 8
NARROW = dict(base_channels=WIDTH, stem_channels=WIDTH)
SHRINK = {
    'model.backbone.pretrained': None,
    'train_dataloader.num_workers': 0,
    'test_dataloader.batch_size': 4,
    'test_dataloader.num_workers': 0,
}
SMALL_BATCHES = {
    'CrossModalityPKSampler': {
        'train_dataloader.batch_size': 8,
        'train_dataloader.sampler.num_ids': 2,
        'train_dataloader.sampler.num_instances': 2,
    },
    'AnchorTupleSampler': {'train_dataloader.batch_size': 12, 'train_dataloader.sampler.num_tuples': 2},
}

# Options that shrink each network of HPILN. The images have a quarter of their height and width.
NARROW_50 = dict(backbone=NARROW, neck=dict(in_channels=32 * WIDTH))
NARROW_18 = dict(backbone=NARROW, neck=dict(in_channels=8 * WIDTH))
NARROW_MLFN = dict(
    backbone=dict(NARROW, groups=4, width_per_group=2), neck=dict(in_channels=32 * WIDTH, num_gates=16 * 4)
)
HPILN = {
    'resmid': NARROW_50,
    'mgn': dict(backbone=dict(resnet=NARROW), neck=dict(in_channels=32 * WIDTH)),
    'pcb': NARROW_50,
    'bfe': NARROW_50,
    'mlfn': NARROW_MLFN,
    'hacnn': dict(backbone=dict(channels=(16, 32, 48), stem_channels=WIDTH), neck=dict(in_channels=48)),
    'mudeep': dict(backbone={}, neck=dict(in_channels=256 * 4 * 2, out_channels=64)),
    'r50': dict(backbone=NARROW, neck={}),
    'densenet121': dict(backbone=dict(arch=dict(growth_rate=WIDTH, depths=[2, 2, 2, 2], init_channels=WIDTH)), neck={}),
    'resmid-small': NARROW_18,
    'pcb-small': NARROW_18,
    'bfe-small': NARROW_18,
    'mlfn-small': NARROW_MLFN,
}
# Parameters that the ranking loss alone does not reach: they come after the embedding, or beside it.
BESIDE_THE_EMBEDDING = {'pcb': ('neck.reduction.',), 'bfe': ('neck.global_reduction.',)}

load = cache(Config.fromfile)


@pytest.fixture(scope='module', autouse=True)
def frozen_garbage():
    """Make garbage collection fast: every data set collects garbage when it is built."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def data_root(path, request) -> Path:
    """Return a tiny data set in the layout that a leaf's name states."""
    layouts = {
        'sysu': '',
        'synthetic': '',
        'regdb': '_regdb',
        'synthetic-regdb': '_regdb',
        'llcm': '_llcm',
        'csv': '_csv',
    }
    return request.getfixturevalue(f'tiny{layouts[path.stem.split("_")[-1]]}_root')


def method_of(path: Path) -> str:
    """Return the folder of a leaf's method."""
    return path.relative_to(ROOT).parts[0]


def leaves_of(method: str) -> list[Path]:
    return [path for path in LEAVES if method_of(path) == method]


def shrunk(path: Path, data_root: Path) -> Config:
    cfg = deepcopy(load(path))
    cfg.merge_from_dict(SHRINK | SMALL_BATCHES[cfg.train_dataloader.sampler.type])
    if method_of(path) == 'hpiln':
        shrink_one_stream(cfg, path.stem.split('_')[1])
    else:
        shrink_two_stream(cfg.model)
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(loader):
            cfg[loader].dataset.data_root = str(data_root)
            cfg[loader].num_workers = 0
    for evaluator in ('val_evaluator', 'test_evaluator'):
        if cfg.get(evaluator) and 'data_root' in cfg[evaluator].get('protocol', {}):
            cfg[evaluator].protocol.data_root = str(data_root)
    num_ids = DATASETS.build(cfg.train_dataloader.dataset).metainfo['num_ids']
    for head in cfg.model.heads.values():
        if head is not None and 'num_classes' in head:
            head.num_classes = num_ids
    return cfg


def shrink_two_stream(model: ConfigDict) -> None:
    resnet = model.backbone.resnet
    expansion = 8 * (4 if resnet.depth >= 50 else 1)
    # Components that read the map's channels now read those of the narrow map. A neck keeps its own widths.
    leaf_channels = expansion * resnet.get('base_channels', 64)
    channels = expansion * WIDTH
    resnet.update(NARROW)
    for component in (model.neck, *filter(None, model.heads.values())):
        if component.get('in_channels') == leaf_channels:
            component.in_channels = channels


def shrink_one_stream(cfg: Config, network: str) -> None:
    options, model = HPILN[network], cfg.model
    model.backbone.backbone.merge(options['backbone'])
    neck = model.neck
    if neck.type == 'ProjectedEmbeddingNeck':
        neck.in_channels += options['neck']['in_channels'] - neck.neck.in_channels
        neck = neck.neck
    neck.merge(options['neck'])
    if not network.endswith('-small'):
        quarter_images(cfg.train_dataloader.dataset.pipeline)
        quarter_images(cfg.test_dataloader.dataset.pipeline)
    lengths = feature_lengths(model)
    for head in filter(None, model.heads.values()):
        if head.type == 'BranchIDHead':
            head.in_channels = {name: lengths[name] for name in head.in_channels}
        elif head.type == 'CenterHead':
            head.in_channels = lengths['embedding']


def quarter_images(pipeline: list) -> None:
    for transform in pipeline:
        for key in ('scale', 'size'):
            if key in transform:
                transform[key] = tuple(length // 4 for length in transform[key])


def feature_lengths(model: ConfigDict) -> dict[str, int]:
    """Return the length of each feature of a network's neck."""
    backbone, neck = MODELS.build(model.backbone).eval(), MODELS.build(model.neck).eval()
    features = neck(backbone(torch.zeros(1, 3, 64, 32), torch.zeros(1, dtype=torch.int64)))
    return {name: feature.shape[-1] for name, feature in features.items()}


def compared(cfg: Config) -> set[str]:
    """Return the fields of a data sample that a leaf's distances compare."""
    distances = build_distances(cfg.test_evaluator.get('distance'))
    return {name for distance in distances.values() for name in distance.descriptors}


def names_without_loss(path: Path) -> tuple[str, ...]:
    """Return prefixes of the names of parameters that no loss of a leaf reaches."""
    method, backbone, *setting, _ = path.stem.split('_')
    ranking_alone = method == 'hpiln' and setting in (['hp'], ['ht'])
    return BESIDE_THE_EMBEDDING.get(backbone.removesuffix('-small'), ()) if ranking_alone else ()


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
    learned = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    without_loss = {name for name in learned if name.startswith(names_without_loss(path))}
    # Distributed training looks for such parameters only if the config says so.
    assert bool(without_loss) == cfg.model_wrapper_cfg.get('find_unused_parameters', False)
    for name, parameter in learned.items():
        assert (parameter.grad is None) == (name in without_loss), name
        assert parameter.grad is None or parameter.grad.isfinite().all(), name
    optim_wrapper.step()
    model.eval()
    samples = model.test_step(next(iter(Runner.build_dataloader(cfg.test_dataloader, seed=0))))
    for name in compared(cfg):
        assert samples[0].get(name).isfinite().all(), name


def bases_of(path: Path) -> list[Path]:
    """Return the files that a config names in `_base_`."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == '_base_':
            names = ast.literal_eval(node.value)
            return [(path.parent / name).resolve() for name in ([names] if isinstance(names, str) else names)]
    return []


def depth(path: Path) -> int:
    """Return the number of files in a config's longest chain of bases, the config included."""
    return 1 + max(map(depth, bases_of(path)), default=0)


@every_leaf
def test_chain_of_bases_is_at_most_three_files_deep(path):
    assert 2 <= depth(path) <= 3


@pytest.mark.parametrize('path', BASES, ids=lambda path: path.stem)
def test_file_in_base_folder_has_no_base(path):
    assert depth(path) == 1


def test_every_file_in_base_folder_has_a_reader():
    assert {base for path in LEAVES for base in bases_of(path)} >= set(BASES)


@every_leaf
def test_leaf_starts_with_a_sentence(path):
    comment = path.read_text().split('_base_')[0].strip()
    assert comment.startswith('# ') and re.match(r'# [A-Z].*[.:]$', comment.splitlines()[0]), comment


@every_leaf
def test_names_follow_the_grammar(path):
    method, backbone, *setting, data = path.stem.split('_')
    assert method_of(path) == method.removesuffix('-official')
    assert backbone in ({'r18', 'r50'} if method != 'hpiln' else HPILN.keys())
    assert data in {'sysu', 'regdb', 'llcm', 'csv', 'synthetic', 'synthetic-regdb'}
    assert len(setting) <= 1
    headline_settings = {'val', 'openset'}
    assert (path.parent.name == 'ablations') == (setting != [] and setting[0] not in headline_settings)


def test_hctri_names_state_what_leaves_set():
    """`lambda-0.5` is lambda 0.5, `baseline-s3` split s3, `128d` 128 channels per part, `9parts` nine strips."""
    checked = 0
    for path in leaves_of('hctri'):
        model = load(path).model
        heads = model.heads
        losses_of_parts = [
            head.loss_weights.get('parts') for name, head in heads.items() if head and name != 'identity'
        ]
        for pattern, found in (
            (r'lambda-(\d\.\d+)_', losses_of_parts),
            (r'-s(\d)_', [model.backbone.split]),
            (r'-(\d+)d_', [model.neck.get('out_channels'), heads.identity.in_channels]),
            (r'-(\d)parts_', [model.neck.get('num_parts'), heads.identity.get('num_parts')]),
        ):
            if named := re.search(pattern, path.name):
                assert set(found) == {float(named[1])}
                checked += 1
    assert checked == 11 + 10 + 4 + 6


def test_ccn_names_state_what_leaves_set():
    """`lambda-0.05` is lambda 0.05, `idl-s5` split s5, `stride2` vertical stride 2; a baseline has one loss."""
    losses = {
        'vl': {'verification': 'VerificationHead'},
        'kvl': {'verification': 'KernelVerificationHead'},
        'rkl': {'ranking': 'TopRankingHead'},
        'idl': {'identity': 'IDHead'},
        'no-id': {'contrast': 'ContrastiveCorrelationHead'},
    }
    ours = {'identity': 'IDHead', 'contrast': 'ContrastiveCorrelationHead'}
    leaves = leaves_of('ccn')
    for path in leaves:
        cfg = load(path)
        heads = {name: head for name, head in cfg.model.heads.items() if head is not None}
        setting = ''.join(path.stem.split('_')[2:-1])
        named_losses = losses.get(re.sub(r'-s\d$', '', setting), ours)
        assert {name: head.type for name, head in heads.items()} == named_losses, path.stem
        assert ('full' in cfg.test_evaluator.distance) == ('contrast' in heads and setting != 'openset')
        contrast = heads.get('contrast', {})
        lambda_ = re.search(r'lambda-(\d\.\d+)', setting)
        weight = float(lambda_[1]) if lambda_ else 1.0 if setting.startswith('idl') else 0.1
        split = re.search(r'-s(\d)$', setting)
        stride = re.search(r'stride(\d)', setting)
        assert heads.get('identity', {}).get('loss_weights') in (None, dict(pooled=weight))
        assert cfg.model.backbone.split == (int(split[1]) if split else 3)
        assert contrast.get('stride', (1, 1)) == ((int(stride[1]) if stride else 1), 1)
        assert contrast.get('generator', False) == (setting == 'kg')
        assert contrast.get('shared', True) == (setting != 'unshared')
        assert contrast.get('kernel_norm', 'none') == ('l2' if setting == 'l2norm' else 'none')
        assert contrast.get('modality_pairs', 'cross') == ('all' if setting == 'openset' else 'cross')
    assert len(leaves) == 48


def test_lccrf_names_state_what_leaves_set():
    """A name lists what a leaf adds to the identity loss: `eat`, `nl`, `cmkd`. A name without setting has all three."""
    whole = {'eat', 'nl', 'cmkd'}
    named_parts = {'': whole, 'compact': whole, 'baseline': set(), 'expat': {'eat'}}
    losses = {
        'official': ('same', 'outside', 0.0),
        'expat': ('cross', 'outside', 0.0),
        'compact': ('all', 'inside', 1.0),
    }
    leaves = leaves_of('lccrf')
    for path in leaves:
        method, _, *setting, _ = path.stem.split('_')
        setting = ''.join(setting)
        kind = 'official' if method == 'lccrf-official' else setting
        parts = named_parts.get(setting, set(setting.split('-')))
        backbone, neck, heads = (load(path).model[name] for name in ('backbone', 'neck', 'heads'))
        found = dict(eat=heads.angular, nl=backbone.non_local, cmkd=heads.distillation)
        assert {name for name, part in found.items() if part is not None} == parts, path.stem
        maps = ((0, 3), dict(specific=0)) if 'cmkd' in parts else ((3,), None)
        assert (backbone.out_indices, neck.maps) == maps
        if heads.angular is not None:
            found = (heads.angular.terms, heads.angular.exp, heads.angular.get('compact_weight', 0.0))
            assert found == losses.get(kind, ('all', 'inside', 0.0)), path.stem
        assert heads.identity.get('dropout') == (0.5 if kind == 'official' else None)
    assert len(leaves) == 17


@pytest.mark.parametrize('path', leaves_of('hpiln'), ids=lambda path: path.stem)
def test_hpiln_names_state_which_losses_a_leaf_has(path):
    losses = {
        'id': {'identity'},
        'ht': {'triplet'},
        'hti': {'identity', 'triplet'},
        'center': {'identity', 'center'},
        'hp': {'pentaplet'},
    }
    setting = path.stem.split('_')[2:-1]
    heads = load(path).model.heads
    expected = losses.get(setting[0] if setting else None, {'identity', 'pentaplet'})
    assert {name for name, head in heads.items() if head is not None} == expected


def test_no_two_leaves_are_equal():
    stems = {}
    for path in LEAVES:
        stems.setdefault(repr(load(path)._cfg_dict), []).append(path.stem)
    assert [same for same in stems.values() if len(same) > 1] == []


@every_leaf
def test_nothing_is_selected_on_the_test_identities(path):
    cfg = load(path)
    if cfg.test_evaluator.type == 'FeatureWriter':  # it scores nothing and draws the training identities
        datasets = [cfg[loader].dataset for loader in ('train_dataloader', 'test_dataloader')]
        assert [(dataset.split, dataset.limit_ids) for dataset in datasets] == [('train', 5)] * 2
        return
    assert cfg.test_dataloader.dataset.split == 'test'
    assert cfg.default_hooks.identity_leak.type == 'IdentityLeakHook'
    if cfg.get('val_dataloader'):
        assert cfg.train_dataloader.dataset.split == 'train'
        assert cfg.val_dataloader.dataset.split == 'val'
    else:
        whole = {'SYSUMM01': 'trainval'}.get(cfg.train_dataloader.dataset.type, 'train')
        assert cfg.train_dataloader.dataset.split == whole
        assert 'save_best' not in cfg.default_hooks.checkpoint


@every_leaf
def test_checkpoints_and_logs_count_what_the_schedule_counts(path):
    """A schedule of iterations saves and logs by iteration, a schedule of epochs by epoch."""
    cfg = load(path)
    by_epoch = {'ResumableEpochTrainLoop': True, 'ResumableIterTrainLoop': False}[cfg.train_cfg.type]
    assert cfg.default_hooks.checkpoint.get('by_epoch', True) == by_epoch
    assert cfg.get('log_processor', {}).get('by_epoch', True) == by_epoch


GUIDE = ROOT.parent / 'docs' / 'config.md'
EXAMPLES = re.findall(r'```python\n# configs/(\S+\.py)\n(.*?)```', GUIDE.read_text(), re.DOTALL)


@pytest.mark.parametrize('name, text', EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_examples_of_the_guide_resolve_to_models_that_build(name, text, tmp_path):
    """Each example of docs/config.md with a file name is a config of its own."""
    shutil.copytree(ROOT, tmp_path / 'configs')
    path = tmp_path / 'configs' / name
    assert not path.exists()
    path.write_text(text)
    assert 2 <= depth(path) <= 3
    cfg = Config.fromfile(path)
    cfg.model.backbone.pretrained = None
    init_default_scope(cfg.default_scope)
    MODELS.build(cfg.model)


def test_the_guide_has_examples():
    assert len(EXAMPLES) >= 4
