"""The model index, the metafiles, the README tables and the configs list the same leaves and the same numbers."""

import itertools
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
METHODS = sorted(path for path in (ROOT / 'configs').iterdir() if path.is_dir() and path.name != '_base_')
TRAINING_DATA = {
    'sysu': 'SYSU-MM01',
    'regdb': 'RegDB',
    'llcm': 'LLCM',
    'csv': 'Own data (CSV file)',
    'synthetic': "Synthetic data (SYSU-MM01's layout)",
    'synthetic-regdb': "Synthetic data (RegDB's layout)",
}
every_method = pytest.mark.parametrize('method', METHODS, ids=lambda path: path.name)


def leaves(method: Path) -> set[str]:
    """Return the leaves of a method as paths in its folder, for example `ablations/agw_r50_pooled_sysu.py`."""
    return {path.relative_to(method).as_posix() for path in method.rglob('*.py')}


def metafile(method: Path) -> dict:
    return yaml.safe_load((method / 'metafile.yml').read_text())


def readme(method: Path) -> str:
    return (method / 'README.md').read_text()


def expand(pattern: str) -> list[str]:
    """Expand braces as a shell does: `a_{b,c}.py` names a_b.py and a_c.py."""
    parts = [part.split(',') for part in re.split(r'[{}]', pattern)]
    return [''.join(choice) for choice in itertools.product(*parts)]


def named_leaves(text: str, method: Path) -> list[str]:
    """Return the leaves that a text names in backquotes."""
    names = [name for pattern in re.findall(r'`([\w./{},-]+\.py)`', text) for name in expand(pattern)]
    return [name for name in names if Path(name).name.startswith((f'{method.name}_', f'{method.name}-'))]


def table_rows(text: str) -> list[tuple[list[str], list[str]]]:
    """Return every row of the tables of a text, as the cells of its header and its own cells."""
    rows, header = [], None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip('|').split('|')] if line.startswith('|') else None
        if cells is None:
            header = None
        elif header is None:
            header = cells
        elif not set(line) <= set('|-: '):
            assert len(cells) == len(header), line
            rows.append((header, cells))
    return rows


def published_in_metafile(method: Path) -> set[tuple]:
    """Return each published result as its leaf and its numbers, for example ('agw_r50_sysu', (47.5, 47.65, 35.3)).

    One result has all numbers with the same label: `R1 (paper, full)` and `mAP (paper, full)` belong together.
    """
    found = set()
    for model in metafile(method)['Models']:
        for result in model.get('Results', []):
            groups: dict[str, tuple] = {}
            for name, value in result['Metrics'].items():
                label = re.fullmatch(r'(?:R\d+|mAP|mINP) \((paper(?:, .+)?)\)', name)[1]
                groups[label] = (*groups.get(label, ()), value)
            found |= {(model['Name'], numbers) for numbers in groups.values()}
    return found


def published_in_readme(method: Path) -> set[tuple]:
    """Return the same from the table columns whose header ends with `(paper)`.

    A header that starts with a data set's name belongs to the leaves of this data set alone.
    """
    found = set()
    for header, cells in table_rows(readme(method)):
        stems = {Path(name).stem for cell in cells for name in named_leaves(cell, method)}
        for title, cell in zip(header, cells, strict=True):
            if title.endswith('(paper)') and cell:
                suffix = {'SYSU-MM01': '_sysu', 'RegDB': '_regdb'}.get(re.split(r'[ ,:]', title)[0], '')
                (stem,) = (stem for stem in stems if stem.endswith(suffix))
                found.add((stem, tuple(float(number) for number in cell.split(' / '))))
    return found


def test_index_lists_every_method():
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    assert sorted(index['Import']) == [f'configs/{method.name}/metafile.yml' for method in METHODS]


@every_method
def test_metafile_lists_every_leaf(method):
    found = metafile(method)
    (collection,) = found['Collections']
    assert (ROOT / collection['README']) == method / 'README.md'
    assert collection['Paper']['URL'] in readme(method)
    configs = [model['Config'] for model in found['Models']]
    assert len(configs) == len(set(configs))
    assert set(configs) == {f'configs/{method.name}/{leaf}' for leaf in leaves(method)}
    for model in found['Models']:
        assert model['In Collection'] == collection['Name']
        assert model['Name'] == Path(model['Config']).stem
        assert model['Metadata']['Training Data'] == TRAINING_DATA[model['Name'].split('_')[-1]]
        for result in model.get('Results', []):
            assert result['Task'] == 'Visible-Infrared Person Re-Identification'
            assert result['Dataset'].split(' (')[0] == model['Metadata']['Training Data']


@every_method
def test_readme_tables_list_every_leaf(method):
    listed = {name for _, cells in table_rows(readme(method)) for cell in cells for name in named_leaves(cell, method)}
    assert listed == leaves(method)


@every_method
def test_readme_names_only_leaves_that_exist(method):
    text = readme(method)
    assert set(named_leaves(text, method)) <= leaves(method)
    for path in re.findall(r'configs/[\w./-]+\.py\b', text):
        assert (ROOT / path).is_file(), path
    for words in re.findall(r'for config in (.+); do', text):
        names = {name for word in words.split() for name in expand(word) if '$' not in name}
        assert {f'{name}.py' for name in names} <= leaves(method)


@every_method
def test_readme_and_metafile_have_the_same_published_numbers(method):
    assert published_in_readme(method) == published_in_metafile(method)
    assert published_in_metafile(method)


@every_method
def test_readme_has_the_common_headings(method):
    headings = re.findall(r'^## (.+)$', readme(method), re.MULTILINE)
    common = ['What it is', 'Configs', 'Train and test', 'Results measured here', 'Our choices']
    assert [heading for heading in headings if heading in common] == common
