"""Write trees in both layouts: determinism, completion, reuse and refusal."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from mmvireid.synthetic import generate_regdb, generate_sysu
from mmvireid.synthetic.regdb import RegDBLayout
from mmvireid.synthetic.sysu import SYSULayout


class Case(NamedTuple):
    """Hold one layout: generator, class, a finished 'tiny' tree, its marker and one of its images."""

    generate: Callable
    layout: type
    root: Path
    marker: str
    image: str


@pytest.fixture(params=['sysu', 'regdb'])
def case(request, tiny_root, tiny_regdb_root):
    if request.param == 'sysu':
        return Case(generate_sysu, SYSULayout, tiny_root, 'exp/synthetic.json', 'cam4/0001/0001.jpg')
    return Case(generate_regdb, RegDBLayout, tiny_regdb_root, 'idx/synthetic.json', 'Thermal/7/t_00002_7.bmp')


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob('*')) if path.is_file()}


def test_the_number_of_workers_does_not_change_a_byte(case, tmp_path):
    assert contents(case.generate(tmp_path / 'again', 'tiny', num_workers=3)) == contents(case.root)


def test_another_seed_gives_other_images(case, tmp_path):
    other, first = contents(case.generate(tmp_path / 'other', 'tiny', seed=1, num_workers=2)), contents(case.root)
    assert set(other) == set(first)
    assert all(other[name] != first[name] for name in first if not name.endswith('.txt'))


def test_a_finished_tree_is_reused(case, capsys):
    before = {path: path.stat().st_mtime_ns for path in case.root.rglob('*')}
    assert case.generate(case.root, 'tiny') == case.root
    assert 'reused' in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in case.root.rglob('*')} == before


def test_a_run_that_stops_between_images_is_completed(case, tmp_path, monkeypatch):
    root, take = tmp_path / 'broken', case.layout.take

    def run_out_of_disk(self, shot):
        if shot.path == case.image:
            raise OSError('no space left')
        return take(self, shot)

    monkeypatch.setattr(case.layout, 'take', run_out_of_disk)
    with pytest.raises(OSError, match='no space'):
        case.generate(root, 'tiny', num_workers=1)
    monkeypatch.undo()
    assert not (root / case.marker).exists() and not (root / case.image).exists()
    assert any(root.rglob('*.jpg')) or any(root.rglob('*.bmp'))
    case.generate(root, 'tiny', num_workers=1)
    assert contents(root) == contents(case.root)


def test_a_run_that_stops_before_the_lists_is_completed(case, tmp_path, monkeypatch):
    root = tmp_path / 'broken'

    def run_out_of_disk(self):
        raise OSError('no space left')

    monkeypatch.setattr(case.layout, 'files', run_out_of_disk)
    with pytest.raises(OSError, match='no space'):
        case.generate(root, 'tiny', num_workers=1)
    monkeypatch.undo()
    assert not (root / case.marker).exists()
    (root / case.image).unlink()
    case.generate(root, 'tiny', num_workers=1)
    assert contents(root) == contents(case.root)


def test_a_lost_image_of_a_finished_tree_is_drawn_again(case, tmp_path):
    root = tmp_path / 'copy'
    shutil.copytree(case.root, root)
    (root / case.image).unlink()
    case.generate(root, 'tiny', num_workers=1)
    assert contents(root) == contents(case.root)


def test_a_folder_with_other_files_is_refused_and_unchanged(case, tmp_path):
    (tmp_path / 'thesis.txt').write_text('mine')
    with pytest.raises(FileExistsError, match='not a synthetic data set in this layout'):
        case.generate(tmp_path, 'tiny')
    assert contents(tmp_path) == {'thesis.txt': b'mine'}


def test_other_synthetic_data_are_refused_and_unchanged(case):
    before = contents(case.root)
    with pytest.raises(FileExistsError, match=f'layout {case.layout.name}, preset tiny, seed 0'):
        case.generate(case.root, 'tiny', seed=7)
    with pytest.raises(FileExistsError, match=f'layout {case.layout.name}, preset tiny, seed 0'):
        case.generate(case.root, 'small', seed=0)
    assert contents(case.root) == before


def test_the_other_layout_is_refused_and_unchanged(tiny_root, tiny_regdb_root):
    for generate, root in ((generate_sysu, tiny_regdb_root), (generate_regdb, tiny_root)):
        before = contents(root)
        with pytest.raises(FileExistsError, match='not a synthetic data set in this layout'):
            generate(root, 'tiny')
        assert contents(root) == before


def test_a_negative_seed_or_an_unknown_preset_creates_no_folder(case, tmp_path):
    with pytest.raises(ValueError, match='seed must not be negative'):
        case.generate(tmp_path / 'new', 'tiny', seed=-1)
    with pytest.raises(ValueError, match='tiny, small, full'):
        case.generate(tmp_path / 'new', 'huge')
    assert not (tmp_path / 'new').exists()
