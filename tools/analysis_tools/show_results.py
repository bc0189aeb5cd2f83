"""Print the results of one or several test runs as one table.

Example:
    python tools/analysis_tools/show_results.py untrained.json trained.json --json both.json
"""

import argparse
from pathlib import Path

from mmvireid.evaluation import load_result, result_table, save_result
from mmvireid.utils.atomic_file import check_writable
from mmvireid.utils.labeled_files import label_files
from mmvireid.utils.run_tool import ToolParser, run_tool


def parse_args() -> argparse.Namespace:
    parser = ToolParser(__doc__)
    parser.add_argument('results', nargs='+', type=Path, help='result files, for example of tools/test.py --out')
    parser.add_argument('--labels', nargs='+', help='one label per result; default: the names of the files')
    parser.add_argument('--json', type=Path, help='write all results, by name, to this JSON file')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.json:
        check_writable(args.json)
    files = label_files(args.results, args.labels)
    results = {label: load_result(file) for label, file in files.items()}
    print(result_table(results))
    if args.json:
        save_result(args.json, results)


if __name__ == '__main__':
    run_tool(main)
