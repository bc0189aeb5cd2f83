"""Start several processes with torch's launcher, without the launcher's own traceback.

Example:
    python -m mmvireid.utils.launch --nproc_per_node=2 tools/train.py CONFIG --launcher pytorch
"""

import logging
import sys

from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import main as launch


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
    logging.getLogger('torch.distributed.elastic').setLevel(logging.CRITICAL)
    try:
        launch()
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        if failure.exitcode < 0:
            print(f'error: signal {-failure.exitcode} ended the process of rank {rank}.', file=sys.stderr)
        raise SystemExit(failure.exitcode if failure.exitcode > 0 else 1) from None


if __name__ == '__main__':
    main()
