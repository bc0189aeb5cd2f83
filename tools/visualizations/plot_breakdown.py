"""Plot the details of a result: CMC, distances, pairs of cameras and hardest identities.

The tool writes one picture for each setting.

Example:
    python tools/visualizations/plot_breakdown.py result.json --out-dir pictures
"""

from pathlib import Path

from mmvireid.evaluation import load_result
from mmvireid.utils.printable import printable
from mmvireid.utils.run_tool import ToolParser, run_tool
from mmvireid.visualization import plot_breakdown


def main() -> None:
    parser = ToolParser(__doc__)
    parser.add_argument('result', type=Path, help='result file, for example of tools/test.py --out')
    parser.add_argument('--out-dir', type=Path, default=Path('breakdown'), help='folder for the pictures')
    args = parser.parse_args()
    result = load_result(args.result)
    names = {setting: f'{printable(setting).replace("/", "_")}.png' for setting in result['settings']}
    if len(set(names.values())) < len(names):
        raise ValueError(f"'{args.result}': several settings would have the same picture: {list(names)}.")
    for setting, name in names.items():
        plot_breakdown(result, setting, args.out_dir / name)
        print(printable(args.out_dir / name))


if __name__ == '__main__':
    run_tool(main)
