"""Make the synthetic data set: synthetic visible and infrared pedestrians in a real data set's layout.

Example:
    python tools/dataset_converters/make_synthetic.py --preset small --out data/synthetic_sysu_small
    python tools/dataset_converters/make_synthetic.py --layout regdb --preset small --out data/synthetic_regdb_small
"""

import argparse
from pathlib import Path

from mmvireid.synthetic import generate_regdb, generate_sysu, make_contact_sheet

LAYOUTS = {'sysu': generate_sysu, 'regdb': generate_regdb}
PRESETS = ('tiny', 'small', 'full')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--layout', choices=LAYOUTS, default='sysu', help='data set whose layout is written')
    parser.add_argument('--preset', choices=PRESETS, default='small', help='size of the data set')
    parser.add_argument('--out', type=Path, required=True, help='folder of the data set: new, empty or begun before')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--workers', type=int, help='processes to render in (default: all available cores)')
    parser.add_argument('--contact-sheet', type=Path, help='also write a labeled sheet of examples to this image file')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    try:
        LAYOUTS[args.layout](args.out, args.preset, args.seed, args.workers)
        if args.contact_sheet:
            print(make_contact_sheet(args.out, args.contact_sheet))
    except (OSError, ValueError) as error:
        raise SystemExit(f'error: {error}') from None


if __name__ == '__main__':
    main()
