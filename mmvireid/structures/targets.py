"""The annotations of a batch, as the heads see them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from mmvireid.utils.distributed import gather_across_ranks

from .modality import Modality
from .reid_data_sample import ReIDDataSample
from .tuple_role import TupleRole


@dataclass(frozen=True)
class ReIDTargets:
    """Hold the annotations of a batch of B images as tensors.

    Attributes:
        labels: Class index of each image, int64, (B,).
        modalities: :class:`Modality` of each image, int64, (B,).
        cam_ids: Camera number of each image, int64, (B,).
        tuple_ids: Number of each image's tuple within the batch, int64, (B,). The default -1 means no tuple.
        roles: :class:`TupleRole` of each image in its tuple, int64, (B,). The default -1 means no role.

    Example:
        >>> labels, modalities, cam_ids = torch.tensor([[0, 0, 1], [0, 1, 1], [1, 3, 6]])
        >>> targets = ReIDTargets(labels, modalities, cam_ids)
        >>> targets.in_modality(Modality.INFRARED).tolist()
        [False, True, True]
        >>> targets.select(targets.in_modality(Modality.INFRARED)).labels.tolist()
        [0, 1]
    """

    labels: torch.Tensor
    modalities: torch.Tensor
    cam_ids: torch.Tensor
    tuple_ids: torch.Tensor | None = None
    roles: torch.Tensor | None = None

    def __post_init__(self) -> None:
        for name in ('tuple_ids', 'roles'):
            if getattr(self, name) is None:
                object.__setattr__(self, name, torch.full_like(self.labels, -1))

    @classmethod
    def from_data_samples(
        cls, data_samples: Sequence[ReIDDataSample], device: torch.device | str = 'cpu'
    ) -> 'ReIDTargets':
        """Collect the annotations of a batch in one transfer to ``device``."""
        rows = [
            (sample.gt_label, sample.modality, sample.cam_id, sample.get('tuple_id', -1), sample.get('role', -1))
            for sample in data_samples
        ]
        return cls(*torch.tensor(rows, dtype=torch.int64).view(-1, 5).to(device).unbind(dim=1))

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, index: torch.Tensor) -> 'ReIDTargets':
        """Return the targets of some images; ``index`` is a boolean mask (B,) or integer indices."""
        return ReIDTargets(*(values[index] for values in self._values()))

    def gathered(self) -> 'ReIDTargets':
        """Return the targets of all ranks, in order of rank.

        Every rank numbers its tuples from 0. The result numbers the tuples of all ranks without repetition.
        """
        rows = gather_across_ranks(torch.stack(self._values(), dim=1))
        *others, tuple_ids, roles = rows.unbind(dim=1)
        ranks = torch.arange(len(tuple_ids), device=tuple_ids.device) // max(len(self), 1)
        renumbered = tuple_ids + ranks * (tuple_ids.amax() + 1 if len(tuple_ids) else 0)
        return ReIDTargets(*others, torch.where(tuple_ids < 0, tuple_ids, renumbered), roles)

    def in_modality(self, modality: Modality) -> torch.Tensor:
        """Return a boolean mask (B,) that is true for the images of one modality."""
        return self.modalities == int(modality)

    def in_role(self, role: TupleRole, modality: Modality | None = None) -> torch.Tensor:
        """Return the indices of the images that have a role, sorted by tuple.

        With :class:`~mmvireid.datasets.AnchorTupleSampler` the i-th anchor, positive and negative of a modality form
        one tuple.

        Args:
            role: The role.
            modality: Only images of this modality, (T,). By default all visible ones, then all infrared ones.

        Raises:
            ValueError: No image has that role.
        """
        found = []
        for chosen in Modality if modality is None else (modality,):
            indices = ((self.roles == int(role)) & self.in_modality(chosen)).nonzero().squeeze(1)
            found.append(indices[self.tuple_ids[indices].argsort()])
        if not any(map(len, found)):
            kind = '' if modality is None else f'{modality.name.lower()} '
            raise ValueError(
                f'No {kind}image of the batch is the {role.name.lower()} of a tuple: use a sampler that draws tuples '
                'with this role, such as AnchorTupleSampler.'
            )
        return torch.cat(found)

    def _values(self) -> tuple[torch.Tensor, ...]:
        return self.labels, self.modalities, self.cam_ids, self.tuple_ids, self.roles
