import pytest

from mmvireid.registry import PROTOCOLS


@pytest.mark.parametrize(
    ('name', 'options'),
    [
        ('SYSUMM01Protocol', dict(exclude_same_place='no')),
        ('SYSUMM01Protocol', dict(collapse_identities=2)),
        ('SYSUMM01Protocol', dict(num_trials=True)),
        ('OpenSetProtocol', dict(exclude_same_place='off')),
        ('LLCMProtocol', dict(exclude_same_camera=1)),
        ('RegDBProtocol', dict(collapse_identities='no')),
        ('CrossModalityProtocol', dict(collapse_identities=None)),
    ],
)
def test_a_text_is_no_truth(name, options):
    """The command line hands over 'no' as a text, which Python takes for true."""
    ((option, value),) = options.items()
    with pytest.raises(ValueError, match=f'{option}={value!r}'):
        PROTOCOLS.build(dict(type=name, **options))
