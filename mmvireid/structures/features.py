"""The features that a neck hands to the heads."""

from collections.abc import Iterator, Mapping

import torch

# Every feature that a neck of this package may return, and its possible shapes. B counts images, P body parts.
# A config may give any other name to a map of the backbone (``maps=dict(name=index)``).
FEATURES: dict[str, tuple[str, ...]] = {
    'pooled': ('(B, C)', '(B, 3, C)'),  # the last map, pooled; MGN has one vector for each of its 3 branches
    'bn': ('(B, C)',),  # the pooled vector after the batch norm of the BN neck
    'part_aggregated': ('(B, C)',),  # DF2AM: the weighted sum of the parts (Eq. 6)
    'fused': ('(B, C)',),  # DF2AM: bn + part_aggregated (Eq. 7)
    'parts': ('(B, P, D)',),  # one vector for each body part
    'concatenated': ('(B, P * D)',),  # HcTri: the parts as one vector
    'embedding': ('(B, D)',),  # HPILN: the vector v that the ranking loss and the test compare
    'reduced': ('(B, D)',),  # HPILN with BFE: the global branch
    'erased': ('(B, D)',),  # HPILN with BFE: the feature-erasing branch
    'branches': ('(B, 2, D)',),  # HPILN with HA-CNN: the global and the local branch
    'map': ('(B, C, h, w)',),  # DSCSN + CCN: the last map
    'specific': ('(B, C, h, w)',),  # LCCRF: the map of the last modality-specific layer
}


class ReIDFeatures(Mapping[str, torch.Tensor]):
    """Hold the named features of one batch.

    The first dimension of every feature is the batch. ``FEATURES`` lists all names and shapes of this package.
    A neck of your own may add other names. Heads and ``test_cfg`` ask for a feature by its name.

    Args:
        tensors: The features by name.

    Raises:
        ValueError: The features have different batch sizes.

    Example:
        >>> features = ReIDFeatures(pooled=torch.zeros(4, 8), parts=torch.zeros(4, 6, 2))
        >>> features
        ReIDFeatures(pooled=(4, 8), parts=(4, 6, 2))
        >>> features['parts'].shape
        torch.Size([4, 6, 2])
    """

    def __init__(self, **tensors: torch.Tensor) -> None:
        sizes = {name: len(tensor) for name, tensor in tensors.items()}
        if len(set(sizes.values())) > 1:
            raise ValueError(f'All features of a batch must have the same number of images, got {sizes}.')
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
