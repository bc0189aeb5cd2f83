"""Batches of all processes as one, for losses that compare images with each other."""

from typing import Any

import torch
from mmengine.dist import all_gather, all_reduce, get_rank, get_world_size


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor) -> torch.Tensor:
        ctx.num_rows = len(tensor)
        return torch.cat(all_gather(tensor.contiguous()))

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        # Every rank computed a loss from this rank's rows: their gradients add up.
        gradient = gradient.contiguous()
        all_reduce(gradient, op='sum')
        return gradient[get_rank() * ctx.num_rows :][: ctx.num_rows]


def gather_across_ranks(tensor: torch.Tensor) -> torch.Tensor:
    """Concatenate the tensors of all ranks along the first dimension; gradients flow back to every rank.

    When every rank computes the same loss from the result and gradients are then averaged over ranks, as distributed
    data parallel does, value and gradient are those of one process with the whole batch.

    Args:
        tensor: (B, ...), of the same shape on every rank.

    Returns:
        (world size * B, ...), in order of rank; the tensor itself without distribution.
    """
    return tensor if get_world_size() == 1 else _Gather.apply(tensor)
