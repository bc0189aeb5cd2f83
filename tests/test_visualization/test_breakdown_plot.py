import matplotlib
import pytest
import torch
from matplotlib.figure import Figure

from mmvireid.evaluation import EuclideanDistance, RegDBProtocol, evaluate
from mmvireid.structures import ImageSet
from mmvireid.visualization import plot_breakdown

SETTING = 'visible-to-thermal'


def make_result(**options) -> dict:
    """Score four images, of which every query finds its match first."""
    images = ImageSet(pids=[1, 2, 1, 2], cam_ids=[0] * 4, modalities=[0, 0, 1, 1], paths=['a', 'b', 'c', 'd'])
    features = torch.tensor([[0.0], [1.0], [0.25], [0.75]])
    return evaluate(images, {'feature': features}, RegDBProtocol(), EuclideanDistance(), **options)


def test_four_panels_show_the_scores(tmp_path, monkeypatch):
    figures, save = [], Figure.savefig
    monkeypatch.setattr(Figure, 'savefig', lambda figure, file: (figures.append(figure), save(figure, file)))
    backend = matplotlib.get_backend()
    plot_breakdown(make_result(), SETTING, tmp_path / 'deep' / 'breakdown.png')
    assert (tmp_path / 'deep' / 'breakdown.png').stat().st_size > 0
    (figure,) = figures
    assert 'RegDB' in figure.get_suptitle() and 'R1 100.00, mAP 100.00' in figure.get_suptitle()
    cmc, distances, cameras, identities = figure.axes
    assert set(cmc.lines[0].get_ydata()) == {100.0}
    assert [text.get_text().split(':')[0] for text in distances.get_legend().get_texts()] == ['positive', 'negative']
    assert [text.get_text() for text in cameras.texts] == ['100.0', '100.0']  # camera 0, and the whole gallery
    assert [bar.get_width() for bar in identities.patches] == [100.0, 100.0]
    assert matplotlib.get_backend() == backend


def test_an_error_names_bad_input(tmp_path):
    with pytest.raises(ValueError, match="The result has no setting 'x'. It has .*visible-to-thermal"):
        plot_breakdown(make_result(), 'x', tmp_path / 'breakdown.png')
    with pytest.raises(ValueError, match=f"no breakdown of '{SETTING}'. Score with breakdown=True"):
        plot_breakdown(make_result(breakdown=False), SETTING, tmp_path / 'breakdown.png')
    assert not list(tmp_path.iterdir())
