"""A checkpoint hook that never leaves a work dir without a whole checkpoint."""

import os.path as osp
from collections import deque
from typing import Any

from mmengine.dist import broadcast_object_list, is_main_process, master_only
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from mmvireid.registry import HOOKS

from ..atomic_backend import AtomicLocalBackend
from ..checkpoint_files import POINTER
from ..training_stopped import TrainingStopped

INTERRUPTED = 'interrupted.pth'


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """Save like mmengine's ``CheckpointHook``, but delete an old checkpoint only after the new one is on the disk.

    - A checkpoint and ``last_checkpoint`` are written under another name and renamed.
    - Before each save, every process calls the hooks' ``before_checkpoint(runner)``. A hook that refuses the save
      raises an error there.
    - If a save fails, all processes stop with one line, and the previous files stay.

    Args:
        backend_args: The file backend; default: :class:`AtomicLocalBackend`.
        **kwargs: Other arguments of ``CheckpointHook``.

    Raises:
        TrainingStopped: A file cannot be written, for example because the disk is full.

    Example:
        >>> from mmvireid.registry import HOOKS
        >>> hook = HOOKS.build(dict(type='SafeCheckpointHook', interval=1, max_keep_ckpts=2))
        >>> hook.max_keep_ckpts, hook.backend_args
        (2, {'backend': 'atomic_local'})
    """

    def __init__(self, *args: Any, backend_args: dict | None = None, **kwargs: Any) -> None:
        super().__init__(*args, backend_args=backend_args or dict(backend='atomic_local'), **kwargs)
        self._saved_at: tuple[int, int] | None = None

    def save_interrupted(self, runner: Runner, iterations: int) -> str:
        """Save the state between two regular checkpoints; the next regular save deletes the file.

        Args:
            runner: The Runner.
            iterations: Number of finished iterations.

        Returns:
            The checkpoint file.
        """
        meta = dict(epoch=runner.epoch, iter=iterations)
        if self._saved_at != (meta['epoch'], meta['iter']):
            self._write(runner, INTERRUPTED, meta)
        return self.last_ckpt

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        outdated = [INTERRUPTED]
        if self.max_keep_ckpts > 0:
            steps = [*(kept for kept in self.keep_ckpt_ids if kept != step), step]
            outdated += [self.filename_tmpl.format(old) for old in steps[: -self.max_keep_ckpts]]
            self.keep_ckpt_ids = deque(steps[-self.max_keep_ckpts :], self.max_keep_ckpts)
            runner.message_hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        self._write(runner, self.filename_tmpl.format(step), meta)
        for name in outdated:
            self._remove(self.file_backend.join_path(self.out_dir, name))

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        if not self.save_best:
            return
        paths = self._best_paths()
        self._set_best_paths(dict.fromkeys(paths))  # mmengine deletes the files it knows before it saves
        try:
            super()._save_best_checkpoint(runner, metrics)
        except OSError as error:
            raise TrainingStopped(_describe(error, self.last_ckpt)) from None
        improved = {name: path for name, path in self._best_paths().items() if path is not None}
        for name in improved.keys() & paths.keys():
            # A work dir that was copied must not delete the file of the original, so only the name counts.
            old = self.file_backend.join_path(self.out_dir, osp.basename(paths[name] or ''))
            if old != improved[name]:
                self._remove(old)
        self._set_best_paths({**paths, **improved})

    def _best_paths(self) -> dict[str, str | None]:
        """List the best checkpoints by metric; mmengine stores a single one elsewhere than several."""
        if len(self.key_indicators) == 1:
            return dict(only=self.best_ckpt_path)
        return dict(self.best_ckpt_path_dict)

    def _set_best_paths(self, paths: dict[str, str | None]) -> None:
        if len(self.key_indicators) == 1:
            self.best_ckpt_path = paths['only']
        else:
            self.best_ckpt_path_dict = paths

    def _write(self, runner: Runner, name: str, meta: dict) -> None:
        """Write a checkpoint and then ``last_checkpoint``; return when both are on the disk, in every process."""
        runner.call_hook('before_checkpoint')
        previous = runner.message_hub.get_info('last_ckpt')
        file = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', file)
        options = dict(save_optimizer=self.save_optimizer, save_param_scheduler=self.save_param_scheduler)
        options.update(meta=meta, by_epoch=self.by_epoch, backend_args=self.backend_args, **self.args)
        message: list[str | None] = [None]
        try:
            runner.save_checkpoint(self.out_dir, name, **options)
            if is_main_process():
                AtomicLocalBackend().put_text(file, f'{runner.work_dir}/{POINTER}')
        except OSError as error:
            message = [_describe(error, previous)]
        broadcast_object_list(message)  # the other processes wait here until the files are on the disk
        if message[0] is not None:
            raise TrainingStopped(message[0])
        self.last_ckpt, self._saved_at = file, (meta['epoch'], meta['iter'])

    @master_only
    def _remove(self, path: str) -> None:
        if self.file_backend.isfile(path):
            self.file_backend.remove(path)


def _describe(error: OSError, previous: str | None) -> str:
    rest = f"The last whole checkpoint is '{previous}'." if previous else 'There is no earlier checkpoint.'
    return f"Training stopped because '{error.filename}' could not be saved: {error.strerror}. {rest}"
