"""Fixtures that run the tools as a user does: real processes and real files, on synthetic data."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / 'tools'
WIDTH = 8


@pytest.fixture(scope='session')
def smaller() -> list[str]:
    """Return settings that make the quickstart's config run in seconds."""
    return [
        f'model.backbone.resnet.base_channels={WIDTH}',
        f'model.backbone.resnet.stem_channels={WIDTH}',
        f'model.neck.in_channels={WIDTH * 8}',
        f'model.heads.identity.in_channels={WIDTH * 8}',
        'train_dataloader.batch_size=8',
        'train_dataloader.sampler.num_ids=2',
        'train_dataloader.sampler.num_instances=2',
        'train_cfg.max_epochs=1',
        'default_hooks.logger.interval=1',
    ]


@pytest.fixture(scope='session')
def options(tiny_root, smaller) -> list[str]:
    """Return arguments that run the smaller config on the smallest synthetic data."""
    lists = [(tiny_root / 'exp' / f'{split}_id.txt').read_text().split(',') for split in ('train', 'val')]
    num_ids = sum(map(len, lists))
    return ['--data-root', str(tiny_root), '--cfg-options', *smaller, f'model.heads.identity.num_classes={num_ids}']


@pytest.fixture(scope='session')
def start() -> Callable[..., subprocess.Popen]:
    """Return a function that starts a tool, a Python or a shell script, in its own process."""

    def start_tool(tool: str, *words: object) -> subprocess.Popen:
        path = os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')])
        environment = {**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': path, 'CUDA_VISIBLE_DEVICES': ''}
        command = [*([sys.executable] if tool.endswith('.py') else []), str(TOOLS / tool), *map(str, words)]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    return start_tool


@pytest.fixture(scope='session')
def run(start) -> Callable[..., str]:
    """Return a function that runs a tool in its own process to the end and returns the output."""

    def run_tool(tool: str, *words: object) -> str:
        process = start(tool, *words)
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0, out[-4000:]
        return out

    return run_tool


@pytest.fixture
def read_only_folder(tmp_path, monkeypatch):
    """Make the current folder read-only. A file has the name of mmengine's folder, so that even root cannot make it."""
    folder = tmp_path / 'read_only'
    folder.mkdir()
    (folder / '.dist_test').touch()
    folder.chmod(0o555)
    monkeypatch.chdir(folder)
    yield folder
    folder.chmod(0o755)


@pytest.fixture
def call(monkeypatch) -> Callable[..., None]:
    """Return a function that runs a tool in this process."""

    def call_tool(tool: str, *words: object) -> None:
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, words)])
        runpy.run_path(str(TOOLS / tool), run_name='__main__')

    return call_tool


@pytest.fixture(scope='session')
def trained(tmp_path_factory, options, run) -> Path:
    """Train the smaller config for one epoch, and return its work dir. ``screen.txt`` is what the user saw."""
    work_dir = tmp_path_factory.mktemp('trained')
    screen = run('train.py', ROOT / 'configs' / 'df2am' / 'df2am_r18_synthetic.py', '--work-dir', work_dir, *options)
    (work_dir / 'screen.txt').write_text(screen)
    return work_dir
