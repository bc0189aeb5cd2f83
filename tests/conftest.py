import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope, init_default_scope

import mmvireid  # noqa: F401  (makes torchvision importable before a test imports mmpretrain)


@pytest.fixture(autouse=True, scope='session')
def logger():
    """Create the logger before any docstring example runs, so that log lines are no output of an example."""
    return MMLogger.get_current_instance()


@pytest.fixture(autouse=True)
def default_scope():
    """Let short type names in configs mean the components of this package."""
    init_default_scope('mmvireid')
    assert DefaultScope.get_current_instance().scope_name == 'mmvireid'


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Make a folder where a file of more than 200 kB cannot be written: the disk is full.

    Without the permission to mount a disk, a limit of this process cuts off files ("File too large").
    """
    folder = tmp_path / 'disk'
    folder.mkdir()
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', str(folder)]
    if shutil.which('mount') and not subprocess.run(mount, capture_output=True).returncode:
        yield folder
        subprocess.run(['umount', str(folder)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope='session')
def tiny_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the synthetic data of preset 'tiny' in SYSU-MM01's layout. Tests only read it."""
    from mmvireid.synthetic import generate_sysu

    return generate_sysu(tmp_path_factory.mktemp('data') / 'tiny', preset='tiny', num_workers=1)


@pytest.fixture(scope='session')
def tiny_regdb_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the synthetic data of preset 'tiny' in RegDB's layout. Tests only read it."""
    from mmvireid.synthetic import generate_regdb

    return generate_regdb(tmp_path_factory.mktemp('data') / 'tiny_regdb', preset='tiny', num_workers=1)


@pytest.fixture(scope='session')
def tiny_llcm_root(tmp_path_factory: pytest.TempPathFactory, tiny_root: Path) -> Path:
    """Copy the images of ``tiny_root`` to LLCM's layout.

    Camera 1 holds the images of cameras 1 and 3, camera 2 the images of cameras 4 and 6, so both have both modalities.
    """
    root = tmp_path_factory.mktemp('data') / 'tiny_llcm'
    (root / 'idx').mkdir(parents=True)
    kinds = {1: ('vis', 1), 4: ('vis', 2), 3: ('nir', 1), 6: ('nir', 2)}
    train_pids, test_pids = (
        [int(pid) for pid in (tiny_root / 'exp' / f'{split}_id.txt').read_text().split(',')]
        for split in ('train', 'test')
    )
    lists = {'vis': [], 'nir': []}
    for camera, (kind, number) in kinds.items():
        for image in sorted((tiny_root / f'cam{camera}').glob('*/*.jpg')):
            pid = int(image.parent.name)
            name = f'{pid:04d}_c{number:02d}_s{image.stem}_{kind}.jpg'
            if pid in train_pids:
                path = Path(kind) / f'{pid:04d}' / name
                lists[kind].append(f'{path.as_posix()} {train_pids.index(pid)}')
            elif pid in test_pids:
                path = Path(f'test_{kind}') / f'cam{number}' / f'{pid:04d}' / name
            else:
                continue
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(image, root / path)
    for kind, lines in lists.items():
        (root / 'idx' / f'train_{kind}.txt').write_text('\n'.join(lines) + '\n')
    (root / 'idx' / 'test_id.txt').write_text(','.join(map(str, test_pids)) + '\n')
    return root


@pytest.fixture(scope='session')
def tiny_csv_root(tmp_path_factory: pytest.TempPathFactory, tiny_root: Path) -> Path:
    """Copy the images of ``tiny_root`` to folders of another layout, and list them in a CSV file."""
    root = tmp_path_factory.mktemp('data') / 'tiny_csv'
    root.mkdir()
    split_by_pid = {
        int(pid): split
        for split in ('train', 'test')
        for pid in (tiny_root / 'exp' / f'{split}_id.txt').read_text().split(',')
    }
    lines = ['path,identity,camera,modality,split']
    for image in sorted(tiny_root.glob('cam*/*/*.jpg')):
        pid, camera = int(image.parent.name), int(image.parent.parent.name.removeprefix('cam'))
        if pid in split_by_pid:
            path = root / f'camera{camera}' / f'{pid}_{image.name}'
            path.parent.mkdir(exist_ok=True)
            shutil.copy(image, path)
            modality = 'infrared' if camera in (3, 6) else 'visible'
            lines.append(f'{path.relative_to(root)},{pid},{camera},{modality},{split_by_pid[pid]}')
    (root / 'annotations.csv').write_text('\n'.join(lines) + '\n')
    return root
