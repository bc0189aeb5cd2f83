import pytest
import torch

from mmvireid.evaluation import CosineDistance, SYSUMM01Protocol, evaluate, result_table


@pytest.fixture
def result(image_set, small_counts):
    images = image_set({cell: count for cell, count in small_counts.items() if cell != (1, 11) and cell != (2, 11)})
    features = torch.randn(len(images), 8, generator=torch.Generator().manual_seed(0))
    return evaluate(images, {'feature': features}, SYSUMM01Protocol(num_trials=2), CosineDistance())


def test_single_result(result):
    lines = result_table({'result': result}).splitlines()
    assert lines[0].split() == ['setting', 'R1', 'R10', 'R20', 'mAP', 'mINP', 'queries', 'gallery']
    scores = result['settings']['all-search/single-shot']
    assert lines[2].startswith('all-search/single-shot ')
    assert f'{scores["mAP"]:.2f} ± {scores["mAP_std"]:.2f}' in lines[2]
    assert len({len(line) for line in lines[1:7]}) == 1
    assert any('indoor-search/single-shot' in line and 'no match in the gallery' in line for line in lines)
    assert any('all-search/multi-shot' in line and 'fewer images than drawn' in line for line in lines)
    for word in (
        'SYSU-MM01',
        'query_cams=[3, 6]',
        'seeded',
        'cosine',
        'feature feature',
        'flip not stated',
        're-ranking none',
    ):
        assert word in lines[-1]


def test_results_side_by_side(result):
    other = dict(result, distance='euclidean')
    lines = result_table({'trained': result, 'untrained': other}, columns=['R1', 'mAP']).splitlines()
    assert lines[0].split() == ['setting', 'result', 'R1', 'mAP', 'queries', 'gallery']
    assert lines[2].split()[:2] == ['all-search/single-shot', 'trained']
    assert lines[3].split()[0] == 'untrained'
    assert lines[-2].startswith('trained: protocol SYSU-MM01')
    assert 'distance euclidean' in lines[-1]
    assert result_table({'a': result, 'b': result}).count('protocol SYSU-MM01') == 1


def test_only_a_feature_that_is_not_normalized_says_so(result):
    assert 'normalized' not in result_table({'result': result})
    assert 'feature feature (not normalized), flip' in result_table({'result': dict(result, normalized=False)})
