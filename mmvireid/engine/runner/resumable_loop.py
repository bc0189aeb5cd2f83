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

    Two rules make a resumed run equal to an uninterrupted one, whatever ran between the two (validation, another
    number of workers, a new process): the sampler of a resumed epoch starts at the batch after the checkpoint's,
    loading nothing before it, and each iteration's random state (dropout and the like) is a function of the run's
    seed, the iteration and the rank. Augmentation is seeded image by image by the sampler.

    The arguments are those of mmengine's ``EpochBasedTrainLoop``. The sampler must have ``start_from(batch)``, as
    :class:`CrossModalityPKSampler` has, to resume in mid-epoch.

    Raises:
        ValueError: A checkpoint's position does not fit the epoch: another batch size or number of processes.
        TypeError: Resuming in mid-epoch with a sampler that cannot start there.
    """

    def run_epoch(self) -> None:
        """Iterate one epoch, or what is left of it."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        done = self._batches_done()
        for batch_idx, data_batch in enumerate(self.dataloader, start=done):
            self._seed_iteration()
            self.run_iter(batch_idx, data_batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def _batches_done(self) -> int:
        """Batches of this epoch that were trained on before a resume; the sampler is sent past them."""
        done, length = self._iter - self._epoch * len(self.dataloader), len(self.dataloader)
        if not 0 <= done <= length:
            raise ValueError(
                f'The checkpoint is at iteration {self._iter} in epoch {self._epoch}, which an epoch of {length} '
                'batches never is: resume with the batch size and the number of processes that it was trained with.'
            )
        if done:
            sampler = self.dataloader.sampler
            if not hasattr(sampler, 'start_from'):
                raise TypeError(
                    f'{type(sampler).__name__} cannot resume in mid-epoch, it has no start_from(batch): resume from a '
                    'checkpoint that was saved at the end of an epoch.'
                )
            sampler.start_from(done)
        return done

    def _seed_iteration(self) -> None:
        sequence = np.random.SeedSequence([self.runner.seed, self._iter, get_rank()])
        seed = int(sequence.generate_state(1)[0])
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
