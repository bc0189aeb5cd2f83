"""Tuples of anchor, positive and negative in both modalities."""

from collections import defaultdict
from collections.abc import Iterator, Sized

import torch
from mmengine.logging import print_log

from mmvireid.registry import DATA_SAMPLERS
from mmvireid.structures import Modality, TupleRole

from .seeded_batch import SeededBatchSampler, refuse_other_wrappers


@DATA_SAMPLERS.register_module()
class AnchorTupleSampler(SeededBatchSampler):
    """Draw tuples of six images: anchor, positive and negative, visible and infrared (LCCRF Sec. 4.3).

    An epoch is one shuffled pass over the visible anchors. The last anchors that do not fill a batch on every rank are
    dropped. The other five images of a tuple are random:

    - The infrared anchor is any infrared image of the same identity.
    - In each modality, the anchor and the positive are two different images of one identity.
    - A negative is any image of another identity, drawn independently in each modality. All identities are equally
      likely, even if their numbers of images differ.

    An identity with fewer than two images in a modality has no positive there. It is never an anchor, but it can be a
    negative in a modality in which it has images.

    Each image carries ``tuple_id``, the number of its tuple within the batch of the rank, and ``role``, a
    :class:`TupleRole`. Do not rely on the order within a batch.

    Args:
        dataset: A re-identification data set (``get_data_info(i)`` gives ``gt_label`` and ``modality``).
        num_tuples: Tuples in the batch of a rank. The batch has six times as many images.
        seed: Seed of the sampler's own generator. If None, the ranks agree on a random seed.

    Raises:
        ValueError: There are too few anchors for a batch on each rank, or a modality has no second identity. Or
            ``dataset`` is a wrapper of mmengine that merges identities or loses seeds.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.datasets import AnchorTupleSampler, FolderDataset
        >>> for folder in ('visible/cam1/1', 'visible/cam1/2', 'infrared/cam3/1', 'infrared/cam3/2'):
        ...     Path('my_data/train', folder).mkdir(parents=True)
        ...     Path('my_data/train', folder, 'a.png').touch()
        ...     Path('my_data/train', folder, 'b.png').touch()
        >>> sampler = AnchorTupleSampler(FolderDataset('my_data', split='train'), num_tuples=2, seed=0)
        >>> sampler.batch_size, sampler.num_batches
        (12, 2)
        >>> [index.drawn_as['role'] for index in sampler][:6]
        [0, 1, 2, 0, 1, 2]
    """

    def __init__(self, dataset: Sized, num_tuples: int, seed: int | None = None) -> None:
        if num_tuples < 1:
            raise ValueError(f'num_tuples={num_tuples} must be positive.')
        refuse_other_wrappers(dataset)
        super().__init__(seed)
        self.num_tuples = num_tuples

        pools: dict[Modality, dict[int, list[int]]] = {modality: defaultdict(list) for modality in Modality}
        for index in range(len(dataset)):
            info = dataset.get_data_info(index)
            pools[Modality(info['modality'])][info['gt_label']].append(index)
        self._pools = {
            modality: {label: torch.tensor(images) for label, images in sorted(pool.items())}
            for modality, pool in pools.items()
        }
        self._labels = {modality: list(pool) for modality, pool in self._pools.items()}
        self._anchors = self._find_anchors()
        self.num_batches = len(self._anchors) // (num_tuples * self.world_size)
        self._check()

    def _find_anchors(self) -> list[tuple[int, int]]:
        """Return every visible image of an identity that can be an anchor, with its label."""
        visible, infrared = (self._pools[modality] for modality in Modality)
        labels = [label for label in visible if len(visible[label]) > 1 and len(infrared.get(label, ())) > 1]
        if skipped := len(visible.keys() | infrared.keys()) - len(labels):
            print_log(
                f'AnchorTupleSampler: {skipped} identities have fewer than two images of a modality, and serve only as '
                'negatives.',
                logger='current',
            )
        return [(image, label) for label in labels for image in visible[label].tolist()]

    def _check(self) -> None:
        for modality, labels in self._labels.items():
            if len(labels) < 2:
                raise ValueError(
                    f'AnchorTupleSampler needs at least two identities with {modality.name.lower()} images, because a '
                    f'negative is another identity, but the data set has {len(labels)}. Change '
                    'train_dataloader.dataset.split, or raise its limit_ids.'
                )
        if not self._anchors:
            raise ValueError('AnchorTupleSampler finds no anchor: no identity has two images of each modality.')
        if not self.num_batches:
            raise ValueError(
                f'AnchorTupleSampler draws num_tuples={self.num_tuples} anchors on each of {self.world_size} rank(s), '
                f'but only {len(self._anchors)} visible images belong to identities with at least two images of each '
                'modality. Lower train_dataloader.sampler.num_tuples (and train_dataloader.batch_size = '
                '6 * num_tuples).'
            )

    @property
    def batch_size(self) -> int:
        """Return the number of images in the batch of a rank: six for each tuple."""
        return len(Modality) * len(TupleRole) * self.num_tuples

    def _draw(self, anchor: int, label: int, generator: torch.Generator) -> list[tuple[int, TupleRole]]:
        """Draw the six images of one tuple, with their roles."""
        drawn = []
        for modality in Modality:
            own = self._pools[modality][label]
            if modality == Modality.INFRARED:
                anchor = _pick(own, generator)
            positive = _pick(own[own != anchor], generator)
            others = self._labels[modality]
            place = int(torch.randint(len(others) - 1, (), generator=generator))
            other = others[place + (place >= others.index(label))]  # skips the label of the anchor
            negative = _pick(self._pools[modality][other], generator)
            drawn.extend(zip((anchor, positive, negative), TupleRole, strict=True))
        return drawn

    def draw_batches(self, generator: torch.Generator) -> Iterator[list[tuple[int, dict[str, int]]]]:
        """Yield the tuples of each batch."""
        order = torch.randperm(len(self._anchors), generator=generator).tolist()
        width = self.num_tuples * self.world_size
        for start in range(0, self.num_batches * width, width):
            tuples = [self._draw(*self._anchors[place], generator) for place in order[start : start + width]]
            own = tuples[self.rank * self.num_tuples : (self.rank + 1) * self.num_tuples]
            yield [
                (image, dict(tuple_id=number, role=int(role)))
                for number, drawn in enumerate(own)
                for image, role in drawn
            ]


def _pick(images: torch.Tensor, generator: torch.Generator) -> int:
    return int(images[torch.randint(len(images), (), generator=generator)])
