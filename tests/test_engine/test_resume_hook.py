"""--resume goes on from a whole checkpoint, or says why it cannot."""

import os
import shutil

import pytest
from toy_training import BY_EPOCH, VALIDATION, same_weights

from mmvireid.engine import TrainingStopped, find_resumable


@pytest.fixture(scope='module')
def trained_once(tmp_path_factory):
    """A finished training of three epochs with a best checkpoint; read-only."""
    return tmp_path_factory.mktemp('resume') / 'work'


@pytest.fixture
def trained(train, trained_once, tmp_path):
    """A copy of that training."""
    if not trained_once.exists():
        assert train('train_cfg.max_epochs=3', config=BY_EPOCH + VALIDATION, work_dir=trained_once).finish() == 0
    copy = shutil.copytree(trained_once, tmp_path / 'work')
    (copy / 'last_checkpoint').write_text(str(copy / 'epoch_3.pth'))
    return copy


@pytest.fixture
def go_on(train, tmp_path):
    return lambda resume='': train(config=BY_EPOCH + VALIDATION, work_dir=tmp_path / 'work', resume=resume)


def truncate(file, size):
    with open(file, 'r+b') as opened:
        opened.truncate(size)


def test_the_best_checkpoint_is_refused_and_the_right_file_is_named(trained, go_on):
    (best,) = trained.glob('best_*')
    training = go_on(best)
    assert training.finish() == 1
    assert 'Traceback' not in training.output
    assert f"Cannot resume from '{best}': it has no optimizer state. Resume from '{trained}/epoch_3.pth', or start" in (
        training.output
    )
    assert 'Epoch(train)' not in training.output


def test_a_truncated_file_is_refused_and_the_right_file_is_named(trained, go_on):
    truncate(trained / 'epoch_3.pth', 1000)
    training = go_on(trained / 'epoch_3.pth')
    assert training.finish() == 1
    expected = (
        f"Cannot resume from '{trained}/epoch_3.pth': it is truncated or damaged. Resume from '{trained}/epoch_2.pth'."
    )
    assert expected in training.output


@pytest.mark.parametrize('damage', ['empty pointer', 'no pointer', 'truncated checkpoint', 'no checkpoint'])
def test_resume_falls_back_to_the_newest_whole_checkpoint(trained, go_on, train, tmp_path, damage):
    whole = train(config=BY_EPOCH + VALIDATION, work_dir=tmp_path / 'whole')
    chosen = 'epoch_3.pth'
    if damage == 'empty pointer':
        truncate(trained / 'last_checkpoint', 0)
    elif damage == 'no pointer':
        (trained / 'last_checkpoint').unlink()
    else:
        chosen = 'epoch_2.pth'
        if damage == 'no checkpoint':
            (trained / 'epoch_3.pth').unlink()
        else:
            truncate(trained / 'epoch_3.pth', 5000)
    training = go_on()
    assert training.finish() == whole.finish() == 0, training.output[-3000:]
    (line,) = [line for line in training.output.splitlines() if 'newest whole checkpoint' in line]
    assert f"Resume from '{trained}/{chosen}'" in line
    assert f'Epoch(train) [{int(chosen[6]) + 1}][1/5]' in training.output
    assert 'Epoch(train) [1][1/5]' not in training.output
    assert same_weights(trained / 'epoch_4.pth', tmp_path / 'whole' / 'epoch_4.pth')


def test_an_empty_work_dir_starts_anew_and_says_so(train):
    training = train('train_cfg.max_epochs=1', resume='')
    assert training.finish() == 0
    (line,) = [line for line in training.output.splitlines() if 'starts anew' in line]
    assert f"No checkpoint in '{training.work_dir}'" in line


def test_a_work_dir_without_a_whole_checkpoint_is_not_overwritten(trained):
    for name in ('epoch_2.pth', 'epoch_3.pth'):
        truncate(trained / name, 1000)
    with pytest.raises(TrainingStopped, match=r"epoch_3.pth' is unusable: it is truncated .* without --resume"):
        find_resumable(trained)


def test_a_copied_work_dir_means_its_own_files(trained):
    other = shutil.copytree(trained, trained.with_name('other'))
    assert find_resumable(other) == (other / 'epoch_3.pth', '')


def test_a_copied_work_dir_leaves_the_best_checkpoint_of_the_original(trained, trained_once, go_on):
    assert go_on().finish() == 0
    assert (trained_once / 'best_mAP_epoch_3.pth').is_file()
    assert [file.name for file in trained.glob('best_*')] == ['best_mAP_epoch_4.pth']


def test_a_checkpoint_that_was_written_just_before_a_kill_is_found(trained):
    (trained / 'last_checkpoint').write_text(str(trained / 'epoch_2.pth'))
    later = (trained / 'last_checkpoint').stat().st_mtime + 1
    os.utime(trained / 'epoch_3.pth', (later, later))
    file, note = find_resumable(trained)
    assert file == trained / 'epoch_3.pth' and "still names the older 'epoch_2.pth'" in note


def test_the_pointer_is_repaired_though_the_training_is_already_finished(trained, train):
    (trained / 'last_checkpoint').write_text('')
    training = train('train_cfg.max_epochs=3', resume='')
    assert training.finish() == 0
    assert (trained / 'last_checkpoint').read_text() == str(trained / 'epoch_3.pth')


def test_an_older_checkpoint_that_a_user_names_is_obeyed(trained):
    (trained / 'last_checkpoint').write_text(str(trained / 'epoch_2.pth'))
    assert find_resumable(trained) == (trained / 'epoch_2.pth', '')


def test_an_older_checkpoint_with_a_later_time_is_not_preferred(trained):
    later = (trained / 'last_checkpoint').stat().st_mtime + 1
    os.utime(trained / 'epoch_2.pth', (later, later))
    assert find_resumable(trained) == (trained / 'epoch_3.pth', '')
