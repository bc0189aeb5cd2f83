"""The head and the config that CONTRIBUTING.md shows train as they are."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
BASE = "'<path to mmvireid>/configs/df2am/df2am_r50_sysu.py'"
SMALL = ROOT / 'configs' / 'df2am' / 'df2am_r18_synthetic.py'


def shown_files() -> dict[str, str]:
    """Return the code blocks of CONTRIBUTING.md that start with the name of a file, by name."""
    text = (ROOT / 'CONTRIBUTING.md').read_text(encoding='utf-8')
    return {name: code for code, name in re.findall(r'```python\n(# (\w+\.py)\n.*?)```', text, re.DOTALL)}


def test_the_head_of_contributing_trains(tmp_path, options, run, monkeypatch):
    files = shown_files()
    assert sorted(files) == ['my_config.py', 'my_heads.py']
    assert BASE in files['my_config.py'] and (ROOT / 'configs' / 'df2am' / 'df2am_r50_sysu.py').is_file()
    files['my_config.py'] = files['my_config.py'].replace(BASE, repr(str(SMALL)))  # the same heads, in seconds
    for name, code in files.items():
        (tmp_path / name).write_text(code)
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    run('train.py', tmp_path / 'my_config.py', '--work-dir', tmp_path, *options)
    (log,) = tmp_path.glob('2*/vis_data/2*.json')
    first = json.loads(log.read_text().splitlines()[0])
    assert first['gap.loss_pooled'] > 0
    assert not any('affinity' in name for name in first)
