"""Compare every registered protocol with an oracle: the published rules in plain Python, one query at a time.

An oracle invents images and options. The text of its protocol gives the queries and the gallery of each trial.
An oracle shares no code with the package. Features are small integers, so that equal distances are exactly equal.
"""

import math
import random
import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmvireid.evaluation import EuclideanDistance, ImageSet, evaluate
from mmvireid.registry import PROTOCOLS

RANKS = (1, 5, 10, 20)
VISIBLE, INFRARED = 0, 1
CMC_UNITS = ('identity', 'image')


class Image(NamedTuple):
    pid: int
    cam_id: int
    modality: int
    path: str
    feature: tuple[int, int]


class Trial(NamedTuple):
    queries: list[Image]
    gallery: list[Image]
    num_short_cells: int = 0


class Oracle(NamedTuple):
    images: list[Image]
    options: dict  # what the protocol is built with
    trials: dict[str, list[Trial]]  # by setting
    skips: Callable[[Image, Image], bool]  # whether a query (first) skips a gallery image
    cmc_unit: str


# --- Invented images: missing cameras, a single identity, cells of no, few or more than ten images.


def invent_images(draw: Callable, cameras: list[tuple[int, int, str]]) -> list[Image]:
    """Invent images in ``cameras``. A camera is (modality, number, folder with a place for the identity)."""
    pids = draw(st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True))
    blind = draw(st.sets(st.sampled_from(cameras), max_size=len(cameras) // 2))
    cells = [(pid, *camera) for pid in pids for camera in cameras if camera not in blind]
    counts = draw(
        st.lists(st.sampled_from((1, 0, 0, 1, 2, 3, 12)), min_size=len(cells), max_size=len(cells)).filter(any)
    )
    features = iter(draw(st.binary(min_size=sum(counts), max_size=sum(counts))))
    return [
        Image(pid, cam_id, modality, f'{folder.format(pid)}/{number:04d}.jpg', ((f := next(features)) % 3, f // 3 % 3))
        for (pid, modality, cam_id, folder), count in zip(cells, counts, strict=True)
        for number in range(1, count + 1)
    ]


def some_of(draw: Callable, values: tuple) -> list:
    return draw(st.lists(st.sampled_from(values), min_size=1, unique=True))


def invent_sysu(draw: Callable) -> list[Image]:
    return invent_images(draw, [(int(cam in (3, 6)), cam, f'cam{cam}/{{:04d}}') for cam in range(1, 7)])


def in_cells(images: list[Image]) -> list[list[Image]]:
    """Group images by identity, then by camera. Sort the images of a cell by path."""
    images = sorted(images, key=lambda image: (image.pid, image.cam_id, image.path))
    return [list(cell) for _, cell in groupby(images, key=lambda image: (image.pid, image.cam_id))]


def draw_with_seed(trial: int, cells: list[list[Image]], shots: int) -> list[Image]:
    random.seed(trial)
    gallery = []
    for cell in cells:
        if shots == 1:
            gallery.append(random.choice(cell))
        else:
            gallery.extend(random.sample(cell, min(shots, len(cell))))
    return gallery


# --- One oracle per protocol.


def sysu_mm01(draw: Callable, folder: Path, permutation_file: Callable) -> Oracle:
    images = invent_sysu(draw)
    official = draw(st.booleans())
    num_trials = draw(st.integers(1, 3))
    query_cams = some_of(draw, (3, 6))
    same_place, cmc_unit = draw(st.booleans()), draw(st.sampled_from(CMC_UNITS))
    chosen = some_of(draw, tuple(f'{search}/{shot}' for search in ('all-search', 'indoor-search') for shot in SHOTS))
    matrices = permutation_file(
        folder / 'exp' / 'rand_perm_cam.mat',
        {(cell[0].cam_id, cell[0].pid): len(cell) for cell in in_cells(images)},
        trials=draw(st.integers(num_trials, 4)),
        seed=draw(st.integers(0, 99)),
    )
    trials = {}
    for setting in chosen:
        search, shot = setting.split('/')
        cameras = (1, 2, 4, 5) if search == 'all-search' else (1, 2)
        cells = in_cells([image for image in images if image.cam_id in cameras])
        trials[setting] = []
        for number in range(num_trials):
            if official:
                gallery = [
                    cell[place - 1]
                    for cell in cells
                    for place in matrices[cell[0].cam_id, cell[0].pid][number, : SHOTS[shot]]
                ]
            else:
                gallery = draw_with_seed(number, cells, SHOTS[shot])
            trials[setting].append(
                Trial(
                    [image for image in images if image.cam_id in query_cams],
                    gallery,
                    sum(len(cell) < SHOTS[shot] for cell in cells),
                )
            )
    options = dict(
        galleries='official' if official else 'seeded',
        data_root=str(folder),
        settings=chosen,
        num_trials=num_trials,
        query_cams=query_cams,
        exclude_same_place=same_place,
        cmc_unit=cmc_unit,
    )
    return Oracle(images, options, trials, lambda q, g: same_place and (q.cam_id, g.cam_id) == (3, 2), cmc_unit)


SHOTS = {'single-shot': 1, 'multi-shot': 10}


def regdb(draw: Callable, *_: Any) -> Oracle:
    # The protocol ignores camera numbers. Identities have no leading zeros: path 12 comes before path 3.
    cameras = [(VISIBLE, 'Visible'), (INFRARED, 'Thermal')]
    images = invent_images(draw, [(m, draw(st.integers(-1, 3)), f'{name}/{{}}') for m, name in cameras])
    visible, thermal = ([image for image in images if image.modality == m] for m in (VISIBLE, INFRARED))
    sides = {'visible-to-thermal': (visible, thermal), 'thermal-to-visible': (thermal, visible)}
    options = draw(st.sampled_from([{}, *(dict(cmc_unit=unit) for unit in CMC_UNITS)]))
    chosen = some_of(draw, tuple(sides))
    trials = {name: [Trial(*sides[name])] for name in chosen}
    return Oracle(images, dict(options, settings=chosen), trials, lambda q, g: False, options.get('cmc_unit', 'image'))


def llcm(draw: Callable, *_: Any) -> Oracle:
    cameras = [(VISIBLE, cam, f'test_vis/cam{cam}/{{:04d}}') for cam in (1, 2, 3, 9)]
    cameras += [(INFRARED, cam, f'test_nir/cam{cam}/{{:04d}}') for cam in (1, 2, 9)]
    images = invent_images(draw, cameras)
    num_trials = draw(st.integers(1, 3))
    exclude, cmc_unit = draw(st.booleans()), draw(st.sampled_from(CMC_UNITS))
    chosen = some_of(draw, ('nir-to-vis', 'vis-to-nir'))
    trials = {}
    for setting in chosen:
        query_modality = INFRARED if setting == 'nir-to-vis' else VISIBLE
        queries = [image for image in images if image.modality == query_modality]
        cells = in_cells([image for image in images if image.modality != query_modality])
        trials[setting] = [Trial(queries, draw_with_seed(number, cells, 1)) for number in range(num_trials)]
    options = dict(settings=chosen, num_trials=num_trials, exclude_same_camera=exclude, cmc_unit=cmc_unit)
    return Oracle(images, options, trials, lambda q, g: exclude and q.pid == g.pid and q.cam_id == g.cam_id, cmc_unit)


def open_set(draw: Callable, *_: Any) -> Oracle:
    images = invent_sysu(draw)
    query_cams = some_of(draw, (1, 4, 3))
    same_place, cmc_unit = draw(st.booleans()), draw(st.sampled_from(CMC_UNITS))
    queries = [image for image in images if image.cam_id in query_cams]
    gallery = [image for image in images if image.cam_id in (2, 5, 6)]
    options = dict(query_cams=query_cams, exclude_same_place=same_place, cmc_unit=cmc_unit)
    trials = {'open-set': [Trial(queries, gallery)]}
    return Oracle(images, options, trials, lambda q, g: same_place and (q.cam_id, g.cam_id) == (3, 2), cmc_unit)


def cross_modality(draw: Callable, *_: Any) -> Oracle:
    images = invent_images(draw, [(m, cam, f'{cam}/{m}/{{}}') for m in (VISIBLE, INFRARED) for cam in (7, 3)])
    cameras = tuple({image.cam_id for image in images})
    pairs = draw(st.lists(st.tuples(st.sampled_from(cameras), st.sampled_from(cameras)), min_size=1, max_size=3))
    exclude = draw(st.sampled_from([None, 'same-camera', 'same-identity-same-camera', pairs]))

    def skips(query: Image, gallery: Image) -> bool:
        if exclude == 'same-camera':
            return query.cam_id == gallery.cam_id
        if exclude == 'same-identity-same-camera':
            return query.cam_id == gallery.cam_id and query.pid == gallery.pid
        return exclude is not None and (query.cam_id, gallery.cam_id) in exclude

    def invent_side(modality: int | None) -> tuple[dict, list[Image]]:
        names = {None: [None], VISIBLE: ['visible', 0], INFRARED: ['infrared', 1]}
        side = dict(modality=draw(st.sampled_from(names[modality])))
        members = [image for image in images if modality in (None, image.modality)]
        if draw(st.booleans()):
            side['cam_ids'] = some_of(draw, cameras)
            members = [image for image in members if image.cam_id in side['cam_ids']]
        return side, members

    num_trials, cmc_unit = draw(st.integers(1, 3)), draw(st.sampled_from(CMC_UNITS))
    config, trials = {}, {}
    for name in ('one way', 'another')[: draw(st.integers(1, 2))]:
        modalities = draw(st.sampled_from([(VISIBLE, INFRARED), (INFRARED, VISIBLE), (None, INFRARED), (None, None)]))
        (query, queries), (gallery, candidates) = (invent_side(modality) for modality in modalities)
        shots = draw(st.sampled_from([None, 1, 2, 5]))
        config[name] = dict(query=query, gallery=gallery, shots=shots)
        if any(image in candidates and not skips(image, image) for image in queries):
            trials[name] = []  # an image would find itself
        elif shots is None:
            trials[name] = [Trial(queries, candidates)]
        else:
            cells = in_cells(candidates)
            num_short = sum(len(cell) < shots for cell in cells)
            trials[name] = [Trial(queries, draw_with_seed(t, cells, shots), num_short) for t in range(num_trials)]
    options = dict(settings=config, num_trials=num_trials, exclude=exclude, cmc_unit=cmc_unit)
    return Oracle(images, options, trials, skips, cmc_unit)


ORACLES = {
    'CrossModalityProtocol': cross_modality,
    'LLCMProtocol': llcm,
    'OpenSetProtocol': open_set,
    'RegDBProtocol': regdb,
    'SYSUMM01Protocol': sysu_mm01,
}


# --- Scores, one query at a time.


def score_trial(trial: Trial, skips: Callable[[Image, Image], bool], cmc_unit: str) -> dict[str, float] | None:
    """Score a trial in percent. Return None if no query has a match."""
    first_ranks, precisions, penalties = [], [], []
    for query in trial.queries:
        kept = [image for image in trial.gallery if not skips(query, image)]
        kept.sort(key=lambda image, query=query: (math.dist(query.feature, image.feature), image.path))
        ranks = [rank for rank, image in enumerate(kept, start=1) if image.pid == query.pid]
        if not ranks:
            continue
        nearer = [image.pid for image in kept[: ranks[0] - 1]]
        first_ranks.append(1 + len(set(nearer) if cmc_unit == 'identity' else nearer))
        precisions.append(sum(count / rank for count, rank in enumerate(ranks, start=1)) / len(ranks))
        penalties.append(len(ranks) / ranks[-1])
    if not first_ranks:
        return None
    num_valid = len(first_ranks)
    scores = {f'R{k}': 100 * sum(rank <= k for rank in first_ranks) / num_valid for k in range(1, 21)}
    scores.update(mAP=100 * sum(precisions) / num_valid, mINP=100 * sum(penalties) / num_valid)
    return dict(scores, num_valid_query=num_valid)


def check_result(result: dict, oracle: Oracle, expected: dict[str, list[dict]]) -> None:
    assert set(result['settings']) == set(expected)
    for name, scores in expected.items():
        found, trials = result['settings'][name], oracle.trials[name]
        assert found['num_query'] == len(trials[0].queries)
        assert found['num_gallery'] == len(trials[0].gallery)
        assert found['num_valid_query'] == scores[0]['num_valid_query']
        assert found['num_short_cells'] == trials[0].num_short_cells
        for found_trial, trial, expected_trial in zip(found['trials'], trials, scores, strict=True):
            assert found_trial['num_gallery'] == len(trial.gallery)
            for score in (*(f'R{rank}' for rank in RANKS), 'mAP', 'mINP', 'num_valid_query'):
                assert found_trial[score] == pytest.approx(expected_trial[score], rel=0, abs=1e-9), (name, score)
        for score in (*(f'R{rank}' for rank in RANKS), 'mAP', 'mINP'):
            values = [trial_scores[score] for trial_scores in scores]
            mean = sum(values) / len(values)
            assert found[score] == pytest.approx(mean, rel=0, abs=1e-9)
            deviation = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
            # A deviation is the root of a sum with rounding errors: the tolerance is larger.
            assert found[f'{score}_std'] == pytest.approx(deviation, rel=0, abs=1e-6)
        curve = [sum(trial_scores[f'R{rank}'] for trial_scores in scores) / len(scores) for rank in range(1, 21)]
        assert found['cmc'][:20] == pytest.approx(curve, rel=0, abs=1e-9)


def registered() -> list[str]:
    return sorted(name for name, cls in PROTOCOLS.module_dict.items() if cls.__module__.startswith('mmvireid.'))


def test_every_registered_protocol_has_an_oracle():
    assert registered() == sorted(ORACLES)


@pytest.mark.parametrize('name', registered())
def test_equal_to_its_oracle(name, permutation_file, tmp_path):
    outcomes = []

    @settings(max_examples=120, deadline=None)
    @given(st.data())
    def check(data):
        oracle = ORACLES[name](data.draw, tmp_path, permutation_file)
        rows = list(oracle.images)
        random.Random(data.draw(st.integers(0, 99))).shuffle(rows)
        *annotations, features = zip(*rows, strict=True)
        images = ImageSet(*map(np.array, annotations))
        features = torch.tensor(features, dtype=torch.float32)
        protocol = PROTOCOLS.build(dict(type=name, **oracle.options))
        expected = {
            setting: [score_trial(trial, oracle.skips, oracle.cmc_unit) for trial in trials]
            for setting, trials in oracle.trials.items()
        }
        impossible = {setting for setting, scores in expected.items() if not scores or None in scores}
        outcomes.append(not impossible)
        if impossible:
            with pytest.raises(ValueError) as error:
                evaluate(images, {'feature': features}, protocol, EuclideanDistance())
            assert re.search("setting '(.*?)'", str(error.value))[1] in impossible
        else:
            check_result(evaluate(images, {'feature': features}, protocol, EuclideanDistance()), oracle, expected)

    check()
    assert sum(outcomes) > 15, 'The oracle invents too few test sets that can be scored.'
