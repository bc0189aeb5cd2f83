"""Training loops that an interruption does not change.

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
    """Train by epochs, and resume at any iteration with the same losses.

    The arguments are the same as in mmengine's ``EpochBasedTrainLoop``. To resume in the middle of an epoch, the
    sampler needs a method ``start_from(batch)``. :class:`CrossModalityPKSampler` has it.

    Raises:
        ValueError: The data loader has no batch, or the length of an epoch or of a batch differs from the checkpoint:
            the data, the batch size or the number of processes changed.
        TypeError: The sampler cannot start in the middle of an epoch.

    Example:
        >>> train_cfg = dict(type='ResumableEpochTrainLoop', max_epochs=80, val_interval=10)  # in the config
        >>> issubclass(LOOPS.get(train_cfg['type']), EpochBasedTrainLoop)
        True
    """

    def run(self) -> torch.nn.Module:
        """Train, from the start or from a checkpoint."""
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
        """Train one epoch, or the rest of it after a resume."""
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
        """Return the number of batches of the current epoch before the resume."""
        return self._iter - self._epoch * len(self.dataloader)

    def _validate_if_due(self) -> None:
        self._decide_current_val_interval()
        due = self._epoch % self.val_interval == 0 or self._epoch == self._max_epochs
        if self.runner.val_loop is not None and self._epoch >= self.val_begin and due:
            self.runner.val_loop.run()


@LOOPS.register_module()
class ResumableIterTrainLoop(IterBasedTrainLoop):
    """Train by iterations, and resume at any iteration with the same losses.

    The loop runs the sampler's epochs one after the other until ``max_iters``. The arguments are the same as in
    mmengine's ``IterBasedTrainLoop``, but without ``fast_forward_on_resume``: no batch is loaded only to be skipped.
    Set ``by_epoch=False`` in the checkpoint hook and in the log processor.

    Raises:
        ValueError: See :class:`ResumableEpochTrainLoop`.
        TypeError: The sampler cannot start in the middle of an epoch.

    Example:
        >>> train_cfg = dict(type='ResumableIterTrainLoop', max_iters=10000, val_interval=1000)  # in the config
        >>> issubclass(LOOPS.get(train_cfg['type']), IterBasedTrainLoop)
        True
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
        """Train, from the start or from a checkpoint."""
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')  # for mmengine the whole run is one epoch
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
        """Yield batches of one epoch after the other without end, from the current iteration."""
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
    """Compare the lengths of epochs and batches with the checkpoint, and store them for the next checkpoint."""
    found = dict(epoch_length=len(dataloader), batch_size=dataloader.batch_size)
    if not found['epoch_length']:
        raise ValueError(
            f'train_dataloader has no batch: the data set has {len(dataloader.dataset)} images, and a batch has '
            f'{dataloader.batch_size}. Lower train_dataloader.batch_size, or set train_dataloader.drop_last=False.'
        )
    known = {name: runner.message_hub.get_info(name, number) for name, number in found.items()}
    if iteration > 0 and known != found:
        raise ValueError(
            f'The checkpoint was trained with epochs of {known["epoch_length"]} batches of {known["batch_size"]}, '
            f'but now epochs have {found["epoch_length"]} batches of {found["batch_size"]}. Resume with the same data, '
            'batch size and number of processes, or start a new training from its weights (load_from).'
        )
    for name, number in found.items():
        runner.message_hub.update_info(name, number)


def _start_sampler_from(dataloader: DataLoader, batch: int) -> None:
    sampler = dataloader.sampler
    if not hasattr(sampler, 'start_from'):
        raise TypeError(
            f'{type(sampler).__name__} cannot resume here, because it has no start_from(batch). Use a sampler such as '
            'CrossModalityPKSampler, or ResumableEpochTrainLoop with a checkpoint from the end of an epoch.'
        )
    sampler.start_from(batch)


def _seed_iteration(seed: int, iteration: int) -> None:
    sequence = np.random.SeedSequence([seed, iteration, get_rank()])
    state = int(sequence.generate_state(1)[0])
    random.seed(state)
    np.random.seed(state)
    torch.manual_seed(state)
