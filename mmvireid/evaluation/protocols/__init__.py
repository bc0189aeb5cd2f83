from .base_protocol import BaseProtocol, Trial
from .cross_modality import CrossModalityProtocol
from .llcm import LLCMProtocol
from .open_set import OpenSetProtocol
from .regdb import RegDBProtocol
from .setting import ImageFilter, Setting
from .setting_protocol import SettingProtocol
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
