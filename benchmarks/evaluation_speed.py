"""Compare the time of ``evaluate`` with a Python loop over queries, on SYSU-MM01's four settings x ten trials.

The images are annotations without pictures. Their numbers per test identity and camera are the data set's. Features are
random, around one center per identity. The loop follows the published Python evaluations. In every trial it takes a
slice of the distance matrix, sorts it, and visits the ranked list of each query. It computes the precision at every
rank in a list comprehension. The benchmark compares both results.

- The time of ``evaluate`` includes: sorting and checking the images, drawing the galleries, the distance matrix, all
  scores and their means. It excludes the optional breakdown by camera.
- The time of the loop includes only the scores and their means. The loop receives galleries and distance matrix.

Example:
    python benchmarks/evaluation_speed.py --perm-file data/SYSU-MM01/exp/rand_perm_cam.mat
    python benchmarks/evaluation_speed.py --loop-trials 1 --loop-queries 500     # extrapolates the loop's time
"""

import argparse
import csv
import time
from importlib import resources

import numpy as np
import torch

from mmvireid.evaluation import CosineDistance, ImageSet, SYSUMM01Protocol, Trial, evaluate

INFRARED = (3, 6)
RANKS = (1, 5, 10, 20)


def sysu_test_set() -> ImageSet:
    """Create the annotations of the 96 test identities' images."""
    table = resources.files('mmvireid.synthetic').joinpath('sysu_mm01_counts.csv')
    with table.open() as file:
        identities = [row for row in csv.DictReader(file) if row['split'] == 'test']
    rows = [
        (int(row['identity']), cam_id, int(cam_id in INFRARED), f'cam{cam_id}/{row["identity"]:>04}/{number:04d}.jpg')
        for cam_id in range(1, 7)
        for row in identities
        for number in range(1, int(row[f'cam{cam_id}']) + 1)
    ]
    return ImageSet(*(np.array(column) for column in zip(*rows, strict=True)))


def score_trial(
    distmat: np.ndarray, query_pids: np.ndarray, query_cams: np.ndarray, pids: np.ndarray, cams: np.ndarray
) -> dict[str, float]:
    """Compute the scores of one trial in percent, one query after the other."""
    order = np.argsort(distmat, axis=1, kind='stable')
    hits, aps, inps = [], [], []
    for query in range(len(query_pids)):
        ranked = order[query]
        ranked = ranked[~((query_cams[query] == 3) & (cams[ranked] == 2))]
        ranked_pids = pids[ranked]
        is_match = ranked_pids == query_pids[query]
        if not is_match.any():
            continue
        # Only the first image of each identity counts.
        _, first = np.unique(ranked_pids, return_index=True)
        identities = np.array([ranked_pids[place] for place in sorted(first)])
        found = (identities == query_pids[query]).cumsum()
        hits.append([found[: min(rank, len(found))][-1] for rank in RANKS])
        so_far = is_match.cumsum()
        precision = [
            number / (place + 1.0) for place, number in enumerate(so_far)
        ]  # at every rank, like the published code
        aps.append((np.array(precision) * is_match).sum() / is_match.sum())
        inps.append(is_match.sum() / (np.flatnonzero(is_match)[-1] + 1))
    scores = dict(zip([f'R{rank}' for rank in RANKS], np.mean(hits, axis=0), strict=True))
    return {name: 100 * float(value) for name, value in dict(**scores, mAP=np.mean(aps), mINP=np.mean(inps)).items()}


def run_loop(
    images: ImageSet, trials: list[Trial], distmat: np.ndarray, num_query: int
) -> tuple[float, list[dict[str, float]]]:
    """Score all trials with the loop.

    Args:
        images: Annotations of N images.
        trials: Trials with the same Q queries.
        distmat: (Q, N) distances between the queries and all images.
        num_query: Number of queries to score.

    Returns:
        Seconds, and the scores of each trial.
    """
    start = time.perf_counter()
    scores = []
    for trial in trials:
        query, gallery = trial.query_indices[:num_query], trial.gallery_indices
        scores.append(
            score_trial(
                distmat[:num_query, gallery],
                images.pids[query],
                images.cam_ids[query],
                images.pids[gallery],
                images.cam_ids[gallery],
            )
        )
    return time.perf_counter() - start, scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--perm-file', help="the data set's rand_perm_cam.mat (default: seeded galleries)")
    parser.add_argument('--dims', type=int, default=24, help='length of a feature (default: %(default)s)')
    parser.add_argument(
        '--repeats', type=int, default=5, help='runs of evaluate; the best time counts (default: %(default)s)'
    )
    parser.add_argument(
        '--loop-trials', type=int, default=10, help='trials of each setting for the loop (default: %(default)s)'
    )
    parser.add_argument('--loop-queries', type=int, help='queries for the loop (default: all)')
    args = parser.parse_args()

    images = sysu_test_set()
    images = images.take(np.argsort(images.paths))
    generator = np.random.default_rng(0)
    centers = generator.standard_normal((images.pids.max() + 1, args.dims))
    features = torch.from_numpy(centers[images.pids] + 1.5 * generator.standard_normal((len(images), args.dims)))
    descriptors = {'feature': features.float()}
    protocol = SYSUMM01Protocol('official' if args.perm_file else 'seeded', perm_file=args.perm_file)
    trials = [trial for trial in protocol.trials(images) if trial.number < args.loop_trials]
    queries = trials[0].query_indices
    num_query = min(args.loop_queries or len(queries), len(queries))

    times = []
    for _ in range(args.repeats):
        start = time.perf_counter()
        result = evaluate(images, descriptors, protocol, CosineDistance(), breakdown=False)
        times.append(time.perf_counter() - start)
    print(
        f'{len(queries)} queries, {int((images.modalities == 0).sum())} candidates, {args.dims}-d features, '
        f'{len(protocol.settings)} settings x {protocol.num_trials} trials, {protocol.galleries} galleries, '
        f'{torch.get_num_threads()} threads'
    )
    print(f'evaluate                   {min(times):8.3f} s  (best of {args.repeats})')

    unit = torch.nn.functional.normalize(descriptors['feature'].double()).numpy()
    distmat = 1 - unit[queries] @ unit.T
    seconds, scores = run_loop(images, trials, distmat, num_query)
    if num_query == len(queries):
        found = [result['settings'][trial.setting]['trials'][trial.number] for trial in trials]
        gap = max(
            abs(found_scores[name] - loop_scores[name])
            for found_scores, loop_scores in zip(found, scores, strict=True)
            for name in loop_scores
        )
        agreement = (
            f'largest difference of R1 ... R20, mAP and mINP in {len(trials)} trials: {gap:.1e} percentage points'
        )
    else:
        agreement = 'results not compared: the loop scored only some queries'
    num_trials = len(protocol.settings) * protocol.num_trials
    whole = seconds * num_trials / len(trials) * len(queries) / num_query
    part = (
        ''
        if whole == seconds
        else f'  (extrapolated from {len(trials)} trials and {num_query} queries, {seconds:.1f} s)'
    )
    print(f'one query at a time        {whole:8.1f} s{part}')
    print(f'ratio                      {whole / min(times):8.0f}')
    print(agreement)


if __name__ == '__main__':
    main()
