"""The Runner of the command-line tools: a short screen, a full log file, and no trace of a failed start."""

import contextlib
import io
import logging
import logging.handlers
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from mmengine.dist import is_main_process
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.runner import BaseLoop, Runner
from mmengine.visualization import Visualizer

from mmvireid.registry import RUNNERS
from mmvireid.utils.run_tool import is_debugging, missing_parents

from ..work_dir_lock import LOCK_FILE

# Only the log file needs the messages of these functions: environment, config, hooks, and prints of other packages.
FILE_ONLY = {
    *(('runner.py', function) for function in ('_log_env', '__init__', 'wrap_model')),
    ('tool_runner.py', '_prints_in_the_log'),
}
# Messages and warnings of these packages are for programmers, unless they come from mmengine's Runner or its hooks.
OTHER_PACKAGES = 'site-packages'
SHOWN_PACKAGES = ('site-packages/mmvireid/', 'mmengine/runner/', 'mmengine/hooks/')


class ConsoleFilter(logging.Filter):
    """Let only messages pass that a user wants to see: data, model, schedule, progress, scores, warnings and errors.

    Example:
        >>> record = logging.LogRecord('mmengine', logging.INFO, 'runner.py', 1, 'Config: ...', None, None, '_log_env')
        >>> ConsoleFilter().filter(record)
        False
    """

    def filter(self, record: logging.LogRecord) -> bool:
        file, function = record.pathname, record.funcName
        if function == 'print_log':  # the message comes from the caller of mmengine's print_log
            file, function = _caller_of_print_log(sys._getframe()) or (file, function)
        if record.levelno >= logging.ERROR:
            return True
        if (Path(file).name, function) in FILE_ONLY or str(record.msg).startswith('Exp name'):
            return False
        if OTHER_PACKAGES in file and not any(name in Path(file).as_posix() for name in SHOWN_PACKAGES):
            return False
        # The table of the metric shows these scores already.
        return not (function in ('after_val_epoch', 'after_test_epoch') and '_std: ' in str(record.msg))


