"""Compare three ways to compute CCN's full scoring on random maps of 2048x8x4.

- literal: Eqs. 4-7 as the paper writes them. Contrastive kernels are correlated with both maps, 16 pairs at a time.
- broadcast: the closed form in plain torch from existing descriptors, 8 x 32 pairs at a time.
- fused: ContrastiveCorrelationDistance.

The fastest of several runs counts, because other programs may use the processor, too. The second part compares all
images of a RegDB split, 2,060 x 2,060. Each storage type runs in its own process. Its peak memory, minus libraries and
descriptors, is the memory of the distance, including the result (34 MB).

Example:
    python benchmarks/contrastive_correlation.py
    python benchmarks/contrastive_correlation.py --images 300 --repeats 1   # a quick look
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from mmvireid.evaluation import ContrastiveCorrelationDistance
from mmvireid.evaluation.distances.contrastive_difference import compiled_loops
from mmvireid.models.layers.contrastive_correlation import KernelGrid, closed_logits, literal_logits, mix_positions
from mmvireid.utils.row_blocks import row_blocks

CHANNELS, GRID = 2048, KernelGrid(map_size=(8, 4))
LITERAL_BATCH, BROADCAST_BLOCK = 16, (8, 32)

Descriptors = dict[str, Tensor]


def make_weight() -> Tensor:
    """Create weights (K, P) of the scoring layer. They give logits around 0 with a deviation of about one."""
    shape = len(GRID.kernels), len(GRID.patches)
    weight = 0.001 * torch.randn(shape, generator=torch.Generator().manual_seed(0))
    return weight - weight.mean()


def make_descriptors(count: int, seed: int, device: str, storage: str = 'float32') -> Descriptors:
    """Create descriptors of random maps in small parts, to keep the float32 maps out of the peak memory."""
    generator = torch.Generator().manual_seed(seed)
    dtype = getattr(torch, storage)
    values, weights = (torch.empty(count, CHANNELS, *GRID.map_size, dtype=dtype, device=device) for _ in range(2))
    for some in torch.arange(count).split(64):
        maps = torch.randn(len(some), CHANNELS, *GRID.map_size, generator=generator).relu_()
        values[some], weights[some] = maps.to(values), mix_positions(maps, make_weight(), GRID).to(weights)
    return dict(contrast_values=values, contrast_weights=weights, contrast_bias=torch.zeros(count, device=device))


def mean_sigmoid(logits: tuple[Tensor, Tensor]) -> Tensor:
    """Compute D from the two logits of each pair."""
    return sum(logit.double().sigmoid() for logit in logits) / 2


def literal(query: Descriptors, gallery: Descriptors) -> Tensor:
    """Compute D of query 0 and gallery image 0, query 1 and gallery image 1, and so on."""
    weight = make_weight().to(query['contrast_values'])
    batches = zip(*(side['contrast_values'].split(LITERAL_BATCH) for side in (query, gallery)), strict=True)
    return torch.cat([mean_sigmoid(literal_logits(*batch, weight, GRID)) for batch in batches])


def broadcast(query: Descriptors, gallery: Descriptors) -> Tensor:
    """Compute D of all pairs by broadcasting."""

    def block(rows: slice, columns: slice) -> Tensor:
        first, mixed = (query[name][rows, None].flatten(2) for name in ('contrast_values', 'contrast_weights'))
        second, other = (gallery[name][None, columns].flatten(2) for name in ('contrast_values', 'contrast_weights'))
        gap = (first - second).abs()
        return mean_sigmoid(((gap * mixed).sum(2), (gap * other).sum(2)))

    rows, columns = (
        row_blocks(len(side['contrast_values']), size)
        for side, size in zip((query, gallery), BROADCAST_BLOCK, strict=True)
    )
    return torch.cat([torch.cat([block(row, column) for column in columns], dim=1) for row in rows])


def fused(query: Descriptors, gallery: Descriptors) -> Tensor:
    """Compute D of all pairs with the package."""
    return -torch.expm1(-ContrastiveCorrelationDistance()(query, gallery))


def seconds(function: Callable[[], Tensor], device: str, repeats: int = 1) -> float:
    """Measure the fastest of several runs."""

    def wait() -> None:
        if device == 'cuda':
            torch.cuda.synchronize()

    times = []
    for _ in range(repeats):
        wait()
        start = time.perf_counter()
        function()
        wait()
        times.append(time.perf_counter() - start)
    return min(times)


def compare(device: str, repeats: int) -> None:
    """Print each form's microseconds per pair and its largest error."""
    query, gallery = make_descriptors(128, 1, device), make_descriptors(512, 2, device)
    some_query, some_gallery = ({name: values[:32] for name, values in side.items()} for side in (query, gallery))
    expected = closed_logits(
        *(side['contrast_values'].double() for side in (some_query, some_gallery)),
        *(side['contrast_weights'].double() for side in (some_query, some_gallery)),
    )
    sides = {
        'literal': (literal, some_query, some_gallery, 32),
        'broadcast': (broadcast, some_query, some_gallery, 32 * 32),
        'fused': (fused, query, gallery, 128 * 512),
    }
    micros, errors = {}, {}
    for name, (form, first, second, num_pairs) in sides.items():
        found = form(some_query, some_gallery)  # the first call compiles and loads code
        found = found.diagonal() if found.ndim == 2 else found
        errors[name] = (found - mean_sigmoid(expected)).abs().max().item()
        micros[name] = 1e6 * seconds(lambda form=form, sides=(first, second): form(*sides), device, repeats) / num_pairs
    for name, value in micros.items():
        ratio = '' if name == 'fused' else f'; fused is {value / micros["fused"]:,.0f} times faster'
        print(f'{name:>9}: {value:9.2f} us per pair, D within {errors[name]:.0e} of float64{ratio}', flush=True)


