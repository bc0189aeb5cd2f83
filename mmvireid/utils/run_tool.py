"""Run a command-line tool: its arguments, and one clear line for a mistake of the user."""

import argparse
import dis
import os
import pickle
import re
import signal
import sys
import time
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from mmengine.config import DictAction
from mmengine.config.utils import ConfigParsingError
from torch import nn

from mmvireid.utils.printable import printable
from mmvireid.utils.suggestions import explain_wrong_options

DEBUG = '--debug'
REPORT = f'run again with {DEBUG} and report the traceback.'
MAX_LENGTH = 1500
# These errors come from files, from the machine or from a config, never from wrong code alone.
OUTSIDE = (
    *(OSError, EOFError, ImportError, SyntaxError, UnicodeError, MemoryError, ConfigParsingError),
    *(pickle.PickleError, zipfile.BadZipFile, torch.OutOfMemoryError),
)
# These errors are a mistake of the user if a ``raise`` or an ``assert`` states them.
STATED = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError)
# The launcher ends all processes when one ends. Ranks wait before they speak, so that only one of them speaks.
RANK_PATIENCE, LOST_PATIENCE = 5.0, 10.0
RANK_VARIABLES = ('RANK', 'SLURM_PROCID', 'OMPI_COMM_WORLD_RANK')


