"""Settings without effect are refused, and variables of a user's config are not."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmvireid.utils.config_keys import check_command_line_keys, check_file_keys

CONFIGS = Path(__file__).parents[2] / 'configs'
CONFIG = CONFIGS / 'df2am' / 'df2am_r18_synthetic.py'


@pytest.fixture(scope='module')
def cfg() -> Config:
    return Config.fromfile(CONFIG)


@pytest.mark.parametrize(
    ('setting', 'message'),
    [
        ('optim_wraper.type', "key 'optim_wraper'. Did you mean 'optim_wrapper'?"),
        ('moon', "neither the config nor the Runner has a key 'moon'"),
        ('model.heads.identiy.num_classes', "model.heads has no 'identiy'. Did you mean 'identity'?"),
        ('model.heads.extra.num_classes', 'A new component needs a type: model.heads.extra.type='),
        ('default_hooks.chekpoint', "default_hooks has no 'chekpoint'. Did you mean 'checkpoint'?"),
        ('env_cfg.cudnn_benchmarc', "Did you mean 'cudnn_benchmark'?"),
        ('train_dataloader.batchsize', "Did you mean 'batch_size'?"),
        ('randomness.sed', "Did you mean 'seed'?"),
    ],
)
def test_a_setting_without_effect_is_refused(cfg, setting, message):
    with pytest.raises(ValueError, match=f'^--cfg-options {setting}: .*{message}'.replace('?', r'\?')):
        check_command_line_keys(cfg, {setting: 1})


@pytest.mark.parametrize(
    'options',
    [
        {'model.heads.extra.type': 'IDHead', 'model.heads.extra.num_classes': 3},
        {'model.heads.extra': dict(type='IDHead')},
        {'model.heads.identity.dropout': 0.5},
        {'model.heads.identity.loss_weights.pooled': 1.0},
        {'optim_wrapper.clip_grad.max_norm': 1.0},
        {'param_scheduler.0.end': 2},
        {'compile': True},
        {'val_dataloader.batch_size': 8},
        {'data_root': 'elsewhere'},
    ],
)
def test_a_setting_with_effect_passes(cfg, options, capsys):
    check_command_line_keys(cfg, options)
    assert capsys.readouterr().err == ''


def test_a_variable_of_the_file_was_already_used(cfg, capsys):
    check_command_line_keys(cfg, {'max_epochs': 1})
    assert 'set train_cfg.max_epochs' in capsys.readouterr().err


def test_only_misspelt_keys_of_a_file_are_refused(tmp_path):
    (tmp_path / 'mine.py').write_text('my_sizes = (1, 2)\nwarmup = 3\nbatch = 2\ntrain_dataset = dict()\n')
    check_file_keys(Config.fromfile(tmp_path / 'mine.py'), 'mine.py')
    for wrong, right in {
        'optim_wraper': 'optim_wrapper',
        'custom_hook': 'custom_hooks',
        'val_evalator': 'val_evaluator',
    }.items():
        with pytest.raises(ValueError, match=f"reads the key '{wrong}'. Did you mean '{right}'"):
            check_file_keys(Config({wrong: 1}), 'mine.py')
