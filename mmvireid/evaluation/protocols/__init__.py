from .base_protocol import BaseProtocol, Trial
from .sysu_mm01 import SYSUMM01Protocol

__all__ = ['BaseProtocol', 'SYSUMM01Protocol', 'Trial']
