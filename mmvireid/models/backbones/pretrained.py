"""Pretrained weights for a backbone: all of them, or an error that says what to do."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.error import URLError

import torch
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader
from mmengine.runner.checkpoint import get_torchvision_models
from torch import nn

DOWNLOAD_TIMEOUT = 20  # seconds without an answer


def load_pretrained(module: nn.Module, checkpoint: str) -> None:
    """Load a checkpoint into a backbone and report what was and was not initialised.

    Keys may carry the prefix of a whole model (``backbone.``, ``module.``); weights in half precision are cast.

    Args:
        module: The network to fill.
        checkpoint: A local file, or a source that mmengine's ``CheckpointLoader`` knows (``torchvision://resnet50``,
            ``https://...``).

    Raises:
        FileNotFoundError: A local file that does not exist, or a source that cannot be reached.
        ValueError: The checkpoint lacks some of the network's tensors, or has them in another shape.
    """
    with _explained(checkpoint):
        loaded = CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu')
    state = _without_prefix(loaded.get('state_dict', loaded.get('model', loaded)), module)

    own = module.state_dict()
    required = {name for name in own if not name.endswith('num_batches_tracked')}
    lacking = sorted(required - state.keys())
    misshapen = sorted(name for name in required & state.keys() if state[name].shape != own[name].shape)
    if lacking or misshapen:
        raise ValueError(
            f"The pretrained weights '{checkpoint}' do not fit {type(module).__name__}: {len(lacking)} of "
            f'{len(required)} tensors are missing (first: {lacking[:3]}), {len(misshapen)} have another shape (first: '
            f'{misshapen[:3]}). Check the depth and the type of the backbone.'
        )
    module.load_state_dict({name: state[name] for name in own.keys() & state.keys()}, strict=False)
    unused = sorted(state.keys() - own.keys())
    print_log(
        f"{type(module).__name__}: all {len(required)} tensors initialised from '{checkpoint}'; "
        f'not used: {", ".join(unused) or "none"}',
        logger='current',
    )


def _without_prefix(state: Mapping[str, torch.Tensor], module: nn.Module) -> dict[str, torch.Tensor]:
    names = module.state_dict().keys()
    for prefix in ('', 'backbone.', 'module.', 'module.backbone.'):
        stripped = {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}
        if names & stripped.keys():
            return stripped
    return dict(state)


@contextmanager
def _explained(checkpoint: str) -> Iterator[None]:
    """Turn a missing file or a failed download into one error that says what to do; never hang."""
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)
    try:
        yield
    except (URLError, TimeoutError, ConnectionError, FileNotFoundError) as error:
        if '://' in checkpoint:
            problem = f'could not be downloaded ({error})'
            first = f'download {_url(checkpoint)} elsewhere and put the file, under its own name, into {_cache()}'
        else:
            problem = 'do not exist'
            first = 'put the file there'
        raise FileNotFoundError(
            f"The pretrained weights '{checkpoint}' {problem}. Either\n"
            f'  - {first}, or\n'
            '  - name a local file: --cfg-options model.backbone.pretrained=/path/to/weights.pth, or\n'
            '  - train from scratch: --cfg-options model.backbone.pretrained=None'
        ) from None
    finally:
        socket.setdefaulttimeout(timeout)


def _url(checkpoint: str) -> str:
    scheme, _, name = checkpoint.partition('://')
    return get_torchvision_models().get(name, checkpoint) if scheme == 'torchvision' else checkpoint


def _cache() -> str:
    return os.path.join(torch.hub.get_dir(), 'checkpoints')
