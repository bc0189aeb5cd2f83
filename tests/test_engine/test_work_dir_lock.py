"""Two trainings do not share a work dir."""

import json
import os
import signal
import socket

import pytest

from mmvireid.engine import TrainingStopped, lock_work_dir


def test_a_second_training_is_refused_and_harms_nothing(train):
    first = train('model.seconds=0.3')
    first.wait_for('[1][1/5]')
    before = sorted(path.name for path in first.work_dir.iterdir())
    second = train()
    assert second.finish() == 1
    assert 'Traceback' not in second.output
    started = json.loads((first.work_dir / 'train.lock').read_text())['started']
    owner = f'process {first.pid} on host {socket.gethostname()}, started at {started}'
    (line,) = [line for line in second.output.splitlines() if line.startswith('error: ')]
    assert f"Another training uses the work dir '{first.work_dir}': {owner}." in line
    assert sorted(path.name for path in first.work_dir.iterdir()) == before
    assert first.finish() == 0
    assert not (first.work_dir / 'train.lock').exists()


def test_the_lock_of_a_killed_training_is_taken_over_with_one_line(train):
    killed = train('model.seconds=0.3', 'train_dataloader.num_workers=1')
    killed.wait_for('[1][2/5]')
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.finish() == -signal.SIGKILL
    (killed.work_dir / '.epoch_1.pth.lost-host.1.0a1b2c3d.part').touch()
    following = train('train_cfg.max_epochs=1')
    assert following.finish() == 0
    (line,) = [line for line in following.output.splitlines() if 'Take over' in line]
    assert f'process {killed.pid} on host' in line and 'is gone' in line
    assert not list(following.work_dir.glob('.*.part'))


def test_one_process_of_two_takes_the_lock(train_two):
    both = train_two('train_cfg.max_epochs=2', 'model.seconds=0.2')
    both[0].wait_for('[1][1/')
    assert json.loads((both[0].work_dir / 'train.lock').read_text())['pid'] == both[0].pid
    assert [rank.finish() for rank in both] == [0, 0], both[0].output[-3000:]


def test_the_lock_of_another_host_is_not_taken_over(tmp_path):
    lock = tmp_path / 'train.lock'
    lock.write_text(json.dumps(dict(host='elsewhere', pid=7, started='2026-01-01 00:00:00')))
    with pytest.raises(TrainingStopped, match=f"process 7 on host elsewhere, .* delete '{lock}'"):
        with lock_work_dir(tmp_path):
            pass
    assert lock.exists()


@pytest.mark.parametrize('text', ['', 'no JSON', '[]', '{"pid": 3}'])
def test_a_lock_file_without_an_owner_is_reused(tmp_path, text):
    (tmp_path / 'train.lock').write_text(text)
    with lock_work_dir(tmp_path):
        assert json.loads((tmp_path / 'train.lock').read_text())['pid'] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_an_error_releases_the_lock(tmp_path):
    with pytest.raises(KeyError):
        with lock_work_dir(tmp_path):
            raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_locks_is_no_obstacle(tmp_path, monkeypatch):
    def refuse(*args):
        raise OSError(37, 'No locks available')

    monkeypatch.setattr('fcntl.lockf', refuse)
    with lock_work_dir(tmp_path):
        assert (tmp_path / 'train.lock').exists()
    assert list(tmp_path.iterdir()) == []
