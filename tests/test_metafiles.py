"""The model index, the metafiles and the configs name each other."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
METHODS = sorted(path for path in (ROOT / 'configs').iterdir() if path.is_dir() and path.name != '_base_')


def test_the_index_lists_every_method():
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    assert sorted(index['Import']) == [f'configs/{method.name}/metafile.yml' for method in METHODS]


@pytest.mark.parametrize('method', METHODS, ids=lambda path: path.name)
def test_metafile_and_readme_agree(method):
    metafile = yaml.safe_load((method / 'metafile.yml').read_text())
    readmes = (method / 'README.md').read_text() + (ROOT / 'README.md').read_text()
    collections = {collection['Name']: collection for collection in metafile['Collections']}
    for collection in collections.values():
        assert (ROOT / collection['README']).is_file()
        assert collection['Paper']['URL'] in readmes
    for model in metafile['Models']:
        assert model['In Collection'] in collections
        assert (ROOT / model['Config']).stem == model['Name'] and (ROOT / model['Config']).is_file()
        for result in model['Results']:
            for value in result['Metrics'].values():
                assert re.search(rf'(?<![\d.]){re.escape(str(value))}0?(?!\d)', readmes), value


@pytest.mark.parametrize('method', METHODS, ids=lambda path: path.name)
def test_the_readme_names_the_configs_that_are_there(method):
    readme = (method / 'README.md').read_text()
    named = set()
    for prefix, choices, suffix in re.findall(r'`([\w-]*)(?:\{([\w,-]+)\})?([\w-]*)\.py`', readme):
        named.update(prefix + choice + suffix for choice in choices.split(','))
    ours = {name for name in named if name.startswith((f'{method.name}_', f'{method.name}-'))}
    assert ours == {path.stem for path in method.glob('*.py')}
