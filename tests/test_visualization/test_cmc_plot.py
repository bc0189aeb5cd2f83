import cv2
import matplotlib
import pytest

from mmvireid.visualization import plot_cmc


def make_result(first: float) -> dict:
    cmc = [min(100.0, first + rank) for rank in range(50)]
    return dict(protocol='SYSU-MM01', galleries='official', settings={'a/b': dict(R1=first, mAP=7.0, cmc=cmc)})


def test_curves_are_drawn_without_global_state(tmp_path):
    backend = matplotlib.get_backend()
    out_file = tmp_path / 'deep' / 'cmc.png'
    plot_cmc({'trained': make_result(40.0), 'untrained': make_result(2.0)}, 'a/b', out_file)
    picture = cv2.imread(str(out_file))
    height, width = picture.shape[:2]
    for blue, green, red in ((0xB2, 0x72, 0x00), (0x00, 0x5E, 0xD5)):
        drawn = (picture == (blue, green, red)).all(axis=2)
        columns = drawn[: height // 2 + height // 4].any(axis=0)
        assert columns.sum() > width / 2
    assert matplotlib.get_backend() == backend


def test_format_follows_the_suffix(tmp_path):
    plot_cmc({'trained': make_result(40.0)}, 'a/b', tmp_path / 'cmc.svg')
    assert '<svg' in (tmp_path / 'cmc.svg').read_text()


def test_missing_setting_is_named(tmp_path):
    with pytest.raises(ValueError, match="Result 'x' has no setting 'c/d': it has \\['a/b'\\]"):
        plot_cmc({'x': make_result(1.0)}, 'c/d', tmp_path / 'cmc.png')
    with pytest.raises(ValueError, match='No result'):
        plot_cmc({}, 'a/b', tmp_path / 'cmc.png')
