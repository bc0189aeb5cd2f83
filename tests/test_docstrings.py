"""Every public class and function shows an example, and the examples run."""

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import mmvireid

MODULES = sorted(module.name for module in pkgutil.walk_packages(mmvireid.__path__, 'mmvireid.'))
every_module = pytest.mark.parametrize('name', MODULES)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def public_objects(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield the classes and functions that a module defines, without those that begin with an underscore."""
    for name, found in vars(module).items():
        is_code = inspect.isclass(found) or inspect.isfunction(found)
        if is_code and found.__module__ == module.__name__ and not name.startswith('_'):
            yield name, found


@every_module
def test_every_public_name_has_an_example(name):
    module = importlib.import_module(name)
    without = [each for each, found in public_objects(module) if '>>> ' not in (inspect.getdoc(found) or '')]
    assert without == []


@every_module
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # an example may write files
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=OPTIONS).failed == 0
