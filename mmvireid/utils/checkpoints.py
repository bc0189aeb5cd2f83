"""Load checkpoints without running their code, and only if their checksums are right.

A file of ``torch.save`` is a pickle, and a pickle can run any code. :func:`load_checkpoint` builds only tensors, plain
values and what mmengine's Runner saves. :mod:`~mmvireid.utils.checkpoint_guard` makes mmengine load every checkpoint in
this way.
"""

import hashlib
import logging
import os
import os.path as osp
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pickle import UnpicklingError
from typing import BinaryIO

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, print_log

# What a checkpoint holds before torch 1.6, and what it holds since then.
_OLD_FORMAT, _ZIP = bytes.fromhex('80028a0a6cfc9c46f9206aa850192e'), b'PK'
_EVERYTHING = object()
_trusted: list[object] = []


def load_checkpoint(file: str | os.PathLike | BinaryIO, map_location: object = None, name: str | None = None) -> object:
    """Check the checksums of a file of ``torch.save`` and load it without running code.

    Args:
        file: A path or an open file.
        map_location: See ``torch.load``.
        name: What errors call the file. By default, its path.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is empty, damaged or of another kind, or it may run code and is not trusted.

    Example:
        >>> torch.save(dict(state_dict=dict(weight=torch.ones(2))), 'epoch_1.pth')
        >>> load_checkpoint('epoch_1.pth')
        {'state_dict': {'weight': tensor([1., 1.])}}
        >>> torch.save(dict(function=print), 'planted.pth')
        >>> load_checkpoint('planted.pth')
        Traceback (most recent call last):
        ValueError: 'planted.pth' holds 'print', which may run code: the file was not loaded. ...
    """
    check_checkpoint(file, name)
    label = _label(file, name)
    trusted = is_trusted(file) or (name is not None and is_trusted(name))
    try:
        if trusted:
            return torch.load(file, map_location=map_location, weights_only=False)
        with torch.serialization.safe_globals(_safe_globals()):
            checkpoint = torch.load(file, map_location=map_location, weights_only=True)
    except UnpicklingError as error:
        raise ValueError(_refusal(label, str(error))) from None
    except OSError:
        raise
    except Exception as error:
        # An old file has no checksums. Any other file that arrives here has an unknown content.
        raise ValueError(
            f'{label} cannot be read as a file of torch.save ({_first_line(error)}). Copy or download the file again.'
        ) from error
    # Runner.resume runs this text as Python. Checkpoints of mmcv 1.x have it; no checkpoint of mmengine needs it.
    if isinstance(checkpoint, dict) and isinstance(checkpoint.get('meta'), dict):
        checkpoint['meta'].pop('config', None)
    return checkpoint


def check_checkpoint(file: str | os.PathLike | BinaryIO, name: str | None = None) -> None:
    """Check that a file is a whole and undamaged file of ``torch.save``, without loading it.

    Every part of a zip archive has a checksum. Files from before torch 1.6 have none: the log says so, unless the name
    of the file holds its SHA-256, as in ``resnet18-5c106cde.pth``.

    Args:
        file: A path or an open file.
        name: What errors call the file. By default, its path.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is empty, truncated, damaged or of another kind.

    Example:
        >>> torch.save(torch.ones(1000), 'epoch_1.pth')
        >>> content = bytearray(open('epoch_1.pth', 'rb').read())
        >>> content[2000] ^= 1
        >>> _ = open('epoch_1.pth', 'wb').write(content)
        >>> check_checkpoint('epoch_1.pth')
        Traceback (most recent call last):
        ValueError: 'epoch_1.pth' is damaged (wrong checksum of 'epoch_1/data/0'). Copy or download the file again.
    """
    label = _label(file, name)
    with open(file, 'rb') if isinstance(file, (str, os.PathLike)) else _rewound(file) as stream:
        start = stream.read(len(_OLD_FORMAT))
        if not start:
            raise ValueError(f'{label} is empty. Use another checkpoint, or copy or download the file again.')
        if start.startswith(_ZIP):
            if problem := _zip_problem(stream):
                raise ValueError(f'{label} is damaged ({problem}). Copy or download the file again.')
        elif start != _OLD_FORMAT:
            raise ValueError(
                f'{label} is not a file of torch.save (its first bytes are {start[:8]!r}). Use a .pth file that '
                'tools/train.py or torch.save wrote.'
            )
        elif not _has_hash_in_name(stream, str(name or file)):
            print_log(
                f'{label} has the format from before torch 1.6, which has no checksums: damage cannot be detected. '
                'To add checksums, load the file with torch.load and save it again with torch.save.',
                logger='current',
                level=logging.WARNING,
            )


