from .resumable_loop import ResumableEpochTrainLoop, ResumableIterTrainLoop

__all__ = ['ResumableEpochTrainLoop', 'ResumableIterTrainLoop']
