"""Join the batches of all processes, for losses that compare images with each other."""

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
        # Every rank computed a loss from this rank's rows: add up the gradients of all ranks.
        gradient = gradient.contiguous()
        all_reduce(gradient, op='sum')
        return gradient[get_rank() * ctx.num_rows :][: ctx.num_rows]


def gather_across_ranks(tensor: torch.Tensor) -> torch.Tensor:
    """Concatenate the tensors of all ranks along the first dimension, with a gradient to every rank.

    Distributed data parallel averages gradients over ranks. If every rank computes the same loss from the gathered
    tensor, value and gradient equal a single process with the whole batch.

    Args:
        tensor: (B, ...), of the same shape on every rank.

    Returns:
        (world size * B, ...), in order of rank. Without distribution it is the tensor itself.

    Example:
        >>> gather_across_ranks(torch.tensor([[1.0, 2.0]])).tolist()
        [[1.0, 2.0]]
    """
    return tensor if get_world_size() == 1 else _Gather.apply(tensor)
