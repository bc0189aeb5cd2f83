import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from mmvireid.evaluation import protocols
from mmvireid.evaluation.protocols import BaseProtocol, Setting
from mmvireid.evaluation.protocols.base import INFRARED, VISIBLE
from mmvireid.registry import PROTOCOLS


@pytest.mark.parametrize(
    ('name', 'options'),
    [
        ('SYSUMM01Protocol', dict(exclude_same_place='no')),
        ('SYSUMM01Protocol', dict(num_trials=True)),
        ('OpenSetProtocol', dict(exclude_same_place='off')),
        ('LLCMProtocol', dict(exclude_same_camera=1)),
    ],
)
def test_an_option_of_another_type_is_refused(name, options):
    """The command line passes 'no' as a text, which Python takes for true."""
    ((option, value),) = options.items()
    with pytest.raises(ValueError, match=f'{option}={value!r}: give '):
        PROTOCOLS.build(dict(type=name, **options))


@pytest.mark.parametrize('name', sorted(PROTOCOLS.module_dict))
@pytest.mark.parametrize('value', ['rank', True, False, None, 2, ['identity']])
def test_an_unknown_cmc_unit_is_refused_in_one_line(name, value):
    with pytest.raises(ValueError) as error:
        PROTOCOLS.build(dict(type=name, cmc_unit=value))
    protocol = PROTOCOLS.get(name).name
    assert str(error.value) == f"{protocol}: cmc_unit={value!r}: choose 'identity' or 'image'."


class NightProtocol(BaseProtocol):
    name, galleries = 'Night', 'all'

    def __init__(self, **kwargs):
        table = {'night-to-day': Setting(INFRARED, VISIBLE), 'day-to-night': Setting(VISIBLE, INFRARED)}
        super().__init__(table, options=dict(moon='full'), **kwargs)


def test_a_protocol_tests_all_settings_of_its_table_by_default():
    assert NightProtocol().settings == ('night-to-day', 'day-to-night')
    assert NightProtocol(settings=['day-to-night']).settings == ('day-to-night',)
    with pytest.raises(ValueError, match=r"Night: settings=\['dusk'\]: give a list with values of \('night-to-day'"):
        NightProtocol(settings=['dusk'])


def test_options_record_the_cmc_unit():
    assert NightProtocol().options == dict(moon='full', cmc_unit='identity')
    assert NightProtocol(cmc_unit='image').options == dict(moon='full', cmc_unit='image')


NEW_FILE = """
from mmvireid.evaluation.protocols.base import VISIBLE, BaseProtocol, Setting
from mmvireid.registry import PROTOCOLS


@PROTOCOLS.register_module()
class DuskProtocol(BaseProtocol):
    name, galleries = 'Dusk', 'all'

    def __init__(self):
        super().__init__({'dusk': Setting(VISIBLE, VISIBLE)})
"""


def test_a_protocol_in_a_new_file_is_registered(tmp_path, monkeypatch):
    (tmp_path / 'dusk.py').write_text(NEW_FILE)
    monkeypatch.setattr(PROTOCOLS, '_module_dict', dict(PROTOCOLS.module_dict))
    folders = [str(Path(protocols.__file__).parent), str(tmp_path)]
    spec = spec_from_file_location(protocols.__name__, protocols.__file__, submodule_search_locations=folders)
    package = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, protocols.__name__, package)
    monkeypatch.delitem(sys.modules, f'{protocols.__name__}.dusk', raising=False)
    spec.loader.exec_module(package)
    assert PROTOCOLS.build(dict(type='DuskProtocol')).settings == ('dusk',)
    del sys.modules[f'{protocols.__name__}.dusk']
