import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from mmvireid.visualization.picture_file import plain, save_figure, save_picture

NOISE = np.random.default_rng(0).integers(256, size=(300, 400, 3), dtype=np.uint8)


def noisy_figure() -> Figure:
    figure = Figure(figsize=(8, 6), dpi=100)
    figure.figimage(NOISE, resize=True)
    return figure


@pytest.mark.parametrize(
    'save', [lambda file: save_figure(noisy_figure(), file), lambda file: save_picture(NOISE, file)]
)
def test_a_picture_is_whole_or_not_there(small_disk, tmp_path, save):
    save(tmp_path / 'deep' / 'x.png')
    assert cv2.imread(str(tmp_path / 'deep' / 'x.png')).shape == NOISE.shape
    old = small_disk / 'x.png'
    old.write_bytes(b'old')
    with pytest.raises(OSError, match=f"Could not write '{old}': (No space left on device|File too large)"):
        save(old)
    assert old.read_bytes() == b'old' and [path.name for path in small_disk.iterdir()] == ['x.png']
    for name in ('x', 'x.abc', '.png'):
        with pytest.raises(ValueError, match=f"Could not write '.*{name}': its suffix names no format of pictures"):
            save(tmp_path / name)


def test_names_are_no_formulas_and_no_commands():
    figure = Figure()
    text = figure.text(0, 0, plain('a$x_$b\x1b[31m'))
    figure.draw_without_rendering()
    assert text.get_text() == r'a\$x_\$b\x1b[31m'
