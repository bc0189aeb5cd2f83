"""A hook that stops a training whose losses or weights are not finite."""

import torch
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook, LoggerHook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmvireid.registry import HOOKS

from ..training_stopped import TrainingStopped

NEVER = 2**62


@HOOKS.register_module()
class FiniteCheckHook(Hook):
    """Stop all processes if a loss or a weight is NaN or infinite, before a checkpoint is overwritten.

    After each iteration the hook notes on the device which losses are not finite. It reads the notes when the loss is
    logged, before each checkpoint, before each validation and at the end. Weights are checked there too, except when
    the loss is logged. Infinite gradients alone do not stop the training: a gradient scaler skips such a step.

    Raises:
        TrainingStopped: The message names the head, the loss, the iteration and the last good checkpoint.

    Example:
        >>> from types import SimpleNamespace
        >>> from mmengine.logging import MessageHub
        >>> from mmvireid.engine import FiniteCheckHook
        >>> hub = MessageHub.get_instance('finite_check_example')
        >>> runner = SimpleNamespace(iter=6, model=torch.nn.Linear(1, 1), message_hub=hub)
        >>> hook = FiniteCheckHook()
        >>> losses = {'identity.loss_pooled': torch.tensor(torch.nan)}
        >>> hook.after_train_iter(runner, batch_idx=6, outputs=losses)
        >>> hook.before_checkpoint(runner)
        Traceback (most recent call last):
        mmvireid.engine.training_stopped.TrainingStopped: Training stopped because the loss 'loss_pooled' of the head
        'identity' is NaN or infinite at iteration 7. There is no checkpoint yet.
    """

    priority = 'LOW'  # after the logger, before the checkpoint

    def __init__(self) -> None:
        self._log_interval = 50
        self._bad_since: dict[tuple[str, ...], torch.Tensor] = {}
        self._iteration = 0

    def before_train(self, runner: Runner) -> None:
        self._log_interval = next((hook.interval for hook in runner.hooks if isinstance(hook, LoggerHook)), 50)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        self._iteration = runner.iter + 1
        losses = {name: loss for name, loss in (outputs or {}).items() if 'loss' in name and torch.is_tensor(loss)}
        if losses:
            # These operations stay on the device, and their scalars need no copy: nothing here waits for the device.
            bad = ~torch.stack([loss.detach().isfinite().all() for loss in losses.values()])
            since = torch.full_like(bad, NEVER, dtype=torch.long).masked_fill_(bad, self._iteration)
            names = tuple(losses)
            self._bad_since[names] = torch.minimum(self._bad_since.get(names, since), since)
        if self.every_n_inner_iters(batch_idx, self._log_interval):
            self._stop_if_any(runner, self._find_bad_loss())

    def before_checkpoint(self, runner: Runner) -> None:
        """Check losses and weights before :class:`SafeCheckpointHook` saves."""
        self._stop_if_any(runner, self._find_bad_loss() or self._find_bad_weight(runner))

    def before_val(self, runner: Runner) -> None:
        self.before_checkpoint(runner)

    def after_train(self, runner: Runner) -> None:
        self.before_checkpoint(runner)

    def _find_bad_loss(self) -> tuple[int, str] | None:
        """Find the earliest iteration with a bad loss; return it and its description."""
        since = {n: i for names, first in self._bad_since.items() for n, i in zip(names, first.tolist(), strict=True)}
        iteration = min(since.values(), default=NEVER)
        if iteration == NEVER:
            return None
        bad = [name for name, first in since.items() if first == iteration]
        parts = [name.rpartition('.') for name in bad if name != 'loss' or len(bad) == 1]  # 'loss' is the sum
        described = [f"the loss '{loss}'" + (f" of the head '{head}'" if head else '') for head, _, loss in parts]
        return iteration, f'{" and ".join(described)} is NaN or infinite at iteration {iteration}'

    def _find_bad_weight(self, runner: Runner) -> tuple[int, str] | None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        tensors = {name: tensor for name, tensor in model.state_dict().items() if tensor.is_floating_point()}
        is_finite = torch.stack([tensor.isfinite().all() for tensor in tensors.values()]).tolist()
        bad = [name for name, finite in zip(tensors, is_finite, strict=True) if not finite]
        if not bad:
            return None
        text = f"{len(bad)} of {len(tensors)} tensors of the model (first: '{bad[0]}') are NaN or infinite"
        return self._iteration, f'{text} after iteration {self._iteration}'

    def _stop_if_any(self, runner: Runner, problem: tuple[int, str] | None) -> None:
        """Stop every process if one of them has a problem."""
        problems = [found for found in all_gather_object(problem) if found is not None]
        if problems:
            last = runner.message_hub.get_info('last_ckpt')
            rest = f"The last good checkpoint is '{last}'." if last else 'There is no checkpoint yet.'
            raise TrainingStopped(f'Training stopped because {min(problems)[1]}. {rest}')
