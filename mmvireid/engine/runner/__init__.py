from .resumable_loop import ResumableEpochTrainLoop

__all__ = ['ResumableEpochTrainLoop']
