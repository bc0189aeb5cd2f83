import pytest

from mmvireid.structures import Modality


class TrainingImages:
    """Stand for a training split that has only counts: identities take turns, and visible images come first."""

    def __init__(self, num_ids: int, num_visible: int, num_infrared: int) -> None:
        self.num_ids = num_ids
        self.modalities = [Modality.VISIBLE] * num_visible + [Modality.INFRARED] * num_infrared

    def __len__(self) -> int:
        return len(self.modalities)

    def get_data_info(self, index: int) -> dict:
        label = index % self.num_ids
        return dict(gt_label=label, pid=label, modality=self.modalities[index])


@pytest.fixture
def training_images() -> type[TrainingImages]:
    return TrainingImages
