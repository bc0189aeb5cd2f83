"""Generate a synthetic data set in the layout of RegDB."""

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
from .regdb_plan import RegDBPreset, get_regdb_preset, plan_regdb_splits
from .skeleton import Pose
from .tree_writer import Layout, Shot, write_tree

# Folder, camera and delay; the delay counts moments of a pass. Each key is a stream of random numbers. SYSU-MM01's
# layout uses lower numbers, so the two layouts show different people.
_CAMERAS = {201: ('Visible', VISIBLE, 0.0), 202: ('Thermal', THERMAL, 0.5)}
_IDENTITY_STREAM, _PASS_STREAM = 203, 204


def generate_regdb(root: str | Path, preset: str = 'small', seed: int = 0, num_workers: int | None = None) -> Path:
    """Generate a synthetic data set in RegDB's layout: visible and thermal images.

    Each person walks past the two cameras once. The images of an identity are successive moments of this pass; each
    thermal moment lies between two visible moments. Clothes, pace and direction stay the same; the phases of the steps
    differ. Each image gets its own random place in the street, so the background does not identify a person.

    A second call completes an interrupted data set and reuses a finished one. The files depend only on preset, seed
    and generator version. The marker ``idx/synthetic.json`` is written last; loaders recognize synthetic data by it.

    Args:
        root: Folder of the data set. It must be new, empty, or the result of an earlier call with the same preset
            and seed.
        preset: 'tiny' (tests, 64 x 32), 'small' (training in minutes, 128 x 64) or 'full' (RegDB's own counts,
            128 x 64).
        seed: Non-negative seed of people, scenes, images and splits.
        num_workers: Number of drawing processes; None uses all available cores.

    Returns:
        The folder.

    Raises:
        FileExistsError: ``root`` holds other data; this function changes nothing there.
        ValueError: The preset is unknown or the seed is negative.

    Example:
        ``generate_regdb('data/synthetic_regdb_tiny', preset='tiny')`` draws 96 images in about a second.

        >>> generate_regdb('data/synthetic_regdb', preset='tiny', seed=-1)
        Traceback (most recent call last):
        ...
        ValueError: seed must not be negative, got -1
    """
    return write_tree(Path(root), RegDBLayout(preset, seed), num_workers)


@dataclass(frozen=True)
class _Pass:
    """Describe one walk past the cameras.

    Args:
        walker: The person.
        heading: Mean direction, radians; 0 is toward the cameras.
        pace: Relative length of the strides.
        turn: Mean rotation of the head relative to the trunk, radians.
        nod: Mean forward pitch of the head, radians.
        phase: Gait phase at time 0, radians.
        cadence: Gait phase from one moment to the next, radians.
    """

    walker: Identity
    heading: float
    pace: float
    turn: float
    nod: float
    phase: float
    cadence: float

    def at(self, time: float, rng: np.random.Generator) -> Moment:
        """Draw the moment at ``time``; each step deviates a little from the mean."""
        pose = Pose(
            phase=self.phase + self.cadence * time + float(rng.normal(0, 0.2)),
            pace=self.pace,
            turn=self.turn + float(rng.normal(0, 0.12)),
            nod=self.nod + float(rng.normal(0, 0.05)),
            wobble=tuple(float(value) for value in rng.normal(0, 0.08, 3)),
        )
        return Moment(pose, self.heading + float(rng.normal(0, 0.12)))


@lru_cache(maxsize=1)  # successive images show the same person
def _cached_pass(pid: int, seed: int) -> _Pass:
    """Return the walk of person number ``pid`` in the data set with this seed."""
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
    """Write ``{Visible,Thermal}/<identity>/<image>.bmp``; ``idx`` holds the lists of ten splits.

    Example:
        >>> layout = RegDBLayout('tiny', seed=0)
        >>> layout.count()['images']
        {'visible': 48, 'thermal': 48}
        >>> next(layout.shots())[0].path
        'Visible/1/v_00001_1.bmp'
    """

    name = 'regdb'
    lists = 'idx'

    @property
    def _preset(self) -> RegDBPreset:
        return get_regdb_preset(self.preset)

    def count(self) -> dict[str, dict[str, int]]:
        identities, images = self._preset.identities, self._preset.identities * self._preset.images
        return {
            'identities': {'train': identities // 2, 'test': identities - identities // 2},
            'images': {'visible': images, 'thermal': images},
        }

    def shots(self) -> Iterator[list[Shot]]:
        for pid in range(1, self._preset.identities + 1):
            yield [shot for camera in _CAMERAS for shot in self._camera_shots(pid, camera)]

    def _camera_shots(self, pid: int, camera: int) -> list[Shot]:
        folder = _CAMERAS[camera][0]
        return [
            Shot(f'{folder}/{pid}/{folder[0].lower()}_{index:05d}_{pid}.bmp', pid, camera, index)
            for index in range(1, self._preset.images + 1)
        ]

    def take(self, shot: Shot) -> bytes:
        _, pid, number, index = shot
        _, camera, delay = _CAMERAS[number]
        rng = np.random.default_rng([self.seed, pid, number, index])
        walk = _cached_pass(pid, self.seed)
        moment = walk.at(index + delay, rng)
        image = take_photograph(walk.walker, camera, self._preset.size, self.seed, rng, moment)
        return cv2.imencode('.bmp', image)[1].tobytes()

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the lists; a line holds an image and its label.

        Labels count the identities of one half from 0. An identity has the same label in both modalities.
        """
        for number, split in enumerate(plan_regdb_splits(self._preset.identities, self.seed), start=1):
            for half, pids in (('train', split.train), ('test', split.test)):
                for camera, (folder, *_) in _CAMERAS.items():
                    lines = [
                        f'{shot.path} {label}\n'
                        for label, pid in enumerate(pids)
                        for shot in self._camera_shots(pid, camera)
                    ]
                    yield f'idx/{half}_{folder.lower()}_{number}.txt', ''.join(lines).encode()
