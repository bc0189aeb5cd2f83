"""Make torchvision importable with a CPU-only torch.

mmpretrain always imports torchvision. PyPI's Linux wheels of torchvision need CUDA. With a CPU-only torch, their
compiled library does not load, so its operator schemas are missing. ``import torchvision`` then fails with
``RuntimeError: operator torchvision::nms does not exist``. Two declared schemas make the import work. This package
never calls the operators themselves.
"""

import sys

import torch

_SCHEMAS = (
    'nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
    'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
)
_library: 'torch.library.Library | None' = None  # the schemas live as long as this object


def ensure_torchvision_imports() -> None:
    """Import torchvision. If the import fails because operators are missing, declare them and import again.

    Example:
        >>> from mmvireid.utils.torchvision_compat import ensure_torchvision_imports
        >>> ensure_torchvision_imports()
        >>> import torchvision
        >>> torchvision.__name__
        'torchvision'
    """
    global _library
    try:
        import torchvision  # noqa: F401
    except RuntimeError as error:
        if 'operator torchvision::nms does not exist' not in str(error):
            raise
        for name in [name for name in sys.modules if name.split('.')[0] == 'torchvision']:
            del sys.modules[name]
        _library = torch.library.Library('torchvision', 'DEF')
        for schema in _SCHEMAS:
            _library.define(schema)
        import torchvision  # noqa: F401
