"""Joined data sets: strangers stay strangers in labels, identities, cameras and the check for leaks."""

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner

from mmvireid.datasets import AnchorTupleSampler, ConcatReIDDataset, CrossModalityPKSampler, FolderDataset
from mmvireid.engine import ConfigCheckHook, IdentityLeakHook
from mmvireid.registry import DATASETS, MODELS

CONFIG = Path(__file__).parents[2] / 'configs' / 'df2am' / 'df2am_r50_csv.py'

SEED = 1  # the first batch holds people of both data sets
FOLDERS = ('visible/cam1/0007', 'infrared/cam3/0007', 'visible/cam1/0009', 'infrared/cam3/0009')
PIPELINE = [dict(type='LoadReIDImage'), dict(type='RandomFlip', prob=0.5), dict(type='PackReIDInputs')]


def make(root: Path, splits: tuple[str, ...] = ('train',)) -> Path:
    for number, split in enumerate(splits):
        for folder in FOLDERS:
            for name in 'ab':
                path = root / split / folder / f'{name}{number}.png'
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), np.random.default_rng(len(name)).integers(0, 256, (8, 6), dtype=np.uint8))
    return root


def folder(root: Path, split: str = 'train') -> dict:
    return dict(type='FolderDataset', data_root=str(root), split=split, pipeline=PIPELINE)


@pytest.fixture
def joined(tmp_path) -> ConcatReIDDataset:
    roots = [make(tmp_path / name) for name in ('Gate', 'Yard')]
    return DATASETS.build(dict(type='ConcatReIDDataset', datasets=[folder(root) for root in roots]))


def rows(dataset) -> set[tuple]:
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    return {(Path(i['img_path']).parts[-6], i['pid'], i['gt_label'], i['cam_id'], i['modality']) for i in infos}


def test_people_of_different_data_sets_stay_different(joined):
    assert rows(joined) == {
        ('Gate', 7, 0, 1, 0),
        ('Gate', 7, 0, 3, 1),
        ('Gate', 9, 1, 1, 0),
        ('Gate', 9, 1, 3, 1),
        ('Yard', 17, 2, 5, 0),
        ('Yard', 17, 2, 7, 1),
        ('Yard', 19, 3, 5, 0),
        ('Yard', 19, 3, 7, 1),
    }
    metainfo = joined.metainfo
    assert [metainfo[key] for key in ('dataset', 'split', 'num_ids', 'pids')] == [
        'Gate + Yard',
        'train',
        4,
        (7, 9, 17, 19),
    ]
    sample = joined[len(joined) - 1]['data_samples']
    assert (sample.pid, sample.gt_label, sample.cam_id) == (19, 3, 5)


def test_splits_of_one_data_set_share_identities(tmp_path):
    root = make(tmp_path / 'Gate', ('train', 'more'))
    joined = ConcatReIDDataset([FolderDataset(root, split) for split in ('train', 'more')])
    assert {row[1:4] for row in rows(joined)} == {(7, 0, 1), (7, 0, 3), (9, 1, 1), (9, 1, 3)}
    assert joined.metainfo['split'] == 'train + more'


@pytest.mark.parametrize('sampler', [(CrossModalityPKSampler, 2, 2), (AnchorTupleSampler, 2)])
def test_the_samplers_keep_seeds_and_roles(joined, sampler):
    kind, *numbers = sampler
    indices = list(kind(joined, *numbers, seed=0))
    for index in indices[:12]:
        info = joined.get_data_info(index)
        assert {key: info[key] for key in index.drawn_as} == index.drawn_as
        first, second = joined[index], joined[index]
        assert torch.equal(first['inputs'], second['inputs'])
        assert first['data_samples'].gt_label == info['gt_label'] == joined.get_data_info(int(index))['gt_label']


