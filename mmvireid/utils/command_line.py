"""What the tools that take a config have in common."""

import argparse
import os
import os.path as osp

import torch
from mmengine.config import Config, ConfigDict, DictAction
from mmengine.runner import Runner


def config_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser of the arguments that every tool with a config has; a tool adds its own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument('--data-root', help='folder of the data set, for every data loader and protocol of the config')
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


def load_config(args: argparse.Namespace) -> Config:
    """The config file with what the command line says in its place, and nothing else."""
    cfg = Config.fromfile(args.config)
    cfg_options = args.cfg_options or {}
    # In a config the folder is named once and copied; the command line means all copies.
    data_root = args.data_root or cfg_options.get('data_root')
    if data_root is not None:
        _replace_data_root(cfg._cfg_dict, data_root)
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
        cfg.work_dir = osp.join('work_dirs', osp.splitext(osp.basename(args.config))[0])
    return cfg


def build_runner(cfg: Config) -> Runner:
    """The Runner of a config, in every process of a launcher, with or without a GPU."""
    if cfg.launcher == 'pytorch' and not torch.cuda.is_available():
        # The Runner joins a process group that is there; its own way to make one starts by choosing a GPU.
        torch.distributed.init_process_group('gloo')
    return Runner.from_cfg(cfg)


def _replace_data_root(node: ConfigDict | list | tuple, data_root: str) -> None:
    for child in list(node.values()) if isinstance(node, dict) else node:
        if isinstance(child, (dict, list, tuple)):
            _replace_data_root(child, data_root)
    if isinstance(node, dict) and 'data_root' in node:
        node['data_root'] = data_root
