"""The tools do not run the code in a checkpoint, and do not use a damaged one."""

import os
from pathlib import Path

import pytest
import torch

CONFIG = Path(__file__).parents[2] / 'configs' / 'df2am' / 'df2am_r18_synthetic.py'


class Planted:
    """A pickle that makes a folder when it is loaded."""

    def __init__(self, victim: Path) -> None:
        self.victim = str(victim)

    def __reduce__(self):
        return os.mkdir, (self.victim,)


@pytest.fixture(autouse=True)
def forget_trust(monkeypatch):
    monkeypatch.setattr('mmvireid.utils.checkpoints._trusted', [])


@pytest.fixture
def victim(tmp_path) -> Path:
    return tmp_path / 'the_code_ran'


@pytest.fixture
def planted(trained, tmp_path, victim) -> Path:
    """Add code to a checkpoint of the trained model."""
    checkpoint = torch.load(trained / 'epoch_1.pth', weights_only=False)
    checkpoint['message_hub']['note'] = Planted(victim)
    torch.save(checkpoint, tmp_path / 'planted.pth')
    return tmp_path / 'planted.pth'


def test_a_test_in_its_own_process_does_not_run_planted_code(planted, victim, tmp_path, options, start):
    process = start('test.py', CONFIG, planted, '--work-dir', tmp_path, *options)
    out, _ = process.communicate(timeout=300)
    assert process.returncode != 0 and not victim.exists()
    assert f"'{planted}' holds 'posix.mkdir', which may run code: the file was not loaded." in out
    assert 'add --trust-checkpoint to the command' in out


def test_a_resume_does_not_run_planted_code(planted, victim, tmp_path, options, call, capsys):
    with pytest.raises(SystemExit, match='1'):
        call('train.py', CONFIG, '--resume', planted, '--work-dir', tmp_path / 'work', *options)
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith(f"error: Cannot resume from '{planted}': it holds 'posix.mkdir', which may run code")
    assert '--trust-checkpoint' in line and not victim.exists()


def test_a_trusted_checkpoint_is_used(planted, victim, tmp_path, options, call):
    features = tmp_path / 'features.npz'
    arguments = [CONFIG, planted, '--out', features, '--work-dir', tmp_path, *options]
    with pytest.raises(SystemExit, match='may run code'):
        call('extract_features.py', *arguments)
    assert not victim.exists() and not features.exists()
    call('extract_features.py', *arguments[:4], '--trust-checkpoint', *arguments[4:])
    assert victim.is_dir() and features.is_file()


def test_flipped_weights_are_not_tested(trained, tmp_path, options, call):
    content = bytearray((trained / 'epoch_1.pth').read_bytes())
    place = len(content) // 2
    content[place : place + 64] = bytes(byte ^ 0xFF for byte in content[place : place + 64])
    (tmp_path / 'flipped.pth').write_bytes(content)
    with pytest.raises(SystemExit, match=r"flipped.pth' is damaged \(wrong checksum of .*Copy or download"):
        call('test.py', CONFIG, tmp_path / 'flipped.pth', '--work-dir', tmp_path, *options)


def test_weights_alone_are_not_tested(trained, tmp_path, options, call):
    torch.save(torch.load(trained / 'epoch_1.pth', weights_only=False)['state_dict'], tmp_path / 'weights.pth')
    with pytest.raises(SystemExit, match=r"The checkpoint '.*weights.pth' has no key 'state_dict'; it has \['backbone"):
        call('test.py', CONFIG, tmp_path / 'weights.pth', '--work-dir', tmp_path, *options)
