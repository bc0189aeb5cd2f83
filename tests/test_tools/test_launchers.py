"""The launchers: ports, kill -9, usage, and the command lines for Slurm.

``test_training_tools.py`` runs two jobs at once, in a read-only folder.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / 'tools'
CONFIG = ROOT / 'configs' / 'df2am' / 'df2am_r18_synthetic.py'


def wait_for(condition: Callable[[], bool], seconds: float, problem: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, problem
        time.sleep(0.05)


def commands() -> dict[int, str]:
    """Return the command line of every running process."""
    found = {}
    for folder in Path('/proc').glob('[0-9]*'):
        try:
            words = (folder / 'cmdline').read_bytes().decode(errors='replace').split('\0')
        except OSError:  # the process has just ended
            continue
        found[int(folder.name)] = ' '.join(words)
    return found


def processes_of(work_dir: Path) -> set[int]:
    return {pid for pid, command in commands().items() if str(work_dir) in command}


@pytest.fixture
def no_port(monkeypatch):
    monkeypatch.delenv('PORT', raising=False)


def test_ranks_end_soon_after_kill_9_of_the_launcher(tmp_path, options, start, no_port):
    work_dir = tmp_path / 'killed'
    job = start('dist_train.sh', CONFIG, 2, '--work-dir', work_dir, *options, 'train_cfg.max_epochs=100000')
    try:
        wait_for(lambda: list(work_dir.glob('epoch_1.pth')) or job.poll() is not None, 120, 'no epoch was trained')
        assert job.poll() is None, job.stdout.read()[-4000:]
        ranks = processes_of(work_dir) - {job.pid}
        assert len(ranks) >= 2
        job.send_signal(signal.SIGKILL)
        wait_for(lambda: not processes_of(work_dir), 10, 'ranks go on without their launcher')
        assert f'the launcher (process {job.pid}) has ended' in job.stdout.read()
    finally:
        for pid in processes_of(work_dir):
            os.kill(pid, signal.SIGKILL)


def test_a_process_that_starts_after_the_end_of_its_launcher_ends():
    file = ROOT / 'mmvireid' / 'utils' / 'launch.py'
    code = f"import runpy, time; runpy.run_path('{file}')['stop_with_launcher'](0.01); time.sleep(60)"
    gone = subprocess.Popen([sys.executable, '-c', ''])
    gone.wait()
    environment = {**os.environ, 'MMVIREID_LAUNCHER': str(gone.pid)}
    done = subprocess.run([sys.executable, '-c', code], env=environment, capture_output=True, text=True, timeout=50)
    assert done.returncode == 1
    assert f'error: the launcher (process {gone.pid}) has ended' in done.stderr


@pytest.fixture
def srun(tmp_path, monkeypatch) -> Callable[..., tuple[list[str], str]]:
    """Return a function that runs a script with a stand-in for srun, and returns srun's command line and the port."""
    stub = tmp_path / 'bin' / 'srun'
    stub.parent.mkdir()
    stub.write_text(
        f'#!{sys.executable}\nimport json, os, sys\n'
        "print(json.dumps([sys.argv[1:], os.environ['MASTER_PORT'], os.environ['PYTHONPATH']]))\n"
    )
    stub.chmod(0o755)
    for name in ('GPUS', 'GPUS_PER_NODE', 'CPUS_PER_TASK', 'SRUN_ARGS', 'PORT', 'MASTER_PORT'):
        monkeypatch.delenv(name, raising=False)

    def run_script(script: str, *words: str, **settings: str) -> tuple[list[str], str]:
        path = f'{stub.parent}{os.pathsep}{os.environ["PATH"]}'
        environment = {**os.environ, 'PATH': path, 'PYTHONPATH': 'mine', **settings}
        done = subprocess.run([TOOLS / script, *words], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        command, port, python_path = json.loads(done.stdout)
        assert python_path == f'{TOOLS}/..:mine'
        return command, port

    return run_script


def test_slurm_scripts_call_srun_in_openmmlabs_form(srun):
    command, port = srun('slurm_train.sh', 'gpu', 'my job', 'a b.py', '--cfg-options', 'x=[1, 2]', GPUS='16')
    assert command == [
        *('--partition=gpu', '--job-name=my job', '--gres=gpu:8', '--ntasks=16', '--ntasks-per-node=8'),
        *('--cpus-per-task=5', '--kill-on-bad-exit=1'),
        *('python', '-u', f'{TOOLS}/train.py', 'a b.py', '--launcher', 'slurm', '--cfg-options', 'x=[1, 2]'),
    ]
    assert 20000 <= int(port) < 32000
    settings = dict(GPUS='2', CPUS_PER_TASK='3', SRUN_ARGS='--quotatype=spot --time=1', PORT='777')
    command, port = srun('slurm_test.sh', 'gpu', 'job', 'config.py', 'epoch_1.pth', '--out', 'r.json', **settings)
    assert command == [
        *('--partition=gpu', '--job-name=job', '--gres=gpu:2', '--ntasks=2', '--ntasks-per-node=2'),
        *('--cpus-per-task=3', '--kill-on-bad-exit=1', '--quotatype=spot', '--time=1'),
        *('python', '-u', f'{TOOLS}/test.py', 'config.py', 'epoch_1.pth', '--launcher', 'slurm', '--out', 'r.json'),
    ]
    assert port == '777'


@pytest.mark.parametrize(
    ('script', 'words'),
    [('dist_train.sh', 1), ('dist_test.sh', 2), ('slurm_train.sh', 2), ('slurm_test.sh', 3)],
)
def test_a_launcher_without_all_its_arguments_shows_the_usage(script, words):
    done = subprocess.run([TOOLS / script, *['word'] * words], capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.count('\n') == 1 and f'usage: {script} ' in done.stderr


@pytest.mark.parametrize(
    ('settings', 'expected'),
    [
        ({}, '--standalone --local-addr=127.0.0.1'),
        ({'PORT': '7'}, '--nnodes=1 --node_rank=0 --master_addr=127.0.0.1 --master_port=7'),
        (
            {'NNODES': '2', 'NODE_RANK': '1', 'MASTER_ADDR': 'first'},
            '--nnodes=2 --node_rank=1 --master_addr=first --master_port=29500',
        ),
    ],
)
def test_a_port_is_fixed_only_by_the_user_or_between_machines(tmp_path, monkeypatch, no_port, settings, expected):
    stub = tmp_path / 'python'
    stub.write_text('#!/bin/sh\necho "$@"\n')
    stub.chmod(0o755)
    environment = {**os.environ, 'PATH': f'{tmp_path}{os.pathsep}{os.environ["PATH"]}', **settings}
    done = subprocess.run([TOOLS / 'dist_train.sh', 'config.py', '4', '--amp'], env=environment, capture_output=True)
    called = f'-m mmvireid.utils.launch {expected} --nproc_per_node=4 {TOOLS}/train.py config.py'
    assert done.stdout.decode() == f'{called} --launcher pytorch --amp\n'
