"""What the tools that take a config have in common."""

import argparse
import atexit
import os
import os.path as osp

import torch
from mmengine.config import Config, ConfigDict, DictAction
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

UNTRAINED = 'none'
MMENGINE_HOOKS = ('runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint')


def config_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser of the arguments that every tool with a config has; a tool adds its own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file')
    parser.add_argument('--data-root', help='folder of the data set, for every data loader and protocol of the config')
    parser.add_argument(
        '--split-number', type=int, help="which of the data set's splits (RegDB: 1 to 10), for all loaders"
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config: key=value; a list is key="[a,b]" or key=a,b (no white space)',
    )
    return parser


def runner_parser(description: str | None) -> argparse.ArgumentParser:
    """The same with the arguments of tools that start a Runner."""
    parser = config_parser(description)
    parser.add_argument('--work-dir', help='folder of logs and checkpoints; default: work_dirs/<config name>')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by some launchers')
    return parser


def checkpoint_parser(description: str | None) -> argparse.ArgumentParser:
    """The same with the checkpoint of tools that test."""
    parser = runner_parser(description)
    parser.add_argument('checkpoint', help=f"checkpoint file, or '{UNTRAINED}' for the network before training")
    return parser


def load_config(args: argparse.Namespace) -> Config:
    """The config file with what the command line says in its place, and nothing else."""
    cfg = Config.fromfile(args.config)
    cfg_options = args.cfg_options or {}
    # In a config these are named once and copied; the command line means all copies.
    for key in ('data_root', 'split_number'):
        value = cfg_options.get(key) if getattr(args, key) is None else getattr(args, key)
        if value is not None and not _replace(cfg._cfg_dict, key, value) and key not in cfg_options:
            raise ValueError(f"'{args.config}' has no {key} that --{key.replace('_', '-')} {value} could replace.")
    cfg.merge_from_dict(cfg_options)
    return cfg


def load_runner_config(args: argparse.Namespace) -> Config:
    """The same for a Runner: where it writes and who launches it."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = load_config(args)
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        split = '' if args.split_number is None else f'_split{args.split_number}'
        cfg.work_dir = osp.join('work_dirs', osp.splitext(osp.basename(args.config))[0] + split)
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
    """The Runner of a config, in every process of a launcher, with or without a GPU."""
    if cfg.launcher == 'pytorch' and not torch.cuda.is_available():
        # The Runner joins a process group that is there; its own way to make one starts by choosing a GPU.
        torch.distributed.init_process_group('gloo')
        atexit.register(torch.distributed.destroy_process_group)
    # The Runner takes None, which removes a hook, for its own hooks only.
    hooks = cfg.get('default_hooks', {})
    for name in [name for name, hook in hooks.items() if hook is None and name not in MMENGINE_HOOKS]:
        del hooks[name]
    return Runner.from_cfg(cfg)


def build_test_runner(cfg: Config, checkpoint: str) -> Runner:
    """A Runner that tests a checkpoint, or the network as it is before training.

    Raises:
        FileNotFoundError: There is no such checkpoint.
    """
    untrained = checkpoint == UNTRAINED
    if not untrained and not osp.isfile(checkpoint):
        raise FileNotFoundError(f"No checkpoint '{checkpoint}' ('{UNTRAINED}' tests the untrained network).")
    cfg.resume, cfg.load_from = False, None if untrained else checkpoint
    runner = build_runner(cfg)
    if untrained:
        (runner.model.module if is_model_wrapper(runner.model) else runner.model).init_weights()
    return runner


def feature_writer(cfg: Config, file: str) -> dict:
    """Config of the metric that writes the features of the test images, and what else their evaluator compares."""
    shared = {name: cfg.test_evaluator[name] for name in ('distance', 'reranking') if name in cfg.test_evaluator}
    return dict(type='FeatureWriter', out_file=file, data_root=cfg.test_evaluator.get('data_root', ''), **shared)


def _replace(node: ConfigDict | list | tuple, key: str, value: object) -> int:
    """Set every ``key`` below ``node``; returns how many there were."""
    count = 0
    for child in list(node.values()) if isinstance(node, dict) else node:
        if isinstance(child, (dict, list, tuple)):
            count += _replace(child, key, value)
    if isinstance(node, dict) and key in node:
        node[key] = value
        count += 1
    return count
