import copy

import numpy as np
import pytest
import torch

from mmvireid.evaluation import (
    CosineDistance,
    EuclideanDistance,
    ImageSet,
    RegDBProtocol,
    average_splits,
    evaluate,
    result_table,
)


def make_result(split: int, distance=None, **data) -> dict:
    pids = np.repeat(np.arange(split, split + 6), 4)
    modalities = np.tile([0, 0, 1, 1], 6)
    paths = [f'{pid}/{number}.bmp' for number, pid in enumerate(pids)]
    images = ImageSet(pids, np.zeros(24, dtype=int), modalities, paths)
    features = torch.randn(24, 4, generator=torch.Generator().manual_seed(split))
    return evaluate(images, {'feature': features}, RegDBProtocol(), distance or CosineDistance(), data=data)


@pytest.mark.parametrize('numbered', [True, False])
def test_mean_and_deviation_over_splits(numbered):
    results = {f'{n}.json': make_result(n, **(dict(split_number=n) if numbered else {})) for n in (1, 2, 3)}
    average = average_splits(results)
    for setting in ('visible-to-thermal', 'thermal-to-visible'):
        values = [result['settings'][setting]['mAP'] for result in results.values()]
        assert average['settings'][setting]['mAP'] == pytest.approx(np.mean(values))
        assert average['settings'][setting]['mAP_std'] == pytest.approx(np.std(values))
        curves = [result['settings'][setting]['cmc'] for result in results.values()]
        assert average['settings'][setting]['cmc'] == pytest.approx(np.mean(curves, axis=0).tolist())
        assert [trial['split'] for trial in average['settings'][setting]['trials']] == list(results)
    assert average['data'] == (dict(split_number=[1, 2, 3]) if numbered else {})
    assert 'visible-to-thermal' in result_table({'average': average})


def test_results_that_differ_in_more_than_the_split_are_refused():
    one, two = make_result(1, split_number=1), make_result(2, split_number=2)
    with pytest.raises(ValueError, match='at least two'):
        average_splits({'a': one})
    unnumbered = copy.deepcopy(one)
    del unnumbered['data']['split_number']
    for copied in (copy.deepcopy(one), unnumbered):
        with pytest.raises(ValueError, match="'a' and 'b' are results of the same split"):
            average_splits({'a': one, 'b': copied})
    with pytest.raises(ValueError, match="'b' is an average over splits itself"):
        average_splits({'a': one, 'b': average_splits({'a': one, 'b': two})})
    del two['data']['split_number']
    assert average_splits({'a': one, 'b': two})['data'] == {}
    with pytest.raises(ValueError, match=r"'a' and 'b' differ in \['distance'\]"):
        average_splits({'a': one, 'b': make_result(2, EuclideanDistance(), split_number=2)})
    with pytest.raises(ValueError, match=r"differ in \['data.dataset'\]"):
        average_splits({'a': one, 'b': dict(two, data=dict(two['data'], dataset='another'))})
