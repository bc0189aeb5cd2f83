"""Write the features of a config's test images, and all descriptors that its distances compare, to an .npz file.

Example:
    python tools/extract_features.py CONFIG CHECKPOINT --out features.npz
"""

from mmvireid.utils.command_line import build_test_runner, checkpoint_parser, feature_writer, load_runner_config
from mmvireid.utils.run_tool import run_tool


def main() -> None:
    parser = checkpoint_parser(__doc__)
    parser.add_argument('--out', required=True, help='.npz file to write')
    args = parser.parse_args()
    cfg = load_runner_config(args)
    cfg.test_evaluator = feature_writer(cfg, args.out)
    build_test_runner(cfg, args.checkpoint).test()
    print(f'Features: {args.out}')


if __name__ == '__main__':
    run_tool(main)
