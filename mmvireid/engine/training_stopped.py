"""The exception that ends a training with one clear line instead of a traceback."""


class TrainingStopped(RuntimeError):
    """End the training early and tell the user why.

    ``tools/train.py`` logs the message as one line and exits with ``exit_status``.

    Args:
        message: What happened, and how to go on.
        exit_status: 1 for an error; 128 + the signal's number if a signal asked for the end.

    Example:
        >>> from mmvireid.engine import TrainingStopped
        >>> stop = TrainingStopped('SIGTERM ended the training.', exit_status=143)
        >>> print(stop, stop.exit_status)
        SIGTERM ended the training. 143
    """

    def __init__(self, message: str, exit_status: int = 1) -> None:
        super().__init__(message)
        self.exit_status = exit_status
