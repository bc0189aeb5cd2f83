from pathlib import Path

import pytest
from mmengine.registry import DefaultScope, init_default_scope

import mmvireid  # noqa: F401  (makes torchvision importable before a test imports mmpretrain)


@pytest.fixture(autouse=True)
def default_scope():
    """Short type names in configs mean this package's components, whatever ran before."""
    init_default_scope('mmvireid')
    assert DefaultScope.get_current_instance().scope_name == 'mmvireid'


@pytest.fixture(scope='session')
def tiny_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded data set, preset 'tiny', in SYSU-MM01's layout; read-only."""
    from mmvireid.datasets.synthetic import generate_sysu

    return generate_sysu(tmp_path_factory.mktemp('data') / 'tiny', preset='tiny', num_workers=1)
