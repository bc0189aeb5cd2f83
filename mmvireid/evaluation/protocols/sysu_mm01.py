"""Test SYSU-MM01: its cameras, its permutation file and its protocol."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from mmvireid.registry import PROTOCOLS
from mmvireid.structures import ImageSet, Modality

from .base import BaseProtocol, ImageFilter, Setting, choose, true_or_false
from .rules import Cell, camera_pairs

VISIBLE_CAMERAS = (1, 2, 4, 5)
INFRARED_CAMERAS = (3, 6)

# Cameras 3 and 2 stand at one place: a camera-3 query skips camera-2 images.
same_place = partial(camera_pairs, pairs=((3, 2),))

GALLERY_CAMERAS = {'all-search': VISIBLE_CAMERAS, 'indoor-search': (1, 2)}
SHOTS = {'single-shot': 1, 'multi-shot': 10}
SETTINGS = tuple(f'{search}/{shot}' for search in GALLERY_CAMERAS for shot in SHOTS)


def check_cameras(images: ImageSet) -> None:
    """Refuse images whose camera and modality contradict each other.

    Raises:
        ValueError: Camera and modality of an image contradict each other. The message names the first such image.

    Example:
        >>> check_cameras(ImageSet(pids=[1, 1], cam_ids=[1, 3], modalities=[0, 1], paths=['a.jpg', 'b.jpg']))
        >>> check_cameras(ImageSet(pids=[1], cam_ids=[3], modalities=[0], paths=['a.jpg']))
        Traceback (most recent call last):
        ValueError: 'a.jpg' has camera 3 and modality 0. ...
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
            f"'{images.paths[first]}' has camera {images.cam_ids[first]} and modality {images.modalities[first]}. "
            f'SYSU-MM01 has the visible (0) cameras {VISIBLE_CAMERAS} and the infrared (1) cameras {INFRARED_CAMERAS}.'
        )


@PROTOCOLS.register_module()
class SYSUMM01Protocol(BaseProtocol):
    """Compare infrared queries with visible galleries (Wu et al., ICCV 2017, section 5, and the authors' test code).

    All infrared images are queries. A gallery holds one (single-shot) or ten (multi-shot) images per identity and
    camera. An identity with fewer images in a camera gives all of them. Camera-3 queries skip camera-2 gallery images.
    AP and INP count images. Two sets of galleries are in use:

    - ``'official'``: Trial t takes the first images of row t of the permutations in ``exp/rand_perm_cam.mat``.
    - ``'seeded'`` (AGW's release and most later code): Trial t draws with Python's ``random.seed(t)`` and ``choice`` or
      ``sample`` from the sorted images. Identities come in ascending order, then cameras in ascending order.

    Args:
        galleries: ``'official'``, ``'seeded'`` or ``'auto'``. ``'auto'`` is official if the permutation file exists.
        data_root: Folder of the data set. Its ``exp/rand_perm_cam.mat`` is the permutation file.
        perm_file: Path of a permutation file elsewhere. It replaces the file in ``data_root``.
        settings: Any of ``{all,indoor}-search/{single,multi}-shot``. Validation identities have no indoor gallery.
        num_trials: Number of galleries to draw for each setting.
        query_cams: Infrared cameras whose images are queries. HPILN's text uses camera 3 alone.
        exclude_same_place: Whether camera-3 queries skip camera-2 images.
        cmc_unit: What a CMC rank counts, ``'identity'`` (the protocol) or ``'image'``.

    Raises:
        FileNotFoundError: The galleries are official and the permutation file does not exist.
        ValueError: An option is not valid.

    Example:
        >>> from mmvireid.evaluation import ImageSet, SYSUMM01Protocol
        >>> images = ImageSet(pids=[1, 1, 1], cam_ids=[3, 1, 2], modalities=[1, 0, 0], paths=['a', 'b', 'c'])
        >>> protocol = SYSUMM01Protocol(settings=['all-search/single-shot'])
        >>> len(protocol.trials(images)), protocol.galleries
        (10, 'seeded')
        >>> protocol.excluded(images, [0], [1, 2]).tolist()
        [[False, True]]
    """

    name = 'SYSU-MM01'
    command_line_name = 'sysu'

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
        excludes = true_or_false(self.name, 'exclude_same_place', exclude_same_place)
        super().__init__(
            table,
            settings,
            num_trials,
            same_place if excludes else None,
            cmc_unit,
            options=dict(
                num_trials=num_trials, query_cams=list(self.query_cams), exclude_same_place=exclude_same_place
            ),
        )

    def check_images(self, images: ImageSet) -> None:
        check_cameras(images)
        if self.permutations:
            self.permutations.check(images, (*VISIBLE_CAMERAS, *self.query_cams), self.num_trials)

    def draw(self, cells: Sequence[Cell], shots: int, trial: int) -> list[int]:
        if self.permutations:
            return self.permutations.draw(cells, shots, trial)
        return super().draw(cells, shots, trial)


