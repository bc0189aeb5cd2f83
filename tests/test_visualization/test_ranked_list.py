import cv2
import numpy as np
import pytest
import torch

from mmvireid.evaluation import Trial
from mmvireid.structures import ImageSet
from mmvireid.visualization import draw_ranked_list, ranked_list
from mmvireid.visualization.ranked_list import FRAME, MATCH, MISMATCH, QUERY


@pytest.fixture
def images(tmp_path) -> ImageSet:
    """Write six plain pictures. The blue channel is 10, 20, ... 60."""
    rows = [(1, 3, 1), (2, 6, 1), (1, 1, 0), (2, 1, 0), (3, 2, 0), (1, 2, 0)]
    paths = []
    for number, _ in enumerate(rows, start=1):
        paths.append(str(tmp_path / f'{number}.png'))
        cv2.imwrite(paths[-1], np.full((40, 20, 3), (10 * number, 100, 200), dtype=np.uint8))
    return ImageSet(*zip(*rows, strict=True), paths)


TRIAL = Trial('all-search/single-shot', 0, np.array([0, 1]), np.array([2, 3, 4, 5]))
DISTMAT = torch.tensor([[0.4, 0.2, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]])
EXCLUDED = np.array([[False, False, True, True], [False] * 4])


def read_rows(path) -> list[list[tuple[tuple, int]]]:
    """Return the color of the frame and the blue of the middle of each tile, row by row."""
    picture = cv2.imread(str(path))
    rows = []
    top = ranked_list.MARGIN + ranked_list.HEADER
    while top + ranked_list.TILE_HEIGHT < len(picture):
        lefts = [ranked_list.MARGIN]
        while (left := ranked_list._ranked_left(len(lefts) - 1)) + ranked_list.TILE_WIDTH < picture.shape[1]:
            lefts.append(left)
        tiles = [(tuple(picture[top + 1, left + 1].tolist()), int(picture[top + 60, left + 30, 0])) for left in lefts]
        rows.append([tile for tile in tiles if tile[0] != ranked_list.BACKGROUND])
        top += ranked_list.CELL_HEIGHT
    return rows


def test_rows_show_the_ranking_after_exclusion(images, tmp_path):
    draw_ranked_list(images, TRIAL, DISTMAT, tmp_path / 'deep' / 'list.png', EXCLUDED)
    assert read_rows(tmp_path / 'deep' / 'list.png') == [
        [(QUERY, 10), (MISMATCH, 40), (MATCH, 30)],
        [(QUERY, 20), (MISMATCH, 30), (MATCH, 40), (MISMATCH, 50), (MISMATCH, 60)],
    ]


def test_ties_keep_the_order_of_the_gallery_and_top_k_limits_a_row(images, tmp_path):
    draw_ranked_list(images, TRIAL, DISTMAT, tmp_path / 'list.png', queries=[0], top_k=3)
    assert read_rows(tmp_path / 'list.png') == [[(QUERY, 10), (MATCH, 60), (MISMATCH, 40), (MISMATCH, 50)]]


def test_queries_without_a_match_are_not_drawn_by_default(images, tmp_path):
    trial = Trial('x', 0, np.array([0, 1]), np.array([3, 4]))
    draw_ranked_list(images, trial, torch.zeros(2, 2), tmp_path / 'list.png')
    assert [row[0] for row in read_rows(tmp_path / 'list.png')] == [(QUERY, 20)]


def test_channels_keep_their_order(images, tmp_path):
    draw_ranked_list(images, TRIAL, DISTMAT, tmp_path / 'list.png', queries=[0])
    middle = (ranked_list.MARGIN + ranked_list.HEADER + 60, ranked_list.MARGIN + FRAME + 30)
    assert cv2.imread(str(tmp_path / 'list.png'))[middle].tolist() == [10, 100, 200]


def test_an_error_names_bad_input(images, tmp_path):
    with pytest.raises(
        ValueError, match=r'distmat has shape \(1, 4\), but the trial has \(queries, gallery\) \(2, 4\)'
    ):
        draw_ranked_list(images, TRIAL, DISTMAT[:1], tmp_path / 'list.png')
    with pytest.raises(ValueError, match='No query to draw'):
        draw_ranked_list(images, TRIAL, DISTMAT, tmp_path / 'list.png', queries=[])
    missing = ImageSet(images.pids, images.cam_ids, images.modalities, [f'{path}.lost' for path in images.paths])
    with pytest.raises(OSError, match='1.png.lost'):
        draw_ranked_list(missing, TRIAL, DISTMAT, tmp_path / 'list.png')
