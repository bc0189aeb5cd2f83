import numpy as np

from mmvireid.evaluation.ranking.identity_order import IdentityOrder


def test_order_and_matches():
    order = IdentityOrder(np.array([7, 8, 5]), np.array([9, 5, 7, 5, 5]))
    assert order.images.tolist() == [1, 3, 4, 2, 0]
    matches, is_match = order.matches(np.arange(3))
    assert is_match.tolist() == [[True, False, False], [False] * 3, [True] * 3]
    assert matches[is_match].tolist() == [2, 1, 3, 4]


def test_parts_of_the_order():
    order = IdentityOrder(np.array([7, 8, 5]), np.array([9, 5, 7, 5, 5]))
    assert order.is_first(slice(0, 5)).tolist() == [True, False, False, True, True]
    assert order.is_first(slice(2, 4)).tolist() == [False, True]
    row, column = order.own_images(np.array([0, 1, 2, 2]), slice(1, 4))
    assert row.tolist() == [0, 2, 2, 3, 3]
    assert column.tolist() == [2, 0, 1, 0, 1]
