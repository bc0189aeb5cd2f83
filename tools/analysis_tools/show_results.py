"""Print the results of one or several test runs as one table, and plot their CMC curves.

Example:
    python tools/analysis_tools/show_results.py untrained=untrained.json trained=trained.json --cmc cmc.png
"""

import argparse
import json
from pathlib import Path

from mmvireid.evaluation import result_table
from mmvireid.visualization import plot_cmc


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('results', nargs='+', metavar='NAME=FILE', help="result files of tools/test.py's --out")
    parser.add_argument('--json', type=Path, help='write all results, by name, to this JSON file')
    parser.add_argument('--cmc', type=Path, help='plot the CMC curves to this picture file')
    parser.add_argument('--setting', default='all-search/single-shot', help='setting of the CMC curves')
    return parser.parse_args()


def read_results(named_files: list[str]) -> dict[str, dict]:
    results = {}
    for named_file in named_files:
        name, _, file = named_file.partition('=')
        if not file:
            raise SystemExit(f"error: '{named_file}' must be NAME=FILE")
        try:
            results[name] = json.loads(Path(file).read_text())
            results[name]['settings']
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"error: '{file}' is no result file of tools/test.py: {error!r}") from None
    return results


def main() -> None:
    args = parse_args()
    results = read_results(args.results)
    print(result_table(results))
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(results, indent=2) + '\n')
    if args.cmc:
        plot_cmc(results, args.setting, args.cmc)


if __name__ == '__main__':
    main()
