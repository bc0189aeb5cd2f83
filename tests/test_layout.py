"""Check the folders of the package: the sizes of their files, and the imports between them."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / 'mmvireid'
FILES = sorted(PACKAGE.rglob('*.py'))


def module_name(file: Path) -> str:
    return '.'.join(file.relative_to(ROOT).with_suffix('').parts).removesuffix('.__init__')


MODULES = {module_name(file): file for file in FILES}


@cache
def imports(name: str) -> frozenset[str]:
    """Return the full names of what a module imports, anywhere in its file.

    ``from a import b`` is ``a.b`` if that is a module.
    """
    file = MODULES[name]
    package = name if file.name == '__init__.py' else name.rpartition('.')[0]
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split('.')[: len(package.split('.')) - node.level + 1] if node.level else []
            base = '.'.join([*parents, *([node.module] if node.module else [])])
            found.update(f'{base}.{alias.name}' if f'{base}.{alias.name}' in MODULES else base for alias in node.names)
    return frozenset(found)


def importing(folder: str, *forbidden: str) -> list[str]:
    """Return the modules of a folder that import something forbidden."""
    return sorted(
        f'{name} imports {other}'
        for name in MODULES
        if f'{name}.'.startswith(f'mmvireid.{folder}.')
        for other in imports(name)
        if f'{other}.'.startswith(tuple(f'{each}.' for each in forbidden))
    )


def test_no_file_is_longer_than_300_lines():
    assert [file.name for file in FILES if len(file.read_text(encoding='utf-8').splitlines()) > 300] == []


def test_evaluation_has_at_most_42_files():
    assert len(list((PACKAGE / 'evaluation').rglob('*.py'))) <= 42


def test_no_modules_import_each_other_in_a_circle():
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, ' -> '.join((*path[path.index(name) :], name))
        if name not in done:
            for other in sorted(imports(name) & MODULES.keys()):
                visit(other, (*path, name))
            done.add(name)

    for name in MODULES:
        visit(name, ())


@pytest.mark.parametrize(
    'folder, forbidden',
    [
        ('models', ['mmvireid.evaluation']),
        ('models.losses', ['mmvireid.models.heads', 'mmvireid.models.reid']),
        ('models.heads', ['mmvireid.structures.reid_data_sample', 'mmvireid.datasets']),
        ('structures', ['mmvireid.datasets', 'mmvireid.models', 'mmvireid.evaluation']),
        ('evaluation.ranking', ['mmengine', 'torch.nn']),
        ('evaluation.reranking', ['mmengine', 'torch.nn']),
        ('evaluation.distances', ['mmengine', 'torch.nn']),
        *[
            (folder, ['mmvireid.synthetic'])
            for folder in ('datasets', 'engine', 'evaluation', 'models', 'structures', 'utils', 'visualization')
        ],
    ],
)
def test_walls(folder, forbidden):
    assert importing(folder, *forbidden) == []
