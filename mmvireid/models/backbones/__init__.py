from .one_stream import OneStreamBackbone
from .pretrained import load_pretrained
from .two_stream_resnet import TwoStreamResNet

__all__ = ['OneStreamBackbone', 'TwoStreamResNet', 'load_pretrained']
