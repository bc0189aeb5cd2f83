"""The configs have the papers' numbers."""

from functools import cache, partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper

from mmvireid.models.losses import MODALITY_PAIRS, draw_pairs
from mmvireid.registry import DATA_SAMPLERS, MODELS, PARAM_SCHEDULERS
from mmvireid.structures import Modality, TupleRole
from mmvireid.utils.random import isolated_seed

ROOT = Path(__file__).parent.parent / 'configs'

load = cache(Config.fromfile)


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


def test_agw_is_the_papers():
    cfg = load(ROOT / 'agw' / 'agw_r50_sysu.py')
    backbone, neck, heads = cfg.model.backbone, cfg.model.neck, cfg.model.heads
    assert (backbone.split, backbone.resnet.strides, backbone.non_local) == (1, (1, 2, 2, 1), dict(layer2=2, layer3=3))
    assert (neck.pooling, neck.p) == ('gem', 3.0)
    assert (heads.identity.features, heads.triplet.features) == (dict(bn=1.0), dict(pooled=1.0))
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
def test_hpiln_is_the_papers(network, size, embedding, strides):
    """One recipe for all networks, but for the input's size; that a center is as long as the embedding."""
    cfg = load(ROOT / 'hpiln' / f'hpiln_{network}_sysu.py')
    identity, pentaplet = cfg.model.heads.identity, cfg.model.heads.pentaplet
    assert (pentaplet.features, pentaplet.margin) == (dict(embedding=1.0), 0.3)
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
    plain, cropped = cfg.train_dataloader.dataset.pipeline[1].transforms
    assert cfg.train_dataloader.dataset.pipeline[1].prob == [0.5, 0.5]
    assert plain[0].scale == size[::-1] == cfg.test_dataloader.dataset.pipeline[1].scale
    assert cropped[0].scale == tuple(1.125 * length for length in size[::-1])
    assert cropped[1].crop_size == size

    assert cfg.optim_wrapper.optimizer == dict(type='Adam', lr=3e-4, weight_decay=5e-4)
    assert cfg.get('param_scheduler') is None
    assert cfg.train_cfg == dict(type='ResumableIterTrainLoop', max_iters=10_000)
    assert not cfg.default_hooks.checkpoint.by_epoch and not cfg.log_processor.by_epoch

    center = load(ROOT / 'hpiln' / f'hpiln_{network}_center_sysu.py').model.heads.center
    assert (center.in_channels, center.features) == (embedding, dict(embedding=5e-4))


class TrainingImages:
    """A training split by its counts alone: identities in turn, the visible images first."""

    def __init__(self, num_ids: int, num_visible: int, num_infrared: int) -> None:
        self.num_ids = num_ids
        self.modalities = [Modality.VISIBLE] * num_visible + [Modality.INFRARED] * num_infrared

    def __len__(self) -> int:
        return len(self.modalities)

    def get_data_info(self, index: int) -> dict:
        label = index % self.num_ids
        return dict(gt_label=label, pid=label, modality=self.modalities[index])


@pytest.mark.parametrize(
    'data, images, num_batches',
    [('sysu', (395, 22_258, 11_909), 696), ('regdb', (206, 2_060, 2_060), 65)],
)
def test_ccn_is_the_papers(data, images, num_batches):
    """32 identities x (1 + 1) images make 32 positive and 96 negative pairs; 12 kernels, 144 correlations an image."""
    cfg = load(ROOT / 'ccn' / f'ccn_r50_{data}.py')
    assert (cfg.model.backbone.split, cfg.model.backbone.resnet.strides) == (3, (1, 2, 2, 2))
    assert cfg.model.neck == dict(type='MapNeck', pooling='avg')
    identity = MODELS.build(cfg.model.heads.identity)
    assert identity.feature_weights == dict(pooled=0.1)
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

    dataset = TrainingImages(*images)
    sampler = DATA_SAMPLERS.build(cfg.train_dataloader.sampler, default_args=dict(dataset=dataset, seed=0))
    assert sampler.num_batches == num_batches
    assert sampler.batch_size == cfg.train_dataloader.batch_size == 64
    same, crossing = drawn_pairs(sampler, dataset, contrast)
    assert (same.sum(), (~same).sum(), crossing.all()) == (32, 96, True)


