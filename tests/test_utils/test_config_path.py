"""Check that an error gets the config path of its component."""

import pytest

from mmvireid.utils.config_path import errors_at


@pytest.mark.parametrize('kind', [KeyError, TypeError, ValueError])
def test_the_path_comes_before_the_message(kind):
    with pytest.raises(kind) as caught, errors_at('model.neck'):
        raise kind('pooling is unknown.')
    assert caught.value.args == ('model.neck: pooling is unknown.',)


@pytest.mark.parametrize('error', [RuntimeError('out of memory'), KeyError(3), ValueError()])
def test_other_errors_stay_as_they_are(error):
    args = error.args
    with pytest.raises(type(error)) as caught, errors_at('model.neck'):
        raise error
    assert caught.value is error and error.args == args


def test_a_block_without_an_error_runs():
    with errors_at('model.neck'):
        done = True
    assert done
