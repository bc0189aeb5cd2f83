from pathlib import Path

import pytest

from mmvireid.datasets.image_lists import ListedImage, read_identities, read_labeled_lists
from mmvireid.structures import Modality

NAMES = ('vis/0007/a b.jpg', 'vis/0000/a.jpg', 'nir/0007/a.jpg')


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    return tmp_path


def read(root: Path, visible: str, infrared: str = '') -> list[ListedImage]:
    (root / 'vis.txt').write_text(visible)
    (root / 'nir.txt').write_text(infrared)
    return read_labeled_lists(root, {Modality.VISIBLE: root / 'vis.txt', Modality.INFRARED: root / 'nir.txt'})


def test_lines_become_images(root):
    images = read(root, '\ufeffvis/0007/a b.jpg 1\r\n\n  ./vis/0000/a.jpg\t0  \n', 'nir/0007/a.jpg 1')
    assert images == [
        ListedImage(root / 'vis/0007/a b.jpg', 7, Modality.VISIBLE, f"'{root / 'vis.txt'}', line 1"),
        ListedImage(root / 'vis/0000/a.jpg', 0, Modality.VISIBLE, f"'{root / 'vis.txt'}', line 3"),
        ListedImage(root / 'nir/0007/a.jpg', 7, Modality.INFRARED, f"'{root / 'nir.txt'}', line 1"),
    ]
    assert images[2].record() == dict(
        img_path=str(root / 'nir/0007/a.jpg'), pid=7, cam_id=0, modality=Modality.INFRARED
    )


@pytest.mark.parametrize(
    'line, message',
    [
        ('vis/0000/a.jpg', r"expected '<path> <label>', found 'vis/0000/a.jpg'"),
        ('vis/0000/a.jpg x', r"label 'x' is not a whole number"),
        ('vis/0000/a.jpg -1', r"label '-1' is not a whole number"),
        ('vis/a.jpg 0', r"identity folder 'vis' is not a whole number"),
        ('../vis/0000/a.jpg 0', r"the path '../vis/0000/a.jpg' must be relative to '.*' and stay inside it"),
        ('/vis/0000/a.jpg 0', r'must be relative to'),
        ('./vis/0007//a b.jpg 1', r"is listed a second time, first in '.*vis.txt', line 1"),
        ('vis/0000/a.jpg 1', r"label 1 stands for identity 0 here, for 7 in '.*vis.txt', line 1"),
        ('nir/0007/a.jpg 2', r"identity 7 has label 2 here, 1 in '.*vis.txt', line 1"),
    ],
)
def test_an_error_names_a_bad_line(root, line, message):
    with pytest.raises(ValueError, match=rf"vis.txt', line 3: .*{message}"):
        read(root, f'vis/0007/a b.jpg 1\n\n{line}\n')


def test_labels_and_identities_match_over_both_lists(root):
    with pytest.raises(ValueError, match=r"nir.txt', line 1: identity 7 has label 0 here, 1 in '.*vis.txt', line 1"):
        read(root, 'vis/0007/a b.jpg 1', 'nir/0007/a.jpg 0')


def test_an_error_counts_missing_images_and_names_the_first(root):
    with pytest.raises(FileNotFoundError, match=r"2 of 3 listed .*vis/0007/b.jpg', from '.*vis.txt', line 2"):
        read(root, 'vis/0007/a b.jpg 1\nvis/0007/b.jpg 1\n', 'nir/0008/a.jpg 2')


def test_an_error_names_a_file_that_is_no_text(root):
    (root / 'list.txt').write_bytes(b'\xff\xd8\xff')
    with pytest.raises(ValueError, match="list.txt' is not a text file in UTF-8"):
        read_labeled_lists(root, {Modality.VISIBLE: root / 'list.txt'})


def test_identities_may_use_one_line_or_many(root):
    file = root / 'ids.txt'
    for text in ('12,3,7\n', '12\n3\n7', ' 12, 3,\n7,'):
        file.write_text(text)
        assert read_identities(file) == [3, 7, 12]
    file.write_text('3,x')
    with pytest.raises(ValueError, match="ids.txt', line 1: identity 'x' is not a whole number"):
        read_identities(file)