def drawn_pairs(sampler, dataset, head) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each pair that a head draws of a first batch: whether it is of one person, and whether of both modalities."""
    infos = [dataset.get_data_info(index) for index in islice(sampler, sampler.batch_size)]
    labels, modalities = (torch.tensor([info[key] for info in infos]) for key in ('gt_label', 'modality'))
    first, second = draw_pairs(labels, modalities, head.negatives, MODALITY_PAIRS[head.modality_pairs])
    return labels[first] == labels[second], modalities[first] != modalities[second]


def test_ccn_learns_open_set_search_from_all_kinds_of_pairs_alike():
    """The appendix: 1 : 1 : 1, in batches of as many images."""
    cfg = load(ROOT / 'ccn' / 'ccn_r50_openset_sysu.py')
    assert cfg.test_evaluator.protocol == dict(type='OpenSetProtocol')
    dataset = TrainingImages(395, 22_258, 11_909)
    sampler = DATA_SAMPLERS.build(cfg.train_dataloader.sampler, default_args=dict(dataset=dataset, seed=0))
    assert (sampler.num_batches, sampler.batch_size) == (696, 64)
    same, crossing = drawn_pairs(sampler, dataset, MODELS.build(cfg.model.heads.contrast))
    assert [(same & of_kind).sum().item() for of_kind in (crossing, ~crossing)] == [16, 32]
    assert [(~same & of_kind).sum().item() for of_kind in (crossing, ~crossing)] == [48, 96]


def test_ccn_has_the_papers_parameters():
    """Table IV: 25M, and 24M more with a learned generator of kernels."""
    models = [load(ROOT / 'ccn' / f'{name}.py').model for name in ('ccn_r50_sysu', 'ccn_r50_kg_sysu')]
    assert models[0].backbone == models[1].backbone
    backbone = num_parameters(models[0].backbone)
    ours, generated = (backbone + num_parameters(model.heads.contrast) for model in models)
    assert (round(ours / 1e6), round(generated / 1e6), round((generated - ours) / 1e6)) == (25, 49, 24)


def num_parameters(cfg: dict) -> int:
    return sum(parameter.numel() for parameter in MODELS.build(cfg).parameters())


@pytest.mark.parametrize('stride, num_kernels', [(1, 12), (2, 6), (3, 4), (4, 4), (5, 4)])
def test_ccn_has_as_many_kernels_as_algorithm_1_gives(stride, num_kernels):
    name = 'ccn_r50_sysu' if stride == 1 else f'ccn_r50_stride{stride}_sysu'
    assert MODELS.build(load(ROOT / 'ccn' / f'{name}.py').model.heads.contrast).grid.num_kernels == num_kernels


@pytest.mark.parametrize(
    'data, images, num_batches',
    [('sysu', (395, 22_258, 11_909), 2_782), ('regdb', (206, 2_060, 2_060), 257)],
)
def test_lccrf_is_the_papers(data, images, num_batches):
    """8 tuples of six images; an epoch is one pass over the visible images, what does not fill a batch is dropped."""
    cfg = load(ROOT / 'lccrf' / f'lccrf_r50_{data}.py')
    backbone, neck = cfg.model.backbone, cfg.model.neck
    assert (backbone.split, backbone.resnet.strides, backbone.non_local) == (2, (1, 2, 2, 1), dict(layer2=2, layer3=3))
    assert (neck.pooling, neck.p, neck.get('shift', False)) == ('gem', 3.0, False)
    assert cfg.model.test_cfg == dict(feature='bn', normalize=False)
    assert cfg.test_evaluator.distance == dict(type='EuclideanDistance')
    assert cfg.model.heads.identity.num_classes == images[0]

    dataset = TrainingImages(*images)
    sampler = DATA_SAMPLERS.build(cfg.train_dataloader.sampler, default_args=dict(dataset=dataset, seed=0))
    assert (sampler.num_tuples, sampler.num_batches) == (8, num_batches)
    assert sampler.batch_size == cfg.train_dataloader.batch_size == 48

    transforms = {transform.type: transform for transform in cfg.train_dataloader.dataset.pipeline}
    assert transforms['Resize'].scale == cfg.test_dataloader.dataset.pipeline[1].scale == (128, 384)
    crop = transforms['mmpretrain.RandomCrop']
    assert (crop.crop_size, crop.padding) == ((384, 128), 10)


@pytest.mark.parametrize('data', ['sysu', 'regdb'])
@pytest.mark.parametrize(
    'method, terms, exp, dropout',
    [('lccrf', ('cross', 'same'), 'inside', None), ('lccrf-official', ('same',), 'outside', 0.5)],
)
def test_lccrf_losses_are_those_of_the_paper_and_of_the_released_code(method, data, terms, exp, dropout):
    """Neither config clamps the cosines of positives, as Eq. 7 does: no gradient would reach negative ones."""
    heads = load(ROOT / 'lccrf' / f'{method}_r50_{data}.py').model.heads
    identity, angular, distillation = (MODELS.build(heads[name]) for name in ('identity', 'angular', 'distillation'))
    weights = [head.feature_weights for head in (identity, angular, distillation)]
    assert weights == [dict(bn=1.0), dict(bn=1.0), dict(specific=1.0)]
    assert (identity.label_smoothing, identity.classifier.bias) == (0.1, None)
    assert (identity.role, identity.within_modality) == (TupleRole.ANCHOR, True)
    layers = [type(layer) for layer in identity.before_classifier.children()]
    assert layers == ([] if dropout is None else [torch.nn.Dropout, torch.nn.ELU])
    assert dropout is None or identity.before_classifier[0].p == dropout
    assert (angular.terms, angular.exp, angular.clamp_pos, angular.margin) == (terms, exp, False, 1.0)
    assert angular.compact_weight == 0
    assert (distillation.level, distillation.reduction) == ('map', 'mean')


@pytest.fixture(scope='module')
def lccrf() -> torch.nn.Module:
    """LCCRF's network on SYSU-MM01, without the ImageNet weights."""
    return MODELS.build(load(ROOT / 'lccrf' / 'lccrf_r50_sysu.py').model)


