"""The test protocol of SYSU-MM01."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from mmvireid.registry import PROTOCOLS
from mmvireid.structures import ImageSet, Modality

from .base import ImageFilter, Setting, SettingProtocol, choose, true_or_false
from .rules import Cell, camera_pairs

VISIBLE_CAMERAS = (1, 2, 4, 5)
INFRARED_CAMERAS = (3, 6)

# An infrared and a visible camera at one place: a query of the first skips gallery images of the second.
same_place = partial(camera_pairs, pairs=((3, 2),))

GALLERY_CAMERAS = {'all-search': VISIBLE_CAMERAS, 'indoor-search': (1, 2)}
SHOTS = {'single-shot': 1, 'multi-shot': 10}
SETTINGS = tuple(f'{search}/{shot}' for search in GALLERY_CAMERAS for shot in SHOTS)


def check_cameras(images: ImageSet) -> None:
    """Refuse images whose camera and modality contradict each other.

    Raises:
        ValueError: Naming the first such image.
    """
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


class CameraPermutations:
    """The data set authors' permutations of the images of each identity in each camera.

    The file holds ``rand_perm_cam``, a cell array over cameras of cell arrays over identities; cell {cam}{pid} is a
    (trials, n) matrix of 1-based image numbers, empty where the camera never saw the identity.

    Args:
        path: The MATLAB file.

    Raises:
        FileNotFoundError: If it is missing.
        ValueError: If it holds something else.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise FileNotFoundError(
                f"No permutation file at '{self.path}': the official galleries need the data set's "
                "exp/rand_perm_cam.mat. Put it there, or choose galleries='seeded'."
            )
        try:
            cameras = loadmat(self.path)['rand_perm_cam'].ravel()
            self._cells = [camera.ravel() for camera in cameras]
        except Exception as error:  # scipy has no common error for files that it cannot read
            raise ValueError(
                f"'{self.path}' is not the data set's permutation file: it must be a MATLAB file (version 5) with a "
                f"cell array 'rand_perm_cam' of cell arrays ({error})."
            ) from error

    def check(self, images: ImageSet, cam_ids: Sequence[int], num_trials: int) -> None:
        """Refuse images that the permutations do not fit.

        Args:
            images: The test set.
            cam_ids: Cameras to look at, for each identity of the test set.
            num_trials: Rows that are needed.

        Raises:
            ValueError: Naming the file, the camera and the identity.
        """
        num_images = Counter(zip(images.pids.tolist(), images.cam_ids.tolist(), strict=True))
        for pid in np.unique(images.pids).tolist():
            for cam_id in cam_ids:
                self._check_cell(pid, cam_id, num_images[pid, cam_id], num_trials)

    def draw(self, cells: Sequence[Cell], shots: int, trial: int) -> list[int]:
        """The members of each cell that row ``trial`` (from 0) names first: ``shots``, or all where there are fewer."""
        return [
            cell.members[number - 1]
            for cell in cells
            for number in self._cell(cell.pid, cell.cam_id)[trial, :shots].tolist()
        ]

    def _check_cell(self, pid: int, cam_id: int, num_images: int, num_trials: int) -> None:
        where = f"'{self.path}', camera {cam_id}, identity {pid}"
        cell = self._cell(pid, cam_id)
        if cell.shape[1] != num_images:
            raise ValueError(
                f'{where}: the file permutes {cell.shape[1]} images, the data have {num_images}. Complete the data, '
                "use the permutation file that belongs to them, or choose galleries='seeded'."
            )
        if num_images and len(cell) < num_trials:
            raise ValueError(f'{where}: {num_trials} trials were asked for, the file has {len(cell)}.')
        if (np.sort(cell[:num_trials], axis=1) != np.arange(1, num_images + 1)).any():
            raise ValueError(f'{where}: a row is not a permutation of 1 ... {num_images}.')

    def _cell(self, pid: int, cam_id: int) -> np.ndarray:
        # Cameras 1, 2 and 6 never saw the identities above 333, and their arrays end there.
        cells = self._cells[cam_id - 1] if cam_id <= len(self._cells) else []
        cell = cells[pid - 1] if 1 <= pid <= len(cells) else np.empty((0, 0))
        return cell if cell.size else np.empty((0, 0))


@PROTOCOLS.register_module()
class SYSUMM01Protocol(SettingProtocol):
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
        query_cams: Infrared cameras whose images are queries (HPILN's text speaks of camera 3 alone).
        exclude_same_place: Whether camera-3 queries skip camera-2 images.
        cmc_unit: What a CMC rank counts, ``'identity'`` (the protocol) or ``'image'``.

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
        query_cams: Sequence[int] = INFRARED_CAMERAS,
        exclude_same_place: bool = True,
        cmc_unit: str = 'identity',
    ) -> None:
        self.permutations = _open_permutations(galleries, data_root, perm_file)
        self.galleries = 'official' if self.permutations else 'seeded'
        self.query_cams = choose(self.name, 'query_cams', query_cams, INFRARED_CAMERAS)
        table = {
            f'{search}/{shot}': Setting(ImageFilter(cam_ids=self.query_cams), ImageFilter(cam_ids=cameras), shots)
            for search, cameras in GALLERY_CAMERAS.items()
            for shot, shots in SHOTS.items()
        }
        exclusion = same_place if true_or_false(self.name, 'exclude_same_place', exclude_same_place) else None
        super().__init__(table, settings, num_trials, exclusion, cmc_unit)
        self.options = dict(
            num_trials=num_trials,
            query_cams=list(self.query_cams),
            exclude_same_place=exclude_same_place,
            cmc_unit=cmc_unit,
        )

    def check_images(self, images: ImageSet) -> None:
        check_cameras(images)
        if self.permutations:
            self.permutations.check(images, (*VISIBLE_CAMERAS, *self.query_cams), self.num_trials)

    def draw(self, cells: Sequence[Cell], shots: int, trial: int) -> list[int]:
        if self.permutations:
            return self.permutations.draw(cells, shots, trial)
        return super().draw(cells, shots, trial)


def _open_permutations(galleries: str, data_root: str | None, perm_file: str | None) -> CameraPermutations | None:
    if galleries not in ('auto', 'official', 'seeded'):
        raise ValueError(f"SYSU-MM01: galleries={galleries!r}: choose 'auto', 'official' or 'seeded'.")
    if galleries == 'seeded':
        return None
    if perm_file is None and data_root is not None:
        perm_file = str(Path(data_root) / 'exp' / 'rand_perm_cam.mat')
    if galleries == 'auto' and (perm_file is None or not Path(perm_file).is_file()):
        return None
    if perm_file is None:
        raise ValueError("galleries='official' needs data_root (with exp/rand_perm_cam.mat) or perm_file.")
    return CameraPermutations(perm_file)
