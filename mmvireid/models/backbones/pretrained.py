"""Loading of pretrained weights into a backbone, with errors that say what to do."""

import os
import re
import socket
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate
from urllib.error import URLError

import torch
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader
from mmengine.runner.checkpoint import get_torchvision_models
from torch import nn

from mmvireid.utils.checkpoints import trusting_all

DOWNLOAD_TIMEOUT = 20  # maximum seconds without an answer


def load_pretrained(module: nn.Module, checkpoint: str, trust: bool = False) -> None:
    """Load a checkpoint into a backbone, and log which tensors were initialized.

    The checkpoint holds the weights of the backbone itself or of its ImageNet counterpart. A backbone that differs from
    its counterpart has a method ``imagenet_names() -> dict[str, str]``. The method maps the names of its tensors to the
    names in the counterpart. Tensors without a counterpart are not in it. Several tensors may share one counterpart.

    The names in the file may have the prefix of a whole model (``backbone.``, ``module.``). Weights in half precision
    are cast. Position embeddings of mmpretrain's transformers are resized to the backbone's ``img_size``. This works if
    the weights were trained on square images.

    Args:
        module: Backbone that gets the weights.
        checkpoint: A local file, or a source that mmengine's ``CheckpointLoader`` knows (``torchvision://resnet50``,
            ``https://...``).
        trust: Load the file even if it may run code (see :mod:`mmvireid.utils.checkpoints`).

    Raises:
        FileNotFoundError: A local file does not exist, or a source cannot be reached.
        ValueError: The file is damaged, may run code or holds no weights, or it lacks tensors, or tensors have another
            shape, or the backbone has no ImageNet counterpart.

    Example:
        >>> torch.save(nn.Linear(2, 2).state_dict(), 'weights.pth')
        >>> load_pretrained(nn.Linear(2, 3), 'weights.pth')
        Traceback (most recent call last):
        ValueError: The pretrained weights 'weights.pth' do not fit Linear: 0 of 2 tensors are missing (first: []),
        2 have another shape (first: ['bias', 'weight']). Check the type, the depth and the width of the
        backbone.
    """
    own = module.state_dict()
    file_names = module.imagenet_names() if hasattr(module, 'imagenet_names') else {name: name for name in own}
    if not file_names:
        raise ValueError(
            f'pretrained must be None: {type(module).__name__} has no counterpart among the networks with ImageNet '
            'weights.'
        )
    state = _without_prefix(_load(checkpoint, trust), {*file_names.values(), *own})
    metadata = {}
    if state.keys() >= set(filter(_is_required, own)):
        file_names = {name: name for name in own}  # weights of the backbone itself
        metadata = getattr(state, '_metadata', metadata)

    required = {name: file_name for name, file_name in file_names.items() if _is_required(name)}
    lacking = sorted(set(required.values()) - state.keys())
    found = OrderedDict((name, state[file_name]) for name, file_name in file_names.items() if file_name in state)
    found._metadata = metadata  # from the versions in it, a module knows tensors of its earlier versions
    misshapen = _load_state(module, found, checkpoint)
    if lacking or misshapen:
        raise ValueError(
            f"The pretrained weights '{checkpoint}' do not fit {type(module).__name__}: {len(lacking)} of "
            f'{len(set(required.values()))} tensors are missing (first: {lacking[:3]}), {len(misshapen)} have another '
            f'shape (first: {misshapen[:3]}). Check the type, the depth and the width of the backbone.'
        )

    total = sum(map(_is_required, own))
    count = f'all {total}' if len(required) == total else f'{len(required)} of {total}'
    print_log(
        f"{type(module).__name__}: {count} tensors initialized from '{checkpoint}'; "
        f'new: {_new_modules(own, file_names)}; '
        f'not used: {", ".join(sorted(state.keys() - set(file_names.values()))) or "none"}',
        logger='current',
    )


