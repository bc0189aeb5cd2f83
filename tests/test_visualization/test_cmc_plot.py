from collections.abc import Mapping

import cv2
import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmvireid.visualization import plot_cmc
from mmvireid.visualization.cmc_plot import COLORS

SETTING = 'all-search/single-shot'


def make_result(first: float, digest: str = 'a1b2c3d4', **changes) -> dict:
    scores = dict(
        R1=first,
        mAP=7.0,
        cmc=[min(100.0, first + rank) for rank in range(50)],
        num_valid_query=360,
        num_gallery=192,
        trials=[dict(gallery_digest=digest)],
    )
    return {
        **dict(protocol='SYSU-MM01', options=dict(query_cams=[3, 6]), galleries='official', distance='euclidean'),
        **dict(
            feature='embedding', flip=False, data=dict(dataset='SYSU-MM01', split='test'), settings={SETTING: scores}
        ),
        **changes,
    }


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Return a function that plots and returns the axes and the texts of the legend."""
    figures = []
    monkeypatch.setattr(Figure, 'savefig', lambda figure, file: (figures.append(figure), file.touch()))

    def draw(results: Mapping[str, Mapping], max_rank: int = 20) -> tuple[Axes, list[str]]:
        plot_cmc(results, SETTING, tmp_path / 'cmc.png', max_rank)
        (axes,) = figures[-1].axes
        return axes, [text.get_text() for text in figures[-1].legends[0].get_texts()]

    return draw


def test_curves_need_no_global_state(tmp_path):
    backend = matplotlib.get_backend()
    out_file = tmp_path / 'deep' / 'cmc.png'
    plot_cmc({'trained': make_result(40.0), 'untrained': make_result(2.0)}, SETTING, out_file)
    picture = cv2.imread(str(out_file))
    height, width = picture.shape[:2]
    for blue, green, red in ((0xB2, 0x72, 0x00), (0x00, 0x5E, 0xD5)):
        drawn = (picture == (blue, green, red)).all(axis=2)
        columns = drawn[: height // 2 + height // 4].any(axis=0)
        assert columns.sum() > width / 2
    assert matplotlib.get_backend() == backend


def test_the_suffix_chooses_the_format(tmp_path):
    plot_cmc({'trained': make_result(40.0)}, SETTING, tmp_path / 'cmc.svg')
    assert '<svg' in (tmp_path / 'cmc.svg').read_text()


def test_the_title_tells_what_results_share(drawn):
    axes, legend = drawn({'identity': make_result(30.0), 'HPI': make_result(40.0)})
    assert axes.get_title().splitlines() == [
        SETTING,
        'SYSU-MM01, official galleries, euclidean distance, feature embedding, dataset SYSU-MM01,',
        'split test, 360 queries, 192 gallery images',
    ]
    assert legend == ['identity: R1 30.0, mAP 7.0', 'HPI: R1 40.0, mAP 7.0']


@pytest.mark.parametrize(
    'changes, said',
    [
        (dict(protocol='Open set'), ('SYSU-MM01', 'Open set')),
        (dict(galleries='seeded'), ('official galleries', 'seeded galleries')),
        (dict(distance='cosine'), ('euclidean distance', 'cosine distance')),
        (dict(feature='bn'), ('feature embedding', 'feature bn')),
        (dict(options=dict(query_cams=[3])), ('query_cams=[3, 6]', 'query_cams=[3]')),
        (dict(flip=True), ('flip=False', 'flip=True')),
        (dict(data=dict(dataset='SYSU-MM01', split='val')), ('split test', 'split val')),
        (dict(data=dict(dataset='SYSU-MM01', split='test', limit_ids=5)), ('', 'limit_ids 5')),
        (dict(digest='ffff0000'), ('gallery a1b2c3', 'gallery ffff00')),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else '',
)
def test_the_legend_tells_how_results_differ(drawn, changes, said):
    axes, legend = drawn({'one': make_result(30.0), 'other': make_result(30.0, **changes)})
    for label, text, difference in zip(('one', 'other'), legend, said, strict=True):
        assert text == f'{label}: R1 30.0, mAP 7.0' + (f'; {difference}' if difference else '')
        assert not difference or difference not in axes.get_title().split(', ')


@pytest.mark.parametrize(
    'max_rank, marked',
    [(4, [1, 2, 3, 4]), (20, [1, 5, 10, 15, 20]), (23, [1, 5, 10, 15, 20]), (50, [1, 10, 20, 30, 40, 50])],
)
def test_only_a_few_ranks_have_marks(drawn, max_rank, marked):
    axes, _ = drawn({'one': make_result(30.0)}, max_rank)
    (line,) = axes.lines
    assert line.get_xdata().tolist() == list(range(1, max_rank + 1))
    assert (np.array(line.get_markevery()) + 1).tolist() == axes.get_xticks().tolist() == marked


def test_many_curves_and_long_labels_stay_apart_and_inside(tmp_path, monkeypatch):
    figures, save = [], Figure.savefig
    monkeypatch.setattr(Figure, 'savefig', lambda figure, file: (figures.append(figure), save(figure, file)))
    results = {f'curve {number} ' + 12 * 'of a long name ': make_result(5.0 * number) for number in range(12)}
    plot_cmc(results, SETTING, tmp_path / 'cmc.png', 50)
    plot_cmc({'one': make_result(5.0)}, SETTING, tmp_path / 'one.png', 50)
    many, one = figures
    (axes,), (legend,) = many.axes, many.legends
    assert len({(line.get_color(), line.get_marker()) for line in axes.lines}) == len(results)
    box, bounds = legend.get_window_extent(), many.bbox
    assert bounds.x0 <= box.x0 and box.x1 <= bounds.x1 and bounds.y0 <= box.y0
    assert box.y1 <= axes.get_tightbbox().y0
    assert axes.get_window_extent().height > 0.9 * one.axes[0].get_window_extent().height


def test_colors_differ():
    assert len(set(COLORS)) == len(COLORS) == 10


def test_an_error_names_bad_input(tmp_path):
    with pytest.raises(ValueError, match=f"Result 'x' has no setting 'c/d'. It has \\['{SETTING}'\\]"):
        plot_cmc({'x': make_result(1.0)}, 'c/d', tmp_path / 'cmc.png')
    with pytest.raises(ValueError, match='No result'):
        plot_cmc({}, SETTING, tmp_path / 'cmc.png')
    for max_rank in (1, 51):
        with pytest.raises(ValueError, match=f'max_rank={max_rank} must be 2 to 50'):
            plot_cmc({'x': make_result(1.0)}, SETTING, tmp_path / 'cmc.png', max_rank)
