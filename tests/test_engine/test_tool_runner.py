"""What the screen shows of a training, and what only the log file has."""

import logging

import pytest

from mmvireid.engine.runner.tool_runner import ConsoleFilter

MMENGINE = '/env/lib/python3.12/site-packages/mmengine'


@pytest.mark.parametrize(
    ('file', 'function', 'level', 'is_shown'),
    [
        (f'{MMENGINE}/optim/optimizer/default_constructor.py', 'add_params', logging.INFO, False),
        (f'{MMENGINE}/model/base_module.py', 'init_weights', logging.WARNING, False),
        (f'{MMENGINE}/optim/optimizer/default_constructor.py', 'add_params', logging.ERROR, True),
        (f'{MMENGINE}/runner/runner.py', '_log_env', logging.INFO, False),
        (f'{MMENGINE}/runner/runner.py', 'load_checkpoint', logging.INFO, True),
        (f'{MMENGINE}/hooks/checkpoint_hook.py', 'before_train', logging.WARNING, True),
        ('/env/lib/python3.12/site-packages/mmvireid/datasets/csv_dataset.py', 'warn', logging.WARNING, True),
        ('/home/user/my_heads.py', 'formula', logging.INFO, True),
    ],
)
def test_the_screen_shows_messages_for_users(file, function, level, is_shown):
    record = logging.LogRecord('mmengine', level, file, 1, 'a message', None, None, function)
    assert ConsoleFilter().filter(record) == is_shown
