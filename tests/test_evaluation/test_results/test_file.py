import json

import pytest
import torch

from mmvireid.evaluation import CosineDistance, SYSUMM01Protocol, evaluate, load_result, save_result
from mmvireid.evaluation.results.file import save_results


@pytest.fixture
def result(image_set, small_counts):
    images = image_set(small_counts)
    features = torch.randn(len(images), 4, generator=torch.Generator().manual_seed(0))
    return evaluate(images, {'feature': features}, SYSUMM01Protocol(num_trials=2), CosineDistance())


def test_round_trip_is_exact_and_readable(result, tmp_path):
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
        (lambda result: result.update(settings=None), 'settings is None, but a dict of settings is expected'),
        (lambda result: result.update(data=None), 'data is None, but a dict is expected'),
        (lambda result: result['settings']['all-search/multi-shot'].pop('trials'), r"multi-shot'\] lacks \['trials'\]"),
        (lambda result: result['settings']['all-search/multi-shot'].update(queries=3), 'queries is 3, but a dict'),
        (
            lambda result: result['settings']['all-search/multi-shot']['queries']['AP'].pop(),
            'the length of .*queries.AP is 55, but 56 queries is expected',
        ),
    ],
)
def test_damaged_files_are_refused(result, tmp_path, damage, message):
    damage(result)
    (tmp_path / 'result.json').write_text(json.dumps(result))
    with pytest.raises(ValueError, match=f"result.json' is a damaged result file: .*{message}"):
        load_result(tmp_path / 'result.json')


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('', 'is not a result file'),
        ('[]', 'lacks'),
        ('{"settings": {}}', r"lacks \['protocol'"),
        ('{"a', 'is not a result'),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    file = tmp_path / 'result.json'
    with pytest.raises(FileNotFoundError, match="No result file '.*result.json'"):
        load_result(file)
    file.write_text(content)
    with pytest.raises(ValueError, match=f"'{file}' .*{message}|'{file}' {message}"):
        load_result(file)


def test_several_results_are_written_by_label(tmp_path):
    files = save_results(tmp_path / 'deep' / 'x.json', dict(a={}, b={}))
    assert [file.name for file in files] == ['x_a.json', 'x_b.json'] and all(file.is_file() for file in files)
    assert save_results(tmp_path / 'x.json', {'': {}}) == [tmp_path / 'x.json']


@pytest.mark.parametrize(
    ('old', 'feature', 'normalized'),
    [
        ('bn', 'bn', True),
        ('unnormalised bn', 'bn', False),
        ('kernels+kernel_weights+kernel_bias', 'contrast_values+contrast_weights+contrast_bias', True),
        (
            'kernels+kernel_weights+kernel_bias (float16)',
            'contrast_values+contrast_weights+contrast_bias (float16)',
            True,
        ),
    ],
)
def test_a_file_of_an_earlier_version_is_read_in_the_current_names(result, tmp_path, old, feature, normalized):
    dataset = 'embedded' + ' data (small, SYSU-MM01 layout)'
    options = dict(num_trials=2, probe_cams=[3, 6], exclude_same_place=True, collapse_identities=True)
    earlier = dict(result, feature=old, options=options, data=dict(dataset=dataset, split='test'))
    del earlier['normalized']
    (tmp_path / 'old.json').write_text(json.dumps(earlier))
    loaded = load_result(tmp_path / 'old.json')
    assert loaded['options'] == result['options'] and list(loaded['options']) == list(result['options'])
    assert (loaded['feature'], loaded['normalized']) == (feature, normalized)
    assert loaded['data'] == dict(dataset='synthetic data (small, SYSU-MM01 layout)', split='test')
    assert loaded['settings'] == result['settings']
    options['collapse_identities'] = False
    (tmp_path / 'old.json').write_text(json.dumps(earlier))
    assert load_result(tmp_path / 'old.json')['options']['cmc_unit'] == 'image'


def test_a_full_disk_keeps_the_old_result(result, small_disk):
    file = small_disk / 'x.json'
    save_result(file, dict(R1=50.0))
    large = dict(result, queries=[0.5] * 100_000)
    with pytest.raises(OSError, match=f"Could not write '{file}': (No space left on device|File too large)"):
        save_results(file, {'': large})
    assert json.loads(file.read_text()) == dict(R1=50.0) and [path.name for path in small_disk.iterdir()] == ['x.json']


def test_one_file_that_cannot_be_written_loses_no_other(tmp_path):
    (tmp_path / 'x_a.json').mkdir()
    with pytest.raises(
        OSError, match=f"^Could not write '{tmp_path}/x_a.json': it is a folder. Give the name of a file"
    ):
        save_results(tmp_path / 'x.json', dict(a={}, b={}))
    assert (tmp_path / 'x_b.json').is_file()


def test_nan_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="Could not write '.*x.json': the result holds NaN"):
        save_result(tmp_path / 'x.json', dict(R1=float('nan')))
    assert not list(tmp_path.iterdir())
