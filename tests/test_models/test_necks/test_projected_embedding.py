import pytest
import torch

from mmvireid.registry import MODELS

CHANNELS = 8


def test_projected_embedding_by_hand():
    neck = MODELS.build(
        dict(
            type='ProjectedEmbeddingNeck',
            neck=dict(type='GlobalPoolingNeck', feature='embedding'),
            in_channels=CHANNELS,
        )
    )
    maps = torch.randn(3, CHANNELS, 6, 4)
    expected = maps.mean(dim=(2, 3)) @ neck.projection.weight.T + neck.projection.bias
    torch.testing.assert_close(neck((maps,))['embedding'], expected)


def test_neck_without_an_embedding():
    neck = MODELS.build(
        dict(type='ProjectedEmbeddingNeck', neck=dict(type='GlobalBNNeck', in_channels=CHANNELS), in_channels=CHANNELS)
    )
    with pytest.raises(KeyError, match="No feature 'embedding' in the neck's output; it has"):
        neck((torch.randn(3, CHANNELS, 6, 4),))
