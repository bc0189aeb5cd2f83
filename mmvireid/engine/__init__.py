from .hooks import ConfigCheckHook, IdentityLeakHook
from .optim import AutocastOptimWrapper
from .runner import ResumableEpochTrainLoop

__all__ = ['AutocastOptimWrapper', 'ConfigCheckHook', 'IdentityLeakHook', 'ResumableEpochTrainLoop']
