"""A hook that saves the training when a cluster or a user stops the process."""

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

import torch
from mmengine.dist import is_distributed
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmvireid.registry import HOOKS

from ..training_stopped import TrainingStopped
from .safe_checkpoint_hook import SafeCheckpointHook

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SAME_REQUEST = 1.0  # seconds; a launcher repeats a signal that its processes have already received


@HOOKS.register_module()
class StopSignalHook(Hook):
    """On SIGTERM or SIGINT, finish the iteration, save a checkpoint and end the training.

    ``--resume`` goes on from this checkpoint as if nothing had happened. The exit status of ``tools/train.py`` is
    143 (SIGTERM) or 130 (SIGINT). A second signal ends the process at once. With several processes, all of them end
    after the same iteration, even if one process alone receives the signal. A single process also ends during
    validation; several processes finish the validation first.

    Raises:
        TrainingStopped: A signal arrived; the message names the checkpoint.

    Example:
        >>> from types import SimpleNamespace
        >>> from mmvireid.engine import StopSignalHook
        >>> runner = SimpleNamespace(iter=6, hooks=[], train_loop=None, val_loop=None)
        >>> hook = StopSignalHook()
        >>> hook.before_train(runner)
        >>> signal.raise_signal(signal.SIGTERM)
        >>> hook.after_train_iter(runner, batch_idx=6)
        Traceback (most recent call last):
        mmvireid.engine.training_stopped.TrainingStopped: SIGTERM ended the training after iteration 7. ...
        >>> hook.leave_train(runner)
    """

    priority = 'LOWEST'  # after the regular checkpoint of the same iteration

    def __init__(self) -> None:
        self._signal = 0
        self._received_at = 0.0
        self._handlers: dict[int, Callable | int | None] = {}
        self._group: torch.distributed.ProcessGroup | None = None
        self._vote: tuple[torch.Tensor, torch.distributed.Work] | None = None

    def before_train(self, runner: Runner) -> None:
        self._signal, self._vote = 0, None
        if is_distributed():
            self._group = torch.distributed.new_group(backend='gloo')  # votes on the CPU do not wait for a GPU
        if threading.current_thread() is threading.main_thread():
            self._handlers = {each: signal.signal(each, self._receive) for each in SIGNALS}
        for loop in (runner.train_loop, runner.val_loop):
            if isinstance(getattr(loop, 'dataloader', None), torch.utils.data.DataLoader):
                loop.dataloader.worker_init_fn = partial(_shield_worker, init=loop.dataloader.worker_init_fn)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        signum = self._signal if self._group is None else self._count_votes()
        if signum:
            self._stop(runner, signum, runner.iter + 1)

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: list | None = None
    ) -> None:
        if self._signal and self._group is None:
            self._stop(runner, self._signal, runner.iter)

    def leave_train(self, runner: Runner) -> None:
        """Restore the signal handlers; the resumable loops call this method at their end, also after an error."""
        for each, handler in self._handlers.items():
            signal.signal(each, handler)
        self._handlers = {}

    def _receive(self, signum: int, frame: FrameType | None) -> None:
        if not self._signal:
            self._signal, self._received_at = signum, time.monotonic()
            if self._group is None:
                for each in SIGNALS:
                    signal.signal(each, signal.SIG_DFL)  # the second signal needs no Python to end the process
        elif time.monotonic() - self._received_at > SAME_REQUEST:
            os._exit(128 + signum)

    def _count_votes(self) -> int:
        """Return the signal that any process had received one iteration ago, and start the next vote.

        The processes exchange their votes while they compute the next iteration.
        """
        if self._vote is not None:
            vote, work = self._vote
            work.wait()
            if vote.item():
                return int(vote)
        vote = torch.tensor(self._signal)
        operation = torch.distributed.ReduceOp.MAX
        self._vote = vote, torch.distributed.all_reduce(vote, operation, self._group, async_op=True)
        return 0

    def _stop(self, runner: Runner, signum: int, iterations: int) -> None:
        saver = next((hook for hook in runner.hooks if isinstance(hook, SafeCheckpointHook)), None)
        saved = 'Nothing was saved: the config has no SafeCheckpointHook.'
        if saver is not None:
            saved = f"Saved '{saver.save_interrupted(runner, iterations)}'; go on with --resume."
        name = signal.Signals(signum).name
        raise TrainingStopped(f'{name} ended the training after iteration {iterations}. {saved}', 128 + signum)


def _shield_worker(worker_id: int, init: Callable[[int], None] | None) -> None:
    """Let a data loader's worker serve the last iteration, though clusters and terminals signal all processes."""
    if init is not None:
        init(worker_id)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, 'sigwaitinfo'):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        threading.Thread(target=_obey_parent, daemon=True).start()


def _obey_parent() -> None:
    """End the worker on the SIGTERM of its own training process, as PyTorch's handler does, and on no other."""
    while signal.sigwaitinfo([signal.SIGTERM]).si_pid != os.getppid():
        pass
    os._exit(0)
