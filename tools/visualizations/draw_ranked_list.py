"""Draw queries beside their nearest gallery images, from the features that tools/test.py wrote.

Example:
    python tools/test.py CONFIG CHECKPOINT --out-features features.npz
    python tools/visualizations/draw_ranked_list.py CONFIG features.npz --out ranked_list.png
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmvireid.evaluation import load_features
from mmvireid.evaluation.distances.build import build_distances
from mmvireid.registry import PROTOCOLS
from mmvireid.utils.atomic_file import check_writable
from mmvireid.utils.command_line import config_parser, load_config
from mmvireid.utils.printable import printable
from mmvireid.utils.run_tool import run_tool
from mmvireid.visualization import draw_ranked_list


def parse_args() -> argparse.Namespace:
    parser = config_parser(__doc__)
    parser.add_argument('features', help='.npz file with features')
    parser.add_argument('--out', type=Path, default=Path('ranked_list.png'), help='picture to write')
    parser.add_argument(
        '--setting', help='setting of the protocol; default: the first setting. The tool draws its first trial'
    )
    parser.add_argument('--distance', help='label of a distance of the config; default: the first distance')
    parser.add_argument('--top-k', type=int, default=10, help='number of gallery images in a row')
    return parser.parse_args()


def draw(args: argparse.Namespace) -> None:
    check_writable(args.out)
    evaluator = load_config(args).test_evaluator
    protocol = PROTOCOLS.build(evaluator.protocol)
    distances = build_distances(evaluator.get('distance'))
    label = next(iter(distances)) if args.distance is None else args.distance
    if label not in distances:
        raise ValueError(f"The config has no distance '{label}'. It has {list(distances)}.")
    distance = distances[label]
    others = [name for name in distance.descriptors if name != 'feature']
    feature_set = load_features(args.features, others)
    images = feature_set.images
    setting = args.setting or protocol.settings[0]
    if setting not in protocol.settings:
        raise ValueError(f"The protocol has no setting '{setting}'. It has {list(protocol.settings)}.")
    if args.top_k < 1:
        raise ValueError(f'--top-k {args.top_k} must be at least 1.')
    trial = next(trial for trial in protocol.trials(images) if trial.setting == setting)
    query, gallery = trial.query_indices, trial.gallery_indices
    files = np.array([str(Path(evaluator.data_root) / path) for path in images.paths])
    query_descriptors, gallery_descriptors = (
        {name: feature_set.compared[name][chosen] for name in distance.descriptors} for chosen in (query, gallery)
    )
    draw_ranked_list(
        replace(images, paths=files),
        trial,
        distance(query_descriptors, gallery_descriptors),
        args.out,
        excluded=protocol.excluded(images, query, gallery),
        top_k=args.top_k,
        title=f'{protocol.name}, {label}' if label else protocol.name,
    )
    print(f'Ranked lists: {printable(args.out)}')


def main() -> None:
    args = parse_args()
    draw(args)


if __name__ == '__main__':
    run_tool(main)
