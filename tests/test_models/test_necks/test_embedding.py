import pytest
import torch

from mmvireid.registry import MODELS


def test_the_pooled_last_map_by_hand():
    maps = torch.tensor([[1.0, 2.0], [3.0, 6.0]]).expand(2, 3, 2, 2)
    for pooling, expected in (('avg', 3.0), ('max', 6.0), ('gem', 63 ** (1 / 3))):
        neck = MODELS.build(dict(type='EmbeddingNeck', pooling=pooling))
        features = neck((torch.rand(2, 5, 4, 4), maps))
        assert list(features) == ['embedding'] and not list(neck.parameters())
        torch.testing.assert_close(features['embedding'], torch.full((2, 3), expected))


def test_unknown_pooling():
    with pytest.raises(ValueError, match=r"model.neck.pooling must be one of .* got 'mean'"):
        MODELS.build(dict(type='EmbeddingNeck', pooling='mean'))
