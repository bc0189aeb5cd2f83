import pytest
import torch

from mmvireid.registry import MODELS


def images(n: int = 2) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randint(0, 256, (3, 8, 4), dtype=torch.uint8, generator=generator) for _ in range(n)]


@pytest.mark.parametrize('channels_last', [False, True])
@pytest.mark.parametrize('stacked', [False, True])
def test_images_are_stacked_and_normalized(channels_last, stacked):
    preprocess = MODELS.build(
        dict(type='ReIDDataPreprocessor', mean=(10, 20, 30), std=(1, 2, 4), channels_last=channels_last)
    )
    inputs = torch.stack(images()) if stacked else images()
    batch = preprocess(dict(inputs=inputs, data_samples=None))['inputs']
    expected = torch.stack(images()).float()
    for channel, (mean, std) in enumerate([(10, 1), (20, 2), (30, 4)]):
        torch.testing.assert_close(batch[:, channel], (expected[:, channel] - mean) / std)
    assert batch.is_contiguous(memory_format=torch.channels_last) is channels_last


def test_input_images_do_not_change():
    stacked = torch.stack(images())
    before = stacked.clone()
    MODELS.build(dict(type='ReIDDataPreprocessor'))(dict(inputs=stacked))
    assert torch.equal(stacked, before)
