"""bfloat16 training on the CPU and on a GPU."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mmvireid.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Run the forward pass under bfloat16 autocast, on whichever device the model is.

    mmengine's ``AmpOptimWrapper`` refuses to run without an accelerator. bfloat16 has float32's range and needs no
    loss scaling; for float16 on a GPU take mmengine's. Heads compute their losses in float32 by themselves.
    The arguments are those of mmengine's ``OptimWrapper``.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        device = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device, dtype=torch.bfloat16):
            yield