def weights_of(checkpoint: object, name: str | None = None) -> Mapping[str, torch.Tensor]:
    """Return the weights of a network in a loaded checkpoint of ``tools/train.py``.

    Args:
        checkpoint: What :func:`load_checkpoint` returns.
        name: Path of the checkpoint, for the error.

    Raises:
        ValueError: The checkpoint has no ``state_dict``.

    Example:
        >>> weights_of(dict(weight=torch.zeros(2)), 'resnet18.pth')
        Traceback (most recent call last):
        ValueError: The checkpoint 'resnet18.pth' has no key 'state_dict'; it has ['weight']. ...
    """
    if isinstance(checkpoint, Mapping) and isinstance(checkpoint.get('state_dict'), Mapping):
        return checkpoint['state_dict']
    keys = [str(key) for key in list(checkpoint)[:5]] if isinstance(checkpoint, Mapping) else type(checkpoint).__name__
    raise ValueError(
        f"The checkpoint {_label(name, None) + ' ' if name else ''}has no key 'state_dict'; it has {keys}. Use a "
        'checkpoint of tools/train.py. The option pretrained of a backbone takes weights alone.'
    )


def trust_checkpoint(source: str | os.PathLike) -> None:
    """Let the checkpoints of this source run code when they are loaded, until this process ends.

    Args:
        source: A file, a folder (for all files directly in the folder) or a URL.

    Example:
        >>> trust_checkpoint('runs')
        >>> is_trusted('runs/epoch_1.pth'), is_trusted('other/epoch_1.pth')
        (True, False)
    """
    _trusted.append(_key(source))


@contextmanager
def trusting_all(trust: bool = True) -> Iterator[None]:
    """Let every checkpoint run code when it is loaded in this block. With ``trust=False``, change nothing.

    Example:
        >>> with trusting_all():
        ...     is_trusted('epoch_1.pth')
        True
        >>> is_trusted('epoch_1.pth')
        False
    """
    if trust:
        _trusted.append(_EVERYTHING)
    try:
        yield
    finally:
        if trust:
            _trusted.remove(_EVERYTHING)


def is_trusted(source: str | os.PathLike | BinaryIO) -> bool:
    """Return whether :func:`trust_checkpoint` or :func:`trusting_all` covers this source.

    Example:
        >>> is_trusted('https://example.org/weights.pth')
        False
    """
    if _EVERYTHING in _trusted:
        return True
    if not isinstance(source, (str, os.PathLike)):
        return False
    key = _key(source)
    return key in _trusted or osp.dirname(key) in _trusted


def _safe_globals() -> list:
    """List what a checkpoint of mmengine's Runner holds beside tensors and plain values."""
    from numpy._core import multiarray  # numpy 2; numpy 1.26 has it too

    dtypes = {type(np.dtype(code)) for code in '?bhilqBHILQefdgFDGSU'}
    named = [
        (function, f'numpy.{core}.multiarray.{function.__name__}')
        for function in (multiarray._reconstruct, multiarray.scalar)
        for core in ('core', '_core')  # numpy 1 and 2 save different names
    ]
    return [HistoryBuffer, np.ndarray, np.dtype, *dtypes, *named, (_statistic, 'builtins.getattr')]


def _statistic(owner: object, name: object) -> object:
    """Stand for ``getattr`` in a checkpoint. A HistoryBuffer refers to its four statistics in this way.

    The real ``getattr`` leads from any class to the global variables of its module.
    """
    if owner is HistoryBuffer and name in ('min', 'max', 'current', 'mean'):
        return getattr(owner, name)
    raise UnpicklingError('Unsupported global: GLOBAL getattr was not an allowed global')


def _refusal(label: str, reason: str) -> str:
    found = re.search(r'GLOBAL (\S+) ', reason)
    detail = re.search(r'WeightsUnpickler error: (.*)', reason)
    content = f"'{found[1]}'" if found else f'something beside weights ({detail[1] if detail else _first_line(reason)})'
    return (
        f'{label} holds {content}, which may run code: the file was not loaded. If you trust the person who made the '
        'file, add --trust-checkpoint to the command (for pretrained weights: the option trust_pretrained=True).'
    )


def _zip_problem(stream: BinaryIO) -> str | None:
    """Describe the damage of a zip archive, or return None."""
    try:
        if not zipfile.is_zipfile(stream):
            return 'its end is missing'
        with zipfile.ZipFile(stream) as archive:
            bad = archive.testzip()
    except Exception as error:  # damaged headers give many kinds of errors
        return _first_line(error)
    return None if bad is None else f"wrong checksum of '{bad}'"


def _has_hash_in_name(stream: BinaryIO, name: str) -> bool:
    digits = torch.hub.HASH_REGEX.search(osp.basename(name))
    stream.seek(0)
    return bool(digits and digits[1]) and hashlib.sha256(stream.read()).hexdigest().startswith(digits[1])


@contextmanager
def _rewound(stream: BinaryIO) -> Iterator[BinaryIO]:
    stream.seek(0)
    yield stream
    stream.seek(0)


def _label(file: str | os.PathLike | BinaryIO, name: str | None) -> str:
    return f"'{name or file}'" if name or isinstance(file, (str, os.PathLike)) else 'The downloaded checkpoint'


def _key(source: str | os.PathLike) -> str:
    source = os.fspath(source)
    return source if '://' in source else osp.realpath(osp.expanduser(source))


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), '') or type(error).__name__
