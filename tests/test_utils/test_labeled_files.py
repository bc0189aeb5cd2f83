from pathlib import Path

import pytest

from mmvireid.utils.labeled_files import label_files

FILES = [Path('runs/id.json'), Path('runs/hpi.v2.json')]


def test_a_label_is_given_or_the_name_of_the_file():
    assert label_files(FILES, None) == {'id': FILES[0], 'hpi.v2': FILES[1]}
    assert list(label_files(FILES, ['b', 'a']).items()) == [('b', FILES[0]), ('a', FILES[1])]


def test_an_error_names_labels_that_do_not_fit():
    with pytest.raises(ValueError, match='--labels: 1 labels for 2 files. Give one label for each file'):
        label_files(FILES, ['a'])
    with pytest.raises(ValueError, match=r"--labels: \['result'\] would label several files"):
        label_files([Path('a/result.json'), Path('b/result.json')], None)
