"""Generate synthetic data: visible and infrared images of synthetic pedestrians in a real data set's layout.

Example:
    python tools/dataset_converters/make_synthetic.py --preset small --out data/synthetic_sysu_small
    python tools/dataset_converters/make_synthetic.py --layout regdb --preset small --out data/synthetic_regdb_small
"""

import argparse
from pathlib import Path

from mmvireid.synthetic import SYSU_PRESETS, generate_regdb, generate_sysu, make_contact_sheet
from mmvireid.utils.run_tool import ToolParser, run_tool

LAYOUTS = {'sysu': generate_sysu, 'regdb': generate_regdb}


def parse_args() -> argparse.Namespace:
    parser = ToolParser(__doc__)
    parser.add_argument('--layout', choices=LAYOUTS, default='sysu', help='real data set whose layout the files follow')
    parser.add_argument('--preset', choices=SYSU_PRESETS, default='small', help='size of the data set')
    parser.add_argument(
        '--out',
        type=Path,
        required=True,
        help='folder of the data set; it is new, empty, or the result of an earlier call',
    )
    parser.add_argument('--seed', type=int, default=0, help='seed of people, scenes and images (default: 0)')
    parser.add_argument('--workers', type=int, help='number of drawing processes (default: all available cores)')
    parser.add_argument('--contact-sheet', type=Path, help='also write labeled example images to this file')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    LAYOUTS[args.layout](args.out, args.preset, args.seed, args.workers)
    if args.contact_sheet:
        print(make_contact_sheet(args.out, args.contact_sheet))


if __name__ == '__main__':
    run_tool(main)
