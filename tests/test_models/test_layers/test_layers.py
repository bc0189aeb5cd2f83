import torch

from mmvireid.models.layers import build_bn_neck, global_avg_pool, part_avg_pool


def test_global_pool_is_float32():
    maps = torch.randn(2, 3, 4, 5).bfloat16()
    pooled = global_avg_pool(maps)
    assert pooled.dtype == torch.float32
    torch.testing.assert_close(pooled, maps.float().flatten(2).mean(2))


def test_parts_that_divide_the_height():
    maps = torch.randn(2, 3, 8, 4)
    parts = part_avg_pool(maps, 4)
    assert parts.shape == (2, 4, 3)
    for p in range(4):
        torch.testing.assert_close(parts[:, p], maps[:, :, 2 * p : 2 * p + 2].mean(dim=(2, 3)))


def test_parts_that_do_not_divide_the_height():
    maps = torch.randn(1, 2, 16, 4)
    parts = part_avg_pool(maps, 3)
    # Adaptive pooling: part p covers rows floor(16 p / 3) to ceil(16 (p + 1) / 3).
    for p, (start, stop) in enumerate([(0, 6), (5, 11), (10, 16)]):
        torch.testing.assert_close(parts[:, p], maps[:, :, start:stop].mean(dim=(2, 3)))


def test_bn_neck_shift():
    assert not build_bn_neck(4).bias.requires_grad
    assert build_bn_neck(4, shift=True).bias.requires_grad
