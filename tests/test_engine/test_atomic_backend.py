"""A file is whole or not there."""

import multiprocessing
import os
import signal
import socket
import time
from pathlib import Path

import pytest
from mmengine.fileio import get_file_backend

from mmvireid.engine import AtomicLocalBackend, remove_unfinished_files

FORK = multiprocessing.get_context('fork')


def test_the_backend_is_registered_and_writes(tmp_path):
    backend = get_file_backend(str(tmp_path), backend_args=dict(backend='atomic_local'))
    assert isinstance(backend, AtomicLocalBackend)
    backend.put(b'new', str(tmp_path / 'deep' / 'file'))
    backend.put_text('text', tmp_path / 'deep' / 'text')
    assert (tmp_path / 'deep' / 'file').read_bytes() == b'new'
    assert sorted(path.name for path in (tmp_path / 'deep').iterdir()) == ['file', 'text']


@pytest.mark.parametrize('error', [KeyboardInterrupt(), OSError(28, 'No space left on device')])
@pytest.mark.parametrize('moment', ['fsync', 'replace'])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, moment, error):
    file = tmp_path / 'file'
    file.write_bytes(b'old')

    def fail(*args):
        raise error

    monkeypatch.setattr(os, moment, fail)
    with pytest.raises(type(error)) as caught:
        AtomicLocalBackend().put(b'new', str(file))
    assert file.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [file]
    if isinstance(error, OSError):
        assert caught.value.filename == str(file)


def test_the_bytes_are_on_the_disk_before_the_file_has_its_name(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, 'fsync', lambda descriptor: (calls.append('fsync'), fsync(descriptor)))
    monkeypatch.setattr(os, 'replace', lambda *names: (calls.append('replace'), replace(*names)))
    AtomicLocalBackend().put(b'new', tmp_path / 'file')
    assert calls == ['fsync', 'replace']


def write_often(file: Path, letter: bytes) -> None:
    for _ in range(60):
        AtomicLocalBackend().put(letter * 200_000, file)


def test_two_processes_that_write_one_file_never_mix(tmp_path):
    file = tmp_path / 'file'
    AtomicLocalBackend().put(b'a' * 200_000, file)
    writers = [FORK.Process(target=write_often, args=(file, letter)) for letter in (b'a', b'b')]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        content = file.read_bytes()
        assert len(content) == 200_000 and len(set(content)) == 1
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert list(tmp_path.iterdir()) == [file]


def write_forever(file: Path) -> None:
    os.fsync = lambda descriptor: time.sleep(100)
    AtomicLocalBackend().put(b'new', file)


def test_leftovers_of_dead_processes_are_removed(tmp_path):
    writer = FORK.Process(target=write_forever, args=(tmp_path / 'epoch_1.pth',))
    writer.start()
    while not (files := list(tmp_path.iterdir())):
        time.sleep(0.01)
    assert remove_unfinished_files(tmp_path) == []
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    other_host, previous_version = '.epoch_1.pth.elsewhere.1.0a1b2c3d.part', 'epoch_1.pth.part'
    for name in (other_host, previous_version, 'notes.txt'):
        (tmp_path / name).touch()
    assert socket.gethostname().split('.')[0] in files[0].name
    assert set(remove_unfinished_files(tmp_path)) == {files[0].name, other_host, previous_version}
    assert [path.name for path in tmp_path.iterdir()] == ['notes.txt']
