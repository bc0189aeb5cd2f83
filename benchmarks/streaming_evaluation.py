"""Measure time and memory of the exact evaluation of large galleries without a distance matrix.

Every gallery size runs in its own process, so that its peak memory can be measured. The peak includes the interpreter
and the libraries. Features are in a file that is written block by block and mapped into memory. Each identity has ten
gallery images. Queries are images of the first thousand identities.

Example:
    python benchmarks/streaming_evaluation.py --queries 10000 --gallery 10000 100000 1000000
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from mmvireid.evaluation.distances import cosine_distance
from mmvireid.evaluation.ranking import mean_scores, rank_streaming

IMAGES_PER_IDENTITY = 10
QUERY_IDENTITIES = 1000
WRITTEN_AT_ONCE = QUERY_IDENTITIES * IMAGES_PER_IDENTITY


def write_features(file: Path, pids: np.ndarray, dims: int, seed: int) -> np.ndarray:
    """Write features around one center per identity to a file, and map the file into memory."""
    features = np.lib.format.open_memmap(file, mode='w+', dtype=np.float32, shape=(len(pids), dims))
    for start in range(0, len(pids), WRITTEN_AT_ONCE):
        block = pids[start : start + WRITTEN_AT_ONCE]
        identities, identity = np.unique(block, return_inverse=True)
        centers = np.random.default_rng(identities).standard_normal((len(identities), dims))
        noise = np.random.default_rng([seed, start]).standard_normal((len(block), dims))
        features[start : start + WRITTEN_AT_ONCE] = centers[identity] + 1.5 * noise
    features.flush()
    return np.load(file, mmap_mode='r')


def evaluate_one_size(num_query: int, num_gallery: int, dims: int, device: str) -> dict:
    """Evaluate one gallery size, and measure time and memory."""
    gallery_pids = np.arange(num_gallery) // IMAGES_PER_IDENTITY
    query_pids = np.sort(np.arange(num_query) % QUERY_IDENTITIES)
    with tempfile.TemporaryDirectory() as folder:
        query = write_features(Path(folder) / 'query.npy', query_pids, dims, seed=0)
        gallery = write_features(Path(folder) / 'gallery.npy', gallery_pids, dims, seed=1)

        def distance_block(query_indices: np.ndarray, gallery_indices: np.ndarray) -> torch.Tensor:
            some = torch.from_numpy(query[query_indices]), torch.from_numpy(gallery[gallery_indices])
            return cosine_distance(some[0].to(device), some[1].to(device))

        start = time.perf_counter()
        scores = rank_streaming(distance_block, query_pids, gallery_pids, device=device)
        seconds = time.perf_counter() - start
    return dict(
        seconds=seconds,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        device_memory=torch.cuda.max_memory_allocated() if device.startswith('cuda') else 0,
        scores=mean_scores(scores),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--queries', type=int, default=10_000, help='number of queries (default: %(default)s)')
    parser.add_argument(
        '--gallery',
        type=int,
        nargs='+',
        default=[10_000, 100_000, 1_000_000],
        help='gallery sizes to run (default: %(default)s)',
    )
    parser.add_argument('--dims', type=int, default=64, help='length of a feature (default: %(default)s)')
    parser.add_argument('--device', default='cpu', help='where distances are computed (default: %(default)s)')
    args = parser.parse_args()

    print(f'{args.queries} queries, {args.dims}-d features, {args.device}, {torch.get_num_threads()} threads')
    context = multiprocessing.get_context('spawn')
    for num_gallery in args.gallery:
        with context.Pool(1) as pool:
            result = pool.apply(evaluate_one_size, (args.queries, num_gallery, args.dims, args.device))
        num_pairs = args.queries * num_gallery
        print(
            f'gallery {num_gallery:9,d}: {result["seconds"]:7.1f} s, '
            f'{1e9 * result["seconds"] / num_pairs:6.2f} ns per pair, '
            f'peak memory {result["memory"] / 1e9:.2f} GB'
            + (f' (device {result["device_memory"] / 1e9:.2f} GB)' if result['device_memory'] else '')
            + f'; a distance matrix would need {8 * num_pairs / 1e9:.2f} GB; '
            + ', '.join(f'{name} {result["scores"][name]:.2f}' for name in ('R1', 'mAP', 'mINP')),
            flush=True,
        )


if __name__ == '__main__':
    main()
