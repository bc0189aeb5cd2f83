import pytest
import torch

from mmvireid.evaluation import BaseDistance
from mmvireid.registry import DISTANCES


@pytest.mark.parametrize('name', ['CosineDistance', 'EuclideanDistance'])
def test_registered_distances(name):
    distance = DISTANCES.build(dict(type=name))
    assert isinstance(distance, BaseDistance)
    assert name.lower().startswith(distance.name)
    generator = torch.Generator().manual_seed(0)
    query, gallery = (
        {field: torch.randn(count, 6, generator=generator) for field in distance.descriptors} for count in (3, 4)
    )
    distances = distance(query, gallery)
    assert distances.shape == (3, 4)
    assert (distances >= 0).all()
    assert (distance(query, query).diagonal() == 0).all()