class _CameraPermutations:
    """Read the official permutations of the images of each identity in each camera.

    The file holds ``rand_perm_cam``, a cell array over cameras of cell arrays over identities. Cell {cam}{pid} is a
    (trials, n) matrix of 1-based image numbers. It is empty if the camera never saw the identity.

    Args:
        path: Path of the MATLAB file.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file holds something else.
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
            cam_ids: Cameras to check for each identity of the test set.
            num_trials: Number of rows that the test needs.

        Raises:
            ValueError: A matrix does not fit. The message names the file, the camera and the identity.
        """
        num_images = Counter(zip(images.pids.tolist(), images.cam_ids.tolist(), strict=True))
        for pid in np.unique(images.pids).tolist():
            for cam_id in cam_ids:
                self._check_matrix(pid, cam_id, num_images[pid, cam_id], num_trials)

    def draw(self, cells: Sequence[Cell], shots: int, trial: int) -> list[int]:
        """Take the first ``shots`` members of each cell in the order of row ``trial``, or all of a smaller cell."""
        return [
            cell.members[number - 1]
            for cell in cells
            for number in self._matrix(cell.pid, cell.cam_id)[trial, :shots].tolist()
        ]

    def _check_matrix(self, pid: int, cam_id: int, num_images: int, num_trials: int) -> None:
        where = f"'{self.path}', camera {cam_id}, identity {pid}"
        matrix = self._matrix(pid, cam_id)
        if matrix.shape[1] != num_images:
            raise ValueError(
                f'{where}: the file permutes {matrix.shape[1]} images, the data have {num_images}. Complete the data, '
                "use the permutation file that belongs to them, or choose galleries='seeded'."
            )
        if num_images and len(matrix) < num_trials:
            raise ValueError(f'{where}: the test needs {num_trials} trials, the file has {len(matrix)}.')
        if (np.sort(matrix[:num_trials], axis=1) != np.arange(1, num_images + 1)).any():
            raise ValueError(f'{where}: a row is not a permutation of 1 ... {num_images}.')

    def _matrix(self, pid: int, cam_id: int) -> np.ndarray:
        # Cameras 1, 2 and 6 never saw the identities above 333: their arrays end there.
        matrices = self._cells[cam_id - 1] if cam_id <= len(self._cells) else []
        matrix = matrices[pid - 1] if 1 <= pid <= len(matrices) else np.empty((0, 0))
        return matrix if matrix.size else np.empty((0, 0))


def _open_permutations(galleries: str, data_root: str | None, perm_file: str | None) -> _CameraPermutations | None:
    if galleries not in ('auto', 'official', 'seeded'):
        raise ValueError(f"SYSU-MM01: galleries={galleries!r}: choose 'auto', 'official' or 'seeded'.")
    if galleries == 'seeded':
        return None
    if perm_file is None and data_root is not None:
        perm_file = str(Path(data_root) / 'exp' / 'rand_perm_cam.mat')
    if galleries == 'auto' and (perm_file is None or not Path(perm_file).is_file()):
        return None
    if perm_file is None:
        raise ValueError("SYSU-MM01: galleries='official' needs data_root (with exp/rand_perm_cam.mat) or perm_file.")
    return _CameraPermutations(perm_file)
