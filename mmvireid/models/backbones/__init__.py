from .hacnn import HACNN
from .mgn import MGN
from .mlfn import MLFN
from .mudeep import MuDeep
from .one_stream import OneStreamBackbone
from .pretrained import load_pretrained
from .resnet_mid import ResNetMid
from .two_stream_resnet import TwoStreamResNet

__all__ = [
    'HACNN',
    'MGN',
    'MLFN',
    'MuDeep',
    'OneStreamBackbone',
    'ResNetMid',
    'TwoStreamResNet',
    'load_pretrained',
]
