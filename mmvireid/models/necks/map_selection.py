"""Backbone maps that a neck returns as features."""

from collections.abc import Iterable, Mapping

import torch


class MapSelection:
    """Select maps of the backbone and give each map the name of a feature.

    A head can then read the maps: LCCRF distills the maps of layer1, and CCN compares the last maps.

    Args:
        indices: Index of each map in the backbone's output, by feature name. -1 is the last map.
        taken: Names of the neck's own features.

    Raises:
        ValueError: A name is taken, or the backbone does not return a map with this index.

    Example:
        >>> select = MapSelection(dict(specific=0, map=-1), taken=['pooled'])
        >>> features = select((torch.rand(2, 8, 16, 8), torch.rand(2, 16, 8, 4)))
        >>> {name: tuple(feature.shape) for name, feature in features.items()}
        {'specific': (2, 8, 16, 8), 'map': (2, 16, 8, 4)}
    """

    def __init__(self, indices: Mapping[str, int] | None, taken: Iterable[str]) -> None:
        self.indices = dict(indices or {})
        if twice := sorted(self.indices.keys() & set(taken)):
            raise ValueError(f"maps: {twice} are names of the neck's own features.")

    def __call__(self, maps: tuple[torch.Tensor, ...]) -> dict[str, torch.Tensor]:
        """Return the selected maps (B, C, h, w) by feature name, in float32."""
        for name, index in self.indices.items():
            if not -1 <= index < len(maps):
                raise ValueError(
                    f'maps.{name}={index}, but the backbone returns {len(maps)} map(s): add the layer to the '
                    "backbone's out_indices, or use -1 for the last map."
                )
        return {name: maps[index].float() for name, index in self.indices.items()}
