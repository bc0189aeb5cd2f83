from .atomic_backend import AtomicLocalBackend
from .hooks import CheckpointFitHook, CollectDirHook, ConfigCheckHook, IdentityLeakHook
from .optim import AutocastOptimWrapper
from .runner import ResumableEpochTrainLoop, ResumableIterTrainLoop

__all__ = [
    'AtomicLocalBackend',
    'AutocastOptimWrapper',
    'CheckpointFitHook',
    'CollectDirHook',
    'ConfigCheckHook',
    'IdentityLeakHook',
    'ResumableEpochTrainLoop',
    'ResumableIterTrainLoop',
]
