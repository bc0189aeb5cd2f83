"""Training loops that give the same losses with and without an interruption.

A resumed run gives the same losses as a run without interruption, for three reasons:

- The sampler of a resumed epoch starts after the last batch of the checkpoint. No batch is loaded only to be skipped.
- The random state of an iteration (dropout and the like) depends only on the run's seed, the iteration and the rank.
- The checkpoint is saved before the validation of the same iteration. A resumed run therefore starts with this
  validation.

The sampler seeds the augmentation of each image. Validation, the number of workers and the process have no effect on
the losses.
"""

import random
from collections.abc import Iterator

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from mmvireid.registry import LOOPS


@LOOPS.register_module()
class ResumableEpochTrainLoop(EpochBasedTrainLoop):
    """Train by epochs; resume at any iteration with the same sequence of losses.

    The arguments are the ones of mmengine's ``EpochBasedTrainLoop``. To resume in mid-epoch, the sampler must have
    ``start_from(batch)``, as :class:`CrossModalityPKSampler` has. At the end of the training, also after an error, the
    loop calls the hooks' ``leave_train(runner)``.

    Raises:
        ValueError: The data loader has no batch, or an epoch has another number of batches, or a batch another size,
            than in the checkpoint. Then the data, the batch size or the number of processes changed.
        TypeError: The run resumes in mid-epoch, but the sampler cannot start there.

    Example:
        >>> from mmengine.model import BaseModel
        >>> from mmengine.runner import Runner
        >>> class Square(BaseModel):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.weight = torch.nn.Parameter(torch.ones(1))
        ...     def forward(self, inputs, mode):
        ...         return dict(loss=(self.weight * torch.stack(inputs)).square().mean())
        >>> images = [dict(inputs=torch.ones(1)) for _ in range(4)]
        >>> runner = Runner(
        ...     Square(), work_dir='work', log_level='ERROR', experiment_name='epochs', default_scope='mmvireid',
        ...     train_dataloader=dict(dataset=images, batch_size=2, sampler=dict(type='DefaultSampler')),
        ...     train_cfg=dict(type='ResumableEpochTrainLoop', max_epochs=3),
        ...     optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        ... )
        >>> _ = runner.train()
        >>> runner.epoch, runner.iter
        (3, 6)
    """

    def run(self) -> torch.nn.Module:
        """Start or resume the training; return the model."""
        try:
            return self._run()
        finally:
            self.runner.call_hook('leave_train')

    def _run(self) -> torch.nn.Module:
        self.runner.call_hook('before_train')
        _check_epochs(self.runner, self.dataloader, self._iter)
        if self._epoch > 0 and self._batches_done() == 0:
            self._validate_if_due()
        while self._epoch < self._max_epochs and not self.stop_training:
            self.run_epoch()
            self._validate_if_due()
        self.runner.call_hook('after_train')
        return self.runner.model

    def run_epoch(self) -> None:
        """Train one epoch, or the rest of it."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        done = self._batches_done()
        if done:
            _start_sampler_from(self.dataloader, done)
        for batch_idx, data_batch in enumerate(self.dataloader, start=done):
            _seed_iteration(self.runner.seed, self._iter)
            self.run_iter(batch_idx, data_batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def _batches_done(self) -> int:
        """Count the batches of the current epoch that were trained before a resume."""
        return self._iter - self._epoch * len(self.dataloader)

    def _validate_if_due(self) -> None:
        self._decide_current_val_interval()
        due = self._epoch % self.val_interval == 0 or self._epoch == self._max_epochs
        if self.runner.val_loop is not None and self._epoch >= self.val_begin and due:
            self.runner.val_loop.run()


@LOOPS.register_module()
class ResumableIterTrainLoop(IterBasedTrainLoop):
    """Train by iterations; resume at any iteration with the same sequence of losses.

    The loop runs one epoch of the sampler after the other until ``max_iters``. The arguments are the ones of mmengine's
    ``IterBasedTrainLoop`` without ``fast_forward_on_resume``, because no batch is loaded to be skipped. In the config,
    the checkpoint hook and the log processor must count iterations too (``by_epoch=False``). At the end of the
    training, also after an error, the loop calls the hooks' ``leave_train(runner)``.

    Raises:
        ValueError: The same as in :class:`ResumableEpochTrainLoop`.
        TypeError: The run resumes, but the sampler cannot start in mid-epoch.

    Example:
        >>> from mmvireid.registry import LOOPS
        >>> train_cfg = dict(type='ResumableIterTrainLoop', max_iters=30000, val_interval=1000)
        >>> LOOPS.get(train_cfg['type']).__name__
        'ResumableIterTrainLoop'
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict,
        max_iters: int,
        val_begin: int = 1,
        val_interval: int = 1000,
        dynamic_intervals: list[tuple[int, int]] | None = None,
    ) -> None:
        super().__init__(runner, dataloader, max_iters, val_begin, val_interval, dynamic_intervals)

    def run(self) -> torch.nn.Module:
        """Start or resume the training; return the model."""
        try:
            return self._run()
        finally:
            self.runner.call_hook('leave_train')

    def _run(self) -> torch.nn.Module:
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')  # mmengine calls the whole run one epoch
        _check_epochs(self.runner, self.dataloader, self._iter)
        if self._iter > 0:
            self._validate_if_due()
        batches = self._batches()
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            data_batch = next(batches)
            _seed_iteration(self.runner.seed, self._iter)
            self.run_iter(data_batch)
            self._validate_if_due()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def _batches(self) -> Iterator[dict]:
        """Yield the batches of one epoch after the other without end, from the current iteration on."""
        epoch, done = divmod(self._iter, len(self.dataloader))
        if self._iter > 0:
            _start_sampler_from(self.dataloader, done)
        while True:
            if hasattr(self.dataloader.sampler, 'set_epoch'):
                self.dataloader.sampler.set_epoch(epoch)
            yield from self.dataloader
            epoch += 1

    def _validate_if_due(self) -> None:
        self._decide_current_val_interval()
        due = self._iter % self.val_interval == 0 or self._iter == self._max_iters
        if self.runner.val_loop is not None and self._iter >= self.val_begin and due:
            self.runner.val_loop.run()


