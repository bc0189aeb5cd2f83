"""What a neck hands to the heads."""

from collections.abc import Iterator, Mapping

import torch


class ReIDFeatures(Mapping[str, torch.Tensor]):
    """Named tensors of one batch; the first dimension of each is the batch.

    Field names in use: ``pooled`` (B, C), the vector pooled from the last map; ``bn`` (B, C), the same after the
    BN neck; ``fused`` (B, C), DF2AM's dual-level feature; ``parts`` (B, P, D), one vector a body part, and
    ``concatenated`` (B, P * D), the parts as one vector; ``map`` (B, C, h, w), the last map. A neck may add names of
    its own: heads and the test configuration ask for features by name.

    Args:
        tensors: The features by name.

    Raises:
        ValueError: The tensors disagree in batch size.
    """

    def __init__(self, **tensors: torch.Tensor) -> None:
        sizes = {name: len(tensor) for name, tensor in tensors.items()}
        if len(set(sizes.values())) > 1:
            raise ValueError(f'The features of a batch must agree in their first dimension, got {sizes}.')
        self._tensors = tensors

    def __getitem__(self, name: str) -> torch.Tensor:
        try:
            return self._tensors[name]
        except KeyError:
            raise KeyError(f"No feature '{name}' in the neck's output; it has {sorted(self._tensors)}.") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __repr__(self) -> str:
        return f'ReIDFeatures({", ".join(f"{name}={tuple(t.shape)}" for name, t in self._tensors.items())})'
