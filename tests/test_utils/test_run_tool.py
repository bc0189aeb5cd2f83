"""What is a mistake of the user, what is a bug, and who speaks if several processes fail."""

import pytest
import torch
from torch.utils.data import DataLoader

from mmvireid.utils import run_tool as module
from mmvireid.utils.run_tool import describe_error, run_tool


def line_of(main) -> str:
    with pytest.raises(SystemExit) as caught:
        run_tool(main)
    assert '\n' not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    'error', [ValueError('a=1: write a=2.'), KeyError('a=1: write a=2.'), TypeError('a=1: write a=2.')]
)
def test_a_stated_error_is_a_mistake_of_the_user(error):
    def main():
        raise error

    assert line_of(main) == 'error: a=1: write a=2.'


@pytest.mark.parametrize(
    ('fault', 'name'),
    [
        (lambda: {}['x'], 'KeyError'),
        (lambda: None.x, 'AttributeError'),
        (lambda: 1 / 0, 'ZeroDivisionError'),
        (lambda: (lambda a: a)(b=1), 'TypeError'),
        (lambda: torch.ones(2) @ torch.ones(3), 'RuntimeError'),
    ],
)
def test_an_error_that_nobody_states_is_a_bug_with_its_place(fault, name):
    line = line_of(fault)
    assert line.startswith(f'error: This is a bug: {name}: ')
    assert f'{__file__}, line ' in line and 'run again with --debug and report' in line


def test_the_error_of_a_worker_is_unwrapped():
    class Images(torch.utils.data.Dataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            raise OSError("Image 'a.jpg' is truncated: replace the file.")

    assert line_of(lambda: list(DataLoader(Images(), num_workers=1))) == (
        "error: Image 'a.jpg' is truncated: replace the file."
    )


def test_debug_shows_the_error_itself(monkeypatch):
    monkeypatch.setattr('sys.argv', ['tool', '--debug'])
    with pytest.raises(ZeroDivisionError):
        run_tool(lambda: 1 / 0)


def test_other_ranks_wait_for_the_first_one(monkeypatch):
    waits = []
    monkeypatch.setattr(module.time, 'sleep', waits.append)
    monkeypatch.setattr(module.signal, 'signal', lambda *_: None)
    for rank in ('0', '1'):
        monkeypatch.setenv('RANK', rank)
        line_of(lambda: open('absent'))
    assert waits == [module.RANK_PATIENCE]

    def main():
        raise RuntimeError('[gloo/transport/tcp/pair.cc:534] Connection closed by peer')

    monkeypatch.setenv('RANK', '0')
    assert 'another process ended' in line_of(main)
    assert waits[1:] == [module.LOST_PATIENCE]


def test_a_missing_key_of_a_config_is_named():
    from mmengine.config import Config

    for read in (lambda: Config().model, lambda: Config(dict(model={})).model.neck, lambda: Config()['model']):
        try:
            read()
        except (AttributeError, KeyError) as error:
            assert 'no key' in describe_error(error)
