"""bfloat16 training on the CPU and on a GPU."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mmvireid.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Run the forward pass under bfloat16 autocast on the model's device.

    mmengine's ``AmpOptimWrapper`` needs an accelerator. This wrapper also runs on the CPU. bfloat16 has the range of
    float32 and needs no loss scaling. Use mmengine's wrapper for float16 on a GPU. Heads always compute their losses in
    float32. The arguments are the same as in mmengine's ``OptimWrapper``.

    Example:
        >>> model = nn.Linear(4, 4)
        >>> wrapper = AutocastOptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
        >>> with wrapper.optim_context(model):
        ...     print(model(torch.ones(2, 4)).dtype)
        torch.bfloat16
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Run a block, usually the forward pass, under autocast."""
        device = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device, dtype=torch.bfloat16):
            yield
