import json
import random

import numpy as np
import pytest
from mmengine.config import ConfigDict

from mmvireid.evaluation.protocols import CrossModalityProtocol
from mmvireid.registry import PROTOCOLS

DAY_TO_NIGHT = dict(query=dict(modality='visible', cam_ids=[1, 2]), gallery=dict(modality=1), shots=2)


@pytest.fixture
def images(two_sided_image_set, two_sided_counts):
    images = two_sided_image_set(two_sided_counts)
    return images.take(np.random.default_rng(0).permutation(len(images)))


def test_default_has_both_directions_and_draws_nothing(images):
    protocol = CrossModalityProtocol()
    assert protocol.settings == ('visible-to-infrared', 'infrared-to-visible')
    assert (protocol.name, protocol.galleries, protocol.cmc_unit) == ('cross-modality', 'all', 'image')
    trials = protocol.trials(images)
    assert [trial.setting for trial in trials] == list(protocol.settings)
    for trial, query_modality in zip(trials, (0, 1), strict=True):
        sides = [images.paths[images.modalities == modality] for modality in (query_modality, 1 - query_modality)]
        assert images.paths[trial.query_indices].tolist() == sorted(sides[0])
        assert images.paths[trial.gallery_indices].tolist() == sorted(sides[1])


def test_settings_from_a_config(images, two_sided_counts):
    config = ConfigDict(
        type='CrossModalityProtocol',
        settings=dict(day_to_night=DAY_TO_NIGHT, anyone=dict(query=dict(cam_ids=[1]), gallery=dict(cam_ids=(2, 9)))),
        num_trials=3,
        exclude=[(1, 9)],
        cmc_unit='identity',
    )
    protocol = PROTOCOLS.build(config)
    assert (protocol.galleries, protocol.cmc_unit) == ('seeded', 'identity')
    assert (
        json.loads(json.dumps(protocol.options))
        == protocol.options
        == dict(
            settings=dict(
                day_to_night=dict(
                    query=dict(modality='visible', cam_ids=[1, 2]),
                    gallery=dict(modality='infrared', cam_ids=None),
                    shots=2,
                ),
                anyone=dict(
                    query=dict(modality=None, cam_ids=[1]), gallery=dict(modality=None, cam_ids=[2, 9]), shots=None
                ),
            ),
            num_trials=3,
            exclude=[[1, 9]],
            cmc_unit='identity',
        )
    )
    trials = protocol.trials(images)
    assert [(trial.setting, trial.number) for trial in trials] == [
        ('day_to_night', 0), ('day_to_night', 1), ('day_to_night', 2), ('anyone', 0)
    ]  # fmt: skip
    infrared = {cell: count for cell, count in two_sided_counts.items() if cell[0] == 1}
    for trial in trials[:3]:
        random.seed(trial.number)
        expected = []
        for pid in (4, 7, 10):
            for cam_id in (1, 2, 9):
                folder = f'/test_nir/cam{cam_id}/{pid:04d}/'
                files = sorted(path for path in images.paths.tolist() if folder in path)
                expected.extend(random.sample(files, min(2, len(files))))
        assert images.paths[trial.gallery_indices].tolist() == sorted(expected)
        assert trial.num_short_cells == sum(count < 2 for count in infrared.values()) > 0
        assert set(images.cam_ids[trial.query_indices]) == {1, 2}
        assert set(images.modalities[trial.query_indices]) == {0}
    assert set(images.cam_ids[trials[3].gallery_indices]) == {2, 9}
    assert trials[3].num_short_cells == 0


@pytest.mark.parametrize(
    ('exclude', 'rule'),
    [
        ('same-camera', lambda q, g: q[1] == g[1]),
        ('same-identity-same-camera', lambda q, g: q == g),
        ([(1, 2), [1, 9], (9, 9)], lambda q, g: (q[1], g[1]) in {(1, 2), (1, 9), (9, 9)}),
    ],
)
def test_exclusion(images, exclude, rule):
    protocol = CrossModalityProtocol(exclude=exclude)
    queries, gallery = np.flatnonzero(images.modalities == 0), np.flatnonzero(images.modalities == 1)
    people = list(zip(images.pids.tolist(), images.cam_ids.tolist(), strict=True))
    excluded = protocol.excluded(images, queries, gallery)
    assert excluded.tolist() == [[rule(people[q], people[g]) for g in gallery] for q in queries]
    # A large gallery is processed in blocks.
    blocks = [
        protocol.excluded(images, queries[2:5], gallery[start : start + 4]) for start in range(0, len(gallery), 4)
    ]
    assert np.concatenate(blocks, axis=1).tolist() == excluded[2:5].tolist()


