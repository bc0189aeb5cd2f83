"""Plot the details of a result: CMC, distances, pairs of cameras and hardest identities.

The tool writes one picture for each setting.

Example:
    python tools/visualizations/plot_breakdown.py result.json --out-dir pictures
"""

import argparse
from pathlib import Path

from mmvireid.evaluation import load_result
from mmvireid.visualization import plot_breakdown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('result', type=Path, help='result file, for example of tools/test.py --out')
    parser.add_argument('--out-dir', type=Path, default=Path('breakdown'), help='folder for the pictures')
    args = parser.parse_args()
    try:
        result = load_result(args.result)
        for setting in result['settings']:
            file = args.out_dir / f'{setting.replace("/", "_")}.png'
            plot_breakdown(result, setting, file)
            print(file)
    except (OSError, ValueError) as error:
        raise SystemExit(f'error: {error}') from None


if __name__ == '__main__':
    main()
