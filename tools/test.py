"""Test a checkpoint under the protocol of a config file."""

import argparse
import os.path as osp

from mmengine.model import is_model_wrapper

from mmvireid.utils.command_line import build_runner, load_runner_config, runner_parser

UNTRAINED = 'none'


def parse_args() -> argparse.Namespace:
    parser = runner_parser(__doc__)
    parser.add_argument('checkpoint', help=f"checkpoint file, or '{UNTRAINED}' for the network before training")
    parser.add_argument('--out', help='write the results, with every trial, to this JSON file')
    parser.add_argument('--out-features', help='write the features and whose they are to this .npz file')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    cfg = load_runner_config(args)
    if args.out is not None:
        cfg.test_evaluator.out_file = args.out
    if args.out_features is not None:
        cfg.test_evaluator.features_file = args.out_features
    if args.checkpoint != UNTRAINED:
        if not osp.isfile(args.checkpoint):
            raise FileNotFoundError(f"No checkpoint '{args.checkpoint}' ('{UNTRAINED}' tests the untrained network).")
    cfg.resume, cfg.load_from = False, None if args.checkpoint == UNTRAINED else args.checkpoint
    runner = build_runner(cfg)
    if args.checkpoint == UNTRAINED:
        (runner.model.module if is_model_wrapper(runner.model) else runner.model).init_weights()
    runner.test()


if __name__ == '__main__':
    main()
