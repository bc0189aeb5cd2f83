"""CCN's full mode on maps of 2048x8x4: the fused distance against the literal form and against broadcasting.

- literal: Eqs. 4-7 as the paper writes them, contrastive kernels correlated with both maps, for 16 pairs at a time;
- broadcast: the closed form from descriptors computed beforehand, in plain torch, 8 x 32 pairs at a time;
- fused: ContrastiveCorrelationDistance.

Maps are random. The quickest of several repeats counts: others may use the processor, too. Then all images of a RegDB
split, 2,060 x 2,060, each storage in a process of its own: its peak memory less what it held before, with libraries and
descriptors, is what the distances take, the result (34 MB) included.

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
from mmvireid.evaluation.distances.contrastive_difference import compiled_loops, difference_scores
from mmvireid.models.layers.contrastive_correlation import KernelGrid, closed_logits, literal_logits, mix_positions
from mmvireid.utils.row_blocks import row_blocks

CHANNELS, GRID = 2048, KernelGrid(map_size=(8, 4))
LITERAL_BATCH, BROADCAST_BLOCK = 16, (8, 32)

Descriptors = dict[str, Tensor]


def make_weight() -> Tensor:
    """Of the scoring layer, (K, P), with which the logits spread by one or so around 0."""
    shape = len(GRID.kernels), len(GRID.patches)
    weight = 0.001 * torch.randn(shape, generator=torch.Generator().manual_seed(0))
    return weight - weight.mean()


def make_descriptors(count: int, seed: int, device: str, storage: str = 'float32') -> Descriptors:
    """Of random maps, some images at a time: the float32 maps must not show in the peak memory."""
    generator = torch.Generator().manual_seed(seed)
    dtype = getattr(torch, storage)
    kernels, weights = (torch.empty(count, CHANNELS, *GRID.map_size, dtype=dtype, device=device) for _ in range(2))
    for some in torch.arange(count).split(64):
        maps = torch.randn(len(some), CHANNELS, *GRID.map_size, generator=generator).relu_()
        kernels[some], weights[some] = maps.to(kernels), mix_positions(maps, make_weight(), GRID).to(weights)
    return dict(contrast_values=kernels, contrast_weights=weights, contrast_bias=torch.zeros(count, device=device))


def mean_of_sigmoids(logits: tuple[Tensor, Tensor]) -> Tensor:
    return sum(logit.double().sigmoid() for logit in logits) / 2


def literal(query: Descriptors, gallery: Descriptors) -> Tensor:
    """D of images 0 and 0, 1 and 1, ..."""
    weight = make_weight().to(query['contrast_values'])
    batches = zip(*(side['contrast_values'].split(LITERAL_BATCH) for side in (query, gallery)), strict=True)
    return torch.cat([mean_of_sigmoids(literal_logits(*batch, weight, GRID)) for batch in batches])


def broadcast(query: Descriptors, gallery: Descriptors) -> Tensor:
    """D of all pairs."""

    def block(rows: slice, columns: slice) -> Tensor:
        first, mixed = (query[name][rows, None].flatten(2) for name in ('contrast_values', 'contrast_weights'))
        second, other = (gallery[name][None, columns].flatten(2) for name in ('contrast_values', 'contrast_weights'))
        gap = (first - second).abs()
        return mean_of_sigmoids(((gap * mixed).sum(2), (gap * other).sum(2)))

    rows, columns = (
        row_blocks(len(side['contrast_values']), size)
        for side, size in zip((query, gallery), BROADCAST_BLOCK, strict=True)
    )
    return torch.cat([torch.cat([block(row, column) for column in columns], dim=1) for row in rows])


def fused(query: Descriptors, gallery: Descriptors) -> Tensor:
    """D of all pairs."""
    return difference_scores(ContrastiveCorrelationDistance()(query, gallery))


def seconds(function: Callable[[], Tensor], device: str, repeats: int = 1) -> float:
    """Of the quickest run."""

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
    """Microseconds a pair of each form, and whether they agree."""
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
        found = form(some_query, some_gallery)  # compiles, and loads what is loaded late
        found = found.diagonal() if found.ndim == 2 else found
        errors[name] = (found - mean_of_sigmoids(expected)).abs().max().item()
        micros[name] = 1e6 * seconds(lambda form=form, sides=(first, second): form(*sides), device, repeats) / num_pairs
    for name, value in micros.items():
        ratio = '' if name == 'fused' else f'; fused is {value / micros["fused"]:,.0f} times faster'
        print(f'{name:>9}: {value:9.2f} us a pair, D within {errors[name]:.0e} of float64{ratio}', flush=True)


def memory(kind: str) -> int:
    """Bytes of this process in main memory: ``VmRSS`` now, ``VmHWM`` at most (Linux)."""
    status = Path('/proc/self/status').read_text()
    return 1024 * int(status.split(f'{kind}:')[1].split()[0])


def measure_whole(count: int, storage: str, device: str) -> tuple[float, float, float]:
    """Seconds, MB of the descriptors, peak MB beyond them."""
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
    parser.add_argument('--images', type=int, default=2060, help='queries, and gallery images (default: %(default)s)')
    parser.add_argument('--repeats', type=int, default=5, help='of each form (default: %(default)s)')
    parser.add_argument('--device', choices=['cpu', 'cuda'], default='cpu', help='(default: %(default)s)')
    args = parser.parse_args()

    loops = compiled_loops()
    way = f'torch ({loops})' if isinstance(loops, Exception) else 'compiled loops'
    print(f'{CHANNELS}x8x4, {torch.get_num_threads()} threads, {way if args.device == "cpu" else args.device}')
    compare(args.device, args.repeats)
    for storage in ('float32', 'float16', 'bfloat16'):
        with multiprocessing.get_context('spawn').Pool(1) as pool:
            elapsed, held, peak = pool.apply(measure_whole, (args.images, storage, args.device))
            pool.close()  # left to itself the pool kills the process before it has cleaned up
            pool.join()
        print(
            f'{args.images:,} x {args.images:,}, {storage}: {elapsed:.1f} s, {1e6 * elapsed / args.images**2:.2f} us a '
            f'pair; descriptors {held:,.0f} MB, peak beyond them {peak:,.0f} MB',
            flush=True,
        )


if __name__ == '__main__':
    main()
