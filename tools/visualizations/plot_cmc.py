"""Plot the CMC curves of several result files in one picture.

Example (HPILN, Fig. 8):
    python tools/visualizations/plot_cmc.py id.json hp.json hpi.json --labels identity HP HPI --out cmc.png
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from mmvireid.evaluation import load_result
from mmvireid.utils.atomic_file import check_writable
from mmvireid.utils.labeled_files import label_files
from mmvireid.utils.printable import printable
from mmvireid.utils.run_tool import ToolParser, run_tool
from mmvireid.visualization import plot_cmc


def parse_args() -> argparse.Namespace:
    parser = ToolParser(__doc__)
    parser.add_argument('results', nargs='+', type=Path, help='result files, for example of tools/test.py --out')
    parser.add_argument('--labels', nargs='+', help='labels of the curves; default: the names of the files')
    parser.add_argument('--setting', help='setting of the curves; default: the first setting that all results have')
    parser.add_argument('--max-rank', type=int, default=50, help='last rank in the plot, 2 to 50')
    parser.add_argument('--out', type=Path, default=Path('cmc.png'), help='picture to write')
    return parser.parse_args()


def first_shared_setting(results: Mapping[str, Mapping]) -> str:
    settings = {label: list(result['settings']) for label, result in results.items()}
    first, *others = settings.values()
    shared = [setting for setting in first if all(setting in other for other in others)]
    if not shared:
        raise ValueError(f'The results share no setting: {settings}.')
    return shared[0]


def main() -> None:
    args = parse_args()
    check_writable(args.out)
    files = label_files(args.results, args.labels)
    results = {label: load_result(file) for label, file in files.items()}
    plot_cmc(results, args.setting or first_shared_setting(results), args.out, args.max_rank)
    print(f'CMC curves: {printable(args.out)}')


if __name__ == '__main__':
    run_tool(main)
