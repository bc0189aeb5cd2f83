"""Features, and other descriptors, of a test set in a file: what any code can write and the evaluation can read."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.lib.npyio import NpzFile
from torch import Tensor

from mmvireid.structures import ImageSet

FIELDS = ('features', 'pids', 'cam_ids', 'modalities', 'paths')
PREFIX = 'descriptor_'


@dataclass(frozen=True)
class FeatureSet:
    """Features and whose they are.

    Attributes:
        images: Annotations of N images; ``paths`` are relative to the data root, with ``/`` between parts.
        features: (N, D).
        record: What is known of their making: ``feature`` (name of the tested feature), ``flip``, ``data`` (data set,
            split); any of them may be missing. The keywords of :func:`mmvireid.evaluation.evaluate`.
        descriptors: What else distances compare, by name, each of shape (N, ...).
    """

    images: ImageSet
    features: Tensor
    record: Mapping = field(default_factory=dict)
    descriptors: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def compared(self) -> dict[str, Tensor]:
        """All that distances may compare, as :func:`mmvireid.evaluation.evaluate` takes it."""
        return {'feature': self.features, **self.descriptors}


def save_features(file: str | Path, feature_set: FeatureSet) -> None:
    """Write features and whose they are to an ``.npz`` file; its folder is made.

    The file holds ``features`` (N, D) float32, ``pids``, ``cam_ids``, ``modalities`` (N,) int64 (0 visible, 1
    infrared), ``paths`` (N,) str, and ``record``, a JSON text. Readers need the first five. Further descriptors, of
    shape (N, ...), are called ``descriptor_<name>`` and keep their type; numpy has no bfloat16: that becomes float32.
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
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
    with file.open('wb') as stream:  # given a name, numpy would put its own suffix behind it
        np.savez(stream, **content)


def load_features(file: str | Path, descriptors: Sequence[str] = ()) -> FeatureSet:
    """Read what :func:`save_features`, or other code, wrote.

    Args:
        file: The file.
        descriptors: Names of further descriptors to read; they may be large, others are left where they are.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no ``.npz`` file, a field or descriptor is missing, of another kind or of another length; the
            message names the file.
    """
    file = Path(file)
    if not file.is_file():
        raise FileNotFoundError(f"No features file '{file}'.")
    try:
        archive = np.load(file)
        if not isinstance(archive, NpzFile):
            raise ValueError('it holds a single array')
        wanted = (*FIELDS, 'record', *(PREFIX + name for name in descriptors))
        with archive:
            content = {name: archive[name] for name in archive.files if name in wanted}
    except (ValueError, OSError, EOFError, BadZipFile, zlib.error) as error:
        raise ValueError(f"'{file}' is no .npz file of plain arrays (text: .astype(str)): {error}.") from None
    missing = sorted(set(FIELDS) - set(content))
    if missing:
        raise ValueError(f"'{file}' lacks {missing}; a features file holds {list(FIELDS)}.")
    if absent := [name for name in descriptors if PREFIX + name not in content]:
        raise ValueError(
            f"'{file}' lacks {[PREFIX + name for name in absent]}, which a distance compares: "
            'tools/extract_features.py writes what is compared by the test_evaluator of its config.'
        )
    _check_kinds(file, content)
    try:
        images = ImageSet(*(content[name] for name in FIELDS[1:]))
    except ValueError as error:
        raise ValueError(f"'{file}': {error}") from None
    _check_paths(file, images.paths)
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
    others = {name: _descriptor(file, name, content[PREFIX + name], len(images)) for name in descriptors}
    return FeatureSet(images, _as_tensor(features), record, others)


def _descriptor(file: Path, name: str, values: np.ndarray, num_images: int) -> Tensor:
    """One of the further descriptors, (N, ...); whether it is finite is seen where it is compared."""
    if values.dtype.kind not in 'fiu' or not values.size or values.shape[:1] != (num_images,):
        raise ValueError(
            f"'{file}' has {PREFIX}{name} of shape {values.shape}, {values.dtype}, for {num_images} images: numbers of "
            'shape (N, ...) are expected.'
        )
    return torch.from_numpy(values) if values.dtype == np.float16 else _as_tensor(values)


def _as_tensor(values: np.ndarray) -> Tensor:
    """float64 or float32, without a copy where it is that already."""
    return torch.from_numpy(values.astype(np.float64 if values.dtype.itemsize >= 8 else np.float32, copy=False))


def _check_kinds(file: Path, content: Mapping[str, np.ndarray]) -> None:
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
    """The known entries of a record; other code may write more."""
    kinds = dict(feature=str, flip=(bool, type(None)), data=dict)
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise ValueError(f"'{file}': the field 'record' must be the JSON text of a dict, or be left out.")
    for name, kind in kinds.items():
        if name in record and not isinstance(record[name], kind):
            raise ValueError(f"'{file}': record['{name}'] = {record[name]!r} is of the wrong type.")
    return {name: record[name] for name in kinds if name in record}
