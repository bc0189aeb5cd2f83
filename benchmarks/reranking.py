"""Compare k-reciprocal re-ranking with published code, which uses dense matrices and a loop over images.

Features are random. Each side runs in its own process, so that its peak memory can be measured. The benchmark subtracts
the memory of libraries and features. By default it compares both sides on a quarter of the images.

Example:
    python benchmarks/reranking.py          # a quarter of SYSU-MM01's test images
    python benchmarks/reranking.py --full   # all test images: the loop needs minutes and gigabytes
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from mmvireid.evaluation import EuclideanDistance, KReciprocalReranking

NUM_QUERY, NUM_GALLERY = 3803, 6775


def dense(query: torch.Tensor, gallery: torch.Tensor, k1: int = 20, k2: int = 6, lambda_value: float = 0.3):
    """Re-rank with dense float32 matrices over all pairs of images, and Python loops over images."""
    features = torch.cat([query, gallery])
    squared = features.square().sum(dim=1)
    original = squared[:, None] + squared - 2 * features @ features.T
    original = original.clamp_(min=0).numpy()
    original = original / original.max(axis=1, keepdims=True)
    rank = np.argsort(original, axis=1).astype(np.int32)

    def reciprocal(image: int, k: int) -> np.ndarray:
        near = rank[image, : k + 1]
        return near[(rank[near, : k + 1] == image).any(axis=1)]

    weights = np.zeros_like(original)
    for image in range(len(original)):
        members = reciprocal(image, k1)
        extended = [members]
        for member in members:
            half = reciprocal(member, round(k1 / 2))
            if len(np.intersect1d(half, members)) > 2 / 3 * len(half):
                extended.append(half)
        chosen = np.unique(np.concatenate(extended))
        weight = np.exp(-original[image, chosen])
        weights[image, chosen] = weight / weight.sum()
    averaged = np.zeros_like(weights)
    for image in range(len(original)):
        averaged[image] = weights[rank[image, :k2]].mean(axis=0)
    weights = averaged

    original = original[: len(query)]
    holders = [np.flatnonzero(column) for column in weights.T]
    jaccard = np.zeros_like(original)
    for image in range(len(query)):
        shared = np.zeros(len(features), dtype=np.float32)
        for member in np.flatnonzero(weights[image]):
            others = holders[member]
            shared[others] += np.minimum(weights[image, member], weights[others, member])
        jaccard[image] = 1 - shared / (2 - shared)
    return ((1 - lambda_value) * jaccard + lambda_value * original)[:, len(query) :]


def ours(query: torch.Tensor, gallery: torch.Tensor) -> np.ndarray:
    """Re-rank with the package."""
    whole = [np.arange(len(gallery))]
    return next(KReciprocalReranking()(EuclideanDistance(), {'feature': query}, {'feature': gallery}, whole)).numpy()


def make_features(share: float, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Create normalized random features of a share of SYSU-MM01's queries and gallery images."""
    generator = torch.Generator().manual_seed(0)
    counts = int(NUM_QUERY * share), int(NUM_GALLERY * share)
    return tuple(torch.nn.functional.normalize(torch.randn(count, dim, generator=generator)) for count in counts)


def memory(kind: str) -> int:
    """Return the bytes of this process in main memory: ``VmRSS`` for now, ``VmHWM`` for the peak (Linux)."""
    status = Path('/proc/self/status').read_text()
    return 1024 * int(status.split(f'{kind}:')[1].split()[0])


def measure(side: Callable, share: float, dim: int) -> tuple[float, float, np.ndarray]:
    """Run one side once.

    Returns:
        Seconds, peak MB without features and libraries, and the result.
    """
    query, gallery = make_features(share, dim)
    side(query[:50], gallery[:50])  # the first call loads more code
    before, start = memory('VmRSS'), time.perf_counter()
    result = side(query, gallery)
    return time.perf_counter() - start, (memory('VmHWM') - before) / 1e6, result


def in_own_process(*arguments):
    """Call :func:`measure` in a new process."""
    with multiprocessing.get_context('spawn').Pool(1) as pool:
        return pool.apply(measure, arguments)


def show(name: str, seconds: float, megabytes: float, result: np.ndarray) -> None:
    """Print the measurements of one side."""
    num_query, num_gallery = result.shape
    print(
        f'{name:>5}: {num_query:,} x {num_gallery:,}: {seconds:7.1f} s, peak {megabytes:6.0f} MB, '
        f'including {result.nbytes / 1e6:.0f} MB for the result ({result.dtype})',
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--dim', type=int, default=256, help='length of a feature (default: %(default)s)')
    parser.add_argument('--full', action='store_true', help='use all images for the loop, too')
    args = parser.parse_args()

    share = 1 if args.full else 0.25
    print(f'{args.dim}-d features, {torch.get_num_threads()} threads')
    results = {side.__name__: in_own_process(side, share, args.dim) for side in (dense, ours)}
    for name, measured in results.items():
        show(name, *measured)
    (dense_s, dense_mb, expected), (ours_s, ours_mb, found) = results.values()
    print(f'largest difference: {abs(expected - found).max():.1e} (the loop uses float32)')
    print(f'{dense_s / ours_s:.1f} times faster, {dense_mb / ours_mb:.1f} times less memory')
    if not args.full:
        show('ours', *in_own_process(ours, 1, args.dim))


if __name__ == '__main__':
    main()
