"""The base class of samplers of training batches: one random sequence for all ranks, resumable at any batch."""

from abc import abstractmethod
from collections.abc import Iterator

import torch
from mmengine.dataset import ClassBalancedDataset, ConcatDataset, RepeatDataset
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from .seeded_index import SeededIndex


class SeededBatchSampler(Sampler[int]):
    """Yield the images of the batches of one rank, as a function of (seed, epoch).

    A subclass sets ``num_batches``, the number of batches of an epoch on every rank. It also implements ``batch_size``
    and :meth:`draw_batches`.

    Args:
        seed: Seed of the sampler's own generator. If None, the ranks agree on a random seed.

    Example:
        >>> import torch
        >>> from mmvireid.datasets import SeededBatchSampler
        >>> class ShuffledSampler(SeededBatchSampler):
        ...     num_batches, batch_size = 2, 3
        ...     def draw_batches(self, generator):
        ...         for _ in range(self.num_batches):
        ...             yield [(index, {}) for index in torch.randperm(3, generator=generator).tolist()]
        >>> sampler = ShuffledSampler(seed=0)
        >>> len(sampler), sorted(sampler)
        (6, [0, 0, 1, 1, 2, 2])
        >>> sampler.start_from(1)
        >>> len(list(sampler))
        3
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
        """Return the number of images in the batch of a rank. The data loader's ``batch_size`` must be equal to it."""

    @abstractmethod
    def draw_batches(self, generator: torch.Generator) -> Iterator[list[tuple[int, dict[str, int]]]]:
        """Draw all batches of an epoch.

        Every rank draws for all ranks, so that the generators stay in step.

        Yields:
            The images of this rank's batch: an index, and the fields that the sampler adds (see :class:`SeededIndex`).
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
        """Choose the epoch of the next iteration."""
        self.epoch = epoch

    def start_from(self, batch: int) -> None:
        """Start the next iteration at this batch of the epoch, to resume in mid-epoch. Later iterations start at 0."""
        self._start_batch = batch


def refuse_other_wrappers(dataset: object) -> None:
    """Refuse a wrapper of mmengine that merges identities or loses the seeds of images.

    Raises:
        ValueError: The data set is such a wrapper. The message names the remedy.

    Example:
        >>> from types import SimpleNamespace
        >>> refuse_other_wrappers(SimpleNamespace(metainfo={}))
    """
    if isinstance(dataset, ConcatDataset) and 'parts' not in dataset.metainfo:
        raise ValueError(
            'ConcatDataset gives one label to different people, because each data set counts its labels from 0. '
            "Write dict(type='ConcatReIDDataset', datasets=[...])."
        )
    if isinstance(dataset, (RepeatDataset, ClassBalancedDataset)):
        raise ValueError(
            f'{type(dataset).__name__} loses the seed of each image. Use its data set directly: the sampler decides '
            'how often an image is drawn, and train_cfg.max_epochs how long the training is.'
        )