def test_an_image_that_would_find_itself_is_refused(images):
    within = dict(visible=dict(query=dict(modality='visible'), gallery=dict(modality='visible')))
    first = min(images.paths[(images.modalities == 0) & (images.cam_ids == 1)])
    with pytest.raises(ValueError, match=f"setting 'visible': '{first}' is query and gallery"):
        CrossModalityProtocol(within).trials(images)
    with pytest.raises(ValueError, match="setting 'visible': '.*/cam2/.*' is query and gallery"):
        CrossModalityProtocol(within, exclude=[(1, 1), (3, 3), (9, 9)]).trials(images)
    for exclude in ('same-camera', 'same-identity-same-camera', [(1, 1), (2, 2), (3, 3), (9, 9)]):
        (trial,) = CrossModalityProtocol(within, exclude=exclude).trials(images)
        assert trial.query_indices.tolist() == trial.gallery_indices.tolist()


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(settings={}), r'cross-modality: settings=\{\}: give settings'),
        (dict(settings=['visible-to-infrared']), 'settings=.*give settings by name'),
        (dict(settings=dict(day=['visible'])), "setting 'day': .* give a dict with keys of"),
        (dict(settings=dict(day=dict(query={}))), "setting 'day': .*'query', 'gallery'. are required"),
        (dict(settings=dict(day=dict(DAY_TO_NIGHT, trials=3))), "setting 'day': .* give a dict with keys of"),
        (dict(settings=dict(day=dict(DAY_TO_NIGHT, shots=0))), "setting 'day': shots=0: give a whole number"),
        (dict(settings=dict(day=dict(DAY_TO_NIGHT, shots='all'))), "setting 'day': shots='all': give a whole number"),
        (
            dict(settings=dict(day=dict(DAY_TO_NIGHT, query=dict(modality='thermal')))),
            "setting 'day', query: unknown modality 'thermal'",
        ),
        (dict(settings=dict(day=dict(DAY_TO_NIGHT, query=dict(modality=2)))), 'query: unknown modality 2'),
        (dict(settings=dict(day=dict(DAY_TO_NIGHT, query=dict(modality=['visible'])))), 'query: unknown modality'),
        (dict(settings=dict(day=dict(DAY_TO_NIGHT, gallery=dict(cameras=[1])))), "setting 'day', gallery: .*keys of"),
        (
            dict(settings=dict(day=dict(DAY_TO_NIGHT, gallery=dict(cam_ids=1)))),
            "'day', gallery: cam_ids=1: give a list",
        ),
        (dict(settings=dict(day=dict(DAY_TO_NIGHT, gallery=dict(cam_ids=[])))), 'cam_ids=.*: give a list'),
        (dict(settings=dict(day=dict(DAY_TO_NIGHT, gallery=dict(cam_ids=['1'])))), 'cam_ids=.*: give a list'),
        (dict(num_trials=0), 'cross-modality: num_trials=0'),
        (dict(exclude='same-place'), "cross-modality: exclude='same-place': choose None, one of"),
        (dict(exclude=[]), 'exclude=.*: choose None, one of'),
        (dict(exclude=[(1, 2, 3)]), 'exclude=.*: choose None, one of'),
        (dict(exclude=(1, 2)), 'exclude=.*: choose None, one of'),
    ],
)
def test_invalid_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        CrossModalityProtocol(**options)


def test_a_camera_without_images_is_refused(images):
    day = dict(DAY_TO_NIGHT, gallery=dict(cam_ids=[4, 9]))
    with pytest.raises(ValueError, match=r'name the cameras \[4\], the data have \[1, 2, 3, 9\]'):
        CrossModalityProtocol(dict(day=day)).trials(images)
    with pytest.raises(ValueError, match=r'name the cameras \[5, 8\], the data have'):
        CrossModalityProtocol(exclude=[(1, 2), (8, 5)]).trials(images)


def test_a_side_without_images_is_refused(images):
    night = dict(query=dict(modality='infrared', cam_ids=[3]), gallery=dict(modality='visible'))
    with pytest.raises(
        ValueError, match=r"'night' has no query, because the data have no infrared image of cameras \[3\].*\['day'\]"
    ):
        CrossModalityProtocol(dict(night=night, day=DAY_TO_NIGHT)).trials(images)
