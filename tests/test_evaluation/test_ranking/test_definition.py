"""The definition, an independent naive scorer and both engines give the same scores."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmvireid.evaluation.ranking import (
    CMC_UNITS,
    RankingScores,
    has_tied_match,
    rank_one_query,
    rank_streaming,
    rank_trials,
)


class Problem(NamedTuple):
    distmat: np.ndarray
    query_pids: np.ndarray
    gallery_pids: np.ndarray
    members: np.ndarray  # (T, G)
    excluded: np.ndarray | None
    cmc_unit: str


@st.composite
def problems(draw: Callable) -> Problem:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = num_query, num_gallery = draw(st.integers(1, 7)), draw(st.integers(1, 40))
    num_values = draw(st.sampled_from([1, 2, 10, 10**9]))  # few values: many ties
    num_pids = draw(st.integers(1, 6))
    gallery_pids = generator.integers(num_pids, size=num_gallery)
    # One identity is frequent: distractors (-1), or an identity that a query may have (0).
    frequent_share = draw(st.sampled_from([0, 0.5, 0.95]))
    gallery_pids[generator.random(num_gallery) < frequent_share] = draw(st.sampled_from([-1, 0]))
    members = generator.random((draw(st.integers(1, 4)), num_gallery)) < 0.5
    members[:, generator.integers(num_gallery)] = True
    excluded_share = draw(st.sampled_from([None, 0.0, 0.3, 0.9, 1.0]))
    return Problem(
        distmat=generator.integers(num_values, size=shape).astype(float),
        query_pids=generator.integers(num_pids + 1, size=num_query),  # the gallery lacks the last identity
        gallery_pids=gallery_pids,
        members=members,
        excluded=None if excluded_share is None else generator.random(shape) < excluded_share,
        cmc_unit=draw(st.sampled_from(CMC_UNITS)),
    )


def restrict(problem: Problem, images: np.ndarray) -> Problem:
    """Reduce the gallery to some images."""
    return problem._replace(
        distmat=problem.distmat[:, images],
        gallery_pids=problem.gallery_pids[images],
        members=problem.members[:, images],
        excluded=None if problem.excluded is None else problem.excluded[:, images],
    )


def scores_by_definition(problem: Problem) -> RankingScores:
    """Score every query in the whole gallery, one after the other."""
    excluded = [None] * len(problem.query_pids) if problem.excluded is None else problem.excluded
    scores = [
        rank_one_query(distances, pid, problem.gallery_pids, skipped, problem.cmc_unit) or (0, np.nan, np.nan)
        for distances, pid, skipped in zip(problem.distmat, problem.query_pids, excluded, strict=True)
    ]
    tied = [
        has_tied_match(distances, pid, problem.gallery_pids, skipped)
        for distances, pid, skipped in zip(problem.distmat, problem.query_pids, excluded, strict=True)
    ]
    return RankingScores(*map(np.array, zip(*scores, strict=True)), np.array(tied))


def assert_same_digits(found: RankingScores, expected: RankingScores) -> None:
    assert found.first_match.dtype == np.int64
    for name in ('first_match', 'ap', 'inp', 'tied'):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@settings(max_examples=150, deadline=None)
@given(problem=problems())
def test_definition_agrees_with_the_naive_scorer(naive_scores, problem):
    scores = scores_by_definition(problem)
    gallery = range(len(problem.gallery_pids))
    for query, pid in enumerate(problem.query_pids):
        skipped = None if problem.excluded is None else problem.excluded[query]
        first_match, ap, inp = naive_scores(
            problem.distmat[query], pid, problem.gallery_pids, gallery, skipped, problem.cmc_unit
        )
        assert scores.first_match[query] == first_match
        np.testing.assert_allclose(scores.ap[query], ap, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(scores.inp[query], inp)


@settings(max_examples=150, deadline=None)
@given(problem=problems())
def test_dense_engine_agrees_with_the_definition(problem):
    found = rank_trials(
        torch.from_numpy(problem.distmat),
        problem.query_pids,
        problem.gallery_pids,
        problem.members,
        problem.excluded,
        problem.cmc_unit,
    )
    for scores, member in zip(found, problem.members, strict=True):
        assert_same_digits(scores, scores_by_definition(restrict(problem, np.flatnonzero(member))))


@settings(max_examples=150, deadline=None)
@given(problem=problems(), query_block=st.integers(1, 8), gallery_block=st.integers(1, 41))
def test_streaming_engine_agrees_with_the_definition(problem, query_block, gallery_block):
    found = rank_streaming(
        lambda queries, images: torch.from_numpy(problem.distmat[np.ix_(queries, images)]),
        problem.query_pids,
        problem.gallery_pids,
        None if problem.excluded is None else lambda queries, images: problem.excluded[np.ix_(queries, images)],
        problem.cmc_unit,
        query_block=query_block,
        gallery_block=gallery_block,
    )
    assert_same_digits(found, scores_by_definition(problem))


def test_scores_computed_by_hand():
    # Without image 1 the ranked identities are 7, 5, 9, 7, 7, 5: matches at ranks 2 and 6.
    distances = [0.6, 0.1, 0.2, 0.3, 0.4, 0.5, 0.45]
    pids = [5, 5, 7, 5, 9, 7, 7]
    excluded = [False, True, False, False, False, False, False]
    scores = rank_one_query(distances, 5, pids, excluded)
    assert scores.first_match == 2
    assert scores.ap == (1 / 2 + 2 / 6) / 2
    assert scores.inp == 2 / 6
    # The first image of identity 9 is at image rank 3 and identity rank 3, the second of identity 7 has no rank.
    assert rank_one_query(distances, 9, pids, excluded).first_match == 3


def test_units_of_a_cmc_rank():
    distances, pids = [1, 2, 3, 4], [7, 7, 8, 5]
    assert rank_one_query(distances, 5, pids, cmc_unit='identity').first_match == 3
    assert rank_one_query(distances, 5, pids, cmc_unit='image').first_match == 4
    assert rank_one_query(distances, 5, pids, cmc_unit='identity')[1:] == (1 / 4, 1 / 4)


def test_query_without_a_match_has_no_scores():
    assert rank_one_query([0.1], 5, [6]) is None
    assert rank_one_query([0.1, 0.2], 5, [5, 6], excluded=[True, False]) is None
    assert rank_one_query([], 5, []) is None


def test_unknown_unit_is_refused_everywhere():
    distmat, pids = torch.zeros(1, 1), np.array([1])
    members = np.ones((1, 1), dtype=bool)
    for rank in (
        lambda unit: rank_one_query([0.0], 1, [1], cmc_unit=unit),
        lambda unit: rank_trials(distmat, pids, pids, members, cmc_unit=unit),
        lambda unit: rank_streaming(lambda q, g: distmat, pids, pids, cmc_unit=unit),
    ):
        for unit in ('person', True, None):
            with pytest.raises(ValueError, match=f"^cmc_unit={unit!r}: choose 'identity' or 'image'.$"):
                rank(unit)


def test_ties_computed_by_hand():
    distances, pids = [0.2, 0.2, 0.1, 0.3], [5, 7, 7, 5]
    assert has_tied_match(distances, 5, pids) and has_tied_match(distances, 7, pids)
    assert not has_tied_match(distances, 5, pids, excluded=[False, True, False, False])  # the other image is skipped
    assert not has_tied_match(distances, 5, pids, excluded=[True, False, False, False])  # the match is skipped
    assert not has_tied_match([0.2, 0.2, 0.1, 0.1], 5, [5, 5, 7, 7])  # ties within an identity change nothing
    assert not has_tied_match(distances, 9, pids)
