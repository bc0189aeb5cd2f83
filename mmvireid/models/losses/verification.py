"""Losses of pairs of images that are of one person, or not."""

import math

import torch
import torch.nn.functional as F


def pairwise_bce_loss(logits: torch.Tensor, other_logits: torch.Tensor, different: torch.Tensor) -> torch.Tensor:
    """Pairwise binary cross-entropy (DSCSN + CCN Eqs. 6-8) of D = (sigmoid(x) + sigmoid(y)) / 2, the difference score.

    Computed from the logits x and y: neither log D nor log(1 - D) overflows, and both have gradients, however sure the
    network is.

    Args:
        logits: x of each pair, (M,).
        other_logits: y; the same as x for a score with one logit.
        different: Whether a pair's images are of different persons, bool (M,).

    Returns:
        The mean over the pairs, a scalar; without pairs a zero attached to the graph.
    """
    sign = torch.where(different, 1.0, -1.0)  # 1 - D is D of the negated logits
    log_likelihood = torch.logaddexp(F.logsigmoid(sign * logits), F.logsigmoid(sign * other_logits)) - math.log(2)
    return (-log_likelihood).sum() / max(len(log_likelihood), 1)
