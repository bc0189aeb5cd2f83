from .atomic_backend import AtomicLocalBackend
from .hooks import CheckpointFitHook, ConfigCheckHook, IdentityLeakHook, SelectionCheckHook
from .optim import AutocastOptimWrapper
from .runner import ResumableEpochTrainLoop, ResumableIterTrainLoop, ToolRunner

__all__ = [
    'AtomicLocalBackend',
    'AutocastOptimWrapper',
    'CheckpointFitHook',
    'ConfigCheckHook',
    'IdentityLeakHook',
    'ResumableEpochTrainLoop',
    'ResumableIterTrainLoop',
    'SelectionCheckHook',
    'ToolRunner',
]
