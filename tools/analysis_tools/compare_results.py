"""Compare two result files of the same protocol: print differences with paired bootstrap intervals over queries.

Example:
    python tools/analysis_tools/compare_results.py baseline.json method.json
"""

import argparse
from pathlib import Path

from mmvireid.evaluation import compare_results, load_result, save_result
from mmvireid.evaluation.results.table import align, conditions
from mmvireid.utils.atomic_file import check_writable
from mmvireid.utils.printable import printable
from mmvireid.utils.run_tool import ToolParser, run_tool


def parse_args() -> argparse.Namespace:
    parser = ToolParser(__doc__)
    parser.add_argument('first', type=Path, help='result file')
    parser.add_argument('second', type=Path, help='result file; a difference is second minus first')
    parser.add_argument('--num-resamples', type=int, default=10_000, help='number of bootstrap samples')
    parser.add_argument('--confidence', type=float, default=0.95, help='confidence of the intervals')
    parser.add_argument('--seed', type=int, default=0, help='seed of the bootstrap samples')
    parser.add_argument('--json', type=Path, help='write the comparison to this file')
    return parser.parse_args()


def print_table(args: argparse.Namespace, results: list[dict], compared: dict[str, dict]) -> None:
    header = ['setting', 'score', 'first', 'second', 'difference', f'{100 * args.confidence:g}% interval', 'queries']
    rows, rules = [], []
    for setting, scores in compared.items():
        for place, (name, row) in enumerate(scores.items()):
            numbers = [f'{row["first"]:.2f}', f'{row["second"]:.2f}', f'{row["difference"]:+.2f}']
            interval = f'[{row["low"]:+.2f}, {row["high"]:+.2f}]'
            rows.append(['' if place else setting, name, *numbers, interval, str(row['num_query'])])
        rules.append(len(rows))
    print('\n'.join(align(header, rows, 2, rules)))
    for name, file, result in zip(('first', 'second'), (args.first, args.second), results, strict=True):
        print(f'{name}: {printable(file)}: {conditions(result)}')
    print(f'{args.num_resamples} bootstrap samples over queries, seed {args.seed}.')


def main() -> None:
    args = parse_args()
    if args.json:
        check_writable(args.json)
    results = [load_result(file) for file in (args.first, args.second)]
    compared = compare_results(*results, args.num_resamples, args.confidence, args.seed)
    print_table(args, results, compared)
    if args.json:
        save_result(args.json, compared)


if __name__ == '__main__':
    run_tool(main)
