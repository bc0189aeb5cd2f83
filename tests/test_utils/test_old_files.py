import pytest

from mmvireid.utils.old_files import current_dataset_name, current_record, current_result

OLD = 'embedded' + ' data (tiny, RegDB layout)'


@pytest.mark.parametrize(
    ('name', 'current'),
    [
        (OLD, 'synthetic data (tiny, RegDB layout)'),
        ('synthetic data (tiny, RegDB layout)', 'synthetic data (tiny, RegDB layout)'),
        ('SYSU-MM01', 'SYSU-MM01'),
        (None, None),
    ],
)
def test_names_of_data_sets(name, current):
    assert current_dataset_name(name) == current


def test_current_names_stay_unchanged():
    record = dict(feature='bn', flip=True, normalized=False, data=dict(dataset='LLCM', split='test'))
    assert current_record(record) == record
    result = dict(record, options=dict(query_cams=[3], cmc_unit='image'), settings={})
    assert current_result(result) == result


def test_the_argument_stays_unchanged():
    result = dict(feature='unnormalised bn', data=dict(dataset=OLD), options=dict(collapse_identities=True))
    current = current_result(result)
    assert current['options'] == dict(cmc_unit='identity') and current['data']['dataset'] != OLD
    assert result == dict(feature='unnormalised bn', data=dict(dataset=OLD), options=dict(collapse_identities=True))


def test_incomplete_records_are_read():
    assert current_record({}) == {}
    assert current_record(dict(feature=None, data=5)) == dict(feature=None, data=5)
    assert current_result(dict(options=3)) == dict(options=3, normalized=True)
