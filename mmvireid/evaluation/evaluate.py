"""Score a set of images under a protocol: arrays in, one result dictionary out."""

from collections.abc import Iterable, Mapping, Sequence

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
    normalized: bool = True,
    data: Mapping | None = None,
    device: str | torch.device = 'cpu',
) -> dict:
    """Score every query in every trial.

    The distance matrix of a set of queries is computed once for all settings and trials. If it is too large for the
    memory, the gallery is streamed, with the same digits. Images are sorted by path first, so that their order does not
    change the result.

    Args:
        images: Annotations of N images.
        descriptors: Tensors (N, ...) that the distance and the re-ranking compare, by name, in the order of ``images``.
        protocol: Protocol that gives the queries and the gallery images of each trial.
        distance: Distance that compares the images.
        reranking: If given, every trial is also scored after re-ranking. The result holds both scores.
        breakdown: Whether to add scores by camera, the hardest identities and the histogram of distances.
        feature: Name of the tested feature. If the distance ignores the feature, the result lists its descriptors
            instead, with their type if that is half precision.
        flip: Whether features were averaged with those of the mirrored images. None: unknown.
        normalized: Whether the model normalized the features.
        data: Facts about the data, such as data set and split.
        device: Device on which distances are computed.

    Returns:
        A result with these keys:

        - ``protocol``, ``options``, ``galleries``, ``distance``, ``feature``, ``flip``, ``normalized`` and ``data``.
        - ``rerank``: False, or a dict of the re-ranking's name and options.
        - ``settings``: for each setting the scores of :func:`summarize`. With ``reranking``, the key ``reranked`` holds
          the same scores after re-ranking. With ``breakdown``, the key ``breakdown`` holds ``query_cameras``,
          ``camera_pairs``, ``hardest_identities`` and ``distances`` (see :mod:`.results.breakdown`).

    Raises:
        ValueError: A descriptor is missing, has another length than ``images``, or is NaN or infinite. A trial has no
            query with a match, or the protocol refuses the images.

    Example:
        >>> from mmvireid.evaluation import CosineDistance, ImageSet, RegDBProtocol, evaluate
        >>> images = ImageSet(pids=[1, 1, 2], cam_ids=[0, 0, 0], modalities=[0, 1, 1], paths=['a', 'b', 'c'])
        >>> features = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> protocol = RegDBProtocol(settings=['visible-to-thermal'])
        >>> result = evaluate(images, {'feature': features}, protocol, CosineDistance())
        >>> result['settings']['visible-to-thermal']['mAP']
        100.0
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
        flip, normalized = None if flip else flip, True

    settings: dict[str, dict] = {}
    for trials in _group_by_queries(protocol.trials(images)):
        scorer = Scorer(images, descriptors, protocol, distance, trials[0].query_indices, device)
        galleries = [trial.gallery_indices for trial in trials]
        raw = scorer.score(galleries)
        reranked = scorer.score_reranked(galleries, reranking) if reranking else [None] * len(trials)
        pairs = camera_pairs(images, trials, scorer) if breakdown else {}
        for setting, members in _group_by_setting(trials).items():
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
        normalized=normalized,
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
                f"{type(comparison).__name__} compares '{name}', but the images only have {sorted(descriptors)}."
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
                    ' It is stored in float16, where numbers above 65,504 become infinite. Set the option storage of '
                    f"'{comparison.name}' to 'float32' or 'bfloat16'."
                )
            raise ValueError(message)


def _finite_rows(values: Tensor) -> np.ndarray:
    """Return a bool array (N,), True where a row is finite. Work in blocks: values may fill most of the memory."""
    values = values.reshape(len(values), -1)
    finite = torch.empty(len(values), dtype=torch.bool)

    def check(rows: slice) -> None:
        finite[rows] = values[rows].isfinite().all(dim=1)

    map_row_blocks(check, len(values), fast_rows(values.shape[1], values.device))
    return finite.numpy()


def _check_matches(protocol: BaseProtocol, trials: Sequence[Trial], scores: Sequence[RankingScores]) -> None:
    for trial, trial_scores in zip(trials, scores, strict=True):
        if not trial_scores.valid.any():
            raise ValueError(
                f"{protocol.name}, setting '{trial.setting}', trial {trial.number}: none of "
                f'{len(trial.query_indices)} queries has a match in {len(trial.gallery_indices)} gallery images. '
                "Leave the setting out of the protocol's settings, or check the identities."
            )


def _group_by_queries(trials: Iterable[Trial]) -> list[list[Trial]]:
    """Group trials with the same queries: they share one distance matrix. A group holds whole settings."""
    groups: dict[bytes, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(trial.query_indices.tobytes(), []).append(trial)
    return list(groups.values())


def _group_by_setting(trials: Iterable[Trial]) -> dict[str, list[int]]:
    """Return the positions of each setting's trials."""
    members: dict[str, list[int]] = {}
    for position, trial in enumerate(trials):
        members.setdefault(trial.setting, []).append(position)
    return members
