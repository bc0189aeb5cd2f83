"""Batches of P identities x (K visible + K infrared) images."""

from collections import defaultdict
from collections.abc import Iterator, Sized

import torch

from mmvireid.registry import DATA_SAMPLERS
from mmvireid.structures import Modality

from .seeded_batch import SeededBatchSampler, refuse_other_wrappers


@DATA_SAMPLERS.register_module()
class CrossModalityPKSampler(SeededBatchSampler):
    """Draw P distinct identities for each batch, with K visible and K infrared images of each.

    If an identity has fewer than K images of a modality, its images are drawn with replacement. With
    ``replacement=False``, such an identity is an error.

    A batch lists the visible images first, then the infrared images, in the same order of identities. Do not rely on
    this order.

    An epoch has ``floor(max(n_visible, n_infrared) / (P * K * world_size)) + 1`` batches on every rank. In distributed
    training P, K and ``batch_size`` are the numbers of one rank, and different ranks draw different identities.

    Args:
        dataset: A re-identification data set (``get_data_info(i)`` gives ``gt_label``, ``modality``, ``pid``).
        num_ids: P.
        num_instances: K, images of each modality.
        seed: Seed of the sampler's own generator. If None, the ranks agree on a random seed.
        replacement: If False, each identity must have K images of each modality, so that a batch never holds an image
            twice.

    Raises:
        ValueError: There are fewer identities than P on all ranks together, or an identity lacks images of a modality.
            Or ``dataset`` is a wrapper of mmengine that merges identities or loses seeds.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.datasets import CrossModalityPKSampler, FolderDataset
        >>> for folder in ('visible/cam1/1', 'visible/cam1/2', 'infrared/cam3/1', 'infrared/cam3/2'):
        ...     Path('my_data/train', folder).mkdir(parents=True)
        ...     Path('my_data/train', folder, 'a.png').touch()
        >>> dataset = FolderDataset('my_data', split='train')
        >>> sampler = CrossModalityPKSampler(dataset, num_ids=2, num_instances=1, seed=0)
        >>> sampler.batch_size, sampler.num_batches
        (4, 2)
        >>> sorted(list(sampler)[:4])
        [0, 1, 2, 3]
    """

    def __init__(
        self, dataset: Sized, num_ids: int, num_instances: int, seed: int | None = None, replacement: bool = True
    ) -> None:
        if num_ids < 1 or num_instances < 1:
            raise ValueError(f'num_ids={num_ids} and num_instances={num_instances} must be positive.')
        refuse_other_wrappers(dataset)
        super().__init__(seed)
        self.num_ids = num_ids
        self.num_instances = num_instances
        self.min_images = 1 if replacement else num_instances

        pools: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        pids: dict[int, int] = {}
        for index in range(len(dataset)):
            info = dataset.get_data_info(index)
            pools[info['gt_label']][info['modality']].append(index)
            pids[info['gt_label']] = info['pid']
        self._check(pools, pids)
        self._pools = [tuple(torch.tensor(pool, dtype=torch.int64) for pool in pools[label]) for label in sorted(pools)]
        largest = max(sum(len(pools[label][modality]) for label in pools) for modality in Modality)
        self.num_batches = largest // (num_ids * num_instances * self.world_size) + 1

    def _check(self, pools: dict[int, tuple[list[int], list[int]]], pids: dict[int, int]) -> None:
        for modality in Modality:
            lacking = sorted(pids[label] for label in pools if len(pools[label][modality]) < self.min_images)
            if lacking:
                found = 'no' if self.min_images == 1 else f'fewer than {self.min_images}'
                images = f'{modality.name.lower()} image{"s" if self.min_images > 1 else ""}'
                raise ValueError(
                    f'CrossModalityPKSampler needs images of both modalities of every identity, but '
                    f'{len(lacking)} of {len(pools)} have {found} {images} (first pids: '
                    f'{lacking[:5]}). Add images, or remove these identities from the training split.'
                )
        if len(pools) < self.num_ids * self.world_size:
            raise ValueError(
                f'CrossModalityPKSampler draws num_ids={self.num_ids} distinct identities on each of '
                f'{self.world_size} rank(s), but the data set has {len(pools)}. Lower train_dataloader.sampler.num_ids '
                f'(and train_dataloader.batch_size = 2 * num_ids * num_instances).'
            )

    @property
    def batch_size(self) -> int:
        """Return the number of images in the batch of a rank: 2 P K."""
        return 2 * self.num_ids * self.num_instances

    def _draw(self, pool: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        if len(pool) < self.num_instances:
            return pool[torch.randint(len(pool), (self.num_instances,), generator=generator)]
        return pool[torch.randperm(len(pool), generator=generator)[: self.num_instances]]

    def draw_batches(self, generator: torch.Generator) -> Iterator[list[tuple[int, dict[str, int]]]]:
        """Yield the images of each batch."""
        share = slice(self.rank * self.num_ids, (self.rank + 1) * self.num_ids)
        for _ in range(self.num_batches):
            identities = torch.randperm(len(self._pools), generator=generator)[: self.num_ids * self.world_size]
            drawn = [
                torch.stack([self._draw(self._pools[identity][modality], generator) for identity in identities])[share]
                for modality in Modality
            ]
            yield [(index, {}) for index in torch.cat(drawn).flatten().tolist()]
