"""Plans in RegDB's layout: counts and splits; these tests draw no image."""

import pytest

from mmvireid.synthetic import REGDB_PRESETS, SYSU_PRESETS, plan_regdb_splits
from mmvireid.synthetic.regdb import RegDBLayout


def test_full_has_the_published_counts():
    layout = RegDBLayout('full', 0)
    assert layout.count() == {
        'identities': {'train': 206, 'test': 206},
        'images': {'visible': 4120, 'thermal': 4120},
    }
    shots = [shot for identity in layout.shots() for shot in identity]
    assert len({shot.path for shot in shots}) == len(shots) == 8240
    assert {shot.pid for shot in shots} == set(range(1, 413))
    lists = {path: content.decode().splitlines() for path, content in layout.files()}
    assert len(lists) == 40
    assert {len(lines) for lines in lists.values()} == {2060}
    listed = {line.split()[0] for path, lines in lists.items() if path.endswith('_3.txt') for line in lines}
    assert listed == {shot.path for shot in shots}  # each split covers every image
    assert REGDB_PRESETS['full'].size == (128, 64)


@pytest.mark.parametrize('preset', REGDB_PRESETS)
def test_the_ten_splits_differ_and_cover_all_identities(preset):
    identities = REGDB_PRESETS[preset].identities
    splits = plan_regdb_splits(identities, seed=0)
    assert len(splits) == len(set(splits)) == 10
    for split in splits:
        assert len(split.train) == len(split.test) == identities // 2
        assert sorted(split.train + split.test) == list(range(1, identities + 1))
        assert list(split.train) == sorted(split.train) and list(split.test) == sorted(split.test)
    assert plan_regdb_splits(identities, seed=0) == splits != plan_regdb_splits(identities, seed=1)


def test_the_error_for_an_unknown_preset_lists_the_presets():
    with pytest.raises(ValueError, match='tiny, small, full'):
        RegDBLayout('huge', 0).count()


def test_both_layouts_offer_the_same_presets():
    assert list(REGDB_PRESETS) == list(SYSU_PRESETS)
