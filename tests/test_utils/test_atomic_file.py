import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmvireid.utils.atomic_file import atomic_file, check_writable, write_atomically

LARGE = b'x' * 400_000
FULL = '(No space left on device|File too large)'  # see small_disk


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_whole_or_not_there(tmp_path):
    file = tmp_path / 'deep' / 'result.json'
    with atomic_file(file) as temporary:
        temporary.write_bytes(b'new')
        assert temporary.suffix == '.json' and not file.exists()
    assert file.read_bytes() == b'new' and names(file.parent) == ['result.json']


def test_an_error_leaves_the_old_file(tmp_path):
    file = tmp_path / 'result.json'
    write_atomically(file, b'old')
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error, match='by the caller'), atomic_file(file) as temporary:
            temporary.write_bytes(b'half')
            raise error('by the caller')
    assert file.read_bytes() == b'old' and names(tmp_path) == ['result.json']


def test_the_file_has_the_usual_permissions_and_a_link_stays(tmp_path):
    write_atomically(tmp_path / 'target', b'old')
    usual = tmp_path / 'usual'
    usual.touch()
    (tmp_path / 'link').symlink_to('target')
    write_atomically(tmp_path / 'link', b'new')
    assert (tmp_path / 'link').is_symlink() and (tmp_path / 'target').read_bytes() == b'new'
    assert (tmp_path / 'target').stat().st_mode == usual.stat().st_mode


def test_a_pipe_is_not_replaced(tmp_path):
    pipe = tmp_path / 'pipe'
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    check_writable(pipe)
    write_atomically(pipe, b'text')
    assert os.read(reader, 10) == b'text' and pipe.is_fifo()
    os.close(reader)


@pytest.mark.parametrize('act', [check_writable, lambda file: write_atomically(file, b'x')])
def test_a_place_that_cannot_be_written_is_named(tmp_path, act):
    (tmp_path / 'file').write_text('not a folder')
    with pytest.raises(IsADirectoryError, match=f"Could not write '{tmp_path}': it is a folder"):
        act(tmp_path)
    with pytest.raises(NotADirectoryError, match=r"Could not write '.*/file/x.json': a part of its folder is a file"):
        act(tmp_path / 'file' / 'x.json')
    with pytest.raises(NotADirectoryError, match='a part of its folder is a file'):
        act(tmp_path / 'file' / 'deep' / 'x.json')
    with pytest.raises(OSError, match="Could not write '.*': File name too long"):
        act(tmp_path / ('x' * 300))
    assert names(tmp_path) == ['file']


def test_a_full_disk_keeps_the_old_file(small_disk):
    file = small_disk / 'features.npz'
    write_atomically(file, b'old')
    check_writable(file)
    with pytest.raises(OSError, match=f"Could not write '{file}': {FULL}. Free some space"):
        write_atomically(file, LARGE)
    with pytest.raises(OSError, match=f"Could not write '{file}': {FULL}") as error, atomic_file(file) as part:
        with part.open('wb') as stream:
            np.savez(stream, features=np.ones((1000, 100)))
    assert '\n' not in str(error.value)
    assert file.read_bytes() == b'old' and names(small_disk) == ['features.npz']


@pytest.mark.parametrize('act', [check_writable, lambda file: write_atomically(file, b'x')])
def test_a_read_only_folder_is_named(act):
    with pytest.raises(OSError, match="Could not write '/sys/x.json': (Permission denied|Read-only|Operation not)"):
        act('/sys/x.json')  # no user can create a file there


def test_a_file_size_limit_is_named(tmp_path):
    """A limit of the system cuts a file off, on machines where no small disk can be mounted."""
    program = (
        'import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n'
        'from mmvireid.utils.atomic_file import write_atomically\n'
        f'write_atomically({str(tmp_path / "x.json")!r}, bytes(400_000))'
    )
    done = subprocess.run(
        [sys.executable, '-c', program], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert f"Could not write '{tmp_path}/x.json': File too large" in done.stderr
    assert names(tmp_path) == []
