"""Generate a synthetic data set in the layout of SYSU-MM01."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

from .identity import Identity, sample_identity
from .photograph import take_photograph
from .sysu_cameras import CAMERAS, QUALITY
from .sysu_plan import NUM_CAMERAS, SPLITS, SYSU_PRESETS, IdentityPlan, plan_sysu
from .tree_writer import Layout, Shot, write_tree

_NUM_TRIALS = 10
_IDENTITY_STREAM, _PERMUTATION_STREAM = 100, 101  # images use the camera numbers 1 to 6 instead


def generate_sysu(root: str | Path, preset: str = 'small', seed: int = 0, num_workers: int | None = None) -> Path:
    """Generate a synthetic data set in SYSU-MM01's layout: visible and near-infrared images.

    A second call completes an interrupted data set and reuses a finished one. The files depend only on preset, seed
    and generator version. The marker ``exp/synthetic.json`` is written last; loaders recognize synthetic data by it.

    Args:
        root: Folder of the data set. It must be new, empty, or the result of an earlier call with the same preset
            and seed.
        preset: 'tiny' (tests, 64 x 32), 'small' (quickstart, 128 x 64) or 'full' (SYSU-MM01's own counts, 256 x 128).
        seed: Non-negative seed of people, scenes and images.
        num_workers: Number of drawing processes; None uses all available cores.

    Returns:
        The folder.

    Raises:
        FileExistsError: ``root`` holds other data; this function changes nothing there.
        ValueError: The preset is unknown or the seed is negative.

    Example:
        ``generate_sysu('data/synthetic_sysu_tiny', preset='tiny')`` draws 361 images in a few seconds.

        >>> generate_sysu('data/synthetic_sysu', preset='huge')
        Traceback (most recent call last):
        ...
        ValueError: unknown preset 'huge'; choose one of tiny, small, full
    """
    return write_tree(Path(root), SYSULayout(preset, seed), num_workers)


@lru_cache(maxsize=1)  # successive images show the same person
def _cached_identity(pid: int, seed: int) -> Identity:
    """Return person number ``pid`` of the data set with this seed."""
    return sample_identity(np.random.default_rng([seed, pid, _IDENTITY_STREAM]))


@dataclass(frozen=True)
class SYSULayout(Layout):
    """Write ``cam<1..6>/<identity>/<image>.jpg``; ``exp`` holds the lists of identities and the gallery permutations.

    Example:
        >>> layout = SYSULayout('tiny', seed=0)
        >>> layout.count()['identities']
        {'train': 12, 'val': 4, 'test': 8}
        >>> [path for path, _ in layout.files()][-1]
        'exp/rand_perm_cam.mat'
    """

    name = 'sysu'
    lists = 'exp'

    @property
    def plans(self) -> list[IdentityPlan]:
        return plan_sysu(self.preset)

    def count(self) -> dict[str, dict[str, int]]:
        plans = self.plans
        return {
            'identities': {split: sum(plan.split == split for plan in plans) for split in SPLITS},
            'images': {f'cam{camera}': sum(plan.counts[camera - 1] for plan in plans) for camera in CAMERAS},
        }

    def shots(self) -> Iterator[list[Shot]]:
        for plan in self.plans:
            yield [
                Shot(f'cam{camera}/{plan.pid:04d}/{index:04d}.jpg', plan.pid, camera, index)
                for camera, count in zip(CAMERAS, plan.counts, strict=True)
                for index in range(1, count + 1)
            ]

    def take(self, shot: Shot) -> bytes:
        _, pid, camera, index = shot
        rng = np.random.default_rng([self.seed, pid, camera, index])
        size = SYSU_PRESETS[self.preset].size
        image = take_photograph(_cached_identity(pid, self.seed), CAMERAS[camera], size, self.seed, rng)
        low, high = QUALITY[camera]
        quality = int(rng.integers(low, high + 1))
        return cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()

    def files(self) -> Iterator[tuple[str, bytes]]:
        plans = self.plans
        for name in (*SPLITS, 'available'):
            pids = [str(plan.pid) for plan in plans if name in (plan.split, 'available')]
            yield f'exp/{name}_id.txt', (','.join(pids) + '\n').encode()
        yield 'exp/rand_perm_cam.mat', _permutations(plans, self.seed)


def _permutations(plans: list[IdentityPlan], seed: int) -> bytes:
    """Return the content of ``rand_perm_cam.mat``; its structure equals the original file of SYSU-MM01.

    The variable is a 6 x 1 cell array, one cell per camera. Each holds an n x 1 cell array; n is the highest identity
    number in the camera. Each inner cell is a uint8 matrix, 10 x (number of images); its rows are permutations of
    1-based image indices. If the camera does not see the identity, the matrix is 10 x 0.
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
    # The first 116 bytes are free text. By default scipy writes the time, which differs between runs.
    header = b'MATLAB 5.0 MAT-file, permutations of a synthetic data set'.ljust(116)
    return header + file.getvalue()[116:]
