from .atomic_backend import AtomicLocalBackend, remove_unfinished_files
from .checkpoint_files import find_resumable, find_resume_problem
from .hooks import (
    CheckpointFitHook,
    CollectDirHook,
    ConfigCheckHook,
    FiniteCheckHook,
    IdentityLeakHook,
    ResumeHook,
    SafeCheckpointHook,
    SelectionCheckHook,
    StopSignalHook,
)
from .optim import AutocastOptimWrapper
from .runner import ResumableEpochTrainLoop, ResumableIterTrainLoop, ToolRunner
from .training_stopped import TrainingStopped
from .work_dir_lock import lock_work_dir

__all__ = [
    'AtomicLocalBackend',
    'AutocastOptimWrapper',
    'CheckpointFitHook',
    'CollectDirHook',
    'ConfigCheckHook',
    'FiniteCheckHook',
    'IdentityLeakHook',
    'ResumableEpochTrainLoop',
    'ResumableIterTrainLoop',
    'ResumeHook',
    'SafeCheckpointHook',
    'SelectionCheckHook',
    'StopSignalHook',
    'ToolRunner',
    'TrainingStopped',
    'find_resumable',
    'find_resume_problem',
    'lock_work_dir',
    'remove_unfinished_files',
]
