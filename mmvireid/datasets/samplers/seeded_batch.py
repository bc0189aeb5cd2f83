"""What samplers of training batches share: one random sequence for all ranks, resumed at any batch."""

from abc import abstractmethod
from collections.abc import Iterator

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from .seeded_index import SeededIndex


class SeededBatchSampler(Sampler[int]):
    """Yields the images of one rank's batches; an epoch's are a function of (seed, epoch).

    A subclass sets ``num_batches``, an epoch's number of batches on every rank, and draws them.

    Args:
        seed: Seed of the sampler's own generator; None: one that all ranks agree on.
    """

    num_batches: int

    def __init__(self, seed: int | None) -> None:
        self.rank, self.world_size = get_dist_info()
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        self._start_batch = 0

    @property
    @abstractmethod
    def batch_size(self) -> int:
        """Images in a rank's batch; the data loader's ``batch_size`` must be this."""

    @abstractmethod
    def draw_batches(self, generator: torch.Generator) -> Iterator[list[tuple[int, dict[str, int]]]]:
        """For each batch of an epoch, this rank's images and what each is drawn as (see :class:`SeededIndex`).

        Every rank draws for all ranks, so that the generators stay in step.
        """

    def __iter__(self) -> Iterator[int]:
        start, self._start_batch = self._start_batch, 0
        generator = torch.Generator()
        generator.manual_seed(self.seed + self.epoch)
        for batch, images in enumerate(self.draw_batches(generator)):
            seeds = torch.randint(2**31, (self.world_size, self.batch_size), generator=generator)[self.rank]
            if batch >= start:
                for (index, drawn_as), seed in zip(images, seeds.tolist(), strict=True):
                    yield SeededIndex(index, seed, drawn_as)

    def __len__(self) -> int:
        return self.num_batches * self.batch_size

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches the next iteration yields."""
        self.epoch = epoch

    def start_from(self, batch: int) -> None:
        """Begin the next iteration, and only that one, at this batch of the epoch (resuming in mid-epoch)."""
        self._start_batch = batch
