"""Train the model of a config.

Example:
    python tools/train.py configs/df2am/df2am_r18_synthetic.py --work-dir work_dirs/df2am --amp
"""

import argparse
import sys
from contextlib import nullcontext

from mmengine.config import Config

from mmvireid.engine import TrainingStopped, lock_work_dir
from mmvireid.utils.command_line import (
    build_runner,
    check_data_roots,
    launched_rank,
    load_runner_config,
    runner_parser,
)
from mmvireid.utils.run_tool import run_tool


def parse_args() -> argparse.Namespace:
    parser = runner_parser(__doc__)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='continue from this checkpoint; without a value, from the latest checkpoint in the work dir',
    )
    parser.add_argument('--amp', action='store_true', help='train with bfloat16 autocast, on CPU or GPU')
    return parser.parse_args()


def merge_args(cfg: Config, args: argparse.Namespace) -> Config:
    if args.amp:
        cfg.optim_wrapper.type = 'AutocastOptimWrapper'
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    return cfg


def main() -> int:
    """Train; return the exit status."""
    args = parse_args()
    cfg = merge_args(load_runner_config(args), args)
    check_data_roots(cfg, 'train_dataloader', 'val_dataloader')
    is_first = launched_rank(cfg.launcher) == 0
    try:
        with lock_work_dir(cfg.work_dir) if is_first else nullcontext():
            build_runner(cfg).train()
    except TrainingStopped as stop:
        if is_first:
            print(f'error: {stop}' if stop.exit_status == 1 else stop, file=sys.stderr)
        return stop.exit_status
    return 0


if __name__ == '__main__':
    run_tool(main)
