"""Training loops that an interruption does not change.

Three rules make a resumed run equal to an uninterrupted one, whatever ran between the two (validation, another number
of workers, a new process): the sampler of a resumed epoch starts at the batch after the checkpoint's, loading nothing
before it; each iteration's random state (dropout and the like) is a function of the run's seed, the iteration and the
rank; a validation that is due at the checkpoint's iteration is run, because the checkpoint was saved before it.
Augmentation is seeded image by image by the sampler.
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
    """mmengine's epoch loop, resumable at any iteration with the same sequence of losses.

    The arguments are those of mmengine's ``EpochBasedTrainLoop``. To resume in mid-epoch, the sampler must have
    ``start_from(batch)``, as :class:`CrossModalityPKSampler` has.

    Raises:
        ValueError: The data loader has no batch; or epochs or batches have another length than the checkpoint's: the
            data, the batch size or the number of processes changed.
        TypeError: Resuming in mid-epoch with a sampler that cannot start there.
    """

    def run(self) -> torch.nn.Module:
        """Launch training, or go on with it."""
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
        """Iterate one epoch, or what is left of it."""
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
        """Batches of the current epoch that were trained on before a resume."""
        return self._iter - self._epoch * len(self.dataloader)

    def _validate_if_due(self) -> None:
        self._decide_current_val_interval()
        due = self._epoch % self.val_interval == 0 or self._epoch == self._max_epochs
        if self.runner.val_loop is not None and self._epoch >= self.val_begin and due:
            self.runner.val_loop.run()


@LOOPS.register_module()
class ResumableIterTrainLoop(IterBasedTrainLoop):
    """mmengine's iteration loop, resumable at any iteration with the same sequence of losses.

    It goes through the sampler's epochs, one after the other, until ``max_iters``. The arguments are those of
    mmengine's ``IterBasedTrainLoop``, without ``fast_forward_on_resume``: nothing is loaded to be skipped. The
    checkpoint hook and the log processor of its configs count iterations too (``by_epoch=False``).

    Raises:
        ValueError: As in :class:`ResumableEpochTrainLoop`.
        TypeError: Resuming with a sampler that cannot start in mid-epoch.
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
        """Launch training, or go on with it."""
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')  # the whole run is mmengine's one epoch
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
        """The sampler's epochs without end, from the current iteration on."""
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
    """Compare epochs and batches with the checkpoint's, or note them for the next checkpoint."""
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
            f'these have {found["epoch_length"]} of {found["batch_size"]}. Resume with the same data, batch size and '
            'number of processes, or start anew from its weights (load_from).'
        )
    for name, number in found.items():
        runner.message_hub.update_info(name, number)


def _start_sampler_from(dataloader: DataLoader, batch: int) -> None:
    sampler = dataloader.sampler
    if not hasattr(sampler, 'start_from'):
        raise TypeError(
            f'{type(sampler).__name__} cannot resume here, it has no start_from(batch), as CrossModalityPKSampler has. '
            'ResumableEpochTrainLoop resumes without it from a checkpoint that was saved at the end of an epoch.'
        )
    sampler.start_from(batch)


def _seed_iteration(seed: int, iteration: int) -> None:
    sequence = np.random.SeedSequence([seed, iteration, get_rank()])
    state = int(sequence.generate_state(1)[0])
    random.seed(state)
    np.random.seed(state)
    torch.manual_seed(state)
