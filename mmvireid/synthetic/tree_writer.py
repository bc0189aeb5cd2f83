"""Write a synthetic data set to disk in any layout, with many processes; go on after an interruption."""

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

GENERATOR_VERSION = 1  # to be raised whenever the same seed would give other images


class Shot(NamedTuple):
    """One image to take: its path relative to the root, whom it shows, and the number of camera and image."""

    path: str
    pid: int
    camera: int
    index: int


@dataclass(frozen=True)
class Layout(ABC):
    """What a data set of a size and a seed holds, in a real data set's layout; it is handed to the processes.

    Args:
        preset: Name of the size.
        seed: Non-negative seed of everything that is drawn by chance.
    """

    name: ClassVar[str]
    lists: ClassVar[str]  # folder of the lists and of the marker

    preset: str
    seed: int

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f'seed must not be negative, got {self.seed}')

    @property
    def marker(self) -> str:
        """File, relative to the root, that says what the folder holds; loaders recognize synthetic data by it."""
        return f'{self.lists}/synthetic.json'

    @abstractmethod
    def count(self) -> dict[str, dict[str, int]]:
        """Numbers of 'identities' and 'images' of each kind, for the marker."""

    @abstractmethod
    def shots(self) -> Iterator[list[Shot]]:
        """The images, identity by identity."""

    @abstractmethod
    def take(self, shot: Shot) -> bytes:
        """Draw one image: the content of its file."""

    @abstractmethod
    def files(self) -> Iterator[tuple[str, bytes]]:
        """Relative paths and contents of everything but images and marker."""


def write_tree(root: Path, layout: Layout, num_workers: int | None) -> Path:
    """Make (or complete, or reuse) a data set; its files do not depend on the number of workers or on interruptions.

    Args:
        root: Folder of the data set; must be new, empty, or begun by an earlier call with an equal layout.
        num_workers: Processes to draw in; none means one for every core that this process may use.

    Returns:
        The folder.

    Raises:
        FileExistsError: ``root`` holds something else; nothing in it was touched.
    """
    marker, unfinished = root / layout.marker, root / layout.lists / 'synthetic.unfinished.json'
    key = {'layout': layout.name, 'preset': layout.preset, 'seed': layout.seed, 'generator_version': GENERATOR_VERSION}
    summary = key | layout.count()
    _claim(root, summary, marker, unfinished)
    missing = [[shot for shot in shots if not (root / shot.path).exists()] for shots in layout.shots()]
    jobs = [shots for shots in missing if shots]
    if not jobs and marker.exists():
        print(f'{root} already holds the synthetic data set {layout.preset!r} (seed {layout.seed}): reused')
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
    """Mark ``root`` with the last of ``markers`` as being filled, unless it holds anything else."""
    for marker in markers:
        if not marker.exists():
            continue
        found = json.loads(marker.read_text(encoding='utf-8'))
        if found != summary:
            described = ', '.join(
                f'{key} {found.get(key)}' for key in ('layout', 'preset', 'seed', 'generator_version')
            )
            raise FileExistsError(f'{root} holds other synthetic data ({described}): name another folder or delete it')
        return
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FileExistsError(
            f'{root} exists and is not a synthetic data set in this layout; choose a new or empty folder'
        )
    markers[-1].parent.mkdir(parents=True, exist_ok=True)
    _write_atomically(markers[-1], _as_json(summary))


def _draw(root: Path, layout: Layout, jobs: list[list[Shot]], num_workers: int) -> None:
    title = f'synthetic data, {layout.preset}'
    with tqdm(total=sum(len(shots) for shots in jobs), desc=title, unit='img') as bar:
        if num_workers <= 1:
            for shots in jobs:
                bar.update(_draw_identity(root, layout, shots))
            return
        # Forked workers start at once; other platforms cannot fork safely.
        context = multiprocessing.get_context('fork' if sys.platform == 'linux' else 'spawn')
        with ProcessPoolExecutor(num_workers, mp_context=context, initializer=_start_worker) as pool:
            try:
                futures = [pool.submit(_draw_identity, root, layout, shots) for shots in jobs]
                for done in as_completed(futures):
                    bar.update(done.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)  # an error or Ctrl-C ends the run instead of waiting for all images
                raise


def _start_worker() -> None:
    """One thread to draw with; another that ends the process if its parent was killed and could not."""
    cv2.setNumThreads(0)
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def _draw_identity(root: Path, layout: Layout, shots: list[Shot]) -> int:
    """Write the images; returns their number."""
    for shot in shots:
        path = root / shot.path
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(path, layout.take(shot))
    return len(shots)


def _write_atomically(path: Path, content: bytes) -> None:
    """A file that exists is whole, even if the process is killed."""
    temporary = path.with_name(f'.{path.name}.part')
    temporary.write_bytes(content)
    os.replace(temporary, path)
