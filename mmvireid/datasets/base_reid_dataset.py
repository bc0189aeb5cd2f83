"""The base class of all data sets: image order, labels, statistics and seeded augmentation."""

import logging
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import cv2
from mmengine.dataset import BaseDataset, Compose
from mmengine.logging import print_log

from mmvireid.structures import Modality
from mmvireid.utils.random import isolated_seed

from .image_folder import IMAGE_SUFFIXES, IgnoredEntries, list_images
from .transforms.color_order import refuse_bgr_transforms


class BaseReIDDataset(BaseDataset):
    """List the images of one split; a subclass only implements :meth:`scan`.

    One item is one image. The base class sorts the images by path and numbers the identities by ``pid``. The label
    ``gt_label`` is the rank of the identity within the split, so all machines agree on order and labels.

    ``metainfo`` holds ``dataset``, ``split``, ``num_ids`` and ``pids``, and ``limit_ids`` if the user set it. Every
    checkpoint stores ``metainfo``. The package compares identities only between data sets of the same name.

    A subclass without ``DATASET_NAME`` takes the name of its folder. A subclass without ``SPLITS`` finds the splits in
    the data.

    Args:
        data_root: Folder of the data set.
        split: Name of the split.
        pipeline: Transforms that are applied to the record of an image.
        test_mode: As in mmengine's ``BaseDataset``.
        lazy_init: As in mmengine's ``BaseDataset``.
        limit_ids: Keep only the first identities of the split, by number. None keeps all.

    Raises:
        ValueError: The split does not exist, or ``limit_ids`` is not from 1 to the number of identities of the split.
            Or the pipeline holds a transform of BGR images (see :class:`RGBTransform`).

    Example:
        >>> from mmvireid.structures import Modality
        >>> class Gate(BaseReIDDataset):
        ...     def scan(self):
        ...         return [
        ...             dict(img_path='b.png', pid=7, cam_id=1, modality=Modality.VISIBLE),
        ...             dict(img_path='a.png', pid=4, cam_id=3, modality=Modality.INFRARED),
        ...         ]
        >>> dataset = Gate('my_data', split='train')
        >>> [(info['img_path'], info['gt_label']) for info in map(dataset.get_data_info, range(2))]
        [('a.png', 0), ('b.png', 1)]
        >>> dataset.metainfo['pids']
        (4, 7)
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
        self.ignored = IgnoredEntries()
        transforms = Compose(list(pipeline))
        refuse_bgr_transforms(transforms)
        super().__init__(
            data_root=str(data_root),
            pipeline=transforms.transforms,
            test_mode=test_mode,
            lazy_init=lazy_init,
            max_refetch=0,  # an unreadable image is an error; no other image replaces it
        )

    @abstractmethod
    def scan(self) -> list[dict]:
        """Find the images of the split.

        Returns:
            One dict for each image: ``img_path`` (str), ``pid`` (int), ``cam_id`` (int), ``modality`` (Modality).
        """

    def load_data_list(self) -> list[dict]:
        """Sort the images that :meth:`scan` finds, keep the first ``limit_ids`` identities and add labels.

        Raises:
            FileNotFoundError: The split holds no image.
            ValueError: The split has fewer than ``limit_ids`` identities.
        """
        self.ignored = IgnoredEntries()
        records = sorted(self.scan(), key=lambda record: record['img_path'])
        if self.ignored:
            self.warn(f"{self.DATASET_NAME} '{self.split}' ignores {self.ignored}, in {self.data_root}")
        if not records:
            raise FileNotFoundError(self._no_images_message())
        pids = sorted({record['pid'] for record in records})
        if self.limit_ids is not None:
            if self.limit_ids > len(pids):
                raise ValueError(
                    f"limit_ids={self.limit_ids}, but the split '{self.split}' of {self.DATASET_NAME} under "
                    f"'{self.data_root}' has only {len(pids)} identities."
                )
            pids = pids[: self.limit_ids]
            self._metainfo['limit_ids'] = self.limit_ids
        labels = {pid: label for label, pid in enumerate(pids)}
        records = [record for record in records if record['pid'] in labels]
        for record in records:
            record['gt_label'] = labels[record['pid']]
            record['modality'] = int(record['modality'])
        self._metainfo.update(dataset=self.DATASET_NAME, split=self.split, num_ids=len(pids), pids=tuple(pids))
        print_log(self._statistics(records), logger='current')
        return records

    def get_data_info(self, idx: int) -> dict:
        """Return the record of an image, with the fields that the sampler adds (see :class:`SeededIndex`)."""
        return {**super().get_data_info(idx), **getattr(idx, 'drawn_as', {})}

    def prepare_data(self, idx: int) -> dict:
        """Run the pipeline on one image. If the index carries a seed, seed the random transforms with it."""
        seed = getattr(idx, 'seed', None)
        try:
            with nullcontext() if seed is None else isolated_seed(seed):
                return super().prepare_data(idx)
        except cv2.error as error:
            path = super().get_data_info(idx)['img_path']
            raise ValueError(f"Image '{path}': OpenCV failed in the pipeline: {str(error).strip()}") from error

    def list_images(self, folder: Path) -> list[Path]:
        """List the image files of a folder. The log will count all other entries and name the first one."""
        return list_images(folder, self.ignored)

    def warn(self, message: str) -> None:
        """Log a warning."""
        print_log(message, logger='current', level=logging.WARNING)

    def _no_images_message(self) -> str:
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
