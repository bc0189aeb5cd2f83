"""A synthetic data set in the layout of SYSU-MM01."""

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
from .sysu_plan import NUM_CAMERAS, PRESETS, SPLITS, IdentityPlan, plan_sysu
from .tree_writer import Layout, Shot, write_tree

_NUM_TRIALS = 10
_IDENTITY_STREAM, _PERMUTATION_STREAM = 100, 101  # beside the cameras' numbers, which images use


def generate_sysu(root: str | Path, preset: str = 'small', seed: int = 0, num_workers: int | None = None) -> Path:
    """Make (or complete, or reuse) a synthetic data set in SYSU-MM01's layout.

    The files depend on preset, seed and generator version alone, not on the number of workers or on interruptions.
    ``exp/synthetic.json`` is written last and says what the folder holds; loaders recognize synthetic data by it.

    Args:
        root: Folder of the data set; must be new, empty, or begun by an earlier call with the same preset and seed.
        preset: 'tiny' (tests, 64 x 32), 'small' (quickstart, 128 x 64) or 'full' (SYSU-MM01's own counts, 256 x 128).
        seed: Non-negative seed of people, scenes and images.
        num_workers: Processes to draw in; none means one for every core that this process may use.

    Returns:
        The folder.

    Raises:
        FileExistsError: ``root`` holds something else; nothing in it was touched.
        ValueError: The preset is unknown or the seed negative.
    """
    return write_tree(Path(root), SYSULayout(preset, seed), num_workers)


@lru_cache(maxsize=1)  # images come identity by identity
def _identity_of(pid: int, seed: int) -> Identity:
    """The person who bears number ``pid`` in the data set made with ``seed``."""
    return sample_identity(np.random.default_rng([seed, pid, _IDENTITY_STREAM]))


@dataclass(frozen=True)
class SYSULayout(Layout):
    """``cam<1..6>/<identity>/<image>.jpg`` with lists of identities and gallery permutations in ``exp``."""

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
        size = PRESETS[self.preset].size
        image = take_photograph(_identity_of(pid, self.seed), CAMERAS[camera], size, self.seed, rng)
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
    """Content of ``rand_perm_cam.mat``, structured as the genuine one.

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
    header = b'MATLAB 5.0 MAT-file, permutations of a synthetic data set'.ljust(116)
    return header + file.getvalue()[116:]
