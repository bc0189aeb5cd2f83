import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from mmvireid.visualization import ContrastedImage, draw_contrastive_maps, spread_places
from mmvireid.visualization.contrastive_maps import INK, MATCH, MISMATCH

SIZE = (32, 16)


def picture(brightness: int) -> torch.Tensor:
    return torch.full((*SIZE, 3), brightness, dtype=torch.uint8)


def contrasted(caption: str, brightness: int, difference: float, is_match: bool) -> ContrastedImage:
    """Make constant maps: the query's map holds the difference, the own map ten times the difference."""
    maps = torch.full((2, 8, 4), difference) * torch.tensor([1, 10])[:, None, None]
    return ContrastedImage(picture(brightness), caption, *maps, difference, is_match)


IMAGES = [
    contrasted('b', 20, 0.75, False),
    contrasted('d', 40, 0.5, True),
    contrasted('a', 10, 0.25, False),
    contrasted('c', 30, 0.125, True),
]


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Return a function that draws and returns the saved figure."""
    figures, save = [], Figure.savefig
    monkeypatch.setattr(Figure, 'savefig', lambda figure, file: (figures.append(figure), save(figure, file)))

    def draw(images: list[ContrastedImage]) -> Figure:
        draw_contrastive_maps(picture(200), 'id 3, cam 6', images, tmp_path / 'deep' / 'maps.png')
        assert (tmp_path / 'deep' / 'maps.png').stat().st_size > 0
        return figures[-1]

    return draw


def spread_one_by_one(values: torch.Tensor, kernel_size: tuple[int, int]) -> torch.Tensor:
    rows, columns = values.shape
    spread = torch.empty(rows + kernel_size[0] - 1, columns + kernel_size[1] - 1, dtype=values.dtype)
    for y in range(spread.shape[0]):
        for x in range(spread.shape[1]):
            covering = [
                values[row, column]
                for row in range(rows)
                for column in range(columns)
                if row <= y < row + kernel_size[0] and column <= x < column + kernel_size[1]
            ]
            spread[y, x] = sum(covering) / len(covering)
    return spread


@pytest.mark.parametrize('kernel_size', [(1, 1), (3, 3), (2, 5), (8, 4)])
@pytest.mark.parametrize('place_size', [(6, 2), (1, 1), (3, 7)])
def test_a_position_gets_the_mean_of_the_places_that_cover_it(place_size, kernel_size):
    values = torch.randn(3, *place_size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = torch.stack([spread_one_by_one(single, kernel_size) for single in values])
    torch.testing.assert_close(spread_places(values, kernel_size), expected)


def test_a_constant_stays_constant():
    torch.testing.assert_close(spread_places(torch.full((1, 6, 2), 7.0), (3, 3)), torch.full((1, 8, 4), 7.0))


def shown(axes) -> list[np.ndarray]:
    return [np.asarray(image.get_array()) for image in axes.images]


def test_columns_are_sorted_and_hold_their_maps(drawn):
    query, *rest, bar = drawn(IMAGES).axes
    labels, columns = rest[:2], np.reshape(rest[2:], (4, 3))
    assert query.get_title() == 'id 3, cam 6' and (shown(query)[0] == 200).all()
    assert [axes.texts[0].get_text().split()[0] for axes in labels] == ['query', 'image']
    # The same person comes first. Each group is sorted by difference.
    assert [axes.get_title() for axes, _, _ in columns] == ['c', 'd', 'a', 'b']
    for (image, query_map, own_map), number in zip(columns, (30, 40, 10, 20), strict=True):
        difference = float(own_map.get_xlabel().removeprefix('$D$ = '))
        assert (shown(image)[0] == number).all() and shown(image)[0].shape == (*SIZE, 3)
        for axes, brightness, value in ((query_map, 200, difference), (own_map, number, 10 * difference)):
            below, above = shown(axes)
            assert below.shape == above.shape == SIZE
            np.testing.assert_allclose(below, brightness)
            np.testing.assert_allclose(above, value, rtol=1e-5)
    assert [axes.get_xlabel() for axes in columns[:, 2]] == ['$D$ = 0.125', '$D$ = 0.500', '$D$ = 0.250', '$D$ = 0.750']
    assert bar.get_ylabel() == 'contrastive feature (mean over the kernels)'


def test_each_group_has_one_heading_and_its_own_frames(drawn):
    query, *rest, _ = drawn(IMAGES).axes
    images = rest[2::3]
    assert [[text.get_text() for text in axes.texts] for axes in (query, *images)] == [
        ['query'],
        ['same person'],
        [],
        ['other persons'],
        [],
    ]
    for axes, color in zip((query, *images), (INK, MATCH, MATCH, MISMATCH, MISMATCH), strict=True):
        assert all(same_color(spine.get_edgecolor(), color) for spine in axes.spines.values())
    lefts = [axes.get_position().x0 for axes in images]
    within, between, again = np.diff(lefts)
    assert within == pytest.approx(again) and between > within


def test_all_maps_have_one_scale(drawn):
    figure = drawn(IMAGES)
    maps = [axes.images[1] for axes in figure.axes if len(axes.images) == 2]
    assert len(maps) == 8
    assert {(image.norm.vmin, image.norm.vmax, image.cmap.name) for image in maps} == {(0.125, 7.5, 'inferno')}
    assert figure.axes[-1].get_ylim() == (0.125, 7.5)


def test_a_map_is_enlarged_smoothly(drawn):
    values = torch.zeros(8, 4)
    values[1, 3] = 1  # an area of 4 x 4 pixels: rows 4 to 8, columns 12 to 16
    figure = drawn([ContrastedImage(picture(0), '', values, values, 0.5, True)])
    enlarged = next(np.asarray(axes.images[1].get_array()) for axes in figure.axes if len(axes.images) == 2)
    row, column = np.unravel_index(enlarged.argmax(), SIZE)
    assert 4 <= row < 8 and 12 <= column < 16
    assert np.abs(np.diff(enlarged, axis=0)).max() < 0.5  # without smoothing, the step is 1


@pytest.mark.parametrize('number', [1, 9])
def test_no_part_overlaps_another_or_leaves_the_picture(drawn, number):
    images = [contrasted('id 533, cam 6', 0, 0.5, index < 3) for index in range(number)]
    figure = drawn(images)
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    for index, box in enumerate(boxes):
        assert 0 <= box.x0 and box.x1 <= figure.bbox.x1 and 0 <= box.y0 and box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])
    box = figure.axes[0].get_window_extent()
    assert box.height / box.width == pytest.approx(SIZE[0] / SIZE[1])


def test_a_single_image_needs_no_global_state(drawn):
    backend = matplotlib.get_backend()
    assert len(drawn(IMAGES[:1]).axes) == 7
    assert matplotlib.get_backend() == backend


def test_an_error_names_bad_input(tmp_path):
    with pytest.raises(ValueError, match='No gallery image'):
        draw_contrastive_maps(picture(0), '', [], tmp_path / 'maps.png')
    assert not list(tmp_path.iterdir())