def _check_epochs(runner: Runner, dataloader: DataLoader, iteration: int) -> None:
    """Compare the sizes of epochs and batches with the checkpoint, and note them for the next checkpoint."""
    found = dict(epoch_length=len(dataloader), batch_size=dataloader.batch_size)
    if not found['epoch_length']:
        raise ValueError(
            f'train_dataloader has no batch: it has {len(dataloader.dataset)} images for batches of '
            f'{dataloader.batch_size}. Lower train_dataloader.batch_size, or set train_dataloader.drop_last=False.'
        )
    known = {name: runner.message_hub.get_info(name, number) for name, number in found.items()}
    if iteration > 0 and known != found:
        raise ValueError(
            f'The checkpoint was trained with epochs of {known["epoch_length"]} batches of {known["batch_size"]}, '
            f'but now an epoch has {found["epoch_length"]} batches of {found["batch_size"]}. Resume with the same '
            'data, batch size and number of processes, or start a new training from its weights (load_from).'
        )
    for name, number in found.items():
        runner.message_hub.update_info(name, number)


def _start_sampler_from(dataloader: DataLoader, batch: int) -> None:
    sampler = dataloader.sampler
    if not hasattr(sampler, 'start_from'):
        raise TypeError(
            f'{type(sampler).__name__} cannot resume in mid-epoch: it has no start_from(batch), unlike '
            'CrossModalityPKSampler. ResumableEpochTrainLoop needs no start_from(batch) to resume from a checkpoint '
            'that was saved at the end of an epoch.'
        )
    sampler.start_from(batch)


def _seed_iteration(seed: int, iteration: int) -> None:
    sequence = np.random.SeedSequence([seed, iteration, get_rank()])
    state = int(sequence.generate_state(1)[0])
    random.seed(state)
    np.random.seed(state)
    torch.manual_seed(state)
