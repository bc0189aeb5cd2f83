"""Trainings in processes of their own, forked from a process that has imported everything."""

import multiprocessing
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

sys.path.insert(0, str(Path(__file__).parent))  # the trainings import toy_training by its name
import toy_training  # noqa: E402

FORKSERVER = multiprocessing.get_context('forkserver')
ROOMS = ('datasets', 'engine', 'evaluation', 'models', 'visualization')
FORKSERVER.set_forkserver_preload([*(f'mmvireid.{room}' for room in ROOMS), 'mmengine.runner', 'yapf', 'toy_training'])


class Training:
    """One process that runs tools/train.py."""

    def __init__(
        self, words: list[str], work_dir: Path, environment: dict[str, str], max_file_size: int | None
    ) -> None:
        self.work_dir = work_dir
        self.log = work_dir.with_name(f'{work_dir.name}.{time.monotonic_ns()}.log')
        arguments = (words, str(self.log), environment, max_file_size)
        self.process = FORKSERVER.Process(target=toy_training.run_tool, args=arguments)
        self.process.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return self.log.read_text() if self.log.exists() else ''

    def wait_for(self, *texts: str) -> None:
        """Wait until all texts are printed."""
        end = time.monotonic() + 60
        while not all(text in self.output for text in texts):
            assert self.process.is_alive() and time.monotonic() < end, self.output[-3000:]
            time.sleep(0.01)

    def finish(self) -> int:
        """Wait for the end; return the exit status, as subprocess does."""
        self.process.join(120)
        assert not self.process.is_alive(), self.output[-3000:]
        return self.process.exitcode


@pytest.fixture
def train(tmp_path) -> Iterator[Callable[..., Training]]:
    """Start tools/train.py on the toy config."""
    started = []

    def start(
        *options: str,
        work_dir: Path = tmp_path / 'work',
        config: str = toy_training.BY_EPOCH,
        resume: str | Path | None = None,
        environment: dict[str, str] | None = None,
        max_file_size: int | None = None,
    ) -> Training:
        file = tmp_path / f'toy_config_{len(started)}.py'
        file.write_text(toy_training.CONFIG + config)
        words = [str(toy_training.ROOT / 'tools' / 'train.py'), str(file), '--work-dir', str(work_dir)]
        if resume is not None:
            words += ['--resume', *([str(resume)] if resume else [])]
        if environment:
            words += ['--launcher', 'pytorch']
        if options:
            words += ['--cfg-options', *options]
        started.append(Training(words, work_dir, environment or {}, max_file_size))
        return started[-1]

    yield start
    for training in started:
        training.process.kill()
        training.process.join()


@pytest.fixture
def train_two(train, tmp_path) -> Callable[..., list[Training]]:
    """Start tools/train.py in two processes that train together."""

    def start(*options: str, **arguments: object) -> list[Training]:
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = str(free.getsockname()[1])
        common = dict(WORLD_SIZE='2', MASTER_ADDR='127.0.0.1', MASTER_PORT=port)
        ranks = [dict(common, RANK=str(rank), LOCAL_RANK=str(rank)) for rank in range(2)]
        return [train(*options, environment=environment, **arguments) for environment in ranks]

    return start


@pytest.fixture
def train_here(tmp_path) -> Callable[..., Runner]:
    """Train on the toy config in this process; keyword arguments replace settings of the config."""

    def run(config: str = toy_training.BY_EPOCH, **settings: object) -> Runner:
        file = tmp_path / 'toy_config.py'
        file.write_text(toy_training.CONFIG + config)
        cfg = Config.fromfile(file)
        cfg.merge_from_dict(dict(work_dir=str(tmp_path / 'work'), log_level='ERROR', experiment_name=tmp_path.name))
        cfg.merge_from_dict(settings)
        runner = Runner.from_cfg(cfg)
        runner.train()
        return runner

    return run
