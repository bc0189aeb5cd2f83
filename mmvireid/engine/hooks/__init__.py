from .checkpoint_fit_hook import CheckpointFitHook
from .config_check_hook import ConfigCheckHook
from .identity_leak_hook import IdentityLeakHook
from .selection_check_hook import SelectionCheckHook

__all__ = ['CheckpointFitHook', 'ConfigCheckHook', 'IdentityLeakHook', 'SelectionCheckHook']