@RUNNERS.register_module()
class ToolRunner(Runner):
    """Run a config from the command line.

    - The screen shows data, model, device, schedule, progress and scores. The log file also has the config, the hooks
      and the warnings of other packages. ``--debug`` shows everything on the screen.
    - If the start fails, the runner removes the folders that it made. A run that trained an iteration keeps them.

    The arguments are the same as in mmengine's ``Runner``.

    Example:
        >>> from mmengine.config import Config
        >>> cfg = Config(dict(model=dict(type='Unknown'), work_dir='work_dirs/run', default_scope='mmvireid'))
        >>> try:
        ...     ToolRunner.from_cfg(cfg)
        ... except KeyError as error:
        ...     print(error.args[0], Path('work_dirs').exists())
        There is no model of the type 'Unknown'. False
    """

    def __init__(self, model: Any, work_dir: str, *args: Any, **kwargs: Any) -> None:
        self._made_folders = missing_parents(Path(work_dir).absolute())
        self._work_folder = Path(work_dir).absolute()
        self._early_warnings = _capture_warnings()
        with self._removing_folders_of_a_failed_start():
            super().__init__(model, work_dir, *args, **kwargs)
        parts = [type(part).__name__ for name in ('backbone', 'neck') if (part := getattr(self._network, name, None))]
        heads = ', '.join(getattr(self._network, 'heads', {})) or 'none'
        numbers = sum(parameter.numel() for parameter in self._network.parameters())
        self.logger.info(f'Log: {self._log_file}')
        names = ', '.join([self.model_name, *parts])
        self.logger.info(f'Model: {names}; heads: {heads}; {numbers / 1e6:.2f} M parameters')

    def train(self) -> Any:
        """Train, and remove the folders of this run if it fails before the first iteration."""
        with self._removing_folders_of_a_failed_start():
            return super().train()

    def test(self) -> dict:
        """Test, and remove the folders of this run if it fails before a result exists."""
        with self._removing_folders_of_a_failed_start():
            return super().test()

    def build_logger(self, log_level: int | str = 'INFO', log_file: str | None = None, **kwargs: Any) -> MMLogger:
        """Build the logger of mmengine, with a filter for the screen. Python's warnings go to the log file."""
        logger = super().build_logger(log_level, log_file, **kwargs)
        self._log_file = logger.log_file
        if not is_debugging():
            files = [handler for handler in logger.handlers if isinstance(handler, logging.FileHandler)]
            for handler in logger.handlers:
                if handler not in files:
                    handler.addFilter(ConsoleFilter())
                    handler.setFormatter(logging.Formatter('%(asctime)s %(message)s', '%H:%M:%S'))
            if self._early_warnings is not None and files:
                self._early_warnings.setTarget(files[0])  # it also writes the warnings that came before
                self._early_warnings.flush()
        return logger

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the training loop, and log the device and the schedule."""
        with self._prints_in_the_log():
            loop = super().build_train_loop(loop)
        device = next(self.model.parameters()).device
        epochs = loop.max_epochs if self._train_by_epoch else None
        length = f'{epochs} epochs of {len(loop.dataloader)}' if epochs else f'{loop.max_iters}'
        batch = getattr(loop.dataloader, 'batch_size', None)
        optimizer = (self.cfg.get('optim_wrapper') or {}).get('optimizer') or {}
        rate = f', {optimizer.type} with lr {optimizer.get("lr")}' if 'type' in optimizer else ''
        processes = f' in each of {self.world_size} processes' if self.world_size > 1 else ''
        self.logger.info(f'Schedule: {length} iterations, {batch} images per batch{processes}{rate}, on {device}')
        return loop

    def load_checkpoint(self, *args: Any, **kwargs: Any) -> dict:
        """Load a checkpoint, and put what mmengine prints into the log file."""
        with self._prints_in_the_log():
            return super().load_checkpoint(*args, **kwargs)

    def build_val_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the validation loop."""
        with self._prints_in_the_log():
            return super().build_val_loop(loop)

    def build_test_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build the test loop."""
        with self._prints_in_the_log():
            return super().build_test_loop(loop)

    @property
    def _network(self) -> Any:
        return getattr(self.model, 'module', self.model)

    @property
    def _train_by_epoch(self) -> bool:
        return bool((self.cfg.get('train_cfg') or {}).get('max_epochs'))

    @contextlib.contextmanager
    def _prints_in_the_log(self) -> Iterator[None]:
        """Put what other packages print into the log file."""
        if is_debugging():
            yield
            return
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            yield
        for line in printed.getvalue().splitlines():
            self.logger.info(line)

    @contextlib.contextmanager
    def _removing_folders_of_a_failed_start(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            loop = getattr(self, '_train_loop', None)  # the property self.iter would build the loop
            if not isinstance(loop, BaseLoop) or loop.iter == 0:
                self._remove_folders()
            raise

    def _remove_folders(self) -> None:
        """Remove the log and the copy of the config if the run made the work dir, and then every empty folder."""
        log_dir = Path(getattr(self, '_log_dir', self._work_folder / 'absent'))
        cfg = getattr(self, 'cfg', None)
        config = Path(cfg.filename).name if cfg and cfg.filename else f'{getattr(self, "_timestamp", "")}.py'
        if not is_main_process() or not self._work_folder.is_dir():
            return
        if not {path.name for path in self._work_folder.iterdir()} <= {log_dir.name, config, LOCK_FILE}:
            return  # an earlier run was here
        for kind in (MMLogger, MessageHub, Visualizer, DefaultScope):  # a run of the same second has the same name
            kind._instance_dict.pop(getattr(self, '_experiment_name', ''), None)
        shutil.rmtree(log_dir, ignore_errors=True)
        (self._work_folder / config).unlink(missing_ok=True)
        # One of several processes makes the folder. lock_work_dir removes a folder that it made itself.
        for folder in self._made_folders or ([self._work_folder] if self.distributed else []):
            with contextlib.suppress(OSError):  # it holds something else
                folder.rmdir()


def _capture_warnings() -> logging.handlers.MemoryHandler | None:
    """Keep Python's warnings until the log file exists. With ``--debug`` they stay on the screen."""
    if is_debugging():
        return None
    logging.captureWarnings(True)
    warnings = logging.getLogger('py.warnings')
    # Each warning flushes the handler, which writes as soon as it has a target.
    handler = logging.handlers.MemoryHandler(capacity=1, flushOnClose=False)
    warnings.handlers, warnings.propagate = [handler], False
    return handler


def _caller_of_print_log(frame: FrameType | None) -> tuple[str, str] | None:
    while frame is not None and frame.f_code.co_name != 'print_log':
        frame = frame.f_back
    caller = frame.f_back if frame is not None else None
    return (caller.f_code.co_filename, caller.f_code.co_name) if caller is not None else None
