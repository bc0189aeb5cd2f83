"""Check that the table of features lists what every registered neck returns."""

import re
from pathlib import Path

import pytest
import torch

from mmvireid.models import necks
from mmvireid.registry import MODELS
from mmvireid.structures.features import FEATURES

CONFIGS = Path(__file__).parents[2] / 'configs'
MAP = (8, 16, 8)
WIDTH = dict(in_channels=8)
# For each registered neck: options, and the shapes of the maps that it reads. The first test fails if a neck has none.
CASES = {
    'GlobalPoolingNeck': [(dict(maps=dict(map=-1)), [MAP]), (dict(feature='embedding'), [MAP])],
    'GlobalBNNeck': [(WIDTH, [MAP]), (dict(WIDTH, maps=dict(specific=0)), [MAP, MAP])],
    'PartStripNeck': [(WIDTH, [MAP])],
    'DualLevelFusionNeck': [(WIDTH, [MAP])],
    'ResMidNeck': [(WIDTH, 3 * [MAP])],
    'MGNNeck': [(WIDTH, 3 * [MAP])],
    'PCBNeck': [(WIDTH, [MAP])],
    'BFENeck': [(WIDTH, [MAP])],
    'MLFNNeck': [(dict(WIDTH, num_gates=6), [MAP, (6, 1, 1)])],
    'HACNNNeck': [(WIDTH, [MAP, (8, 4, 1)])],
    'FlattenNeck': [(dict(in_channels=8 * 16 * 8), [MAP])],
    'ProjectedEmbeddingNeck': [(dict(neck=dict(type='PCBNeck', in_channels=8), in_channels=48), [MAP])],
}
every_neck = pytest.mark.parametrize('name', CASES)


def returned(name: str) -> dict[str, torch.Tensor]:
    """Return all features of a neck, over the cases."""
    features = {}
    for options, shapes in CASES[name]:
        neck = MODELS.build(dict(type=name, **options)).eval()
        features.update(neck(tuple(torch.zeros(4, *shape) for shape in shapes)))
    return features


def test_every_registered_neck_is_tested():
    assert set(CASES) == {name for name in necks.__all__ if name in MODELS}


@every_neck
def test_the_table_lists_every_feature_and_its_shape(name):
    for feature, tensor in returned(name).items():
        assert any(fits(tensor.shape, shape) for shape in FEATURES[feature]), (feature, tensor.shape)


def fits(found: torch.Size, shape: str) -> bool:
    """Compare the number of dimensions, and the dimensions that the table gives as numbers."""
    lengths = shape.strip('()').split(', ')
    return len(found) == len(lengths) and all(
        int(length) == size for length, size in zip(lengths, found, strict=True) if length.isdigit()
    )


def test_the_table_lists_nothing_else():
    assert set(FEATURES) == {feature for name in CASES for feature in returned(name)}


def test_embedding_is_a_feature_of_hpiln_only():
    """Only HPILN calls a feature "embedding"."""
    hpiln = [path for path in CONFIGS.rglob('*.py') if 'hpiln' in path.relative_to(CONFIGS).as_posix()]
    types = {kind for path in hpiln for kind in re.findall(r"type='(\w+Neck)'", path.read_text())}
    assert {name for name in CASES if 'embedding' in returned(name)} <= types
    others = [path for path in CONFIGS.rglob('*.py') if path not in hpiln]
    assert others and [path.name for path in others if 'embedding' in path.read_text()] == []
