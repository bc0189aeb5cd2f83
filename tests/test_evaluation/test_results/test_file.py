import json

import pytest
import torch

from mmvireid.evaluation import CosineDistance, SYSUMM01Protocol, evaluate, load_result, save_result


@pytest.fixture
def result(image_set, small_counts):
    images = image_set(small_counts)
    features = torch.randn(len(images), 4, generator=torch.Generator().manual_seed(0))
    return evaluate(images, {'feature': features}, SYSUMM01Protocol(num_trials=2), CosineDistance())


def test_round_trip_unrounded_in_lines_of_their_own(result, tmp_path):
    file = tmp_path / 'deep' / 'result.json'
    save_result(file, result)
    assert load_result(file) == json.loads(file.read_text()) == result
    lines = file.read_text().splitlines()
    assert '  "distance": "cosine",' in lines
    assert any(line.startswith('      "cmc": [') for line in lines)
    assert len(lines) < 1000


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (lambda result: result.update(settings=None), 'settings is no dict'),
        (lambda result: result.update(data=None), 'data is no dict'),
        (lambda result: result['settings']['all-search/multi-shot'].pop('trials'), r"multi-shot' lacks \['trials'\]"),
        (lambda result: result['settings']['all-search/multi-shot'].update(queries=3), 'not equally many'),
        (lambda result: result['settings']['all-search/multi-shot']['queries']['AP'].pop(), 'not equally many'),
    ],
)
def test_damaged_files_are_named(result, tmp_path, damage, message):
    damage(result)
    (tmp_path / 'result.json').write_text(json.dumps(result))
    with pytest.raises(ValueError, match=f"result.json' is a damaged result file: .*{message}"):
        load_result(tmp_path / 'result.json')


@pytest.mark.parametrize(
    ('content', 'message'),
    [('', 'is no result file'), ('[]', 'lacks'), ('{"settings": {}}', r"lacks \['protocol'"), ('{"a', 'is no result')],
)
def test_other_files_are_named(tmp_path, content, message):
    file = tmp_path / 'result.json'
    with pytest.raises(FileNotFoundError, match="No result file '.*result.json'"):
        load_result(file)
    file.write_text(content)
    with pytest.raises(ValueError, match=f"'{file}' .*{message}|'{file}' {message}"):
        load_result(file)
