import torch

from mmvireid.evaluation import CosineDistance, EuclideanDistance
from mmvireid.evaluation.metrics.image_records import descriptor_types


def test_each_descriptor_has_the_widest_type_that_a_comparison_needs():
    class MapDistance(EuclideanDistance):
        descriptors = ('map', 'feature')
        storage = dict(map=torch.float16)

    assert descriptor_types([CosineDistance()]) == dict(feature=torch.float32)
    assert descriptor_types([MapDistance(), CosineDistance()]) == dict(map=torch.float16, feature=torch.float32)
    assert descriptor_types([]) == {}
