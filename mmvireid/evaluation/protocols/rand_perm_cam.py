"""Reader of SYSU-MM01's fixed permutations, ``exp/rand_perm_cam.mat``."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from ..image_set import ImageSet
from .drawing import Cell


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
