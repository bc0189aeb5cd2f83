import pytest

from mmvireid.utils import progress
from mmvireid.utils.progress import progress_bar


@pytest.mark.parametrize(
    ('enabled', 'patience', 'is_main', 'is_shown'),
    [(True, 0, True, True), (True, 10, True, False), (False, 0, True, False), (True, 0, False, False)],
)
def test_bar_appears_only_for_long_work_in_the_main_process(monkeypatch, capsys, enabled, patience, is_main, is_shown):
    monkeypatch.setattr(progress, 'is_main_process', lambda: is_main)
    with progress_bar('distances', total=35, unit='pair', patience=patience, enabled=enabled) as advance:
        advance(15)
        advance(20)
    shown = capsys.readouterr().err
    assert bool(shown) == is_shown
    assert ('distances: 100%' in shown and '35.0/35.0' in shown) == is_shown
