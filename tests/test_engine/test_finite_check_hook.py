"""A training that is not finite ends before it overwrites a good checkpoint."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper
from torch.utils._python_dispatch import TorchDispatchMode
from toy_training import BY_EPOCH, BY_ITERATION, VALIDATION, ToyModel, weights

from mmvireid.engine import FiniteCheckHook, TrainingStopped
from mmvireid.registry import MODELS, OPTIM_WRAPPERS

NAMES = ("loss 'loss_pooled'", "head 'identity'", 'at iteration 13', "checkpoint is '{work_dir}/{last}'")


@pytest.mark.parametrize('log_interval', [1, 50])
@pytest.mark.parametrize('wrapper', ['OptimWrapper', 'AutocastOptimWrapper'])
@pytest.mark.parametrize('config, last', [(BY_EPOCH, 'epoch_2.pth'), (BY_ITERATION, 'iter_12.pth')])
def test_a_nan_loss_ends_the_training(train, config, last, wrapper, log_interval):
    options = ('model.bad_from=13', f'optim_wrapper.type={wrapper}', f'default_hooks.logger.interval={log_interval}')
    training = train(*options, config=config)
    assert training.finish() == 1
    for text in NAMES:
        assert text.format(work_dir=training.work_dir, last=last) in training.output
    assert 'Traceback' not in training.output
    kept = sorted(training.work_dir.glob('*.pth'))
    assert len(kept) == 2
    assert all(tensor.isfinite().all() for file in kept for tensor in weights(file).values())


def test_an_infinite_learning_rate_overwrites_no_checkpoint(train):
    good = train('train_cfg.max_epochs=1')
    assert good.finish() == 0
    before = (good.work_dir / 'epoch_1.pth').read_bytes()
    training = train('optim_wrapper.optimizer.lr=1e30')
    assert training.finish() == 1
    assert 'NaN or infinite' in training.output and 'There is no checkpoint yet' in training.output
    assert [file.name for file in training.work_dir.glob('*.pth')] == ['epoch_1.pth']
    assert (training.work_dir / 'epoch_1.pth').read_bytes() == before


def test_two_processes_end_when_the_loss_of_one_is_nan(train_two):
    both = train_two('model.bad_from=2', 'model.bad_rank=1', 'default_hooks.logger.interval=50')
    assert [rank.finish() for rank in both] == [1, 1], both[0].output[-3000:]
    assert "head 'identity' is NaN or infinite at iteration 2" in both[0].output
    assert list(both[0].work_dir.glob('*.pth')) == []


@MODELS.register_module()
class Poison(ToyModel):
    """Set a weight to NaN after the last loss of an epoch."""

    def train_step(self, data, optim_wrapper):
        losses = super().train_step(data, optim_wrapper)
        if self.iteration == 10:
            self.net[0].weight.data[0, 0] = torch.nan
        return losses


POISON = {'model.type': 'Poison'}


@pytest.mark.parametrize('config', [BY_EPOCH, BY_EPOCH + VALIDATION])
def test_weights_are_checked_before_a_save(train_here, tmp_path, config):
    with pytest.raises(TrainingStopped, match=r"first: 'net.0.weight'\) are NaN .* iteration 10. .*epoch_1.pth'"):
        train_here(config, **POISON)
    assert (tmp_path / 'work' / 'epoch_1.pth').is_file() and not (tmp_path / 'work' / 'epoch_2.pth').exists()


@pytest.mark.parametrize('config', [BY_EPOCH, BY_EPOCH + VALIDATION], ids=['at the end', 'before validation'])
def test_weights_are_checked_without_a_save(train_here, config):
    no_save = {'default_hooks.checkpoint': None, 'train_cfg.max_epochs': 2}
    with pytest.raises(TrainingStopped, match='after iteration 10. There is no checkpoint yet'):
        train_here(config, **POISON, **no_save)


@OPTIM_WRAPPERS.register_module()
class ScaledOptimWrapper(OptimWrapper):
    """Scale the loss as mmengine's ``AmpOptimWrapper`` does, but on the CPU; count the skipped steps."""

    skipped = 0

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.scaler = torch.amp.GradScaler('cpu', init_scale=2.0**127, backoff_factor=2.0**-60)

    def backward(self, loss: torch.Tensor, **kwargs) -> None:
        self.scaler.scale(loss).backward(**kwargs)
        self._inner_count += 1

    def step(self, **kwargs) -> None:
        scale = self.scaler.get_scale()
        self.scaler.step(self.optimizer, **kwargs)
        self.scaler.update()
        ScaledOptimWrapper.skipped += self.scaler.get_scale() < scale


def test_a_skipped_step_with_infinite_gradients_does_not_end_the_training(train_here, tmp_path):
    train_here(**{'optim_wrapper.type': 'ScaledOptimWrapper'})
    assert ScaledOptimWrapper.skipped >= 1
    assert (tmp_path / 'work' / 'epoch_4.pth').is_file()


class Operations(TorchDispatchMode):
    """Record the names of the tensor operations."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.add(func.name())
        return func(*args, **(kwargs or {}))


@pytest.fixture
def runner() -> SimpleNamespace:
    hub = MessageHub.get_instance('test_finite_check_hook')
    return SimpleNamespace(iter=3, hooks=[], model=torch.nn.Linear(1, 1), message_hub=hub)


def test_an_iteration_that_is_not_logged_does_not_wait_for_the_device(runner):
    hook = FiniteCheckHook()
    hook.before_train(runner)
    losses = {'loss': torch.tensor(torch.inf), 'a.loss': torch.tensor(torch.inf), 'a.accuracy': torch.tensor(torch.nan)}
    with Operations() as operations:
        hook.after_train_iter(runner, 3, outputs=losses)
        hook.after_train_iter(runner, 4, outputs=losses)
    waiting = ('_local_scalar_dense', 'item', 'nonzero', '_to_copy', 'copy_', 'is_nonzero', 'lift_fresh')
    assert operations.names
    assert not [name for name in operations.names if name.split('::')[1].split('.')[0] in waiting]
    with pytest.raises(TrainingStopped, match="because the loss 'loss' of the head 'a' is NaN or infinite at iter.* 4"):
        hook.after_train_iter(runner, 49, outputs=losses)


def test_what_is_no_loss_may_be_nan(runner):
    hook = FiniteCheckHook()
    hook.after_train_iter(runner, 3, outputs={'loss': torch.ones(()), 'precision': torch.tensor(torch.nan)})
    hook.after_train_iter(runner, 49, outputs=None)
    hook.before_checkpoint(runner)
    hook.after_train(runner)
