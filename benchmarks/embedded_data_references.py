"""What needs no training: chance and a colour histogram on a data set in SYSU-MM01's layout, under its protocol.

Example:
    python benchmarks/embedded_data_references.py data/synthetic_sysu_small
"""

import argparse

import numpy as np
import torch
from tqdm import tqdm

from mmvireid.datasets import SYSUMM01
from mmvireid.datasets.transforms import read_image
from mmvireid.evaluation import CosineDistance, ImageSet, SYSUMM01Protocol, evaluate, result_table
from mmvireid.structures import Modality

STRIPS, BINS = 6, 16


def colour_histogram(img: np.ndarray) -> np.ndarray:
    """Histograms of red, green and blue over six horizontal strips, the descriptor of early re-identification."""
    strips = np.array_split(img, STRIPS)
    return np.concatenate([np.histogram(strip[..., c], BINS, (0, 256))[0] for strip in strips for c in range(3)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('data_root', help='folder of the data set')
    data_root = parser.parse_args().data_root

    dataset = SYSUMM01(data_root, 'test', test_mode=True)
    records = [dataset.get_data_info(index) for index in range(len(dataset))]
    images = ImageSet(*(np.array([r[key] for r in records]) for key in ('pid', 'cam_id', 'modality', 'img_path')))
    histograms = [colour_histogram(read_image(r['img_path'], Modality(r['modality']))) for r in tqdm(records)]
    descriptors = {
        'random': np.random.default_rng(0).normal(size=(len(records), 64)),
        'colour histogram': np.stack(histograms),
    }
    protocol = SYSUMM01Protocol(data_root=data_root)
    results = {
        name: evaluate(
            images, {'feature': torch.from_numpy(descriptor).float()}, protocol, CosineDistance(), feature=name
        )
        for name, descriptor in descriptors.items()
    }
    print(result_table(results))


if __name__ == '__main__':
    main()
