"""A synthetic data set in the layout of RegDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import pi
from pathlib import Path

import cv2
import numpy as np

from .identity import Identity, sample_identity
from .photograph import Moment, take_photograph
from .regdb_cameras import THERMAL, VISIBLE
from .regdb_plan import RegDBPreset, plan_splits, regdb_preset
from .skeleton import Pose
from .tree_writer import Layout, Shot, write_tree

# Folder, camera, and when it fires, in moments of a pass. The numbers are streams of random numbers, as are the next
# two; the layout of SYSU-MM01 uses lower ones, so that nobody walks in both.
_CAMERAS = {201: ('Visible', VISIBLE, 0.0), 202: ('Thermal', THERMAL, 0.5)}
_IDENTITY_STREAM, _PASS_STREAM = 203, 204


def generate_regdb(root: str | Path, preset: str = 'small', seed: int = 0, num_workers: int | None = None) -> Path:
    """Make (or complete, or reuse) a synthetic data set in RegDB's layout: visible and thermal images.

    Everybody walks past the two cameras once. An identity's images are successive moments of that pass, the thermal
    ones between the visible ones: the same clothes, pace and direction, other phases of the steps. Where in the street
    a moment falls is drawn for every image alone, so that the background tells no one apart.

    The files depend on preset, seed and generator version alone, not on the number of workers or on interruptions.
    ``idx/synthetic.json`` is written last and says what the folder holds; loaders recognize synthetic data by it.

    Args:
        root: Folder of the data set; must be new, empty, or begun by an earlier call with the same preset and seed.
        preset: 'tiny' (tests, 64 x 32), 'small' (training in minutes, 128 x 64) or 'full' (RegDB's own counts,
            128 x 64).
        seed: Non-negative seed of people, scenes, images and splits.
        num_workers: Processes to draw in; none means one for every core that this process may use.

    Returns:
        The folder.

    Raises:
        FileExistsError: ``root`` holds something else; nothing in it was touched.
        ValueError: The preset is unknown or the seed negative.
    """
    return write_tree(Path(root), RegDBLayout(preset, seed), num_workers)


@dataclass(frozen=True)
class _Pass:
    """One walk past the cameras.

    Args:
        walker: Who walks.
        heading: Mean direction, radians; 0 towards the cameras.
        pace: Scale of the strides.
        turn, nod: Mean attitude of the head, radians.
        phase, cadence: Gait phase of the first visible moment and from one moment to the next, radians.
    """

    walker: Identity
    heading: float
    pace: float
    turn: float
    nod: float
    phase: float
    cadence: float

    def at(self, time: float, rng: np.random.Generator) -> Moment:
        """The ``time``-th moment, with the small deviations of every step."""
        pose = Pose(
            phase=self.phase + self.cadence * time + float(rng.normal(0, 0.2)),
            pace=self.pace,
            turn=self.turn + float(rng.normal(0, 0.12)),
            nod=self.nod + float(rng.normal(0, 0.05)),
            wobble=tuple(float(value) for value in rng.normal(0, 0.08, 3)),
        )
        return Moment(pose, self.heading + float(rng.normal(0, 0.12)))


@lru_cache(maxsize=1)  # images come identity by identity
def _pass_of(pid: int, seed: int) -> _Pass:
    """How the person who bears number ``pid`` walks by in the data set made with ``seed``."""
    rng = np.random.default_rng([seed, pid, _PASS_STREAM])
    return _Pass(
        walker=sample_identity(np.random.default_rng([seed, pid, _IDENTITY_STREAM])),
        heading=VISIBLE.sample_heading(rng),
        pace=float(rng.uniform(0.7, 1.15)),
        turn=float(rng.normal(0, 0.2)),
        nod=float(rng.normal(0.08, 0.1)),
        phase=float(rng.uniform(0, 2 * pi)),
        cadence=float(rng.uniform(0.6, 1.2)),
    )


@dataclass(frozen=True)
class RegDBLayout(Layout):
    """``{Visible,Thermal}/<identity>/<image>.bmp`` with the lists of ten splits in ``idx``."""

    name = 'regdb'
    lists = 'idx'

    @property
    def _preset(self) -> RegDBPreset:
        return regdb_preset(self.preset)

    def count(self) -> dict[str, dict[str, int]]:
        identities, images = self._preset.identities, self._preset.identities * self._preset.images
        return {
            'identities': {'train': identities // 2, 'test': identities - identities // 2},
            'images': {'visible': images, 'thermal': images},
        }

    def shots(self) -> Iterator[list[Shot]]:
        for pid in range(1, self._preset.identities + 1):
            yield [shot for camera in _CAMERAS for shot in self._shots_of(pid, camera)]

    def _shots_of(self, pid: int, camera: int) -> list[Shot]:
        folder = _CAMERAS[camera][0]
        return [
            Shot(f'{folder}/{pid}/{folder[0].lower()}_{index:05d}_{pid}.bmp', pid, camera, index)
            for index in range(1, self._preset.images + 1)
        ]

    def take(self, shot: Shot) -> bytes:
        _, pid, number, index = shot
        _, camera, delay = _CAMERAS[number]
        rng = np.random.default_rng([self.seed, pid, number, index])
        walk = _pass_of(pid, self.seed)
        moment = walk.at(index + delay, rng)
        image = take_photograph(walk.walker, camera, self._preset.size, self.seed, rng, moment)
        return cv2.imencode('.bmp', image)[1].tobytes()

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The lists, an image and its label a line; labels count the identities of a half, alike in both modalities."""
        for number, split in enumerate(plan_splits(self._preset.identities, self.seed), start=1):
            for half, pids in (('train', split.train), ('test', split.test)):
                for camera, (folder, *_) in _CAMERAS.items():
                    lines = [
                        f'{shot.path} {label}\n'
                        for label, pid in enumerate(pids)
                        for shot in self._shots_of(pid, camera)
                    ]
                    yield f'idx/{half}_{folder.lower()}_{number}.txt', ''.join(lines).encode()
