"""A training loop that an interruption does not change."""

import random

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.runner import EpochBasedTrainLoop

from mmvireid.registry import LOOPS


@LOOPS.register_module()
class ResumableEpochTrainLoop(EpochBasedTrainLoop):
    """mmengine's epoch loop, resumable at any iteration with the same sequence of losses.

    Three rules make a resumed run equal to an uninterrupted one, whatever ran between the two (validation, another
    number of workers, a new process): the sampler of a resumed epoch starts at the batch after the checkpoint's,
    loading nothing before it; each iteration's random state (dropout and the like) is a function of the run's
    seed, the iteration and the rank; a validation that is due after the checkpoint's epoch is run, because the
    checkpoint was saved before it. Augmentation is seeded image by image by the sampler.

    The arguments are those of mmengine's ``EpochBasedTrainLoop``. To resume in mid-epoch, the sampler must have
    ``start_from(batch)``, as :class:`CrossModalityPKSampler` has.

    Raises:
        ValueError: Resuming with epochs of another length than the checkpoint's: the data, the batch size or the
            number of processes changed.
        TypeError: Resuming in mid-epoch with a sampler that cannot start there.
    """

    def run(self) -> torch.nn.Module:
        """Launch training, or go on with it."""
        self.runner.call_hook('before_train')
        self._check_epoch_length()
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
            self._start_sampler_from(done)
        for batch_idx, data_batch in enumerate(self.dataloader, start=done):
            self._seed_iteration()
            self.run_iter(batch_idx, data_batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def _batches_done(self) -> int:
        """Batches of the current epoch that were trained on before a resume."""
        return self._iter - self._epoch * len(self.dataloader)

    def _check_epoch_length(self) -> None:
        """Compare with the checkpoint's epoch length, or note it for the next checkpoint."""
        length = len(self.dataloader)
        trained_with = self.runner.message_hub.get_info('epoch_length', length)
        if self._iter > 0 and trained_with != length:
            raise ValueError(
                f'The checkpoint was trained with epochs of {trained_with} batches, these have {length}. Resume with '
                'the same data, batch size and number of processes, or start anew from its weights (load_from).'
            )
        self.runner.message_hub.update_info('epoch_length', length)

    def _start_sampler_from(self, batch: int) -> None:
        sampler = self.dataloader.sampler
        if not hasattr(sampler, 'start_from'):
            raise TypeError(
                f'{type(sampler).__name__} cannot resume in mid-epoch, it has no start_from(batch): resume from a '
                'checkpoint that was saved at the end of an epoch.'
            )
        sampler.start_from(batch)

    def _validate_if_due(self) -> None:
        self._decide_current_val_interval()
        due = self._epoch % self.val_interval == 0 or self._epoch == self._max_epochs
        if self.runner.val_loop is not None and self._epoch >= self.val_begin and due:
            self.runner.val_loop.run()

    def _seed_iteration(self) -> None:
        sequence = np.random.SeedSequence([self.runner.seed, self._iter, get_rank()])
        seed = int(sequence.generate_state(1)[0])
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
