"""Check that an old name in a config ends in one line with the new name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mmvireid.evaluation  # noqa: F401  (registers the protocols)
from mmvireid.models.heads import BaseHead, TripletHead
from mmvireid.registry import MODELS, PROTOCOLS
from mmvireid.utils.old_names import RENAMED_OPTIONS, RENAMED_TYPES

ROOT = Path(__file__).parents[2]
HEADS = sorted(
    name for name, found in MODELS.module_dict.items() if isinstance(found, type) and issubclass(found, BaseHead)
)


@pytest.mark.parametrize('scope', ['', 'mmvireid.'])
@pytest.mark.parametrize('old', RENAMED_TYPES)
def test_an_old_type_names_the_new_one(old, scope):
    with pytest.raises(ValueError, match=f'^{old} has a new name: write ') as caught:
        MODELS.build(dict(type=f'{scope}{old}'))
    assert RENAMED_TYPES[old] in str(caught.value) and '\n' not in str(caught.value)


@pytest.mark.parametrize('new', RENAMED_TYPES.values())
def test_the_new_type_is_registered(new):
    config = eval(f'dict({new})')
    assert MODELS.get(config['type']).__name__ == config['type']
    if config['type'] == 'GlobalPoolingNeck':
        MODELS.build(config)


def test_an_own_component_may_have_an_old_name(monkeypatch):
    class MapNeck:
        pass

    monkeypatch.setitem(MODELS.module_dict, 'MapNeck', MapNeck)
    assert isinstance(MODELS.build(dict(type='MapNeck')), MapNeck)


@pytest.mark.parametrize('name', HEADS)
def test_old_options_of_heads_name_the_new_one(name):
    # --cfg-options may add the old option beside the new one.
    for options in (dict(features='bn'), dict(features=dict(bn=2), loss_weights=dict(bn=1.0))):
        with pytest.raises(ValueError, match=f'^The option features of {name} has a new name: write loss_weights'):
            MODELS.build(dict(type=name, **options))


@pytest.mark.parametrize('kind', ['SYSUMM01Protocol', MODELS.get('TripletHead')])
def test_a_type_may_be_a_name_or_a_class(kind):
    registry, option = (PROTOCOLS, 'probe_cams') if isinstance(kind, str) else (MODELS, 'features')
    with pytest.raises(ValueError, match=f'^The option {option} of .* has a new name'):
        registry.build({'type': kind, option: [3]})


@pytest.mark.parametrize('name', sorted(PROTOCOLS.module_dict))
def test_old_options_of_protocols_name_the_new_one(name):
    with pytest.raises(ValueError, match=f"^The option collapse_identities of {name} .* write cmc_unit='identity'"):
        PROTOCOLS.build(dict(type=name, collapse_identities=True))
    with pytest.raises(ValueError, match=f'^The option probe_cams of {name} has a new name: write query_cams'):
        PROTOCOLS.build(dict(type=name, probe_cams=[3]))


def test_an_own_component_may_have_an_option_with_an_old_name(monkeypatch):
    class OwnHead(TripletHead):
        def __init__(self, features: str) -> None:
            super().__init__(loss_weights={features: 1.0})

    monkeypatch.setitem(MODELS.module_dict, 'OwnHead', OwnHead)
    assert MODELS.build(dict(type='OwnHead', features='bn')).loss_weights == dict(bn=1.0)


def test_the_options_belong_to_registries():
    assert {option.registry for option in RENAMED_OPTIONS} == {MODELS.name, PROTOCOLS.name}


@pytest.mark.parametrize(
    ('change', 'options', 'last_line'),
    [
        ("model = dict(type='BaseReID')", [], "error: BaseReID has a new name: write type='CrossModalityReID'."),
        (
            '',
            ['model.heads.identity.features.bn=2'],
            'error: model.heads.identity: The option features of IDHead has a new name: write loss_weights, such '
            'as loss_weights=dict(pooled=1.0).',
        ),
    ],
)
def test_a_user_reads_the_new_name_in_the_last_line(tmp_path, tiny_root, change, options, last_line):
    config = tmp_path / 'my_config.py'
    config.write_text(f"_base_ = '{ROOT / 'configs' / 'df2am' / 'df2am_r18_synthetic.py'}'\n{change}\n")
    command = [sys.executable, ROOT / 'tools' / 'train.py', config, '--work-dir', tmp_path, '--data-root', tiny_root]
    command += ['--cfg-options', *options] if options else []
    environment = {**os.environ, 'PYTHONPATH': str(ROOT), 'CUDA_VISIBLE_DEVICES': ''}
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode != 0
    assert done.stderr.strip().splitlines()[-1] == last_line
