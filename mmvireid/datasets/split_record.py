"""What identifies a split, its identities and its images, and a check that two splits share nothing."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.logging import print_log
from torch.utils.data import Dataset

from mmvireid.utils.image_digests import DIGEST_BYTES, digest_file, digest_files
from mmvireid.utils.old_files import current_dataset_name

CHECKPOINT_KEY = 'images'
"""Key of the image digests in the ``dataset_meta`` of a checkpoint."""
_SAMPLE_SIZE = 32
SWITCH = 'default_hooks.identity_leak=None switches this check off.'


@dataclass
class SplitRecord:
    """The identity numbers of a split and the digests of its images.

    Args:
        metainfo: ``metainfo`` of the data set: ``dataset``, ``split``, ``pids``, ``split_number``.
        images: The path of each image by its digest. A checkpoint stores digests alone, with empty paths. It is None
            if the images are not known: the checkpoint is old, or the data set lists no files.
        sample: Digests of a few images by their path relative to ``data_root``. They tell whether another folder holds
            the same data set.
        data_root: Folder of the data set, or None.
        published: Whether the data set's class fixes its name, such as SYSU-MM01. Other names are names of folders.

    Example:
        >>> Path('cam1').mkdir()
        >>> _ = Path('cam1/a.png').write_bytes(b'an image')
        >>> class Gate:
        ...     metainfo, data_root = dict(dataset='gate', split='train', pids=(7,)), '.'
        ...     def __len__(self):
        ...         return 1
        ...     def get_data_info(self, index):
        ...         return dict(img_path='cam1/a.png', pid=7)
        >>> record = SplitRecord.from_dataset(Gate())
        >>> list(record.sample), list(record.images.values())
        (['cam1/a.png'], ['cam1/a.png'])
        >>> stored = SplitRecord.from_checkpoint(record.for_checkpoint())
        >>> stored.images.keys() == record.images.keys(), stored.sample == record.sample
        (True, True)
    """

    metainfo: Mapping
    images: Mapping[bytes, str] | None = None
    sample: Mapping[str, bytes] = field(default_factory=dict)
    data_root: Path | None = None
    published: bool = False

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> 'SplitRecord':
        """Read the digests of all images of a data set."""
        if hasattr(dataset, 'full_init'):
            dataset.full_init()
        metainfo = getattr(dataset, 'metainfo', {})
        if not hasattr(dataset, 'get_data_info'):
            return cls(metainfo)
        paths = [dataset.get_data_info(index).get('img_path') for index in range(len(dataset))]
        if None in paths:
            return cls(metainfo)
        images, unreadable = {}, []
        for path, digest in zip(paths, digest_files(paths), strict=True):
            if digest is None:
                unreadable.append(path)
            else:
                images.setdefault(digest, path)
        if unreadable:
            print_log(
                f'{len(unreadable)} of {len(paths)} images are empty or unreadable, so that no check finds their '
                f"copies (first: '{unreadable[0]}'). Restore them or remove them from the data set.",
                logger='current',
                level=logging.WARNING,
            )
        root = getattr(dataset, 'data_root', None)
        root = Path(root) if root else None
        published = getattr(type(dataset), 'DATASET_NAME', None) is not None and (
            type(dataset).DATASET_NAME == metainfo.get('dataset')
        )
        return cls(metainfo, images, _draw_sample(images, root), root, published)

    @classmethod
    def from_checkpoint(cls, dataset_meta: Mapping) -> 'SplitRecord':
        """Read the record of a checkpoint. An old checkpoint has no images."""
        stored = dataset_meta.get(CHECKPOINT_KEY)
        metainfo = {key: value for key, value in dataset_meta.items() if key != CHECKPOINT_KEY}
        if stored is None:
            return cls(metainfo)
        digests = stored['digests']
        places = range(0, len(digests), DIGEST_BYTES)
        return cls(metainfo, {digests[i : i + DIGEST_BYTES]: '' for i in places}, dict(stored['sample']))

    def for_checkpoint(self) -> dict:
        """Return the ``dataset_meta`` of a checkpoint: ``metainfo``, and eight bytes for each image."""
        if self.images is None:
            return dict(self.metainfo)
        images = dict(digests=b''.join(sorted(self.images)), sample=dict(self.sample))
        return {**self.metainfo, CHECKPOINT_KEY: images}

    def holds(self, sample: Mapping[str, bytes]) -> bool:
        """Tell whether the folder of the data set has one of these images at the same place."""
        return self.data_root is not None and any(
            digest_file(self.data_root / path) == digest for path, digest in sample.items()
        )


def check_disjoint(training: SplitRecord, evaluated: SplitRecord) -> None:
    """Refuse to evaluate on identities or images of the training.

    Identity numbers are compared if both splits belong to one data set: the same published name, or folders that hold
    the same images. If the images of one of them are not known, the names of the folders decide. Images are compared
    in all cases.

    Raises:
        ValueError: The splits share identities or images, or have different split numbers.

    Example:
        >>> train = SplitRecord(dict(dataset='gate', split='train', pids=(1, 2)))
        >>> check_disjoint(train, SplitRecord(dict(dataset='gate', split='test', pids=(3,))))
        >>> check_disjoint(train, SplitRecord(dict(dataset='yard', split='test', pids=(1,))))
        >>> check_disjoint(train, SplitRecord(dict(dataset='gate', split='val', pids=(1,))))
        Traceback (most recent call last):
        ValueError: 1 identities of the split 'val' were trained on as part of the split 'train' of gate ...
    """
    for trained_part in _parts(training):
        for evaluated_part in _parts(evaluated):
            if _one_data_set(trained_part, evaluated_part):
                _check_numbers(trained_part.metainfo, evaluated_part.metainfo)
    own = evaluated.images or {}
    copies = sorted((training.images or {}).keys() & own.keys(), key=own.get)
    if copies:
        first, original = own[copies[0]], training.images[copies[0]]
        raise ValueError(
            f'{len(copies)} images of the split {evaluated.metainfo.get("split")!r} are also images of the training '
            f"(first: '{first}'{f', the same file content as {original!r}' if original else ''}): remove them from one "
            f'of the splits, or evaluate on another split. {SWITCH}'
        )


def _parts(record: SplitRecord) -> list[SplitRecord]:
    # ConcatReIDDataset renumbers identities: only its parts have the numbers of the data sets.
    parts = record.metainfo.get('parts')
    return [record] if parts is None else [SplitRecord(part) for part in parts]


def _one_data_set(training: SplitRecord, evaluated: SplitRecord) -> bool:
    # A checkpoint may have the data set's name of an earlier version.
    names = [record.metainfo.get('dataset') for record in (training, evaluated)]
    same_name = len({name and current_dataset_name(name) for name in names}) == 1
    if evaluated.published and same_name:
        return True
    if not training.sample or not evaluated.sample:
        return same_name
    return evaluated.holds(training.sample) or training.holds(evaluated.sample)


def _check_numbers(training: Mapping, evaluated: Mapping) -> None:
    name = current_dataset_name(training.get('dataset'))
    numbers = [metainfo.get('split_number') for metainfo in (training, evaluated)]
    if numbers[0] != numbers[1]:
        raise ValueError(
            f'The model was trained on split number {numbers[0]} of {name}, but the evaluated data are of split '
            f'number {numbers[1]}: set --split-number {numbers[0]}, or use the checkpoint of the other split.'
        )
    if shared := sorted(set(evaluated.get('pids', ())) & set(training.get('pids', ()))):
        other = evaluated.get('dataset')
        renamed = f" ('{other}' holds the same images)" if other != training.get('dataset') else ''
        raise ValueError(
            f"{len(shared)} identities of the split '{evaluated['split']}' were trained on as part of the split "
            f"'{training['split']}' of {name}{renamed} (first pids: {shared[:5]}): evaluate or train on another "
            f'split. {SWITCH}'
        )


def _draw_sample(images: Mapping[bytes, str], root: Path | None) -> dict[str, bytes]:
    """Choose the images with the smallest digests: a random choice that is always the same."""
    sample: dict[str, bytes] = {}
    for digest in sorted(images) if root else ():
        path = Path(images[digest])
        if path.is_relative_to(root):
            sample[path.relative_to(root).as_posix()] = digest
        if len(sample) == _SAMPLE_SIZE:
            break
    return sample