class ToolParser(argparse.ArgumentParser):
    """Parse the arguments of a tool. A wrong argument ends the tool with one line and exit status 2.

    Example:
        >>> ToolParser('Count images.').parse_args(['--debug']).debug
        True
    """

    def __init__(self, description: str | None) -> None:
        super().__init__(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        self.add_argument(DEBUG, action='store_true', help='show the traceback of an error and the whole log')

    def error(self, message: str) -> None:
        self.exit(2, f'error: {message}. {self.prog} --help lists all arguments.\n')


class KeyValues(DictAction):
    """Parse ``key=value`` words, as mmengine's ``DictAction`` does, and refuse a word without ``=``.

    Example:
        >>> parser = ToolParser('Train.')
        >>> _ = parser.add_argument('--options', nargs='+', action=KeyValues)
        >>> parser.parse_args(['--options', 'cmc_unit=image', 'num_trials=3']).options
        {'cmc_unit': 'image', 'num_trials': 3}
    """

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        for word in values:
            if not word.partition('=')[0].strip() or '=' not in word:
                parser.error(f"{option_string}: '{word}' is not a setting: write key=value, without spaces")
        super().__call__(parser, namespace, values, option_string)


def run_tool(main: Callable[[], int | None]) -> None:
    """Run the main function of a tool. An error ends the process with one line on stderr and exit status 1.

    With ``--debug`` the traceback appears instead. The main function may return an exit status.

    Raises:
        SystemExit: The tool failed. The text starts with ``error:``.

    Example:
        >>> def main():
        ...     raise FileNotFoundError("No features file 'features.npz'.")
        >>> run_tool(main)
        Traceback (most recent call last):
        SystemExit: error: No features file 'features.npz'.
    """
    if DEBUG in sys.argv[1:]:
        sys.exit(main())
    try:
        status = main()
    except KeyboardInterrupt:
        _let_other_ranks_speak(RANK_PATIENCE if _rank() else 0)
        print('error: interrupted by the keyboard.', file=sys.stderr)
        raise SystemExit(128 + signal.SIGINT) from None
    except Exception as error:
        lost = _lost_connection(error)
        _let_other_ranks_speak(LOST_PATIENCE if lost else RANK_PATIENCE if _rank() else 0)
        message = 'another process ended: its own message tells why.' if lost else describe_error(error)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            # An ordinary exit would wait for the other processes, and they wait for this one.
            print(f'error: {message}', file=sys.stderr, flush=True)
            sys.stdout.flush()
            os._exit(1)
        raise SystemExit(f'error: {message}') from None
    if status:
        raise SystemExit(status)


def describe_error(error: Exception) -> str:
    """Return one line about an error. It says whether the user made a mistake, or whether the code has a bug.

    Example:
        >>> describe_error(FileNotFoundError(2, 'No such file or directory', 'my_config.py'))
        "'my_config.py': No such file or directory"
        >>> try:
        ...     [][0]
        ... except IndexError as error:
        ...     print(describe_error(error)[:43])
        This is a bug: IndexError: list index out o
    """
    message = one_line(error)
    if isinstance(error, TypeError) and (explanation := explain_wrong_options(error)):
        return explanation
    if isinstance(error, torch.OutOfMemoryError):
        return f'The GPU has too little memory: lower the batch size. ({message})'
    if isinstance(error, OUTSIDE) or (isinstance(error, STATED) and _is_stated(error)):
        return message
    suspect = _suspect(error)
    if suspect is not None:
        place, check = suspect
        return f'{place}: {message.rstrip(".")}. Check {check}. If the config is right, this is a bug: {REPORT}'
    frames = traceback.extract_tb(error.__traceback__)
    place = f' in {frames[-1].filename}, line {frames[-1].lineno}' if frames else ''
    return f'This is a bug: {type(error).__name__}: {message}{place}: {REPORT}'


def one_line(error: Exception) -> str:
    """Return the useful part of a message, without line breaks and without what wraps it.

    Example:
        >>> one_line(ValueError('class `Adam` in torch/optim/adam.py: Invalid learning rate:\\n -1'))
        'Invalid learning rate: -1'
        >>> one_line(KeyError('model'))
        "there is no key 'model', which is needed here."
    """
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        message = f"'{error.filename}': {error.strerror}"
    elif isinstance(error, SyntaxError) and error.lineno:
        message = f'line {error.lineno}: {error.msg}'
    elif isinstance(error, KeyError) and len(error.args) == 1:
        key = str(error.args[0])
        message = key if ' ' in key else f"there is no key '{key}', which is needed here."
    elif isinstance(error, AttributeError) and (
        found := re.search(r"'Config(Dict)?' object has no .*'(\w+)'", str(error))
    ):
        message = f"The config has no key '{found[2]}', which is needed here."
    else:
        message = str(error)
    if 'Original Traceback (most recent call last)' in message:  # from a worker of a data loader
        lines = message.strip().splitlines()
        start = max((i for i, line in enumerate(lines) if re.match(r'[\w.]+: ', line)), default=len(lines) - 1)
        message = re.sub(r'^[\w.]+: ', '', ' '.join(lines[start:]), count=1)
    message = re.sub(r'^class `[\w.]+` in \S+: ', '', ' '.join(message.split()))
    message = printable(message or type(error).__name__)
    return message if len(message) <= MAX_LENGTH else f'{message[:MAX_LENGTH]} ...'


def _is_stated(error: Exception) -> bool:
    """Tell whether a ``raise`` or an ``assert`` states the error. Somebody then wrote its message for a user."""
    worker = re.findall(r'^  File .*\n    (.*)', str(error), re.MULTILINE)
    if 'Original Traceback (most recent call last)' in str(error) and worker:
        return worker[-1].startswith(('raise', 'assert'))
    place = error.__traceback__
    if place is None:
        return True
    while place.tb_next is not None:
        place = place.tb_next
    return dis.opname[place.tb_frame.f_code.co_code[place.tb_lasti]] == 'RAISE_VARARGS'


def _suspect(error: Exception) -> tuple[str, str] | None:
    """Return what a wrong value in the config may have broken, and what the user can check."""
    if isinstance(error, RuntimeError):
        module = _failing_module(error)
        return module and (module, 'that the sizes in the config fit together')
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    built = [frame.f_locals['obj_cls'] for frame in frames if 'obj_cls' in frame.f_locals]
    if built and isinstance(error, (TypeError, ValueError)):
        return getattr(built[-1], '__name__', str(built[-1])), 'its options'
    if frames and frames[-1].f_globals.get('__name__', '').startswith('mmengine.'):
        return f'mmengine, {frames[-1].f_code.co_name}: {type(error).__name__}', 'the values in the config'
    return None


def _failing_module(error: Exception) -> str | None:
    """Return the place in the config of the innermost network module that failed, such as ``'model.neck.bn'``."""
    names: dict[int, str] = {}
    found = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        module = _module_of(frame)
        if not names and module is not None and hasattr(module, 'data_preprocessor'):
            names = {id(part): f'model.{name}'.rstrip('.') for name, part in module.named_modules()}
        found = names.get(id(module), found)
    return found


def _module_of(frame: FrameType) -> nn.Module | None:
    candidate = frame.f_locals.get('self')
    return candidate if isinstance(candidate, nn.Module) else None


def _rank() -> int:
    return int(next((os.environ[name] for name in RANK_VARIABLES if os.environ.get(name)), 0))


def _lost_connection(error: Exception) -> bool:
    """Tell whether the error only says that another process ended."""
    return isinstance(error, RuntimeError) and bool(re.search('gloo|NCCL|Connection closed|peer', str(error)))


def _let_other_ranks_speak(seconds: float) -> None:
    """Wait. The launcher ends this process if a rank that spoke has ended."""
    if seconds:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        time.sleep(seconds)


def is_debugging() -> bool:
    """Tell whether the user asks for tracebacks and the whole log.

    Example:
        >>> is_debugging()
        False
    """
    return DEBUG in sys.argv[1:]


def missing_parents(folder: str | Path) -> list[Path]:
    """List a folder and its parents that do not exist, from the inside.

    Example:
        >>> [str(path) for path in missing_parents('work_dirs/agw')]
        ['work_dirs/agw', 'work_dirs']
    """
    return [path for path in (Path(folder), *Path(folder).parents) if not path.exists()]
