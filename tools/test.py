"""Test a checkpoint with the protocol of a config.

Example:
    python tools/test.py CONFIG CHECKPOINT --out result.json --out-features features.npz
"""

from mmvireid.utils.command_line import build_test_runner, checkpoint_parser, feature_writer, load_runner_config
from mmvireid.utils.run_tool import run_tool


def main() -> None:
    parser = checkpoint_parser(__doc__)
    parser.add_argument(
        '--out',
        help='JSON file for the results of every trial; several distances write FILE_<label>.json each',
    )
    parser.add_argument(
        '--out-features', help='.npz file for the features and the other descriptors that distances compare'
    )
    args = parser.parse_args()
    cfg = load_runner_config(args)
    if cfg.test_evaluator.type == 'FeatureWriter':
        raise SystemExit(f"error: '{args.config}' scores nothing. Write its features with tools/extract_features.py.")
    if args.out is not None:
        cfg.test_evaluator.out_file = args.out
    if args.out_features is not None:
        metrics = [cfg.test_evaluator, feature_writer(cfg, args.out_features)]
        cfg.test_evaluator = dict(type='EveryMetricEvaluator', metrics=metrics)
    build_test_runner(cfg, args.checkpoint).test()


if __name__ == '__main__':
    run_tool(main)