@pytest.mark.parametrize('kind', [CrossModalityPKSampler, AnchorTupleSampler])
def test_the_wrappers_of_mmengine_are_refused(tmp_path, kind):
    datasets = [FolderDataset(make(tmp_path / name), 'train') for name in ('Gate', 'Yard')]
    options = dict(num_ids=2, num_instances=1) if kind is CrossModalityPKSampler else dict(num_tuples=1)
    plain = ConcatDataset(datasets, ignore_keys=['dataset'])
    advice = r"Write dict\(type='ConcatReIDDataset', datasets=\[\.\.\.\]\)"
    with pytest.raises(ValueError, match=advice):
        kind(plain, **options)
    with pytest.raises(ValueError, match='RepeatDataset loses the seed of each image'):
        kind(RepeatDataset(datasets[0], times=2), **options)
    loader = SimpleNamespace(dataset=plain, sampler=None, batch_size=2)
    runner = SimpleNamespace(model=SimpleNamespace(heads={}), train_dataloader=loader)
    with pytest.raises(ValueError, match=f'^train_dataloader.dataset: ConcatDataset .*{advice}'):
        ConfigCheckHook().before_train(runner)


def test_ambiguous_data_are_refused(tmp_path):
    here, there = (make(tmp_path / place / 'Gate') for place in ('here', 'there'))
    with pytest.raises(ValueError, match="here/Gate' and '.*there/Gate' both hold a data set with the name 'Gate'"):
        ConcatReIDDataset([folder(here), folder(there)])
    with pytest.raises(ValueError, match="Gate/train/.*png' is in the data sets 0 and 1"):
        ConcatReIDDataset([folder(here), folder(here)])
    with pytest.raises(ValueError, match=r"joins two or more re-identification data sets, got \['FolderDataset'\]"):
        ConcatReIDDataset([folder(here)])


def test_the_check_for_leaks_compares_each_part(joined, tmp_path):
    def check(metainfo: dict) -> None:
        hook = IdentityLeakHook()
        hook.before_train(SimpleNamespace(train_dataloader=SimpleNamespace(dataset=joined)))
        hook.before_val(SimpleNamespace(val_dataloader=SimpleNamespace(dataset=SimpleNamespace(metainfo=metainfo))))

    check(dict(dataset='Yard', split='test', pids=(17, 19)))  # numbers of the joined data set only
    with pytest.raises(ValueError, match="1 identities of the split 'test'.*'train' of Yard"):
        check(dict(dataset='Yard', split='test', pids=(7, 8)))
    with pytest.raises(ValueError, match="split 'train' of Gate"):
        check(joined.metainfo)


def test_sysu_and_a_csv_file_train_together(tiny_root, tiny_csv_root):
    cfg = Config.fromfile(CONFIG)
    pipeline = cfg.train_dataloader.dataset.pipeline
    cfg.train_dataloader.dataset = dict(
        type='ConcatReIDDataset',
        datasets=[
            dict(type='SYSUMM01', data_root=str(tiny_root), split='trainval', pipeline=pipeline),
            dict(type='CSVDataset', data_root=str(tiny_csv_root), split='train', pipeline=pipeline),
        ],
    )
    parts = [DATASETS.build(part).metainfo['num_ids'] for part in cfg.train_dataloader.dataset.datasets]
    cfg.merge_from_dict(
        {
            'model.backbone.pretrained': None,
            'model.backbone.resnet': dict(base_channels=8, stem_channels=8),
            'model.neck.in_channels': 256,
            'model.heads.identity': dict(in_channels=256, num_classes=sum(parts)),
            'train_dataloader': dict(batch_size=16, num_workers=0, sampler=dict(num_ids=4, num_instances=2)),
        }
    )
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=SEED)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    ConfigCheckHook().before_train(SimpleNamespace(model=model, train_dataloader=loader))
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    batch = next(iter(loader))
    labels = {sample.gt_label for sample in batch['data_samples']}
    assert min(labels) < parts[0] <= max(labels) < sum(parts)
    losses = model.train_step(batch, optim_wrapper)
    assert losses['loss'].isfinite()
    model.heads.identity = MODELS.build(dict(cfg.model.heads.identity, num_classes=parts[0]))
    with pytest.raises(ValueError, match=f'set num_classes={sum(parts)}'):
        ConfigCheckHook().before_train(SimpleNamespace(model=model, train_dataloader=loader))
