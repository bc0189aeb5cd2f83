"""Start several processes with torch's launcher, without its traceback, and end them together with it.

Example:
    python -m mmvireid.utils.launch --nproc_per_node=2 tools/train.py CONFIG --launcher pytorch
"""

import logging
import os
import sys
import threading

LAUNCHER_VARIABLE = 'MMVIREID_LAUNCHER'
"""Environment variable with the id of the launcher's process. The scripts ``tools/dist_*.sh`` set it."""


def main() -> None:
    """Run torch's launcher. A failed process has already written its error, unless a signal ended it.

    Example:
        >>> import sys
        >>> sys.argv = ['launch']  # without the name of a tool
        >>> try:
        ...     main()
        ... except SystemExit as ended:
        ...     print(ended.code)
        2
    """
    # Only the launcher itself needs these modules.
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import main as launch

    logging.getLogger('torch.distributed.elastic').setLevel(logging.CRITICAL)
    try:
        launch()
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        if failure.exitcode < 0:
            print(f'error: signal {-failure.exitcode} ended the process of rank {rank}.', file=sys.stderr)
        raise SystemExit(failure.exitcode if failure.exitcode > 0 else 1) from None


def stop_with_launcher(seconds: float = 1.0) -> threading.Event:
    """End this process as soon as the process that started it has ended.

    A launcher ends its processes, but not if it is itself killed with ``kill -9``. Its processes would go on for hours.
    A thread therefore looks for the parent process every few ``seconds``. Finished checkpoints are complete files,
    because :class:`AtomicLocalBackend` renames them.

    Args:
        seconds: Time between two looks.

    Returns:
        An event. Set it to end the thread.

    Example:
        >>> from mmvireid.utils.launch import stop_with_launcher
        >>> ended = stop_with_launcher()
        >>> ended.set()
    """
    # The launcher may have ended while this process was importing its modules: compare with the id from the script.
    # The variable is for this process alone, not for launchers that this process starts.
    parent = int(os.environ.pop(LAUNCHER_VARIABLE, os.getppid()))
    ended = threading.Event()
    threading.Thread(target=_watch, args=(parent, seconds, ended), name='stop_with_launcher', daemon=True).start()
    return ended


def _watch(parent: int, seconds: float, ended: threading.Event) -> None:
    while os.getppid() == parent:
        if ended.wait(seconds):
            return
    message = f'error: the launcher (process {parent}) has ended, so process {os.getpid()} stops too.\n'
    try:
        os.write(sys.__stderr__.fileno(), message.encode())
    finally:  # nobody may be left to read the message
        os._exit(1)


if __name__ == '__main__':
    main()
