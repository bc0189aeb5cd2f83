import pytest

from mmvireid.utils.command_line import config_parser, load_config, load_runner_config, runner_parser

CONFIG = """
data_root = 'a'
train_dataloader = dict(dataset=dict(type='X', data_root=data_root, split='train'))
test_evaluator = [dict(protocol=dict(data_root=data_root, num_trials=10))]
model = dict(neck=dict(num_parts=4))
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'toy_config.py'
    path.write_text(CONFIG)
    return str(path)


@pytest.fixture
def load(config):
    return lambda *words: load_config(config_parser('').parse_args([config, *words]))


def test_without_options_the_config_stays_as_it_is(load):
    cfg = load()

    assert cfg.train_dataloader.dataset.data_root == 'a'
    assert set(cfg) == {'data_root', 'train_dataloader', 'test_evaluator', 'model'}


@pytest.mark.parametrize('words', [('--data-root', 'elsewhere'), ('--cfg-options', 'data_root=elsewhere')])
def test_data_root_reaches_every_data_set_and_protocol(load, words):
    cfg = load(*words)

    assert cfg.data_root == 'elsewhere'
    assert cfg.train_dataloader.dataset == dict(type='X', data_root='elsewhere', split='train')
    assert cfg.test_evaluator[0].protocol == dict(data_root='elsewhere', num_trials=10)


def test_split_number_reaches_every_data_set(tmp_path):
    path = tmp_path / 'regdb.py'
    path.write_text('split_number = 1\na = dict(dataset=dict(split_number=split_number))\nb = dict(split_number=1)\n')
    cfg = load_runner_config(runner_parser('').parse_args([str(path), '--split-number', '3']))
    assert (cfg.split_number, cfg.a.dataset.split_number, cfg.b.split_number) == (3, 3, 3)
    assert cfg.work_dir == 'work_dirs/regdb_split3'


def test_split_number_is_an_error_if_the_config_has_none(load):
    with pytest.raises(ValueError, match='has no split_number, so --split-number 3 has no effect'):
        load('--split-number', '3')


def test_cfg_options_override_data_root(load):
    cfg = load('--data-root', 'b', '--cfg-options', 'train_dataloader.dataset.data_root=c', 'model.neck.num_parts=3')

    assert cfg.train_dataloader.dataset.data_root == 'c'
    assert cfg.model.neck.num_parts == 3


def test_a_runner_config_has_a_work_dir_and_a_launcher(config):
    cfg = load_runner_config(runner_parser('').parse_args([config]))
    assert (cfg.work_dir, cfg.launcher) == ('work_dirs/toy_config', 'none')
    assert set(cfg) == {'data_root', 'train_dataloader', 'test_evaluator', 'model', 'work_dir', 'launcher'}
    cfg = load_runner_config(runner_parser('').parse_args([config, '--work-dir', 'here', '--launcher', 'pytorch']))
    assert (cfg.work_dir, cfg.launcher) == ('here', 'pytorch')
