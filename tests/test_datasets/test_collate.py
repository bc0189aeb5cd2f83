import pytest
import torch

from mmvireid.datasets import stack_collate
from mmvireid.structures import ReIDDataSample


def packed(height: int = 4) -> dict:
    return dict(inputs=torch.ones(3, height, 2, dtype=torch.uint8), data_samples=ReIDDataSample(gt_label=height))


def test_images_are_stacked():
    batch = stack_collate([packed(), packed()])
    assert batch['inputs'].shape == (2, 3, 4, 2) and batch['inputs'].dtype == torch.uint8
    assert [sample.gt_label for sample in batch['data_samples']] == [4, 4]


def test_an_error_names_different_sizes():
    with pytest.raises(ValueError, match=r'\(3, 4, 2\), \(3, 5, 2\)'):
        stack_collate([packed(4), packed(5)])
