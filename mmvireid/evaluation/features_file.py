"""Features of a test set in a file: what any code can write and the evaluation can read."""

from pathlib import Path, PurePath

import numpy as np
import torch
from torch import Tensor

from .image_set import ImageSet

FIELDS = ('features', 'pids', 'cam_ids', 'modalities', 'paths')


def save_features(file: str | Path, images: ImageSet, features: Tensor, data_root: str | Path) -> None:
    """Write features and whose they are to an ``.npz`` file.

    The file holds ``features`` (N, D) float32, ``pids``, ``cam_ids``, ``modalities`` (N,) int64 and ``paths`` (N,) str,
    relative to the data root with ``/`` between parts.

    Args:
        file: File to write; its folder is made.
        images: Annotations of N images, with the paths they were read from.
        features: (N, D).
        data_root: Folder of the data set.

    Raises:
        ValueError: An image is not under ``data_root``.
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    content = dict(
        features=features.float().numpy(),
        pids=images.pids.astype(np.int64),
        cam_ids=images.cam_ids.astype(np.int64),
        modalities=images.modalities.astype(np.int64),
        paths=np.array([PurePath(path).relative_to(data_root).as_posix() for path in images.paths]),
    )
    with file.open('wb') as stream:  # given a name, numpy would put its own suffix behind it
        np.savez(stream, **content)


def load_features(file: str | Path) -> tuple[ImageSet, Tensor]:
    """Read what :func:`save_features`, or other code, wrote: annotations and features (N, D).

    Raises:
        ValueError: A field is missing, or lengths differ; the message names the file.
    """
    with np.load(file) as content:
        missing = sorted(set(FIELDS) - set(content.files))
        if missing:
            raise ValueError(f"'{file}' lacks {missing}; a features file holds {list(FIELDS)}.")
        images = ImageSet(content['pids'], content['cam_ids'], content['modalities'], content['paths'])
        features = torch.from_numpy(content['features'])
    if features.ndim != 2 or len(features) != len(images):
        raise ValueError(f"'{file}' has features of shape {tuple(features.shape)} for {len(images)} images.")
    return images, features
