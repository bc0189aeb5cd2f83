"""Which images of a batch are each other's positives and negatives."""

import torch


def identity_pairs(labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Positive and negative pairs by label, (B,) -> two boolean masks (B, B); an image is no pair with itself."""
    same = labels[:, None] == labels[None, :]
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    return same & ~itself, ~same


def cross_modality_pairs(modalities: torch.Tensor) -> torch.Tensor:
    """Pairs of images of different modalities, (B,) -> boolean mask (B, B)."""
    return modalities[:, None] != modalities[None, :]
