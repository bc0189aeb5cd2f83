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
    :class:`CrossModalityPKSampler` has.
    """

    def run_epoch(self) -> None:
        """Iterate one epoch, or what is left of it."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        done = self._iter - self._epoch * len(self.dataloader)
        if done:
            self.dataloader.sampler.start_from(done)
        for batch_idx, data_batch in enumerate(self.dataloader, start=done):
            self._seed_iteration()
            self.run_iter(batch_idx, data_batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def _seed_iteration(self) -> None:
        sequence = np.random.SeedSequence([self.runner.seed, self._iter, get_rank()])
        seed = int(sequence.generate_state(1)[0])
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
