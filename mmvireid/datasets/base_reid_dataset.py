"""What every re-identification data set shares: order, labels, statistics, seeded augmentation."""

import logging
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from mmvireid.structures import Modality
from mmvireid.utils.random import isolated_seed

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp')


class BaseReIDDataset(BaseDataset):
    """Base of the data sets: a subclass only says which images a split holds.

    One item is one image. Images are in sorted order of their path, and an image's ``gt_label`` is the rank of its
    identity among the split's, so two machines agree on both. ``metainfo`` holds ``dataset``, ``split``, ``num_ids``
    and ``pids``; it is stored in every checkpoint. Identities are compared between data sets of one name only; a
    subclass without a ``DATASET_NAME`` is named after its folder, one without ``SPLITS`` finds them in the data.
    A data set with ``limit_ids`` has that in its ``metainfo`` too: it is not the whole split.

    Args:
        data_root: Folder of the data set.
        split: Name of the split.
        pipeline: Transforms applied to an image's record.
        test_mode: As in mmengine's ``BaseDataset``.
        lazy_init: As in mmengine's ``BaseDataset``.
        limit_ids: Keep only so many of the split's identities, the first by number; None: all.

    Raises:
        ValueError: There is no such split, or ``limit_ids`` is not from 1 to the split's number of identities.
    """

    DATASET_NAME: str | None = None
    SPLITS: tuple[str, ...] | None = None

    def __init__(
        self,
        data_root: str,
        split: str,
        pipeline: Sequence[dict | Callable] = (),
        test_mode: bool = False,
        lazy_init: bool = False,
        limit_ids: int | None = None,
    ) -> None:
        if self.SPLITS is not None and split not in self.SPLITS:
            raise ValueError(f"{type(self).__name__} has no split '{split}'; choose one of {self.SPLITS}.")
        if self.DATASET_NAME is None:
            self.DATASET_NAME = Path(data_root).absolute().name
        if limit_ids is not None and (type(limit_ids) is not int or limit_ids < 1):
            raise ValueError(f'limit_ids={limit_ids!r} must be a positive number of identities, or None for all.')
        self.split = split
        self.limit_ids = limit_ids
        super().__init__(
            data_root=str(data_root),
            pipeline=list(pipeline),
            test_mode=test_mode,
            lazy_init=lazy_init,
            max_refetch=0,  # an unreadable image is an error, never replaced by another one
        )

    @abstractmethod
    def scan(self) -> list[dict]:
        """The split's images: dicts of ``img_path`` (str), ``pid``, ``cam_id`` (int), ``modality`` (Modality)."""

    def load_data_list(self) -> list[dict]:
        """Sort what :meth:`scan` found, keep the identities that are asked for and number them.

        Raises:
            FileNotFoundError: The split holds no image.
            ValueError: It has fewer than ``limit_ids`` identities.
        """
        records = sorted(self.scan(), key=lambda record: record['img_path'])
        if not records:
            raise FileNotFoundError(self._without_images())
        pids = sorted({record['pid'] for record in records})
        if self.limit_ids is not None:
            if self.limit_ids > len(pids):
                raise ValueError(
                    f"limit_ids={self.limit_ids}, but the split '{self.split}' of {self.DATASET_NAME} under "
                    f"'{self.data_root}' has only {len(pids)} identities."
                )
            pids = pids[: self.limit_ids]
            self._metainfo['limit_ids'] = self.limit_ids
        label_of = {pid: label for label, pid in enumerate(pids)}
        records = [record for record in records if record['pid'] in label_of]
        for record in records:
            record['gt_label'] = label_of[record['pid']]
            record['modality'] = int(record['modality'])
        self._metainfo.update(dataset=self.DATASET_NAME, split=self.split, num_ids=len(pids), pids=tuple(pids))
        print_log(self._statistics(records), logger='current')
        return records

    def get_data_info(self, idx: int) -> dict:
        """An image's record, with what the sampler says of it (see :class:`SeededIndex`)."""
        return {**super().get_data_info(idx), **getattr(idx, 'drawn_as', {})}

    def prepare_data(self, idx: int) -> dict:
        """Run the pipeline on one image, under the seed that its index carries, if any."""
        seed = getattr(idx, 'seed', None)
        if seed is None:
            return super().prepare_data(idx)
        with isolated_seed(seed):
            return super().prepare_data(idx)

    def warn(self, message: str) -> None:
        print_log(message, logger='current', level=logging.WARNING)

    def _without_images(self) -> str:
        return (
            f"No image of the split '{self.split}' of {self.DATASET_NAME} under '{self.data_root}' "
            f'(images are {", ".join(IMAGE_SUFFIXES)} files).'
        )

    def _statistics(self, records: list[dict]) -> str:
        counts = ', '.join(
            f'{sum(record["modality"] == modality for record in records)} {modality.name.lower()}'
            for modality in Modality
        )
        num_cameras = len({record['cam_id'] for record in records})
        first = '' if self.limit_ids is None else 'the first '
        return (
            f"{self.DATASET_NAME} '{self.split}': {first}{self._metainfo['num_ids']} identities, {counts} images, "
            f'{num_cameras} cameras, from {self.data_root}'
        )


def list_images(folder: Path) -> list[Path]:
    """The image files directly in a folder, sorted; none if there is no such folder. Hidden files are no images."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith('.') and path.is_file()
    )