def memory(kind: str) -> int:
    """Return the bytes of this process in main memory: ``VmRSS`` for now, ``VmHWM`` for the peak (Linux)."""
    status = Path('/proc/self/status').read_text()
    return 1024 * int(status.split(f'{kind}:')[1].split()[0])


def measure_whole(count: int, storage: str, device: str) -> tuple[float, float, float]:
    """Compute all distances once.

    Returns:
        Seconds, MB of the descriptors, and peak MB without them.
    """
    query, gallery = (make_descriptors(count, seed, device, storage) for seed in (1, 2))
    distance = ContrastiveCorrelationDistance(storage)
    few = [{name: values[:8] for name, values in side.items()} for side in (query, gallery)]
    distance(*few)
    if device == 'cuda':
        torch.cuda.reset_peak_memory_stats()
        before, peak = torch.cuda.memory_allocated(), torch.cuda.max_memory_allocated
    else:
        before, peak = memory('VmRSS'), lambda: memory('VmHWM')
    elapsed = seconds(lambda: distance(query, gallery), device)
    held = sum(values.nbytes for side in (query, gallery) for values in side.values())
    return elapsed, held / 1e6, (peak() - before) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--images', type=int, default=2060, help='number of queries and of gallery images (default: %(default)s)'
    )
    parser.add_argument('--repeats', type=int, default=5, help='runs of each form (default: %(default)s)')
    parser.add_argument(
        '--device', choices=['cpu', 'cuda'], default='cpu', help='where distances are computed (default: %(default)s)'
    )
    args = parser.parse_args()

    loops = compiled_loops()
    way = f'torch ({loops})' if isinstance(loops, Exception) else 'compiled loops'
    print(f'{CHANNELS}x8x4, {torch.get_num_threads()} threads, {way if args.device == "cpu" else args.device}')
    compare(args.device, args.repeats)
    for storage in ('float32', 'float16', 'bfloat16'):
        with multiprocessing.get_context('spawn').Pool(1) as pool:
            elapsed, held, peak = pool.apply(measure_whole, (args.images, storage, args.device))
            pool.close()  # without close and join, the pool kills the process before its cleanup
            pool.join()
        print(
            f'{args.images:,} x {args.images:,}, {storage}: {elapsed:.1f} s, {1e6 * elapsed / args.images**2:.2f} us '
            f'per pair; descriptors {held:,.0f} MB, peak without them {peak:,.0f} MB',
            flush=True,
        )


if __name__ == '__main__':
    main()
