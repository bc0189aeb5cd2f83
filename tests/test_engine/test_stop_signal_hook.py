"""A signal ends a training with a checkpoint that loses nothing."""

import os
import signal
import time
from types import SimpleNamespace

import pytest
from toy_training import BY_EPOCH, BY_ITERATION, VALIDATION, same_weights

from mmvireid.engine import StopSignalHook, TrainingStopped

each_loop = pytest.mark.parametrize(
    'config, last', [(BY_EPOCH, 'epoch_4.pth'), (BY_ITERATION, 'iter_20.pth')], ids=['epochs', 'iterations']
)
SLOW = 'model.seconds=0.1'


@each_loop
@pytest.mark.parametrize('signum, status', [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_saves_and_resume_goes_on_bitwise(train, tmp_path, config, last, signum, status):
    whole = train(config=config, work_dir=tmp_path / 'whole')
    stopped = train(SLOW, config=config)
    stopped.wait_for('[3/5]' if config == BY_EPOCH else '[ 7/20]')
    os.kill(stopped.pid, signum)
    assert stopped.finish() == status
    assert 'Traceback' not in stopped.output
    (line,) = [line for line in stopped.output.splitlines() if 'ended the training' in line]
    assert signum.name in line and '--resume' in line
    assert (stopped.work_dir / 'last_checkpoint').read_text() in line
    resumed = train(config=config, resume='')
    assert resumed.finish() == whole.finish() == 0
    assert same_weights(resumed.work_dir / last, whole.work_dir / last)
    assert not (resumed.work_dir / 'interrupted.pth').exists()


def test_one_process_of_two_receives_the_signal_and_both_end_after_the_same_iteration(train_two, tmp_path):
    whole = train_two(work_dir=tmp_path / 'whole')
    assert [rank.finish() for rank in whole] == [0, 0], whole[0].output[-3000:]
    stopped = train_two(SLOW)
    stopped[0].wait_for('[2][1/')
    os.kill(stopped[1].pid, signal.SIGTERM)
    assert [rank.finish() for rank in stopped] == [143, 143], stopped[0].output[-3000:]
    assert [rank.output.count('SIGTERM ended the training') for rank in stopped] == [1, 0]
    resumed = train_two(resume='')
    assert [rank.finish() for rank in resumed] == [0, 0], resumed[0].output[-3000:]
    assert same_weights(tmp_path / 'work' / 'epoch_4.pth', tmp_path / 'whole' / 'epoch_4.pth')


def test_a_second_signal_stops_at_once(train):
    training = train('model.seconds=1000')
    training.wait_for('Checkpoints will be saved')
    time.sleep(0.5)
    os.kill(training.pid, signal.SIGTERM)
    time.sleep(0.2)
    assert training.process.is_alive()
    os.kill(training.pid, signal.SIGTERM)
    assert training.finish() == -signal.SIGTERM


def test_workers_that_receive_the_signal_too_serve_the_last_iteration(train):
    training = train(SLOW, 'train_dataloader.num_workers=2', 'train_dataloader.persistent_workers=True')
    training.wait_for('[2][2/5]')
    os.killpg(training.pid, signal.SIGTERM)
    assert training.finish() == 143, training.output[-3000:]
    assert 'Traceback' not in training.output


def test_a_signal_during_validation_saves_and_resume_validates_again(train, tmp_path):
    whole = train(config=BY_EPOCH + VALIDATION, work_dir=tmp_path / 'whole')
    training = train('model.seconds=0.2', config=BY_EPOCH + VALIDATION)
    training.wait_for('Epoch(val)')
    os.kill(training.pid, signal.SIGTERM)
    assert training.finish() == 143, training.output[-3000:]
    assert 'SIGTERM ended the training after iteration 5.' in training.output
    resumed = train(config=BY_EPOCH + VALIDATION, resume='')
    assert resumed.finish() == whole.finish() == 0, resumed.output[-3000:]
    assert resumed.output.index('Epoch(val) [1]') < resumed.output.index('Epoch(train) [2]')
    assert same_weights(resumed.work_dir / 'epoch_4.pth', whole.work_dir / 'epoch_4.pth')


def test_an_error_restores_the_signal_handlers(train_here):
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    with pytest.raises(TrainingStopped, match='NaN'):
        train_here(**{'model.bad_from': 1})
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


def test_without_a_saving_hook_the_line_says_that_nothing_was_saved():
    hook = StopSignalHook()
    runner = SimpleNamespace(iter=2, hooks=[hook], train_loop=None, val_loop=None)
    hook.before_train(runner)
    try:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(TrainingStopped, match='SIGINT .* iteration 3. Nothing was saved') as stop:
            hook.after_train_iter(runner, 2)
        assert stop.value.exit_status == 130
    finally:
        hook.leave_train(runner)
