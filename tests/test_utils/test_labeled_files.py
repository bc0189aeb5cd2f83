from pathlib import Path

import pytest

from mmvireid.utils.labeled_files import label_files

FILES = [Path('runs/id.json'), Path('runs/hpi.v2.json')]


def test_labels_are_given_or_the_names_of_the_files():
    assert label_files(FILES, None) == {'id': FILES[0], 'hpi.v2': FILES[1]}
    assert list(label_files(FILES, ['b', 'a']).items()) == [('b', FILES[0]), ('a', FILES[1])]


def test_labels_that_do_not_fit():
    with pytest.raises(ValueError, match='--labels: 1 labels for 2 files; give one for each'):
        label_files(FILES, ['a'])
    with pytest.raises(ValueError, match=r"--labels: \['result'\] would label several files"):
        label_files([Path('a/result.json'), Path('b/result.json')], None)
