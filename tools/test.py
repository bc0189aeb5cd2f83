"""Test a checkpoint under the protocol of a config file."""

from mmvireid.utils.command_line import build_test_runner, checkpoint_parser, feature_writer, load_runner_config


def main() -> None:
    parser = checkpoint_parser(__doc__)
    parser.add_argument(
        '--out',
        help='write the results, with every trial, to this JSON file; of several distances to FILE_<label>.json',
    )
    parser.add_argument('--out-features', help='write features, and what else distances compare, to this .npz file')
    args = parser.parse_args()
    cfg = load_runner_config(args)
    if cfg.test_evaluator.type == 'FeatureWriter':
        raise SystemExit(f"error: '{args.config}' scores nothing: tools/extract_features.py writes its features.")
    if args.out is not None:
        cfg.test_evaluator.out_file = args.out
    if args.out_features is not None:
        cfg.test_evaluator = [cfg.test_evaluator, feature_writer(cfg, args.out_features)]
    build_test_runner(cfg, args.checkpoint).test()


if __name__ == '__main__':
    main()
