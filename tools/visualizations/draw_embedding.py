"""Draw two-dimensional features as points, one panel for each features file.

The color of a point shows the identity, and its mark shows the modality.

Example (HPILN, Fig. 6):
    python tools/extract_features.py CONFIG CHECKPOINT --out hpi.npz
    python tools/visualizations/draw_embedding.py id.npz hp.npz hpi.npz --labels identity HP HPI --out toy.png
"""

from pathlib import Path

from mmvireid.evaluation import load_features
from mmvireid.utils.atomic_file import check_writable
from mmvireid.utils.labeled_files import label_files
from mmvireid.utils.printable import printable
from mmvireid.utils.run_tool import ToolParser, run_tool
from mmvireid.visualization import draw_embedding


def main() -> None:
    parser = ToolParser(__doc__)
    parser.add_argument('features', nargs='+', type=Path, help='.npz files with features of length 2')
    parser.add_argument('--labels', nargs='+', help='titles of the panels; default: the names of the files')
    parser.add_argument('--out', type=Path, default=Path('embedding.png'), help='picture to write')
    args = parser.parse_args()
    check_writable(args.out)
    files = label_files(args.features, args.labels)
    draw_embedding({label: load_features(file) for label, file in files.items()}, args.out)
    print(f'Embeddings: {printable(args.out)}')


if __name__ == '__main__':
    run_tool(main)
