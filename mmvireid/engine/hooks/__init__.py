from .checkpoint_fit_hook import CheckpointFitHook
from .collect_dir_hook import CollectDirHook
from .config_check_hook import ConfigCheckHook
from .finite_check_hook import FiniteCheckHook
from .identity_leak_hook import IdentityLeakHook
from .resume_hook import ResumeHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .selection_check_hook import SelectionCheckHook
from .stop_signal_hook import StopSignalHook

__all__ = [
    'CheckpointFitHook',
    'CollectDirHook',
    'ConfigCheckHook',
    'FiniteCheckHook',
    'IdentityLeakHook',
    'ResumeHook',
    'SafeCheckpointHook',
    'SelectionCheckHook',
    'StopSignalHook',
]
