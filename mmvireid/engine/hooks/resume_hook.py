"""A hook that chooses the checkpoint to resume from."""

from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmvireid.registry import HOOKS

from ..atomic_backend import AtomicLocalBackend
from ..checkpoint_files import POINTER, find_resumable, find_resume_problem
from ..training_stopped import TrainingStopped


@HOOKS.register_module()
class ResumeHook(Hook):
    """Resume from a checkpoint that is whole, and say so if it is not the expected one.

    mmengine resumes without optimizer and schedule if the checkpoint lacks them, as the best checkpoint does. This
    hook refuses such a file. Without a given file it takes the one that ``last_checkpoint`` names, else the newest
    whole one. In a work dir without checkpoints it says that training starts anew.

    Raises:
        TrainingStopped: Training cannot go on from the given file, or from any file of the work dir.

    Example:
        >>> import torch
        >>> from types import SimpleNamespace
        >>> from mmvireid.engine import ResumeHook
        >>> torch.save(dict(meta={}, state_dict={}), 'best_mAP_epoch_3.pth')
        >>> runner = SimpleNamespace(_resume=True, _load_from='best_mAP_epoch_3.pth')
        >>> ResumeHook().before_run(runner)
        Traceback (most recent call last):
        mmvireid.engine.training_stopped.TrainingStopped: Cannot resume from 'best_mAP_epoch_3.pth': it has no ...
    """

    priority = 'VERY_HIGH'

    def before_run(self, runner: Runner) -> None:
        if not runner._resume:
            return
        if runner._load_from is None:
            self._choose(runner)
        elif '://' not in str(runner._load_from):
            _refuse_if_unusable(Path(runner._load_from))

    def _choose(self, runner: Runner) -> None:
        file, note = find_resumable(runner.work_dir)
        if file is None:
            runner.logger.info(f"No checkpoint in '{runner.work_dir}': training starts anew.")
            runner._resume = False
            return
        if note:
            runner.logger.warning(f"{note} Resume from '{file}', the newest whole checkpoint.")
            if is_main_process():  # a training that is already finished saves no other checkpoint
                AtomicLocalBackend().put_text(str(file), Path(runner.work_dir) / POINTER)
        runner._load_from = str(file)


def _refuse_if_unusable(file: Path) -> None:
    problem = find_resume_problem(file)
    if problem is None:
        return
    try:
        better, _ = find_resumable(file.parent)
    except TrainingStopped:
        better = None
    advice = f"Resume from '{better}'" if better else 'No checkpoint beside it can be resumed'
    weights = f', or start a new training from its weights: --cfg-options load_from={file}'
    raise TrainingStopped(
        f"Cannot resume from '{file}': {problem}. {advice}{weights if 'optimizer' in problem else ''}."
    )
