"""Score three descriptors that need no training on a data set: random numbers, a color histogram and gray pixels.

Example:
    python benchmarks/synthetic_data_references.py data/synthetic_sysu_small
    python benchmarks/synthetic_data_references.py data/synthetic_regdb_small --layout regdb
"""

import argparse

import cv2
import numpy as np
import torch
from tqdm import tqdm

from mmvireid.datasets import SYSUMM01, RegDB
from mmvireid.datasets.transforms import read_image
from mmvireid.evaluation import (
    CosineDistance,
    ImageSet,
    RegDBProtocol,
    SYSUMM01Protocol,
    average_splits,
    evaluate,
    result_table,
)
from mmvireid.structures import Modality

STRIPS, BINS = 6, 16


def color_histogram(img: np.ndarray) -> np.ndarray:
    """Compute histograms of red, green and blue in six horizontal strips, as early re-identification did."""
    strips = np.array_split(img, STRIPS)
    return np.concatenate([np.histogram(strip[..., c], BINS, (0, 256))[0] for strip in strips for c in range(3)])


def gray_pixels(img: np.ndarray) -> np.ndarray:
    """Compute a gray thumbnail with zero mean and unit deviation."""
    gray = cv2.resize(img.mean(axis=2), (32, 64), interpolation=cv2.INTER_AREA).ravel()
    return (gray - gray.mean()) / gray.std()


def score(dataset: SYSUMM01 | RegDB, protocol: SYSUMM01Protocol | RegDBProtocol, seed: int = 0) -> dict[str, dict]:
    """Evaluate each descriptor under the protocol; return its result by name."""
    records = [dataset.get_data_info(index) for index in range(len(dataset))]
    images = ImageSet(
        *(np.array([record[key] for record in records]) for key in ('pid', 'cam_id', 'modality', 'img_path'))
    )
    pixels = [read_image(record['img_path'], Modality(record['modality'])) for record in tqdm(records)]
    descriptors = {
        'random': np.random.default_rng(seed).normal(size=(len(records), 64)),
        'color histogram': np.stack([color_histogram(img) for img in pixels]),
        'gray pixels': np.stack([gray_pixels(img) for img in pixels]),
    }
    return {
        name: evaluate(
            images,
            {'feature': torch.from_numpy(descriptor).float()},
            protocol,
            CosineDistance(),
            breakdown=False,
            feature=name,
        )
        for name, descriptor in descriptors.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('data_root', help='folder of the data set')
    parser.add_argument(
        '--layout',
        choices=['sysu', 'regdb'],
        default='sysu',
        help='layout of the folder; RegDB is averaged over its ten splits',
    )
    args = parser.parse_args()
    if args.layout == 'sysu':
        results = score(SYSUMM01(args.data_root, 'test'), SYSUMM01Protocol(data_root=args.data_root))
    else:
        splits = {str(n): score(RegDB(args.data_root, 'test', n), RegDBProtocol(), n) for n in range(1, 11)}
        names = list(splits['1'])
        results = {name: average_splits({n: scores[name] for n, scores in splits.items()}) for name in names}
    print(result_table(results))


if __name__ == '__main__':
    main()
