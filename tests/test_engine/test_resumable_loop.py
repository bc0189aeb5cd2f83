"""A toy Runner, interrupted anywhere, goes on with the same losses."""

from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import BaseLoop, Runner
from torch import nn

from mmvireid.datasets import CrossModalityPKSampler

NUM_BATCHES = 5


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
    by_epoch: bool = False,
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
        train_cfg=dict(type='ResumableEpochTrainLoop', max_epochs=3),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01, momentum=0.9)),
        param_scheduler=dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=12),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1 if by_epoch else 2, by_epoch=by_epoch)),
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


@pytest.mark.parametrize('stop_after', [2, 4, 7, 10, 13])
def test_resumed_losses_are_those_of_an_uninterrupted_run(tmp_path, whole, stop_after):
    first = run(tmp_path, stop_after)
    assert first == whole[:stop_after]
    saved = stop_after // 2 * 2
    assert run(tmp_path, resume=True) == whole[saved:]


def test_a_checkpoint_of_another_batch_size_is_refused(tmp_path):
    run(tmp_path, stop_after=7)
    with pytest.raises(ValueError, match='epochs of 5 batches, these have 9'):
        run(tmp_path, resume=True, num_ids=1)


def test_a_finished_run_is_not_resumed_with_another_batch_size(tmp_path):
    run(tmp_path)
    with pytest.raises(ValueError, match='epochs of 5 batches, these have 9'):
        run(tmp_path, resume=True, num_ids=1)


class CountingValLoop(BaseLoop):
    """Counts validations, and may be killed in one."""

    def __init__(self, killed_in: int | None = None) -> None:
        self.epochs: list[int] = []
        self.killed_in = killed_in

    def run(self) -> None:
        self.epochs.append(self.runner.epoch)
        if self.runner.epoch == self.killed_in:
            raise KeyboardInterrupt


def test_a_validation_that_was_killed_is_made_up_for(tmp_path):
    killed, resumed = CountingValLoop(killed_in=2), CountingValLoop()
    run(tmp_path, val_loop=killed, by_epoch=True)
    assert killed.epochs == [1, 2]
    run(tmp_path, val_loop=resumed, by_epoch=True, resume=True)
    assert resumed.epochs == [2, 3]


def test_the_number_of_workers_does_not_matter(tmp_path, whole):
    run(tmp_path, stop_after=7, num_workers=2)
    assert run(tmp_path, resume=True, num_workers=1) == whole[6:]
