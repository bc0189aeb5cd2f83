"""Losses of pairs of images that show one person or two persons."""

import math

import torch
import torch.nn.functional as F


def pairwise_bce_loss(logits: torch.Tensor, other_logits: torch.Tensor, different: torch.Tensor) -> torch.Tensor:
    """Compute the binary cross-entropy of the difference score D of pairs (DSCSN + CCN Eqs. 6-8).

    D = (sigmoid(x) + sigmoid(y)) / 2 for two logits x and y. The loss is computed from the logits. It stays finite and
    keeps a gradient for logits of any size.

    Args:
        logits: x of each pair, (M,).
        other_logits: y of each pair, (M,). It equals x for a score with one logit.
        different: True where the images of a pair show different persons, bool (M,).

    Returns:
        The mean over the pairs, a scalar. Without pairs it is a zero attached to the graph.

    Example:
        >>> logits = torch.tensor([0.0, 0.0])
        >>> loss = pairwise_bce_loss(logits, logits, different=torch.tensor([True, False]))
        >>> round(loss.item(), 3)  # log(2): the score is 0.5
        0.693
    """
    sign = torch.where(different, 1.0, -1.0)  # 1 - D is the score of the negated logits
    log_likelihood = torch.logaddexp(F.logsigmoid(sign * logits), F.logsigmoid(sign * other_logits)) - math.log(2)
    return (-log_likelihood).sum() / max(len(log_likelihood), 1)
