"""At no moment is a work dir without a whole checkpoint."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from toy_training import BY_EPOCH, BY_ITERATION, VALIDATION

from mmvireid.engine import AtomicLocalBackend, TrainingStopped, find_resume_problem


@pytest.fixture
def whole_files_at_each_step(monkeypatch, tmp_path) -> list[tuple[set[str], str]]:
    """List the whole checkpoints, and the text of last_checkpoint, before each write and before each deletion."""
    states, work_dir = [], tmp_path / 'work'

    def watch(name: str) -> None:
        original = getattr(AtomicLocalBackend, name)

        def watched(self, *args):
            files = {file.name for file in work_dir.glob('*.pth') if torch.load(file, weights_only=False)}
            pointer = work_dir / 'last_checkpoint'
            states.append((files, Path(pointer.read_text()).name if pointer.exists() else ''))
            return original(self, *args)

        monkeypatch.setattr(AtomicLocalBackend, name, watched)

    for name in ('put', 'remove'):
        watch(name)
    return states


@pytest.mark.parametrize('config', [BY_EPOCH, BY_ITERATION, BY_EPOCH + VALIDATION], ids=['epoch', 'iter', 'best'])
def test_an_old_checkpoint_is_deleted_after_the_new_one_is_written(train_here, whole_files_at_each_step, config):
    train_here(config, **{'default_hooks.checkpoint.max_keep_ckpts': 1})
    first = next(i for i, (files, _) in enumerate(whole_files_at_each_step) if files)
    assert len(whole_files_at_each_step) > first + 8
    best_seen = False
    for files, named in whole_files_at_each_step[first + 1 :]:
        assert named in files
        best = [name for name in files if name.startswith('best_')]
        assert best or not best_seen
        best_seen = bool(best)
    assert best_seen == (VALIDATION in config)


@pytest.mark.parametrize('max_keep, kept', [(1, [4]), (2, [3, 4]), (-1, [1, 2, 3, 4])])
def test_the_newest_checkpoints_stay(train_here, tmp_path, max_keep, kept):
    train_here(BY_EPOCH + VALIDATION, **{'default_hooks.checkpoint.max_keep_ckpts': max_keep})
    names = sorted(file.name for file in (tmp_path / 'work').glob('*.pth'))
    assert names == ['best_mAP_epoch_4.pth', *(f'epoch_{epoch}.pth' for epoch in kept)]
    assert (tmp_path / 'work' / 'last_checkpoint').read_text() == str(tmp_path / 'work' / 'epoch_4.pth')
    checkpoint = torch.load(tmp_path / 'work' / 'epoch_4.pth', weights_only=False)
    assert checkpoint['message_hub']['runtime_info']['best_ckpt'].endswith('best_mAP_epoch_4.pth')


def test_a_worse_score_leaves_the_best_checkpoint(train_here, tmp_path):
    train_here(BY_EPOCH + VALIDATION, **{'default_hooks.checkpoint.rule': 'less'})
    assert [file.name for file in (tmp_path / 'work').glob('best_*')] == ['best_mAP_epoch_1.pth']


def test_the_best_checkpoints_of_several_scores_are_kept_apart(train_here, tmp_path):
    options = {'default_hooks.checkpoint.save_best': ['mAP', 'loss'], 'default_hooks.checkpoint.rule': None}
    train_here(BY_EPOCH + VALIDATION, **options)
    names = sorted(file.name for file in (tmp_path / 'work').glob('best_*'))
    assert names == ['best_loss_epoch_1.pth', 'best_mAP_epoch_4.pth']


def test_a_failed_save_of_the_best_checkpoint_keeps_the_previous_one(train_here, tmp_path, monkeypatch):
    put = AtomicLocalBackend.put

    def fail_later(self, obj, filepath):
        if 'best_mAP_epoch_3' in str(filepath):
            raise OSError(28, 'No space left on device', str(filepath))
        put(self, obj, filepath)

    monkeypatch.setattr(AtomicLocalBackend, 'put', fail_later)
    with pytest.raises(TrainingStopped, match=r"best_mAP_epoch_3.pth' could not be saved: No space left.*epoch_3.pth'"):
        train_here(BY_EPOCH + VALIDATION)
    assert [file.name for file in (tmp_path / 'work').glob('best_*')] == ['best_mAP_epoch_2.pth']


@pytest.fixture
def small_disk(tmp_path) -> Iterator[tuple[Path, bool]]:
    """A disk of 8 MB where mounting is permitted, else a folder."""
    folder = tmp_path / 'disk'
    folder.mkdir()
    mount = shutil.which('mount') and os.geteuid() == 0
    command = ['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', str(folder)]
    is_mounted = bool(mount) and subprocess.run(command, capture_output=True).returncode == 0
    yield folder, is_mounted
    if is_mounted:
        subprocess.run(['umount', str(folder)], check=True)


def fill(folder: Path, leave: int) -> None:
    free = shutil.disk_usage(folder).free
    (folder / 'filler').write_bytes(bytes(free - leave))


def test_a_full_disk_ends_the_training_with_one_line_and_harms_no_file(train, small_disk):
    folder, is_mounted = small_disk
    work_dir = folder / 'work'
    first = train('model.megabytes=1', 'train_cfg.max_epochs=2', work_dir=work_dir)
    assert first.finish() == 0
    kept = sorted([*work_dir.glob('*.pth'), work_dir / 'last_checkpoint'])
    before = [file.read_bytes() for file in kept]
    assert len(kept) == 3
    if is_mounted:
        fill(folder, leave=300_000)
    second = train('model.megabytes=1', work_dir=work_dir, resume='', max_file_size=None if is_mounted else 300_000)
    assert second.finish() == 1
    assert 'Traceback' not in second.output
    (line,) = [line for line in second.output.splitlines() if line.startswith('error: ')]
    assert f"'{work_dir}/epoch_3.pth' could not be saved" in line and f"'{work_dir}/epoch_2.pth'" in line
    assert [file.read_bytes() for file in kept] == before
    assert list(work_dir.glob('*.part')) == list(work_dir.glob('.*.part')) == []
    if is_mounted:
        (folder / 'filler').unlink()
    third = train('model.megabytes=1', work_dir=work_dir, resume='')
    assert third.finish() == 0
    assert find_resume_problem(work_dir / 'epoch_4.pth') is None


def test_all_processes_end_if_one_cannot_save(train_two, tmp_path):
    (tmp_path / 'work' / 'epoch_2.pth').mkdir(parents=True)  # no file can be renamed to a folder
    both = train_two()
    assert [rank.finish() for rank in both] == [1, 1], both[0].output[-3000:]
    assert [rank.output.count("epoch_2.pth' could not be saved") for rank in both] == [1, 0]
