"""Test protocols. Every file of this folder is imported, so that the protocol in a new file is registered."""

from importlib import import_module
from pkgutil import iter_modules

from .base import BaseProtocol, ImageFilter, Setting, Trial
from .cross_modality import CrossModalityProtocol
from .llcm import LLCMProtocol
from .open_set import OpenSetProtocol
from .regdb import RegDBProtocol
from .sysu_mm01 import SYSUMM01Protocol

for _module in iter_modules(__path__, f'{__name__}.'):
    import_module(_module.name)

__all__ = [
    'BaseProtocol',
    'CrossModalityProtocol',
    'ImageFilter',
    'LLCMProtocol',
    'OpenSetProtocol',
    'RegDBProtocol',
    'SYSUMM01Protocol',
    'Setting',
    'Trial',
]
