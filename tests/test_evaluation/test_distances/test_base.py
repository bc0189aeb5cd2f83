import pytest
import torch

from mmvireid.evaluation import BaseDistance, CosineDistance, EuclideanDistance


class MapDistance(EuclideanDistance):
    """Compare another descriptor, and count the calls."""

    descriptors = ('map',)
    count = 0

    def __call__(self, query, gallery):
        self.count += 1
        return super().__call__(*({'feature': images['map']} for images in (query, gallery)))


@pytest.mark.parametrize('distance', [CosineDistance(), EuclideanDistance()])
@pytest.mark.parametrize('num_pairs', [0, 1, 50])
def test_pairs_have_the_distances_of_the_matrix(distance, num_pairs):
    generator = torch.Generator().manual_seed(0)
    query, gallery = ({'feature': torch.randn(count, 5, generator=generator)} for count in (6, 9))
    rows = torch.randint(6, (num_pairs,), generator=generator)
    columns = torch.randint(9, (num_pairs,), generator=generator)
    found = distance.pair_distances(query, gallery, rows, columns)
    assert found.dtype == torch.float64
    assert torch.equal(found, distance(query, gallery)[rows, columns])


def test_pairs_of_a_query_are_computed_together():
    images = {'map': torch.arange(12.0).view(4, 3), 'unused': None}
    distance = MapDistance()
    distance.pair_distances(images, images, torch.tensor([3, 0, 3, 3]), torch.tensor([0, 1, 2, 0]))
    assert distance.count == 2


def test_storage_is_empty_by_default():
    assert BaseDistance.storage == {}