def test_lccrf_compares_maps_of_the_modalities_own_layers(lccrf):
    """Stem and layer1 are doubled; 384x128 gives 96x32 after layer1 and, with last stride 1, 24x8 at the end."""
    assert list(lccrf.backbone.visible) == list(lccrf.backbone.infrared) == ['stem', 'layer1']
    with torch.no_grad():
        maps = lccrf.eval().backbone(torch.zeros(1, 3, 384, 128), torch.tensor([Modality.VISIBLE]))
        features = lccrf.neck(maps)
    assert [tuple(found.shape[1:]) for found in maps] == [(256, 96, 32), (2048, 24, 8)]
    assert features['specific'].equal(maps[0]) and features['bn'].shape == (1, 2048)


def test_non_local_blocks_of_lccrf_have_one_inner_channel(lccrf):
    blocks = {name: block for name, block in lccrf.backbone.shared.named_modules() if hasattr(block, 'theta')}
    places = ['layer2.non_local2', 'layer2.non_local3', *(f'layer3.non_local{index}' for index in (3, 4, 5))]
    assert list(blocks) == places
    assert [(block.in_channels, block.inter_channels) for block in blocks.values()] == [(512, 1)] * 2 + [(1024, 1)] * 3


def test_biases_of_lccrf_learn_at_twice_the_rate_and_do_not_decay(lccrf):
    """Those of batch norms too; all else as the optimiser's."""
    optim_wrapper = build_optim_wrapper(lccrf, load(ROOT / 'lccrf' / 'lccrf_r50_sysu.py').optim_wrapper)
    assert isinstance(optim_wrapper.optimizer, torch.optim.Adam)
    group_of = {id(group['params'][0]): group for group in optim_wrapper.param_groups}
    parameters = {name: parameter for name, parameter in lccrf.named_parameters() if parameter.requires_grad}
    settings = {name: (group_of[id(p)]['lr'], group_of[id(p)]['weight_decay']) for name, p in parameters.items()}
    weights = (
        'backbone.visible.stem.0.weight',
        'backbone.shared.layer4.2.bn3.weight',
        'heads.identity.classifier.weight',
    )
    biases = ('backbone.infrared.layer1.0.bn1.bias', 'backbone.shared.layer3.non_local5.theta.conv.bias')
    assert {settings.pop(name) for name in weights} == {(3e-4, 5e-4)}
    assert {settings.pop(name) for name in biases} == {(6e-4, 0.0)}
    for name, setting in settings.items():
        assert setting == ((6e-4, 0.0) if name.endswith('.bias') else (3e-4, 5e-4)), name
    assert 'neck.bn.bias' not in parameters  # no shift


