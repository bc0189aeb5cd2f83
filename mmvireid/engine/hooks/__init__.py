from .checkpoint_fit_hook import CheckpointFitHook
from .config_check_hook import ConfigCheckHook
from .identity_leak_hook import IdentityLeakHook

__all__ = ['CheckpointFitHook', 'ConfigCheckHook', 'IdentityLeakHook']
