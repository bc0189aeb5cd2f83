"""The command line of tools with a config: parsers, loading the config, building the Runner."""

import argparse
import atexit
import os
import os.path as osp

import torch
from mmengine.config import Config, ConfigDict
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmvireid.engine import ToolRunner
from mmvireid.registry import DATASETS
from mmvireid.utils.checkpoints import check_checkpoint, trust_checkpoint
from mmvireid.utils.config_file import read_config
from mmvireid.utils.config_keys import check_command_line_keys, check_file_keys
from mmvireid.utils.launch import stop_with_launcher
from mmvireid.utils.run_tool import KeyValues, ToolParser

UNTRAINED = 'none'
MMENGINE_HOOKS = ('runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint')


def config_parser(description: str | None) -> argparse.ArgumentParser:
    """Make a parser of the arguments that every tool with a config has. A tool adds its own arguments.

    Example:
        >>> from mmvireid.utils.command_line import config_parser
        >>> args = config_parser('Count images.').parse_args(['my_config.py', '--cfg-options', 'model.top_k=5'])
        >>> args.config, args.cfg_options
        ('my_config.py', {'model.top_k': 5})
    """
    parser = ToolParser(description)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--data-root', help='folder of the data set; replaces data_root in every data loader and protocol of the config'
    )
    parser.add_argument(
        '--split-number',
        type=int,
        help='number of the split (RegDB: 1 to 10); replaces split_number in every data loader',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=KeyValues,
        help='settings to change in the config: key=value; for a list, key="[a,b]" or key=a,b without spaces',
    )
    return parser


def runner_parser(description: str | None) -> argparse.ArgumentParser:
    """Make a parser of the arguments of tools that start a Runner.

    Example:
        >>> from mmvireid.utils.command_line import runner_parser
        >>> args = runner_parser('Train.').parse_args(['my_config.py', '--work-dir', 'runs'])
        >>> args.work_dir, args.launcher
        ('runs', 'none')
    """
    parser = config_parser(description)
    parser.add_argument('--work-dir', help='folder of logs and checkpoints; default: work_dirs/<config name>')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load the checkpoint even if it may run code; use it only if you trust the person who made the file',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by some launchers')
    return parser


def checkpoint_parser(description: str | None) -> argparse.ArgumentParser:
    """Make a parser of the arguments of tools that test a checkpoint.

    Example:
        >>> from mmvireid.utils.command_line import checkpoint_parser
        >>> checkpoint_parser('Test.').parse_args(['my_config.py', 'epoch_80.pth']).checkpoint
        'epoch_80.pth'
    """
    parser = runner_parser(description)
    parser.add_argument('checkpoint', help=f"checkpoint file, or '{UNTRAINED}' for the network before training")
    return parser


def load_config(args: argparse.Namespace) -> Config:
    """Load the config file and apply the command line, and nothing else.

    Raises:
        ValueError: A setting would have no effect: its key is misspelt, or the config has no such key.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.utils.command_line import config_parser, load_config
        >>> _ = Path('my_config.py').write_text("train_dataloader = dict(dataset=dict(data_root='data'))")
        >>> args = config_parser('Train.').parse_args(['my_config.py', '--data-root', 'elsewhere'])
        >>> load_config(args).train_dataloader.dataset.data_root
        'elsewhere'
    """
    cfg = read_config(args.config)
    cfg_options = args.cfg_options or {}
    check_file_keys(cfg, args.config)
    check_command_line_keys(cfg, cfg_options)
    # A config defines these keys once and copies them. The command line replaces all copies.
    for key in ('data_root', 'split_number'):
        value = cfg_options.get(key) if getattr(args, key) is None else getattr(args, key)
        if value is not None and not _replace(cfg._cfg_dict, key, value) and key not in cfg_options:
            raise ValueError(f"'{args.config}' has no {key}, so --{key.replace('_', '-')} {value} has no effect.")
    cfg.merge_from_dict(cfg_options)
    return cfg


def load_runner_config(args: argparse.Namespace) -> Config:
    """Load the config file for a Runner: apply the command line, and set the launcher and the work dir.

    ``--trust-checkpoint`` covers the checkpoint that the command line or ``load_from`` names. With ``--resume`` alone,
    it covers the checkpoints in the work dir.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.utils.command_line import load_runner_config, runner_parser
        >>> _ = Path('my_config.py').write_text('max_epochs = 1')
        >>> load_runner_config(runner_parser('Train.').parse_args(['my_config.py'])).work_dir
        'work_dirs/my_config'
    """
    if args.launcher != 'none':
        stop_with_launcher()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = load_config(args)
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        split = '' if args.split_number is None else f'_split{args.split_number}'
        cfg.work_dir = osp.join('work_dirs', osp.splitext(osp.basename(args.config))[0] + split)
    if args.trust_checkpoint:
        for source in (getattr(args, 'checkpoint', None), getattr(args, 'resume', None), cfg.get('load_from')):
            if source:
                trust_checkpoint(cfg.work_dir if source == 'auto' else source)
    return cfg


def launched_rank(launcher: str) -> int:
    """Read this process's rank from the launcher's environment, before the processes are connected.

    Example:
        >>> from mmvireid.utils.command_line import launched_rank
        >>> launched_rank('none')
        0
    """
    variables = dict(pytorch='RANK', slurm='SLURM_PROCID', mpi='OMPI_COMM_WORLD_RANK')
    return int(os.environ.get(variables.get(launcher, ''), 0))


