"""Write an embedded data set in the layout of SYSU-MM01."""

import io
import json
import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat
from tqdm import tqdm

from .camera import CAMERAS
from .identity import Identity, sample_identity
from .photograph import take_photograph
from .sysu_plan import NUM_CAMERAS, PRESETS, SPLITS, IdentityPlan, plan_sysu

GENERATOR_VERSION = 1  # to be raised whenever the same seed would give other images
MARKER = 'exp/synthetic.json'
_UNFINISHED_MARKER = 'exp/synthetic.unfinished.json'
_NUM_TRIALS = 10
_IDENTITY_STREAM, _PERMUTATION_STREAM = 100, 101  # beside the cameras' numbers, which images use


@dataclass(frozen=True)
class _Job:
    """The missing images of one identity, as (camera, 1-based index) pairs."""

    root: Path
    pid: int
    images: tuple[tuple[int, int], ...]
    size: tuple[int, int]
    seed: int


def identity_of(pid: int, seed: int) -> Identity:
    """The person who bears number ``pid`` in the data set made with ``seed``."""
    return sample_identity(np.random.default_rng([seed, pid, _IDENTITY_STREAM]))


def image_path(root: Path, camera: int, pid: int, index: int) -> Path:
    """Where the ``index``-th image (from 1) of an identity in a camera lies."""
    return root / f'cam{camera}' / f'{pid:04d}' / f'{index:04d}.jpg'


def generate_sysu(root: str | Path, preset: str = 'small', seed: int = 0, num_workers: int | None = None) -> Path:
    """Make (or complete, or reuse) an embedded data set in SYSU-MM01's layout.

    The files depend on preset, seed and generator version alone, not on the number of workers or on interruptions.
    ``exp/synthetic.json`` is written last and says what the folder holds; loaders recognise embedded data by it.

    Args:
        root: Folder of the data set; must be new, empty, or begun by an earlier call with the same preset and seed.
        preset: 'tiny' (tests, 64 x 32), 'small' (quickstart, 128 x 64) or 'full' (SYSU-MM01's own counts, 256 x 128).
        seed: Non-negative seed of people, scenes and images.
        num_workers: Processes to render in; none means one for every core that this process may use.

    Returns:
        The folder.

    Raises:
        FileExistsError: ``root`` holds something else; nothing in it was touched.
        ValueError: The preset is unknown or the seed negative.
    """
    root = Path(root)
    plans = plan_sysu(preset)
    if seed < 0:
        raise ValueError(f'seed must not be negative, got {seed}')
    summary = _summarise(preset, seed, plans)
    _claim(root, summary)
    jobs = [job for plan in plans if (job := _missing(root, plan, PRESETS[preset].size, seed)).images]
    if not jobs and (root / MARKER).exists():
        print(f'{root} already holds the embedded data set {preset!r} (seed {seed}): reused')
        return root
    _render(jobs, _available_cores() if num_workers is None else num_workers, f'embedded data, {preset}')
    _write_lists(root, plans)
    _write_permutations(root, plans, seed)
    _write_atomically(root / MARKER, _as_json(summary))
    (root / _UNFINISHED_MARKER).unlink(missing_ok=True)
    return root


def _summarise(preset: str, seed: int, plans: list[IdentityPlan]) -> dict:
    """What the marker says."""
    images = {f'cam{camera}': sum(plan.counts[camera - 1] for plan in plans) for camera in CAMERAS}
    identities = {split: sum(plan.split == split for plan in plans) for split in SPLITS}
    key = {'layout': 'sysu', 'preset': preset, 'seed': seed, 'generator_version': GENERATOR_VERSION}
    return {**key, 'identities': identities, 'images': images}


def _as_json(summary: dict) -> bytes:
    return (json.dumps(summary, indent=2) + '\n').encode()