def test_lccrf_learns_at_the_papers_rates():
    """30,000 iterations: a linear warm-up from a third over 500, a tenth from 10,000 and of that from 20,000."""
    for name in ('lccrf_r50_sysu', 'lccrf_r50_regdb'):
        cfg = load(ROOT / 'lccrf' / f'{name}.py')
        assert cfg.train_cfg == dict(type='ResumableIterTrainLoop', max_iters=30_000)
        assert not cfg.default_hooks.checkpoint.by_epoch and not cfg.log_processor.by_epoch
    optim_wrapper = build_optim_wrapper(torch.nn.Linear(1, 1, bias=False), cfg.optim_wrapper)
    schedulers = [
        PARAM_SCHEDULERS.build(cfg_of_one, default_args=dict(optimizer=optim_wrapper))
        for cfg_of_one in cfg.param_scheduler
    ]
    assert not any(scheduler.by_epoch for scheduler in schedulers)
    rates = []
    for _ in range(20_001):
        rates.extend(optim_wrapper.get_lr()['lr'])
        optim_wrapper.step()
        for scheduler in schedulers:
            scheduler.step()
    expected = {0: 1e-4, 250: 2e-4, 499: 2.996e-4, 500: 3e-4, 9_999: 3e-4, 10_000: 3e-5, 19_999: 3e-5, 20_000: 3e-6}
    assert {iteration: rates[iteration] for iteration in expected} == pytest.approx(expected)


@pytest.mark.parametrize('name', ['lccrf_r50_sysu', 'lccrf_r50_regdb', 'lccrf_r18_synthetic'])
def test_what_lccrf_erases_is_zero_after_normalisation(name):
    """Half of the images lose a box of 2% to 40%; each channel of it is zero up to half a grey level."""
    cfg = load(ROOT / 'lccrf' / f'{name}.py')
    pipeline = cfg.train_dataloader.dataset.pipeline
    kinds = [transform.type for transform in pipeline]
    assert kinds[-2:] == ['mmpretrain.RandomErasing', 'PackReIDInputs']
    erasing = Compose([pipeline[-2]])
    preprocess = MODELS.build(cfg.model.data_preprocessor)
    width, height = next(transform.scale for transform in pipeline if transform.type == 'Resize')

    def erase(seed: int) -> np.ndarray:
        with isolated_seed(seed):
            return erasing(dict(img=np.full((height, width, 3), 255, np.uint8)))['img']

    areas = []
    for seed in range(200):
        img = erase(seed)
        erased = (img < 255).all(axis=2)
        areas.append(erased.mean())
        rows, columns = erased.any(axis=1).nonzero()[0], erased.any(axis=0).nonzero()[0]
        assert erased.sum() == len(rows) * len(columns)  # a box
        if erased.any():
            inputs = preprocess(dict(inputs=torch.from_numpy(img).permute(2, 0, 1)[None]))['inputs'][0]
            half_a_level = 0.5 / preprocess.std.flatten()
            assert (inputs[:, torch.from_numpy(erased)].abs() <= half_a_level[:, None]).all()
    assert (erase(0) == erase(0)).all()  # a function of the image's seed
    areas = np.array(areas)
    assert 0.4 < (areas > 0).mean() < 0.6
    assert areas[areas > 0].min() > 0.019 and 0.3 < areas.max() < 0.41


def test_learned_centers_move_at_a_rate_of_their_own():
    """With the network's rate and decay they would hardly leave their start, and then only for zero."""
    heads = torch.nn.ModuleDict({name: torch.nn.Linear(1, 1) for name in ('center', 'identity')})
    for path in (ROOT / 'hpiln').glob('*_center_*.py'):
        optim_wrapper = build_optim_wrapper(torch.nn.ModuleDict({'heads': heads}), load(path).optim_wrapper)
        group_of = {id(group['params'][0]): group for group in optim_wrapper.param_groups}
        center, identity = (group_of[id(head.weight)] for head in heads.values())
        assert (center['lr'], center['weight_decay']) == (pytest.approx(3e-2), 0)
        assert (identity['lr'], identity['weight_decay']) == (3e-4, 5e-4)


def test_schedules_of_the_embedded_data_have_one_shape_by_iteration_and_by_epoch():
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
    """Warm-up by equal steps, absolute factors 0.1 and 0.01 from the drops on, the backbone at a tenth."""
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
    expected = [0.1 * 0.1 ** sum(epoch >= drop for drop in drops) for epoch in range(max_epochs)]
    expected[:warm_up] = [0.1 * (epoch + 1) / warm_up for epoch in range(warm_up)]
    assert neck == heads == pytest.approx(expected)
    assert backbone == pytest.approx([rate / 10 for rate in expected])
