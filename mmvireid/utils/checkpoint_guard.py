"""Make mmengine load every checkpoint safely: local files, downloads and torchvision's weights."""

import os
import os.path as osp
from typing import BinaryIO
from urllib.parse import urlparse

import torch
from mmengine.logging import print_log
from mmengine.runner import checkpoint as mmengine_checkpoint

from .checkpoints import is_trusted, load_checkpoint, trusting_all

# torchvision's files have the first digits of their SHA-256 in their name.
_HOST_WITH_HASHES = 'download.pytorch.org'


def guard_mmengine() -> None:
    """Make all loaders of mmengine use :func:`~mmvireid.utils.checkpoints.load_checkpoint`.

    mmengine's loaders of all sources call one of two functions: ``_safe_torch_load`` for a file, which falls back to
    running code, and ``load_url`` for a download. This function replaces both. A second call changes nothing.

    Raises:
        ImportError: This version of mmengine has other functions.

    Example:
        >>> guard_mmengine()
        >>> torch.save(dict(function=print), 'planted.pth')
        >>> mmengine_checkpoint.CheckpointLoader.load_checkpoint('planted.pth')
        Traceback (most recent call last):
        ValueError: 'planted.pth' holds 'print', which may run code: the file was not loaded. ...
    """
    for name, replacement in (('_safe_torch_load', _load_file), ('load_url', _load_url)):
        if not hasattr(mmengine_checkpoint, name):
            raise ImportError(
                f'mmengine.runner.checkpoint has no {name}, so mmvireid cannot load checkpoints safely. Install the '
                'tested version: pip install -c requirements/constraints.txt onedl-mmengine.'
            )
        setattr(mmengine_checkpoint, name, replacement)


def _load_file(file: str | BinaryIO, map_location: object = None, weights_only: bool | None = None) -> object:
    """Replace mmengine's ``_safe_torch_load``."""
    return load_checkpoint(file, map_location)


def _load_url(
    url: str,
    model_dir: str | None = None,
    map_location: object = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
) -> object:
    """Replace mmengine's ``load_url``: download a file into torch's cache, if it is not there, and load it."""
    folder = model_dir or osp.join(torch.hub.get_dir(), 'checkpoints')
    parts = urlparse(url)
    file = osp.join(folder, file_name or osp.basename(parts.path))
    digits = torch.hub.HASH_REGEX.search(osp.basename(file))
    if not osp.exists(file):
        os.makedirs(folder, exist_ok=True)
        print_log(f"Download '{url}' to '{file}'", logger='current')
        checked = digits is not None and (check_hash or parts.netloc == _HOST_WITH_HASHES)
        try:
            torch.hub.download_url_to_file(url, file, digits[1] if checked else None, progress=progress)
        except RuntimeError as error:
            raise ValueError(f"The download of '{url}' is damaged ({error}). Download it again.") from None
    with trusting_all(is_trusted(url)):
        return load_checkpoint(file, map_location)
