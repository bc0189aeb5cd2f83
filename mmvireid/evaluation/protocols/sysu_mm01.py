"""The test protocol of SYSU-MM01."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmvireid.registry import PROTOCOLS
from mmvireid.structures import Modality

from ..image_set import ImageSet
from .base_protocol import BaseProtocol, Trial
from .rand_perm_cam import CameraPermutations

VISIBLE_CAMERAS = (1, 2, 4, 5)
INFRARED_CAMERAS = (3, 6)
GALLERY_CAMERAS = {'all-search': VISIBLE_CAMERAS, 'indoor-search': (1, 2)}
SHOTS = {'single-shot': 1, 'multi-shot': 10}
SETTINGS = tuple(f'{search}/{shot}' for search in GALLERY_CAMERAS for shot in SHOTS)
# An infrared and a visible camera at one place: a query of the first skips gallery images of the second.
SAME_PLACE = (3, 2)


@PROTOCOLS.register_module()
class SYSUMM01Protocol(BaseProtocol):
    """Infrared queries against visible galleries (Wu et al., ICCV 2017, section 5, and the authors' evaluation code).

    Queries are all infrared images. A gallery holds one (single-shot) or ten (multi-shot) images of each identity in
    each visible camera, or in the indoor ones; a cell with fewer images gives all it has. Camera-3 queries skip
    camera-2 gallery images; CMC counts identities, AP and INP count images. Two sets of galleries are in use:

    - ``'official'``: trial t takes the first images of row t of the permutations in ``exp/rand_perm_cam.mat``;
    - ``'seeded'`` (AGW's release and most code after it): the draws of Python's ``random.seed(t)``, ``choice`` or
      ``sample`` from the sorted images, over identities ascending and, for each, over cameras ascending.

    Args:
        galleries: ``'official'``, ``'seeded'``, or ``'auto'``: official where the permutation file is there.
        data_root: Data set folder; the permutation file is its ``exp/rand_perm_cam.mat``.
        perm_file: Permutation file elsewhere, instead of ``data_root``.
        settings: Any of ``{all,indoor}-search/{single,multi}-shot``. Validation identities have no indoor gallery.
        num_trials: Galleries drawn for each setting.
        probe_cams: Infrared cameras whose images are queries (HPILN's text speaks of camera 3 alone).
        exclude_same_place: Whether camera-3 queries skip camera-2 images.
        collapse_identities: Whether CMC counts identities (the protocol) or images.

    Raises:
        FileNotFoundError: Official galleries without the permutation file.
        ValueError: An unknown option.
    """

    name = 'SYSU-MM01'

    def __init__(
        self,
        galleries: str = 'auto',
        data_root: str | None = None,
        perm_file: str | None = None,
        settings: Sequence[str] = SETTINGS,
        num_trials: int = 10,
        probe_cams: Sequence[int] = INFRARED_CAMERAS,
        exclude_same_place: bool = True,
        collapse_identities: bool = True,
    ) -> None:
        self.permutations = _open_permutations(galleries, data_root, perm_file)
        self.galleries = 'official' if self.permutations else 'seeded'
        self.settings = _all_known('settings', settings, SETTINGS)
        self.probe_cams = _all_known('probe_cams', probe_cams, INFRARED_CAMERAS)
        if num_trials < 1:
            raise ValueError(f'num_trials={num_trials}: at least one trial is needed.')
        self.num_trials = num_trials
        self.exclude_same_place = exclude_same_place
        self.collapse_identities = collapse_identities
        self.options = dict(
            num_trials=num_trials,
            probe_cams=list(self.probe_cams),
            exclude_same_place=exclude_same_place,
            collapse_identities=collapse_identities,
        )

    def trials(self, images: ImageSet) -> list[Trial]:
        _check_cameras(images)
        path_order = np.argsort(images.paths, kind='stable')
        queries = path_order[np.isin(images.cam_ids[path_order], self.probe_cams)]
        if not len(queries):
            raise ValueError(f'SYSU-MM01: no query, the data have no image of the infrared cameras {self.probe_cams}.')
        everyone = {
            (pid, cam_id): path_order[(images.pids[path_order] == pid) & (images.cam_ids[path_order] == cam_id)]
            for pid in np.unique(images.pids).tolist()
            for cam_id in (*VISIBLE_CAMERAS, *self.probe_cams)
        }
        if self.permutations:
            for (pid, cam_id), members in everyone.items():
                self.permutations.check(pid, cam_id, len(members), self.num_trials)
        cells = {cell: members for cell, members in everyone.items() if cell[1] in VISIBLE_CAMERAS}
        path_rank = np.argsort(path_order)
        trials = []
        for setting in self.settings:
            search, shot = setting.split('/')
            used = {cell: members for cell, members in cells.items() if cell[1] in GALLERY_CAMERAS[search]}
            self._check_gallery(setting, used, images)
            num_short = sum(0 < len(members) < SHOTS[shot] for members in used.values())
            for number in range(self.num_trials):
                gallery = self._draw(used, number, SHOTS[shot])
                gallery = gallery[np.argsort(path_rank[gallery])]
                trials.append(Trial(setting, number, queries, gallery, num_short))
        return trials

    def excluded(self, images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray) -> np.ndarray | None:
        if not self.exclude_same_place:
            return None
        infrared, visible = SAME_PLACE
        return np.logical_and.outer(
            images.cam_ids[query_indices] == infrared, images.cam_ids[gallery_indices] == visible
        )

    def _draw(self, cells: dict[tuple[int, int], np.ndarray], trial: int, shots: int) -> np.ndarray:
        """Indices of one trial's gallery; ``cells`` runs over identities ascending, then cameras ascending."""
        generator = random.Random(trial)
        drawn = []
        for (pid, cam_id), members in cells.items():
            if not len(members):
                continue
            if self.permutations:
                drawn.append(members[self.permutations.first(pid, cam_id, trial, shots)])
            elif shots == 1:
                drawn.append([generator.choice(members.tolist())])
            else:
                drawn.append(generator.sample(members.tolist(), min(shots, len(members))))
        return np.concatenate(drawn)

    def _check_gallery(self, setting: str, cells: dict[tuple[int, int], np.ndarray], images: ImageSet) -> None:
        if not any(len(members) for members in cells.values()):
            wanted = sorted({cam_id for _, cam_id in cells})
            found = np.unique(images.cam_ids).tolist()
            possible = [s for s in SETTINGS if set(GALLERY_CAMERAS[s.split('/')[0]]) & set(found)]
            raise ValueError(
                f"SYSU-MM01, setting '{setting}': the gallery is empty, the data have images of cameras {found}, "
                f'none of {wanted} (the validation identities were seen by cameras 3, 4 and 5 only). '
                + (f'Choose settings={possible} in the protocol.' if possible else 'No setting has a gallery here.')
            )


def _open_permutations(galleries: str, data_root: str | None, perm_file: str | None) -> CameraPermutations | None:
    _all_known('galleries', [galleries], ('auto', 'official', 'seeded'))
    if galleries == 'seeded':
        return None
    if perm_file is None and data_root is not None:
        perm_file = str(Path(data_root) / 'exp' / 'rand_perm_cam.mat')
    if galleries == 'auto' and (perm_file is None or not Path(perm_file).is_file()):
        return None
    if perm_file is None:
        raise ValueError("galleries='official' needs data_root (with exp/rand_perm_cam.mat) or perm_file.")
    return CameraPermutations(perm_file)


def _all_known(name: str, values: Sequence, known: tuple) -> tuple:
    unknown = [value for value in values if value not in known]
    if unknown or not len(values):
        raise ValueError(f'SYSU-MM01: {name}={values}: choose from {known}.')
    return tuple(values)


def _check_cameras(images: ImageSet) -> None:
    expected = np.select(
        [np.isin(images.cam_ids, VISIBLE_CAMERAS), np.isin(images.cam_ids, INFRARED_CAMERAS)],
        [Modality.VISIBLE, Modality.INFRARED],
        default=-1,
    )
    wrong = expected != images.modalities
    if wrong.any():
        first = wrong.argmax()
        raise ValueError(
            f"'{images.paths[first]}': camera {images.cam_ids[first]} with modality {images.modalities[first]}. "
            f'SYSU-MM01 has the visible (0) cameras {VISIBLE_CAMERAS} and the infrared (1) cameras {INFRARED_CAMERAS}.'
        )
