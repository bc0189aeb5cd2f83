"""Print the results of one or several test runs as one table, and plot their CMC curves.

Example:
    python tools/analysis_tools/show_results.py untrained=untrained.json trained=trained.json --cmc cmc.png
"""

import argparse
from pathlib import Path

from mmvireid.evaluation import load_result, result_table, save_result
from mmvireid.visualization import plot_cmc


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('results', nargs='+', metavar='NAME=FILE', help='result files, such as of tools/test.py --out')
    parser.add_argument('--json', type=Path, help='write all results, by name, to this JSON file')
    parser.add_argument('--cmc', type=Path, help='plot the CMC curves to this picture file')
    parser.add_argument('--setting', help='setting of the CMC curves; default: the first')
    return parser.parse_args()


def read_results(named_files: list[str]) -> dict[str, dict]:
    results = {}
    for named_file in named_files:
        name, _, file = named_file.partition('=')
        if not file:
            raise ValueError(f"'{named_file}' must be NAME=FILE")
        results[name] = load_result(file)
    return results


def main() -> None:
    args = parse_args()
    try:
        results = read_results(args.results)
        print(result_table(results))
        if args.json:
            save_result(args.json, results)
        if args.cmc:
            plot_cmc(results, args.setting or next(iter(next(iter(results.values()))['settings'])), args.cmc)
    except (OSError, ValueError) as error:
        raise SystemExit(f'error: {error}') from None


if __name__ == '__main__':
    main()
