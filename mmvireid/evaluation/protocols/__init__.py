from .base import BaseProtocol, ImageFilter, Setting, SettingProtocol, Trial
from .cross_modality import CrossModalityProtocol
from .llcm import LLCMProtocol
from .open_set import OpenSetProtocol
from .regdb import RegDBProtocol
from .sysu_mm01 import SYSUMM01Protocol

__all__ = [
    'BaseProtocol',
    'CrossModalityProtocol',
    'ImageFilter',
    'LLCMProtocol',
    'OpenSetProtocol',
    'RegDBProtocol',
    'SYSUMM01Protocol',
    'Setting',
    'SettingProtocol',
    'Trial',
]
