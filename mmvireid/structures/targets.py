"""What the heads may know of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from mmvireid.utils.distributed import gather_across_ranks

from .modality import Modality
from .reid_data_sample import ReIDDataSample
from .tuple_role import TupleRole


@dataclass(frozen=True)
class ReIDTargets:
    """Annotations of a batch of B images, as tensors.

    Attributes:
        labels: Class index of each image, int64, (B,).
        modalities: :class:`Modality` of each image, int64, (B,).
        cam_ids: Camera number of each image, int64, (B,).
        tuple_ids: Number, within the batch, of the tuple that each image was drawn for, int64, (B,); -1, as by default:
            for none.
        roles: :class:`TupleRole` of each image in its tuple, int64, (B,); -1: none.
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
        """The targets of some images: ``index`` is a boolean mask (B,) or integer indices."""
        return ReIDTargets(*(values[index] for values in self._values()))

    def gathered(self) -> 'ReIDTargets':
        """The targets of all ranks, in order of rank; their tuples are numbered on."""
        rows = gather_across_ranks(torch.stack(self._values(), dim=1))
        *others, tuple_ids, roles = rows.unbind(dim=1)
        rank_of_image = torch.arange(len(tuple_ids), device=tuple_ids.device) // max(len(self), 1)
        numbered_on = tuple_ids + rank_of_image * (tuple_ids.amax() + 1 if len(tuple_ids) else 0)
        return ReIDTargets(*others, torch.where(tuple_ids < 0, tuple_ids, numbered_on), roles)

    def of(self, modality: Modality) -> torch.Tensor:
        """Boolean mask (B,) of the images of one modality."""
        return self.modalities == int(modality)

    def in_role(self, role: TupleRole, modality: Modality | None = None) -> torch.Tensor:
        """Indices of the images that take a role, (T,) in one modality, in order of their tuples.

        Those of different roles belong together place by place if every tuple has just one image in each of them, as
        those of :class:`~mmvireid.datasets.AnchorTupleSampler` have. Without a modality: those of one modality after
        those of the other.

        Raises:
            ValueError: No image takes that role.
        """
        found = []
        for chosen in Modality if modality is None else (modality,):
            indices = ((self.roles == int(role)) & self.of(chosen)).nonzero().squeeze(1)
            found.append(indices[self.tuple_ids[indices].argsort()])
        if not any(map(len, found)):
            kind = '' if modality is None else f'{modality.name.lower()} '
            raise ValueError(
                f'No {kind}image of the batch is the {role.name.lower()} of a tuple: train_dataloader.sampler must '
                'draw tuples with this role, as AnchorTupleSampler does.'
            )
        return torch.cat(found)

    def _values(self) -> tuple[torch.Tensor, ...]:
        return self.labels, self.modalities, self.cam_ids, self.tuple_ids, self.roles
