import pytest

from mmvireid.utils.command_line import config_parser, load_config

CONFIG = """
data_root = 'a'
train_dataloader = dict(dataset=dict(type='X', data_root=data_root, split='train'))
test_evaluator = [dict(protocol=dict(data_root=data_root, num_trials=10))]
model = dict(neck=dict(num_parts=4))
"""


@pytest.fixture
def load(tmp_path):
    path = tmp_path / 'toy_config.py'
    path.write_text(CONFIG)
    return lambda *words: load_config(config_parser('').parse_args([str(path), *words]))


def test_without_options_the_config_is_the_whole_truth(load):
    cfg = load()

    assert cfg.train_dataloader.dataset.data_root == 'a'
    assert cfg.work_dir == 'work_dirs/toy_config'
    assert cfg.launcher == 'none'
    assert set(cfg) == {'data_root', 'train_dataloader', 'test_evaluator', 'model', 'work_dir', 'launcher'}


@pytest.mark.parametrize('words', [('--data-root', 'elsewhere'), ('--cfg-options', 'data_root=elsewhere')])
def test_data_root_reaches_every_data_set_and_protocol(load, words):
    cfg = load(*words)

    assert cfg.data_root == 'elsewhere'
    assert cfg.train_dataloader.dataset == dict(type='X', data_root='elsewhere', split='train')
    assert cfg.test_evaluator[0].protocol == dict(data_root='elsewhere', num_trials=10)


def test_cfg_options_win_over_data_root(load):
    cfg = load('--data-root', 'b', '--cfg-options', 'train_dataloader.dataset.data_root=c', 'model.neck.num_parts=3')

    assert cfg.train_dataloader.dataset.data_root == 'c'
    assert cfg.model.neck.num_parts == 3