def _load_state(module: nn.Module, state: Mapping[str, torch.Tensor], checkpoint: str) -> list[str]:
    """Load tensors, and return the names of those with another shape. Networks of mmpretrain resize some tensors."""
    problem = f"The pretrained weights '{checkpoint}' do not fit {type(module).__name__}"
    try:
        module.load_state_dict(state, strict=False)
    except AssertionError as error:  # mmpretrain resizes position embeddings of square images only
        raise ValueError(
            f'{problem}: {error} To load weights of images that are not square, set img_size to the size of these '
            'images.'
        ) from None
    except NotImplementedError:  # mmpretrain resizes the bias tables of windows with a function that SciPy removed
        raise ValueError(
            f'{problem}: the size of the attention windows differs. Use the window_size of the weights.'
        ) from None
    except RuntimeError as error:
        misshapen = re.findall(r'size mismatch for (\S+):', str(error))
        if not misshapen:
            raise
        return sorted(misshapen)
    return []


def _is_required(name: str) -> bool:
    """Return whether a checkpoint must have the tensor. Old checkpoints lack the batch counters of batch norms."""
    return not name.endswith('num_batches_tracked')


def _new_modules(names: Iterable[str], initialized: Iterable[str]) -> str:
    """List the outermost modules without any initialized tensor. Count similar modules: ``layer1.*.gate (3)``.

    Args:
        names: All tensors of a backbone.
        initialized: The initialized tensors.
    """
    old = {module for name in initialized for module in _path(name)}
    new = dict.fromkeys(
        next(module for module in _path(name) if module not in old) for name in names if name not in old
    )
    counts = Counter(re.sub(r'\b\d+\b', '*', module) for module in new)
    return ', '.join(f'{pattern} ({count})' if count > 1 else pattern for pattern, count in counts.items()) or 'none'


def _path(name: str) -> Iterator[str]:
    """Yield a tensor's modules and its name: ``a``, ``a.b`` and ``a.b.c`` for ``a.b.c``."""
    return accumulate(name.split('.'), '{}.{}'.format)


def _without_prefix(state: Mapping[str, torch.Tensor], names: Iterable[str]) -> Mapping[str, torch.Tensor]:
    """Remove the prefix that hides the wanted names of a checkpoint, if there is one."""
    for prefix in ('', 'backbone.', 'backbone.backbone.', 'module.', 'module.backbone.', 'module.backbone.backbone.'):
        stripped = OrderedDict((name[len(prefix) :], each) for name, each in state.items() if name.startswith(prefix))
        if not stripped.keys().isdisjoint(names):
            versions = getattr(state, '_metadata', {})
            stripped._metadata = {
                f'{path}.'[len(prefix) :].rstrip('.'): version
                for path, version in versions.items()
                if f'{path}.'.startswith(prefix)
            }
            return stripped
    return state


def _load(checkpoint: str, trust: bool) -> Mapping[str, torch.Tensor]:
    with _explain_load_errors(checkpoint), trusting_all(trust):
        loaded = CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu')
    state = loaded.get('state_dict', loaded.get('model', loaded)) if isinstance(loaded, Mapping) else None
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ValueError(
            f"'{checkpoint}' holds no weights. It must hold tensors by name, at the top level or under 'state_dict' or "
            "'model'."
        )
    return state


@contextmanager
def _explain_load_errors(checkpoint: str) -> Iterator[None]:
    """Turn a missing file or a failed download into one error that says what to do."""
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)
    try:
        yield
    except (URLError, TimeoutError, ConnectionError, FileNotFoundError) as error:
        if '://' in checkpoint:
            problem = f'could not be downloaded ({error})'
            remedy = f'download {_url(checkpoint)} elsewhere and put the file, with its name unchanged, into {_cache()}'
        else:
            problem = 'do not exist'
            remedy = 'put the file there'
        raise FileNotFoundError(
            f"The pretrained weights '{checkpoint}' {problem}. Either\n"
            f'  - {remedy}, or\n'
            '  - use a local file: pretrained=/path/to/weights.pth, or\n'
            '  - train from scratch: pretrained=None'
        ) from None
    except KeyError:
        raise ValueError(f"'{checkpoint}' names no known weights: check the name after '://'.") from None
    finally:
        socket.setdefaulttimeout(timeout)


def _url(checkpoint: str) -> str:
    scheme, _, name = checkpoint.partition('://')
    return get_torchvision_models().get(name, checkpoint) if scheme == 'torchvision' else checkpoint


def _cache() -> str:
    return os.path.join(torch.hub.get_dir(), 'checkpoints')