def build_runner(cfg: Config) -> Runner:
    """Build the Runner of a config, in every process of a launcher, with or without a GPU.

    Example:
        >>> from pathlib import Path
        >>> from mmengine.config import Config
        >>> from mmvireid.utils.command_line import build_runner
        >>> cfg = Config(dict(model=dict(type='ReIDDataPreprocessor'), work_dir='runs', launcher='none'))
        >>> cfg.merge_from_dict(dict(default_scope='mmvireid', log_level='ERROR'))
        >>> Path(build_runner(cfg).work_dir).name
        'runs'
    """
    if cfg.launcher == 'pytorch' and not torch.cuda.is_available():
        # The Runner joins an existing process group. To make one itself, it would first choose a GPU.
        torch.distributed.init_process_group('gloo')
        atexit.register(torch.distributed.destroy_process_group)
    # None removes a hook, but the Runner accepts it only for the hooks of mmengine.
    hooks = cfg.get('default_hooks', {})
    for name in [name for name, hook in hooks.items() if hook is None and name not in MMENGINE_HOOKS]:
        del hooks[name]
    return ToolRunner.from_cfg(cfg)


def check_data_roots(cfg: Config, *loaders: str) -> None:
    """Refuse a config whose data are absent, before anything else is built.

    Args:
        cfg: Config of :func:`load_runner_config`.
        loaders: Names of the data loaders to check, such as ``'train_dataloader'``.

    Raises:
        FileNotFoundError: The folder of a data set does not exist.

    Example:
        >>> from mmengine.config import Config
        >>> from mmvireid.utils.command_line import check_data_roots
        >>> cfg = Config(dict(test_dataloader=dict(dataset=dict(type='FolderDataset', data_root='absent'))))
        >>> check_data_roots(cfg, 'test_dataloader')
        Traceback (most recent call last):
        FileNotFoundError: No folder 'absent' (test_dataloader.dataset.data_root). Set it with --data-root.
    """
    for loader in loaders:
        dataset = (cfg.get(loader) or {}).get('dataset') or {}
        root = dataset.get('data_root')
        if not isinstance(root, str) or '://' in root or osp.exists(root):
            continue
        component = DATASETS.get(dataset.type) if isinstance(dataset.get('type'), str) else dataset.get('type')
        advice = getattr(component, 'HOW_TO_GET_THE_DATA', '').format(root=root)
        advice = advice[advice.find('Without') :].strip() if 'Without' in advice else ''
        raise FileNotFoundError(
            f"No folder '{root}' ({loader}.dataset.data_root). Set it with --data-root. {advice}".strip()
        )


def build_test_runner(cfg: Config, checkpoint: str) -> Runner:
    """Build a Runner that tests a checkpoint, or the network before training.

    Args:
        cfg: Config of :func:`load_runner_config`.
        checkpoint: File, or ``'none'`` for the network before training.

    Raises:
        FileNotFoundError: The checkpoint does not exist.
        ValueError: The checkpoint is damaged or of another kind (see :mod:`mmvireid.utils.checkpoints`).

    Example:
        >>> from mmengine.config import Config
        >>> from mmvireid.utils.command_line import build_test_runner
        >>> build_test_runner(Config(), 'absent.pth')
        Traceback (most recent call last):
        FileNotFoundError: No checkpoint 'absent.pth'. To test the network before training, write 'none'.
    """
    untrained = checkpoint == UNTRAINED
    if not untrained and not osp.isfile(checkpoint):
        raise FileNotFoundError(
            f"No checkpoint '{checkpoint}'. To test the network before training, write '{UNTRAINED}'."
        )
    if not untrained:
        check_checkpoint(checkpoint)  # before the data and the model are built
    check_data_roots(cfg, 'test_dataloader')
    cfg.resume, cfg.load_from = False, None if untrained else checkpoint
    runner = build_runner(cfg)
    if untrained:
        (runner.model.module if is_model_wrapper(runner.model) else runner.model).init_weights()
    return runner


def feature_writer(cfg: Config, file: str) -> dict:
    """Return the config of a metric that writes the features of the test images, and other compared descriptors.

    Args:
        cfg: Config with a ``test_evaluator``, which names the distances.
        file: ``.npz`` file to write.

    Example:
        >>> from mmengine.config import Config
        >>> from mmvireid.utils.command_line import feature_writer
        >>> cfg = Config(dict(test_evaluator=dict(type='CrossModalityReIDMetric', data_root='data')))
        >>> feature_writer(cfg, 'features.npz')
        {'type': 'FeatureWriter', 'out_file': 'features.npz', 'data_root': 'data'}
    """
    shared = {name: cfg.test_evaluator[name] for name in ('distance', 'reranking') if name in cfg.test_evaluator}
    return dict(type='FeatureWriter', out_file=file, data_root=cfg.test_evaluator.get('data_root', ''), **shared)


def _replace(node: ConfigDict | list | tuple, key: str, value: object) -> int:
    """Set every ``key`` below ``node``, and return their number."""
    count = 0
    for child in list(node.values()) if isinstance(node, dict) else node:
        if isinstance(child, (dict, list, tuple)):
            count += _replace(child, key, value)
    if isinstance(node, dict) and key in node:
        node[key] = value
        count += 1
    return count
