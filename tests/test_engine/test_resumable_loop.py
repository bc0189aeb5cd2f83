"""A toy Runner, interrupted anywhere, goes on with the same losses."""

from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import BaseLoop, Runner
from torch import nn

from mmvireid.datasets import CrossModalityPKSampler, SeededBatchSampler

NUM_BATCHES = 5
BY_EPOCH = dict(type='ResumableEpochTrainLoop', max_epochs=3)
BY_ITERATION = dict(type='ResumableIterTrainLoop', max_iters=3 * NUM_BATCHES, val_interval=4)
each_loop = pytest.mark.parametrize('train_cfg', [BY_EPOCH, BY_ITERATION], ids=['epochs', 'iterations'])


class Toy(torch.utils.data.Dataset):
    metainfo = dict(num_ids=4)

    def __len__(self) -> int:
        return 2 * 4 * 4

    def get_data_info(self, index: int) -> dict:
        return dict(gt_label=index % 4, pid=index % 4, modality=index // 16)

    def __getitem__(self, index: int) -> dict:
        noise = torch.rand(3, generator=torch.Generator().manual_seed(index.seed))
        return dict(inputs=noise + index % 4)


class DropoutModel(BaseModel):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))

    def forward(self, inputs, mode='tensor'):
        return dict(loss=self.net(torch.stack(inputs)).square().mean())


class Recorder(Hook):
    priority = 'LOWEST'

    def __init__(self, stop_after: int | None = None) -> None:
        self.losses: list[float] = []
        self.stop_after = stop_after

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        self.losses.append(outputs['loss'].item())
        if runner.iter + 1 == self.stop_after:
            raise KeyboardInterrupt


def run(
    work_dir: Path,
    stop_after: int | None = None,
    resume: bool = False,
    num_workers: int = 0,
    num_ids: int = 2,
    val_loop: BaseLoop | None = None,
    interval: int = 2,
    by_epoch: bool = False,
    train_cfg: dict = BY_EPOCH,
) -> list[float]:
    torch.manual_seed(99)
    recorder = Recorder(stop_after)
    dataset = Toy()
    runner = Runner(
        model=DropoutModel(),
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=dataset,
            sampler=CrossModalityPKSampler(dataset, num_ids=num_ids, num_instances=2, seed=3),
            batch_size=4 * num_ids,
            num_workers=num_workers,
        ),
        train_cfg=train_cfg,
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01, momentum=0.9)),
        param_scheduler=dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=12),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=interval, by_epoch=by_epoch)),
        custom_hooks=[recorder],
        randomness=dict(seed=3),
        resume=resume,
        default_scope='mmvireid',
        experiment_name=f'{work_dir.name}-{stop_after}-{resume}-{num_workers}',
    )
    if val_loop is not None:
        runner._val_loop, val_loop._runner = val_loop, runner
    try:
        runner.train()
    except KeyboardInterrupt:
        pass
    return recorder.losses


@pytest.fixture(scope='module')
def whole(tmp_path_factory) -> list[float]:
    return run(tmp_path_factory.mktemp('whole'))


def test_the_run_is_what_the_sampler_says(whole):
    assert len(whole) == 3 * NUM_BATCHES
    assert len(set(whole)) == len(whole)


def test_both_loops_train_on_the_same_batches(tmp_path, whole):
    assert run(tmp_path, train_cfg=BY_ITERATION) == whole


def test_iterations_may_end_in_mid_epoch(tmp_path, whole):
    assert run(tmp_path, train_cfg={**BY_ITERATION, 'max_iters': 7}) == whole[:7]
    assert (tmp_path / 'iter_7.pth').is_file()
    assert run(tmp_path, train_cfg=BY_ITERATION, resume=True) == whole[7:]


@each_loop
@pytest.mark.parametrize('stop_after', [2, 4, 7, 10, 13])
def test_resumed_losses_are_those_of_an_uninterrupted_run(tmp_path, whole, stop_after, train_cfg):
    first = run(tmp_path, stop_after, train_cfg=train_cfg)
    assert first == whole[:stop_after]
    saved = stop_after // 2 * 2
    assert run(tmp_path, resume=True, train_cfg=train_cfg) == whole[saved:]


@each_loop
def test_a_checkpoint_of_another_batch_size_is_refused(tmp_path, train_cfg):
    run(tmp_path, stop_after=7, train_cfg=train_cfg)
    with pytest.raises(ValueError, match='epochs of 5 batches of 8, but now an epoch has 9 batches of 4'):
        run(tmp_path, resume=True, num_ids=1, train_cfg=train_cfg)


@each_loop
def test_a_finished_run_is_not_resumed_with_another_batch_size(tmp_path, train_cfg):
    run(tmp_path, train_cfg=train_cfg)
    with pytest.raises(ValueError, match='epochs of 5 batches of 8, but now an epoch has 9 batches of 4'):
        run(tmp_path, resume=True, num_ids=1, train_cfg=train_cfg)


@each_loop
def test_a_sampler_that_cannot_start_in_mid_epoch_says_so(tmp_path, monkeypatch, train_cfg):
    run(tmp_path, stop_after=7, train_cfg=train_cfg)
    monkeypatch.delattr(SeededBatchSampler, 'start_from')
    with pytest.raises(TypeError, match=r'CrossModalityPKSampler cannot resume in mid-epoch.*start_from\(batch\)'):
        run(tmp_path, resume=True, train_cfg=train_cfg)


class CountingValLoop(BaseLoop):
    """Counts validations, and may be killed in one."""

    def __init__(self, killed_in: int | None = None) -> None:
        self.iterations: list[int] = []
        self.killed_in = killed_in

    def run(self) -> None:
        self.iterations.append(self.runner.iter)
        if self.runner.iter == self.killed_in:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    'options, due',
    [
        (dict(train_cfg=BY_EPOCH, interval=1, by_epoch=True), [5, 10, 15]),
        (dict(train_cfg=BY_ITERATION), [4, 8, 12, 15]),
    ],
    ids=['epochs', 'iterations'],
)
def test_a_validation_that_was_killed_is_made_up_for(tmp_path, options, due):
    killed, resumed = CountingValLoop(killed_in=due[1]), CountingValLoop()
    run(tmp_path, val_loop=killed, **options)
    assert killed.iterations == due[:2]
    run(tmp_path, val_loop=resumed, resume=True, **options)
    assert resumed.iterations == due[1:]


@each_loop
def test_the_number_of_workers_does_not_matter(tmp_path, whole, train_cfg):
    run(tmp_path, stop_after=7, num_workers=2, train_cfg=train_cfg)
    assert run(tmp_path, resume=True, num_workers=1, train_cfg=train_cfg) == whole[6:]
