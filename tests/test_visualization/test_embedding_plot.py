import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from mmvireid.evaluation import FeatureSet
from mmvireid.structures import ImageSet
from mmvireid.visualization import draw_embedding
from mmvireid.visualization.cmc_plot import COLORS


def make_set(pids: list[int], modalities: list[int], points: list[list[float]]) -> FeatureSet:
    paths = np.array([f'{number}.jpg' for number in range(len(pids))])
    return FeatureSet(ImageSet(pids, modalities, modalities, paths), torch.tensor(points))


FIRST = make_set([31, 4, 31, 4], [0, 0, 1, 1], [[0.0, 0.0], [10.0, 2.0], [1.0, 0.0], [11.0, 3.0]])
SECOND = make_set([4, 7, 7], [0, 0, 1], [[0.0, 0.5], [0.0, 0.1], [0.2, 0.3]])


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Return a function that draws and returns the saved figure."""
    figures, save = [], Figure.savefig
    monkeypatch.setattr(Figure, 'savefig', lambda figure, file: (figures.append(figure), save(figure, file)))

    def draw(feature_sets: dict[str, FeatureSet]) -> Figure:
        draw_embedding(feature_sets, tmp_path / 'deep' / 'toy.png')
        assert (tmp_path / 'deep' / 'toy.png').stat().st_size > 0
        return figures[-1]

    return draw


def drawn_points(axes) -> set[tuple]:
    """Return x, y, color and number of corners of the mark of each point."""
    return {
        (*np.round(offset, 6).tolist(), to_hex(color[:3]), len(collection.get_paths()[0]))
        for collection in axes.collections
        if len(collection.get_offsets())
        for offset, color in zip(collection.get_offsets(), collection.get_facecolors(), strict=True)
    }


def test_points_colors_and_marks(drawn):
    figure = drawn({'identity': FIRST, 'HPI': SECOND})
    assert [axes.get_title() for axes in figure.axes] == ['identity', 'HPI']
    four, seven, thirty_one = (color.lower() for color in COLORS[:3])  # in the order of the pids, in all panels
    first, second = (drawn_points(axes) for axes in figure.axes)
    circle, star = sorted({mark for *_, mark in first}, reverse=True)
    assert first == {
        (0.0, 0.0, thirty_one, circle),
        (10.0, 2.0, four, circle),
        (1.0, 0.0, thirty_one, star),
        (11.0, 3.0, four, star),
    }
    assert second == {(0.0, 0.5, four, circle), (0.0, 0.1, seven, circle), (0.2, 0.3, seven, star)}


def test_one_legend_of_identities_and_modalities(drawn):
    (legend,) = drawn({'identity': FIRST, 'HPI': SECOND}).legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == ['identity 4', 'identity 7', 'identity 31', 'visible', 'infrared']
    assert [handle.get_marker() for handle in legend.legend_handles] == ['s', 's', 's', 'o', '*']
    assert [to_hex(handle.get_color()) for handle in legend.legend_handles[:3]] == [c.lower() for c in COLORS[:3]]


def test_both_axes_of_a_panel_have_one_scale(drawn):
    for axes in drawn({'identity': FIRST, 'HPI': SECOND}).axes:
        box = axes.get_window_extent()
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        assert box.width / (right - left) == pytest.approx(box.height / (top - bottom), rel=1e-3)


@pytest.mark.parametrize('number', [1, 3, 4, 5, 9])
def test_panels_and_legend_do_not_touch(drawn, number):
    ten = make_set(list(range(1000, 1010)), [0, 1] * 5, np.eye(10)[:, :2].tolist())
    figure = drawn({f'panel {index}': ten for index in range(number)})
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 and figure.bbox.y0 <= box.y0
    assert len(figure.axes) == number
    assert all(axes.get_tightbbox().y0 >= box.y1 for axes in figure.axes)
    assert all(axes.get_window_extent().width > 300 for axes in figure.axes)


def test_a_set_of_one_modality_needs_no_global_state(drawn):
    backend = matplotlib.get_backend()
    figure = drawn({'visible only': make_set([1, 1], [0, 0], [[0.0, 0.0], [1.0, 1.0]])})
    assert len(drawn_points(figure.axes[0])) == 2
    assert matplotlib.get_backend() == backend


def test_an_error_names_bad_input(tmp_path):
    long = FeatureSet(FIRST.images, torch.zeros(4, 384))
    with pytest.raises(ValueError, match="'long' have length 384.* ProjectedEmbeddingNeck with out_channels=2"):
        draw_embedding({'fits': FIRST, 'long': long}, tmp_path / 'toy.png')
    many = make_set(list(range(11)), [0] * 11, [[0.0, 0.0]] * 11)
    with pytest.raises(
        ValueError, match='11 identities, but the picture has only 10 colors.*test_dataloader.dataset.limit_ids=5'
    ):
        draw_embedding({'many': many}, tmp_path / 'toy.png')
    with pytest.raises(ValueError, match='No features'):
        draw_embedding({}, tmp_path / 'toy.png')
    assert not list(tmp_path.iterdir())
