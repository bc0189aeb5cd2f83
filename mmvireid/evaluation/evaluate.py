"""Score a set of images under a protocol: arrays in, one result dictionary out."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor

from mmvireid.structures import ImageSet
from mmvireid.utils.row_blocks import fast_rows, map_row_blocks

from .distances import BaseDistance
from .protocols import BaseProtocol, Trial
from .ranking import RankingScores
from .reranking import BaseReranking
from .results.breakdown import camera_pairs, distance_histogram, hardest_identities, query_cameras
from .results.summary import summarize
from .scorer import Scorer


def evaluate(
    images: ImageSet,
    descriptors: Mapping[str, Tensor],
    protocol: BaseProtocol,
    distance: BaseDistance,
    *,
    reranking: BaseReranking | None = None,
    breakdown: bool = True,
    feature: str = 'feature',
    flip: bool | None = None,
    data: Mapping | None = None,
    device: str | torch.device = 'cpu',
) -> dict:
    """Rank every query in every trial of a protocol.

    The distance matrix of a set of queries is computed once, whatever the number of settings and trials; where it would
    be too large the gallery is streamed, with the same digits. Images are sorted by path first: the result does not
    depend on the order in which they are given.

    Args:
        images: Annotations of N images.
        descriptors: What the distance compares, each of shape (N, ...), in the order of ``images``.
        protocol: Who meets whom.
        distance: How far apart two images are.
        reranking: If given, every trial is also scored re-ranked, beside the raw scores and never in their place;
            ``descriptors`` then hold what it compares, too.
        breakdown: Whether to add results by camera, the hardest identities and the distances' histogram.
        feature: Name of the tested feature, for the record. A distance that does not look at the feature is recorded
            with the names of what it compares in this place, and the type if these were kept in half precision.
        flip: Whether features were averaged with those of the mirrored images, for the record; None: not known.
        data: Data set, split and the like, for the record.
        device: Where distances are computed.

    Returns:
        ``protocol``, ``options``, ``galleries``, ``distance``, ``feature``, ``flip``, ``data``, ``rerank`` (False, or
        name and options) and ``settings``: for each setting what :func:`summarize` returns (scores, counts, CMC,
        trials, queries); with ``reranking`` the same under its key ``reranked``; with ``breakdown`` under that key
        ``query_cameras``, ``camera_pairs``, ``hardest_identities`` and ``distances`` (see :mod:`.breakdown`).

    Raises:
        ValueError: On descriptors of another length or with NaN or infinite values, or if no query of a setting has a
            match in its gallery; and whatever the protocol refuses.
    """
    compared = list(dict.fromkeys([*distance.descriptors, *(reranking.descriptors if reranking else ())]))
    order = np.argsort(images.paths, kind='stable')
    for comparison in (distance, reranking) if reranking else (distance,):
        _check_descriptors(images, descriptors, comparison, order)
    descriptors = {name: descriptors[name] for name in compared}
    if (np.diff(order) != 1).any():
        images = images.take(order)
        descriptors = {name: values[torch.from_numpy(order)] for name, values in descriptors.items()}
    if 'feature' not in distance.descriptors:
        kept = {descriptors[name].dtype for name in distance.descriptors} - {torch.float32, torch.float64}
        feature = '+'.join(distance.descriptors) + ''.join(sorted(f' ({str(dtype)[6:]})' for dtype in kept))
        flip = None if flip else flip

    settings: dict[str, dict] = {}
    for trials in _by_queries(protocol.trials(images)):
        scorer = Scorer(images, descriptors, protocol, distance, trials[0].query_indices, device)
        galleries = [trial.gallery_indices for trial in trials]
        raw = scorer.score(galleries)
        reranked = scorer.score_reranked(galleries, reranking) if reranking else [None] * len(trials)
        pairs = camera_pairs(images, trials, scorer) if breakdown else {}
        for setting, members in _by_setting(trials).items():
            chosen = [trials[member] for member in members]
            scores = [raw[member] for member in members]
            _check_matches(protocol, chosen, scores)
            settings[setting] = summarize(images, chosen, scores)
            if reranking:
                settings[setting]['reranked'] = summarize(images, chosen, [reranked[member] for member in members])
            if breakdown:
                settings[setting]['breakdown'] = dict(
                    query_cameras=query_cameras(images, chosen, scores),
                    camera_pairs=pairs[setting],
                    hardest_identities=hardest_identities(images, chosen, scores),
                    distances=distance_histogram(images, chosen, scorer),
                )
    return dict(
        protocol=protocol.name,
        options=protocol.options,
        galleries=protocol.galleries,
        distance=distance.name,
        feature=feature,
        flip=flip,
        data=dict(data or {}),
        rerank=dict(name=reranking.name, **reranking.options) if reranking else False,
        settings={setting: settings[setting] for setting in protocol.settings},
    )


def _check_descriptors(
    images: ImageSet, descriptors: Mapping[str, Tensor], comparison: BaseDistance | BaseReranking, order: np.ndarray
) -> None:
    for name in comparison.descriptors:
        if name not in descriptors:
            raise ValueError(
                f"{type(comparison).__name__} compares '{name}', the images have {sorted(descriptors)} only."
            )
        values = descriptors[name]
        if len(values) != len(images):
            raise ValueError(f"'{name}' has {len(values)} rows for {len(images)} images.")
        broken = ~_finite_rows(values)
        if broken.any():
            first = order[broken[order].argmax()]
            message = f"'{name}' of {broken.sum()} images is NaN or infinite; the first is '{images.paths[first]}'."
            if values.dtype == torch.float16 and not values[first].isnan().any():
                message += (
                    ' It is kept in float16, in which numbers above 65,504 become infinite: let the distance '
                    f"'{comparison.name}' keep it in float32, or in bfloat16 (its option storage)."
                )
            raise ValueError(message)


def _finite_rows(values: Tensor) -> np.ndarray:
    """(N,) bool; a block at a time, because values may fill most of the memory."""
    values = values.reshape(len(values), -1)
    finite = torch.empty(len(values), dtype=torch.bool)

    def check(rows: slice) -> None:
        finite[rows] = values[rows].isfinite().all(dim=1)

    map_row_blocks(check, len(values), fast_rows(values.shape[1], values.device))
    return finite.numpy()


def _check_matches(protocol: BaseProtocol, trials: list[Trial], scores: list[RankingScores]) -> None:
    for trial, of_trial in zip(trials, scores, strict=True):
        if not of_trial.valid.any():
            raise ValueError(
                f"{protocol.name}, setting '{trial.setting}', trial {trial.number}: none of "
                f'{len(trial.query_indices)} queries has a match in {len(trial.gallery_indices)} gallery images. '
                "Leave the setting out of the protocol's settings, or check the identities."
            )


def _by_queries(trials: Iterable[Trial]) -> list[list[Trial]]:
    """Group trials that ask the same queries: they share one distance matrix. A setting is never divided."""
    groups: dict[bytes, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(trial.query_indices.tobytes(), []).append(trial)
    return list(groups.values())


def _by_setting(trials: Iterable[Trial]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = {}
    for number, trial in enumerate(trials):
        members.setdefault(trial.setting, []).append(number)
    return members
