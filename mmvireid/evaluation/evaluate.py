"""Score a set of images under a protocol: arrays in, one result dictionary out."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor

from .distances import BaseDistance
from .functional import RankingScores, mean_scores, rank_trials
from .image_set import ImageSet
from .protocols import BaseProtocol, Trial

SCORES = ('R1', 'R5', 'R10', 'R20', 'mAP', 'mINP')
CMC_RANKS = 50


def evaluate(
    images: ImageSet,
    descriptors: Mapping[str, Tensor],
    protocol: BaseProtocol,
    distance: BaseDistance,
    feature: str = 'feature',
    flip: bool = False,
) -> dict:
    """Rank every query in every trial of a protocol.

    The distance matrix of a set of queries is computed once, whatever the number of settings and trials. Images are
    sorted by path first: the digits do not depend on the order in which they are given.

    Args:
        images: Annotations of N images.
        descriptors: What the distance compares, each of shape (N, ...), in the order of ``images``.
        protocol: Who meets whom.
        distance: How far apart two images are.
        feature: Name of the tested feature, for the record.
        flip: Whether features were averaged with those of the mirrored images, for the record.

    Returns:
        ``protocol``, ``options``, ``galleries``, ``distance``, ``feature``, ``flip``, ``rerank`` and ``settings``: for
        each setting ``R1``, ``R5``, ``R10``, ``R20``, ``mAP``, ``mINP`` (percent, mean over trials), each with ``_std``
        (population deviation over trials, the divisor is their number), ``num_query``, ``num_valid_query`` (with a
        match in the gallery; the others count in no mean), ``num_gallery``, ``num_short_cells`` (see :class:`Trial`),
        ``cmc`` (ranks 1 to 50, percent, mean over trials) and ``trials`` (scores and counts of each).

    Raises:
        ValueError: On descriptors of another length or with NaN or infinite values, or if no query of a setting has a
            match in its gallery; and whatever the protocol refuses.
    """
    order = np.argsort(images.paths, kind='stable')
    _check_descriptors(images, descriptors, distance, order)
    images = images.take(order)
    descriptors = {name: descriptors[name][torch.from_numpy(order)] for name in distance.descriptors}

    scored: dict[str, list[tuple[Trial, RankingScores]]] = {}
    for trials in _by_queries(protocol.trials(images)):
        for trial, scores in zip(trials, _score(images, descriptors, protocol, distance, trials), strict=True):
            if not scores.valid.any():
                raise ValueError(
                    f"{protocol.name}, setting '{trial.setting}', trial {trial.number}: none of "
                    f'{len(trial.query_indices)} queries has a match in {len(trial.gallery_indices)} gallery images. '
                    "Leave the setting out of the protocol's settings, or check the identities."
                )
            scored.setdefault(trial.setting, []).append((trial, scores))
    return dict(
        protocol=protocol.name,
        options=protocol.options,
        galleries=protocol.galleries,
        distance=distance.name,
        feature=feature,
        flip=bool(flip),
        rerank=False,
        settings={setting: _summary(scored[setting]) for setting in protocol.settings},
    )


def _check_descriptors(
    images: ImageSet, descriptors: Mapping[str, Tensor], distance: BaseDistance, order: np.ndarray
) -> None:
    for name in distance.descriptors:
        if name not in descriptors:
            raise ValueError(
                f"{type(distance).__name__} compares '{name}', the images have {sorted(descriptors)} only."
            )
        values = descriptors[name]
        if len(values) != len(images):
            raise ValueError(f"'{name}' has {len(values)} rows for {len(images)} images.")
        broken = ~values.reshape(len(values), -1).isfinite().all(dim=1).numpy()
        if broken.any():
            first = images.paths[order[broken[order].argmax()]]
            raise ValueError(f"'{name}' of {broken.sum()} images is NaN or infinite; the first is '{first}'.")


def _by_queries(trials: Iterable[Trial]) -> list[list[Trial]]:
    """Group trials that ask the same queries: they share one distance matrix."""
    groups: dict[bytes, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(trial.query_indices.tobytes(), []).append(trial)
    return list(groups.values())


def _score(
    images: ImageSet,
    descriptors: Mapping[str, Tensor],
    protocol: BaseProtocol,
    distance: BaseDistance,
    trials: list[Trial],
) -> list[RankingScores]:
    queries = trials[0].query_indices
    candidates = np.unique(np.concatenate([trial.gallery_indices for trial in trials]))
    members = np.stack([np.isin(candidates, trial.gallery_indices) for trial in trials])
    query = {name: values[torch.from_numpy(queries)] for name, values in descriptors.items()}
    gallery = {name: values[torch.from_numpy(candidates)] for name, values in descriptors.items()}
    return rank_trials(
        distance(query, gallery),
        images.pids[queries],
        images.pids[candidates],
        members,
        protocol.excluded(images, queries, candidates),
        protocol.collapse_identities,
    )


def _summary(scored: list[tuple[Trial, RankingScores]]) -> dict:
    """Mean and deviation of one setting over its trials."""
    trials = [
        dict(
            trial=trial.number,
            **mean_scores(scores),
            num_valid_query=int(scores.valid.sum()),
            num_gallery=len(trial.gallery_indices),
        )
        for trial, scores in scored
    ]
    summary = {}
    for name in SCORES:
        values = np.array([trial[name] for trial in trials])
        summary[name] = float(values.mean())
        summary[f'{name}_std'] = float(values.std())
    first = scored[0][0]
    return dict(
        **summary,
        num_query=len(first.query_indices),
        num_valid_query=trials[0]['num_valid_query'],
        num_gallery=trials[0]['num_gallery'],
        num_short_cells=first.num_short_cells,
        cmc=(100 * np.mean([scores.cmc(CMC_RANKS) for _, scores in scored], axis=0)).tolist(),
        trials=trials,
    )
