"""Read a config file; an error names the file that fails."""

import os.path as osp
import traceback

from mmengine.config import Config

from mmvireid.utils.run_tool import one_line


def read_config(file: str) -> Config:
    """Read a config file, without any change by the command line.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file, or one of its bases, is not a valid config.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.utils.config_file import read_config
        >>> _ = Path('my_config.py').write_text('model = dict(')
        >>> read_config('my_config.py')
        Traceback (most recent call last):
        ValueError: Config 'my_config.py': SyntaxError: line 1: '(' was never closed
    """
    if not osp.isfile(file):
        raise FileNotFoundError(f"No config file '{file}'.")
    try:
        return Config.fromfile(file)
    except FileNotFoundError as error:
        raise ValueError(f"Config '{file}' needs the file '{error.filename}', which does not exist.") from error
    except Exception as error:  # a config is a program: anything can go wrong in it
        raise ValueError(f'Config {_failing_file(file, error)}: {type(error).__name__}: {one_line(error)}') from error


def _failing_file(file: str, error: Exception) -> str:
    """Return the quoted config file that fails: the file itself, or one of its bases."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_name == '_file2dict']
    base = str(frames[-1].f_locals.get('filename', file)) if frames else file
    return f"'{file}'" if osp.abspath(base) == osp.abspath(file) else f"'{file}', base '{base}'"