def _claim(root: Path, summary: dict) -> None:
    """Mark ``root`` as being filled with this data set, unless it holds anything else."""
    for marker in (root / MARKER, root / _UNFINISHED_MARKER):
        if not marker.exists():
            continue
        found = json.loads(marker.read_text(encoding='utf-8'))
        if found != summary:
            described = ', '.join(
                f'{key} {found.get(key)}' for key in ('layout', 'preset', 'seed', 'generator_version')
            )
            raise FileExistsError(f'{root} holds other embedded data ({described}); choose another folder or delete it')
        return
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FileExistsError(f'{root} exists and is not an embedded data set; choose a new or empty folder')
    (root / 'exp').mkdir(parents=True, exist_ok=True)
    _write_atomically(root / _UNFINISHED_MARKER, _as_json(summary))


def _missing(root: Path, plan: IdentityPlan, size: tuple[int, int], seed: int) -> _Job:
    images = tuple(
        (camera, index)
        for camera, count in zip(CAMERAS, plan.counts, strict=True)
        for index in range(1, count + 1)
        if not image_path(root, camera, plan.pid, index).exists()
    )
    return _Job(root, plan.pid, images, size, seed)


def _render(jobs: list[_Job], num_workers: int, title: str) -> None:
    with tqdm(total=sum(len(job.images) for job in jobs), desc=title, unit='img') as bar:
        if num_workers <= 1:
            for job in jobs:
                bar.update(_render_identity(job))
            return
        # Forked workers start at once; other platforms cannot fork safely.
        context = multiprocessing.get_context('fork' if sys.platform == 'linux' else 'spawn')
        with ProcessPoolExecutor(num_workers, mp_context=context, initializer=_start_worker) as pool:
            try:
                for done in as_completed([pool.submit(_render_identity, job) for job in jobs]):
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


def _render_identity(job: _Job) -> int:
    """Write the job's images; returns their number."""
    identity = identity_of(job.pid, job.seed)
    for camera, index in job.images:
        path = image_path(job.root, camera, job.pid, index)
        path.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng([job.seed, job.pid, camera, index])
        _write_atomically(path, take_photograph(identity, CAMERAS[camera], job.size, job.seed, rng))
    return len(job.images)


def _write_atomically(path: Path, content: bytes) -> None:
    """A file that exists is whole, even if the process is killed."""
    temporary = path.with_name(f'.{path.name}.part')
    temporary.write_bytes(content)
    os.replace(temporary, path)


def _write_lists(root: Path, plans: list[IdentityPlan]) -> None:
    for name in (*SPLITS, 'available'):
        pids = [str(plan.pid) for plan in plans if name in (plan.split, 'available')]
        _write_atomically(root / 'exp' / f'{name}_id.txt', (','.join(pids) + '\n').encode())


def _write_permutations(root: Path, plans: list[IdentityPlan], seed: int) -> None:
    """``exp/rand_perm_cam.mat``, structured as the genuine one.

    A 6 x 1 cell array of n x 1 cell arrays, n the highest identity number in the camera; each cell is a 10 x (number of
    images) uint8 matrix whose rows are permutations of 1-based image indices, 10 x 0 where the identity is absent.
    """
    cameras = np.empty((NUM_CAMERAS, 1), dtype=object)
    for camera in CAMERAS:
        counts = {plan.pid: plan.counts[camera - 1] for plan in plans if plan.counts[camera - 1]}
        cells = np.empty((max(counts), 1), dtype=object)
        for pid in range(1, max(counts) + 1):
            rng = np.random.default_rng([seed, pid, camera, 0, _PERMUTATION_STREAM])
            trials = [rng.permutation(counts.get(pid, 0)) + 1 for _ in range(_NUM_TRIALS)]
            cells[pid - 1, 0] = np.array(trials, dtype=np.uint8)
        cameras[camera - 1, 0] = cells
    file = io.BytesIO()
    savemat(file, {'rand_perm_cam': cameras}, do_compression=True)
    # The format opens with 116 bytes of free text, where scipy notes the time: the same seed must give the same file.
    header = b'MATLAB 5.0 MAT-file, permutations of an embedded data set'.ljust(116)
    _write_atomically(root / 'exp' / 'rand_perm_cam.mat', header + file.getvalue()[116:])
