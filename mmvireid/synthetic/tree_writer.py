"""Write a synthetic data set to disk in any layout, with many processes; continue after an interruption."""

import json
import multiprocessing
import os
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import cv2
from tqdm import tqdm

GENERATOR_VERSION = 1  # raise it whenever the same seed gives other images


class Shot(NamedTuple):
    """Name one image of a data set.

    Args:
        path: Path of the file relative to the root.
        pid: Number of the identity.
        camera: Number of the camera.
        index: Number of the image within identity and camera.

    Example:
        >>> Shot('cam1/0001/0003.jpg', pid=1, camera=1, index=3).path
        'cam1/0001/0003.jpg'
    """

    path: str
    pid: int
    camera: int
    index: int


@dataclass(frozen=True)
class Layout(ABC):
    """Describe the content of a data set; a subclass knows the layout of one real data set.

    Every drawing process gets a copy of this object.

    Args:
        preset: Name of the size.
        seed: Non-negative seed of all random numbers.

    Example:
        >>> from mmvireid.synthetic.sysu import SYSULayout
        >>> layout = SYSULayout('tiny', seed=0)
        >>> layout.marker, next(layout.shots())[0].path
        ('exp/synthetic.json', 'cam1/0001/0001.jpg')
    """

    name: ClassVar[str]
    lists: ClassVar[str]  # folder of the lists and the marker

    preset: str
    seed: int

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f'seed must not be negative, got {self.seed}')

    @property
    def marker(self) -> str:
        """Return the path of the marker relative to the root; loaders recognize synthetic data by this file."""
        return f'{self.lists}/synthetic.json'

    @abstractmethod
    def count(self) -> dict[str, dict[str, int]]:
        """Count the 'identities' and the 'images' of each kind; the marker records the result."""

    @abstractmethod
    def shots(self) -> Iterator[list[Shot]]:
        """Yield the images of one identity after another."""

    @abstractmethod
    def take(self, shot: Shot) -> bytes:
        """Draw one image and return the content of its file."""

    @abstractmethod
    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield relative path and content of each file that is neither an image nor the marker."""


def write_tree(root: Path, layout: Layout, num_workers: int | None) -> Path:
    """Write a data set, complete an interrupted one, or reuse a finished one.

    The files depend neither on the number of workers nor on interruptions.

    Args:
        root: Folder of the data set. It must be new, empty, or the result of an earlier call with an equal layout.
        layout: Content of the data set.
        num_workers: Number of drawing processes; None uses all available cores.

    Returns:
        The folder.

    Raises:
        FileExistsError: ``root`` holds other data; this function changes nothing there.

    Example:
        >>> class Demo(Layout):
        ...     name, lists = 'demo', 'lists'
        ...     count = lambda self: {'identities': {'all': 1}, 'images': {'all': 1}}
        ...     shots = lambda self: iter([[Shot('cam1/1.jpg', pid=1, camera=1, index=1)]])
        ...     take = lambda self, shot: b'the content of a JPEG file'
        ...     files = lambda self: iter([('lists/pids.txt', b'1')])
        >>> root = write_tree(Path('demo'), Demo('small', seed=0), num_workers=1)
        >>> sorted(path.relative_to(root).as_posix() for path in root.rglob('*.*'))
        ['cam1/1.jpg', 'lists/pids.txt', 'lists/synthetic.json']
    """
    marker, unfinished = root / layout.marker, root / layout.lists / 'synthetic.unfinished.json'
    key = {'layout': layout.name, 'preset': layout.preset, 'seed': layout.seed, 'generator_version': GENERATOR_VERSION}
    summary = key | layout.count()
    _claim(root, summary, marker, unfinished)
    missing = [[shot for shot in shots if not (root / shot.path).exists()] for shots in layout.shots()]
    jobs = [shots for shots in missing if shots]
    if not jobs and marker.exists():
        print(f'{root} already holds the synthetic data set {layout.preset!r} (seed {layout.seed}); it is reused')
        return root
    _draw(root, layout, jobs, _available_cores() if num_workers is None else num_workers)
    for path, content in layout.files():
        _write_atomically(root / path, content)
    _write_atomically(marker, _as_json(summary))
    unfinished.unlink(missing_ok=True)
    return root


def _as_json(summary: dict) -> bytes:
    return (json.dumps(summary, indent=2) + '\n').encode()


def _claim(root: Path, summary: dict, *markers: Path) -> None:
    """Write the last of ``markers`` into ``root`` to reserve the folder; refuse a folder with other data."""
    for marker in markers:
        if not marker.exists():
            continue
        found = json.loads(marker.read_text(encoding='utf-8'))
        if found != summary:
            described = ', '.join(
                f'{key} {found.get(key)}' for key in ('layout', 'preset', 'seed', 'generator_version')
            )
            raise FileExistsError(
                f'{root} holds other synthetic data ({described}); choose another folder or delete it'
            )
        return
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FileExistsError(
            f'{root} exists and is not a synthetic data set in this layout; choose a new or empty folder'
        )
    markers[-1].parent.mkdir(parents=True, exist_ok=True)
    _write_atomically(markers[-1], _as_json(summary))


def _draw(root: Path, layout: Layout, jobs: list[list[Shot]], num_workers: int) -> None:
    """Draw the images of all jobs; a job is the list of one identity's images."""
    title = f'synthetic data, {layout.preset}'
    with tqdm(total=sum(len(shots) for shots in jobs), desc=title, unit='img') as bar:
        if num_workers <= 1:
            for shots in jobs:
                bar.update(_draw_identity(root, layout, shots))
            return
        # Forked processes start fast, but only Linux forks safely.
        context = multiprocessing.get_context('fork' if sys.platform == 'linux' else 'spawn')
        with ProcessPoolExecutor(num_workers, mp_context=context, initializer=_start_worker) as pool:
            try:
                futures = [pool.submit(_draw_identity, root, layout, shots) for shots in jobs]
                for done in as_completed(futures):
                    bar.update(done.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C, do not wait for the other images
                raise


def _start_worker() -> None:
    """Limit OpenCV to one thread, and end this process if its parent is killed."""
    cv2.setNumThreads(0)
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _available_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def _draw_identity(root: Path, layout: Layout, shots: list[Shot]) -> int:
    """Write the images of one identity and return their number."""
    for shot in shots:
        path = root / shot.path
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(path, layout.take(shot))
    return len(shots)


def _write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it, so that a killed process leaves no partial file."""
    temporary = path.with_name(f'.{path.name}.part')
    temporary.write_bytes(content)
    os.replace(temporary, path)
