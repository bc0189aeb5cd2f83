"""Save and load the features of a test set in an ``.npz`` file that any code can write."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np
import torch
from torch import Tensor

from mmvireid.structures import ImageSet
from mmvireid.utils.atomic_file import atomic_file
from mmvireid.utils.old_files import current_record, old_descriptor_name
from mmvireid.utils.strict_json import parse_json

FIELDS = ('features', 'pids', 'cam_ids', 'modalities', 'paths')
PREFIX = 'descriptor_'


@dataclass(frozen=True)
class FeatureSet:
    """Hold the features of N images with their annotations.

    Attributes:
        images: Annotations of the images. ``paths`` are relative to the data root, with ``/`` between the parts.
        features: (N, D).
        record: Facts about the features: ``feature`` (name of the tested feature), ``flip``, ``normalized`` and
            ``data`` (data set and split). Any of them may be missing. They are keywords of
            :func:`mmvireid.evaluation.evaluate`.
        descriptors: Further tensors (N, ...) that distances compare, by name.

    Example:
        >>> from mmvireid.evaluation import FeatureSet, ImageSet
        >>> images = ImageSet(pids=[6, 7], cam_ids=[3, 1], modalities=[1, 0], paths=['cam3/0006.jpg', 'cam1/0007.jpg'])
        >>> feature_set = FeatureSet(images, torch.zeros(2, 8), descriptors={'map': torch.zeros(2, 4, 4)})
        >>> sorted(feature_set.compared)
        ['feature', 'map']
    """

    images: ImageSet
    features: Tensor
    record: Mapping = field(default_factory=dict)
    descriptors: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def compared(self) -> dict[str, Tensor]:
        """Return everything that distances can compare, by name, as :func:`mmvireid.evaluation.evaluate` takes it."""
        return {'feature': self.features, **self.descriptors}


def save_features(file: str | Path, feature_set: FeatureSet) -> None:
    """Write features and annotations to an ``.npz`` file, and create its folder. The file is whole or not there.

    The file holds ``features`` (N, D) float32, ``pids``, ``cam_ids`` and ``modalities`` (N,) int64 (0 visible, 1
    infrared), ``paths`` (N,) str and ``record``, a JSON text. A reader needs all of them but ``record``. A further
    descriptor (N, ...) has the field ``descriptor_<name>`` and keeps its type. NumPy has no bfloat16: such a
    descriptor is saved in float32.

    Example:
        >>> from mmvireid.evaluation import FeatureSet, ImageSet, load_features, save_features
        >>> images = ImageSet(pids=[6, 7], cam_ids=[3, 1], modalities=[1, 0], paths=['cam3/0006.jpg', 'cam1/0007.jpg'])
        >>> save_features('features.npz', FeatureSet(images, torch.zeros(2, 8), dict(feature='bn')))
        >>> load_features('features.npz').record
        {'feature': 'bn'}
    """
    images = feature_set.images
    content = dict(
        features=feature_set.features.float().numpy(),
        pids=images.pids.astype(np.int64),
        cam_ids=images.cam_ids.astype(np.int64),
        modalities=images.modalities.astype(np.int64),
        paths=images.paths.astype(str),
        record=np.array(json.dumps(dict(feature_set.record))),
    )
    for name, values in feature_set.descriptors.items():
        content[PREFIX + name] = (values.float() if values.dtype == torch.bfloat16 else values).numpy()
    with (
        atomic_file(file) as temporary,
        temporary.open('wb') as stream,
    ):  # if numpy gets a name, it appends its own suffix
        np.savez(stream, **content)


def load_features(file: str | Path, descriptors: Sequence[str] = ()) -> FeatureSet:
    """Read features and annotations that :func:`save_features`, or other code, wrote.

    Args:
        file: Path of the file. Files of earlier versions are read in the current names.
        descriptors: Names of further descriptors to read. They may be large: no other descriptor is read.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not an ``.npz`` file, or a field or descriptor is missing, has a wrong type or a wrong
            length. The message names the file.

    Example:
        >>> from mmvireid.evaluation import load_features
        >>> annotations = dict(pids=[6, 7], cam_ids=[3, 1], modalities=[1, 0], paths=['cam3/0006.jpg', 'cam1/0007.jpg'])
        >>> np.savez('features.npz', features=np.ones((2, 8)), **annotations)
        >>> load_features('features.npz').features.shape
        torch.Size([2, 8])
    """
    file = Path(file)
    if not file.is_file():
        raise FileNotFoundError(f"No features file '{file}'.")
    content = _read_fields(file, descriptors)
    missing = sorted(set(FIELDS) - set(content))
    if missing:
        raise ValueError(f"'{file}' lacks {missing}; a features file holds {list(FIELDS)}.")
    if absent := [PREFIX + name for name in descriptors if PREFIX + name not in content]:
        raise ValueError(
            f"'{file}' lacks {absent}, which a distance compares. tools/extract_features.py writes them if the "
            'test_evaluator of its config compares them.'
        )
    _check_types(file, content)
    try:
        images = ImageSet(*(content[name] for name in FIELDS[1:]))
        _check_paths(file, images.paths)
    except (ValueError, SystemError) as error:  # SystemError: a number in a text is no character
        raise ValueError(str(error) if str(file) in str(error) else f"'{file}': {error}") from None
    record = _parse_record(file, str(content.get('record', '{}')))
    features = content['features']
    if features.ndim != 2 or len(features) != len(images) or not features.size:
        raise ValueError(
            f"'{file}' has features of shape {features.shape} for {len(images)} images: (N, D) is expected."
        )
    broken = ~np.isfinite(features).all(axis=1)
    if broken.any():
        raise ValueError(
            f"'{file}': the features of {broken.sum()} images are NaN or infinite; the first is "
            f"'{images.paths[broken.argmax()]}'."
        )
    others = {name: _read_descriptor(file, name, content[PREFIX + name], len(images)) for name in descriptors}
    return FeatureSet(images, _as_tensor(features), record, others)


def _read_fields(file: Path, descriptors: Sequence[str]) -> dict[str, np.ndarray]:
    """Read the known fields and the chosen descriptors that the file holds."""
    reading = 'the list of its fields'
    try:
        with ZipFile(file) as archive:
            entries = {entry.filename.removesuffix('.npy'): entry for entry in archive.infolist()}
            if len(entries) < len(archive.infolist()):
                raise ValueError('a field occurs twice')
            for reading, entry in entries.items():  # noqa: B007
                archive.open(entry).close()  # compares the two names that the archive holds of each field
            stored = {name: name for name in (*FIELDS, 'record')}
            for name in descriptors:
                is_old = PREFIX + name not in entries
                stored[PREFIX + name] = PREFIX + (old_descriptor_name(name) if is_old else name)
            content = {}
            for name, reading in stored.items():
                if reading in entries:
                    content[name] = _read_array(archive, entries[reading])
            return content
    except Exception as error:  # damaged bytes may break anything in zip, zlib or numpy
        raise ValueError(
            f"'{file}' is not an .npz file of plain arrays, or it is damaged: {reading} cannot be read "
            f'({str(error) or repr(error)}). Write text with .astype(str).'
        ) from None


def _read_array(archive: ZipFile, entry: ZipInfo) -> np.ndarray:
    """Read one array to its last byte: only then does the archive compare the checksum."""
    with archive.open(entry) as stream:
        values = np.lib.format.read_array(stream, allow_pickle=False)
        if stream.read(1):
            raise ValueError('it has more bytes than its shape says')
    return values


def _read_descriptor(file: Path, name: str, values: np.ndarray, num_images: int) -> Tensor:
    """Check a further descriptor (N, ...) and turn it into a tensor. The comparison checks whether it is finite."""
    if values.dtype.kind not in 'fiu' or not values.size or values.shape[:1] != (num_images,):
        raise ValueError(
            f"'{file}' has {PREFIX}{name} of shape {values.shape} and type {values.dtype} for {num_images} images: "
            'numbers of shape (N, ...) are expected.'
        )
    return torch.from_numpy(values) if values.dtype == np.float16 else _as_tensor(values)


def _as_tensor(values: np.ndarray) -> Tensor:
    """Convert to float64 or float32. An array of that type is not copied."""
    return torch.from_numpy(values.astype(np.float64 if values.dtype.itemsize >= 8 else np.float32, copy=False))


def _check_types(file: Path, content: Mapping[str, np.ndarray]) -> None:
    kinds = dict(features='fiu', pids='iu', cam_ids='iu', modalities='iu', paths='U')
    names = dict(fiu='numbers', iu='integers', U='text')
    for name, kind in kinds.items():
        if content[name].dtype.kind not in kind:
            raise ValueError(f"'{file}': {name} must be {names[kind]}, found {content[name].dtype}.")


def _check_paths(file: Path, paths: np.ndarray) -> None:
    for path in paths:
        if '\\' in path or path.startswith('/'):
            raise ValueError(f"'{file}': path '{path}' must be relative to the data root, with '/' between its parts.")


def _parse_record(file: Path, text: str) -> dict:
    """Read the known entries of a record in the current names. Other code may write further entries."""
    types = dict(feature=str, flip=(bool, type(None)), normalized=bool, data=dict)
    try:
        record = parse_json(text)
    except ValueError as error:
        raise ValueError(
            f"'{file}': the field 'record' must be the JSON text of a dict, or be left out: {error}."
        ) from None
    if not isinstance(record, dict):
        raise ValueError(f"'{file}': the field 'record' must be the JSON text of a dict, or be left out.")
    record = current_record(record)
    for name, kind in types.items():
        if name in record and not isinstance(record[name], kind):
            raise ValueError(f"'{file}': record['{name}'] = {record[name]!r} has the wrong type.")
    return {name: record[name] for name in types if name in record}
