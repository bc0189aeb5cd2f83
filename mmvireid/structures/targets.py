"""What the heads may know of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from mmvireid.utils.distributed import gather_across_ranks

from .modality import Modality
from .reid_data_sample import ReIDDataSample


@dataclass(frozen=True)
class ReIDTargets:
    """Annotations of a batch of B images, as tensors.

    Attributes:
        labels: Class index of each image, int64, (B,).
        modalities: :class:`Modality` of each image, int64, (B,).
        cam_ids: Camera number of each image, int64, (B,).
    """

    labels: torch.Tensor
    modalities: torch.Tensor
    cam_ids: torch.Tensor

    @classmethod
    def from_data_samples(
        cls, data_samples: Sequence[ReIDDataSample], device: torch.device | str = 'cpu'
    ) -> 'ReIDTargets':
        """Collect the annotations of a batch in one transfer to ``device``."""
        rows = [(sample.gt_label, sample.modality, sample.cam_id) for sample in data_samples]
        return cls(*torch.tensor(rows, dtype=torch.int64).view(-1, 3).to(device).unbind(dim=1))

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, index: torch.Tensor) -> 'ReIDTargets':
        """The targets of some images: ``index`` is a boolean mask (B,) or integer indices."""
        return ReIDTargets(self.labels[index], self.modalities[index], self.cam_ids[index])

    def gathered(self) -> 'ReIDTargets':
        """The targets of all ranks, in order of rank."""
        return ReIDTargets(*(gather_across_ranks(t) for t in (self.labels, self.modalities, self.cam_ids)))

    def of(self, modality: Modality) -> torch.Tensor:
        """Boolean mask (B,) of the images of one modality."""
        return self.modalities == int(modality)
