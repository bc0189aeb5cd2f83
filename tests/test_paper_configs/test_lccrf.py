"""LCCRF's configs state the settings of the paper and of the released code."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper

from mmvireid.registry import DATA_SAMPLERS, MODELS, PARAM_SCHEDULERS
from mmvireid.structures import Modality, TupleRole
from mmvireid.utils.random import isolated_seed

ROOT = Path(__file__).parents[2] / 'configs'

load = cache(Config.fromfile)


@pytest.mark.parametrize(
    'data, images, num_batches',
    [('sysu', (395, 22_258, 11_909), 2_782), ('regdb', (206, 2_060, 2_060), 257)],
)
def test_lccrf_has_the_papers_settings(data, images, num_batches, training_images):
    """A batch has 8 tuples of six images. An epoch is one pass over the visible images without a smaller last batch."""
    cfg = load(ROOT / 'lccrf' / f'lccrf_r50_{data}.py')
    backbone, neck = cfg.model.backbone, cfg.model.neck
    assert (backbone.split, backbone.resnet.strides, backbone.non_local) == (2, (1, 2, 2, 1), dict(layer2=2, layer3=3))
    assert (neck.pooling, neck.p, neck.get('shift', False)) == ('gem', 3.0, False)
    assert cfg.model.test_cfg == dict(feature='bn', normalize=False)
    assert cfg.test_evaluator.distance == dict(type='EuclideanDistance')
    assert cfg.model.heads.identity.num_classes == images[0]

    dataset = training_images(*images)
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
def test_lccrf_losses_follow_the_paper_and_the_released_code(method, data, terms, exp, dropout):
    """Eq. 7 clamps the cosines of positives. Neither config does, because a clamped cosine has no gradient."""
    heads = load(ROOT / 'lccrf' / f'{method}_r50_{data}.py').model.heads
    identity, angular, distillation = (MODELS.build(heads[name]) for name in ('identity', 'angular', 'distillation'))
    weights = [head.loss_weights for head in (identity, angular, distillation)]
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
    """Build LCCRF's network for SYSU-MM01 without ImageNet weights."""
    return MODELS.build(load(ROOT / 'lccrf' / 'lccrf_r50_sysu.py').model)


def test_lccrf_compares_maps_of_the_modalities_own_layers(lccrf):
    """Stem and layer1 exist once per modality. An image of 384x128 gives 96x32 after layer1 and 24x8 at the end."""
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
    """Check that biases, also in batch norms, have twice the rate and no decay.

    Weights keep the optimizer's rate and decay.
    """
    optim_wrapper = build_optim_wrapper(lccrf, load(ROOT / 'lccrf' / 'lccrf_r50_sysu.py').optim_wrapper)
    assert isinstance(optim_wrapper.optimizer, torch.optim.Adam)
    group_by_id = {id(group['params'][0]): group for group in optim_wrapper.param_groups}
    parameters = {name: parameter for name, parameter in lccrf.named_parameters() if parameter.requires_grad}
    settings = {name: (group_by_id[id(p)]['lr'], group_by_id[id(p)]['weight_decay']) for name, p in parameters.items()}
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
    """Linear warm-up from a third of the rate over 500 of 30,000 iterations, x0.1 at 10,000 and 20,000."""
    for name in ('lccrf_r50_sysu', 'lccrf_r50_regdb'):
        cfg = load(ROOT / 'lccrf' / f'{name}.py')
        assert cfg.train_cfg == dict(type='ResumableIterTrainLoop', max_iters=30_000)
        assert not cfg.default_hooks.checkpoint.by_epoch and not cfg.log_processor.by_epoch
    optim_wrapper = build_optim_wrapper(torch.nn.Linear(1, 1, bias=False), cfg.optim_wrapper)
    schedulers = [
        PARAM_SCHEDULERS.build(scheduler, default_args=dict(optimizer=optim_wrapper))
        for scheduler in cfg.param_scheduler
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
def test_erased_boxes_are_zero_after_normalization(name):
    """Half of the images lose a box of 2% to 40% of their area. Its channels are zero up to half a gray level."""
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
    assert (erase(0) == erase(0)).all()  # the image's seed decides
    areas = np.array(areas)
    assert 0.4 < (areas > 0).mean() < 0.6
    assert areas[areas > 0].min() > 0.019 and 0.3 < areas.max() < 0.41
