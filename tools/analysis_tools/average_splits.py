"""Average the results of several splits, with one model per split: mean and deviation over the splits of RegDB.

Example:
    python tools/analysis_tools/average_splits.py split{1..10}.json --json regdb.json
"""

from pathlib import Path

from mmvireid.evaluation import average_splits, load_result, result_table, save_result
from mmvireid.utils.atomic_file import check_writable
from mmvireid.utils.run_tool import ToolParser, run_tool


def main() -> None:
    parser = ToolParser(__doc__)
    parser.add_argument('results', nargs='+', type=Path, help='one result file per split')
    parser.add_argument('--json', type=Path, help='write the average to this file')
    args = parser.parse_args()
    repeated = sorted({str(file) for file in args.results if args.results.count(file) > 1})
    if repeated:
        raise SystemExit(f'error: {repeated} occurs more than once: give each split once')
    if args.json:
        check_writable(args.json)
    average = average_splits({str(file): load_result(file) for file in args.results})
    print(result_table({'average': average}))
    if args.json:
        save_result(args.json, average)


if __name__ == '__main__':
    run_tool(main)
