from .resumable_loop import ResumableEpochTrainLoop, ResumableIterTrainLoop
from .tool_runner import ConsoleFilter, ToolRunner

__all__ = ['ConsoleFilter', 'ResumableEpochTrainLoop', 'ResumableIterTrainLoop', 'ToolRunner']
