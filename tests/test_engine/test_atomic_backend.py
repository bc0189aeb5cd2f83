"""Check that an interrupted write keeps the old file."""

import pytest
from mmengine.fileio import get_file_backend

from mmvireid.engine import AtomicLocalBackend


def test_the_backend_is_registered_and_writes(tmp_path):
    backend = get_file_backend(str(tmp_path), backend_args=dict(backend='atomic_local'))
    assert isinstance(backend, AtomicLocalBackend)
    backend.put(b'new', str(tmp_path / 'deep' / 'file'))
    assert (tmp_path / 'deep' / 'file').read_bytes() == b'new'
    assert [path.name for path in (tmp_path / 'deep').iterdir()] == ['file']


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / 'file'
    file.write_bytes(b'old')

    def die(self, obj, filepath):
        open(filepath, 'wb').write(obj[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr('mmengine.fileio.LocalBackend.put', die)
    with pytest.raises(KeyboardInterrupt):
        AtomicLocalBackend().put(b'new', str(file))
    assert file.read_bytes() == b'old'
