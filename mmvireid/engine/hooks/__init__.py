from .checkpoint_fit_hook import CheckpointFitHook
from .collect_dir_hook import CollectDirHook
from .config_check_hook import ConfigCheckHook
from .identity_leak_hook import IdentityLeakHook

__all__ = ['CheckpointFitHook', 'CollectDirHook', 'ConfigCheckHook', 'IdentityLeakHook']
