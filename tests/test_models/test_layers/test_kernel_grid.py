import pytest
import torch

from mmvireid.models.layers import KernelGrid, sample_kernels


def test_kernels_by_hand():
    grid = KernelGrid((3, 2), (2, 1), (1, 1))
    maps = torch.arange(6.0).view(1, 1, 3, 2)
    assert sample_kernels(maps, grid).view(4, 2).tolist() == [[0, 2], [1, 3], [2, 4], [3, 5]]


def test_number_of_kernels_follows_algorithm_1():
    """Check kernels of 3x3 in maps of 8x4. The paper's 12, 8, 6, 4, 2 do not follow from its algorithm."""
    assert [len(KernelGrid((8, 4), stride=(v, 1)).kernels) for v in range(1, 6)] == [12, 6, 4, 4, 4]


def test_normalized_kernels_have_unit_length():
    grid = KernelGrid((4, 3), (3, 2))
    maps = torch.rand(2, 5, 4, 3)
    kernels, unit = sample_kernels(maps, grid), sample_kernels(maps, grid, normalize=True)
    torch.testing.assert_close(unit.norm(dim=(2, 3)), torch.ones(2, grid.num_kernels))
    torch.testing.assert_close(unit * kernels.norm(dim=(2, 3), keepdim=True), kernels)


def test_maps_of_another_size():
    with pytest.raises(
        ValueError, match=r'^map_size=\(8, 4\), but the maps have size \(16, 8\): set map_size=\(16, 8\)'
    ):
        KernelGrid((8, 4)).check(torch.zeros(1, 2, 16, 8))
    KernelGrid((8, 4)).check(torch.zeros(1, 2, 8, 4))


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(kernel_size=(4, 5)), r'^kernel_size=\(4, 5\) does not fit into map_size=\(8, 4\)'),
        (dict(stride=(0, 1)), 'must be positive'),
        (dict(kernel_size=3), 'kernel_size must be two numbers'),
    ],
)
def test_wrong_settings(options, message):
    with pytest.raises(ValueError, match=message):
        KernelGrid((8, 4), **options)
