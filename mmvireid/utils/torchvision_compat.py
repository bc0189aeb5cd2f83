"""Let torchvision import beside a CPU-only torch.

mmpretrain imports torchvision unconditionally. PyPI's Linux wheels of torchvision are built against CUDA; beside a
CPU-only torch their compiled library cannot load, the operator schemas it would register are missing, and
``import torchvision`` ends in ``RuntimeError: operator torchvision::nms does not exist``. Declaring the two schemas
is enough for the import: nothing here calls the operators themselves.
"""

import sys

import torch

_SCHEMAS = (
    'nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
    'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
)
_library: 'torch.library.Library | None' = None  # its schemas live only as long as the object


def ensure_torchvision_imports() -> None:
    """Import torchvision, declaring its operators first only if that very import fails for their absence."""
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
