"""Your own data, in folders."""

import re
from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

from .base_reid_dataset import BaseReIDDataset
from .image_folder import IgnoredEntries, list_images, visible_entries
from .image_lists import whole_number

LAYOUT = '<data_root>/<split>/<visible or infrared>/cam<number>/<identity, a number>/<image>'
MODALITIES = {modality.name.lower(): modality for modality in Modality}


@DATASETS.register_module()
class FolderDataset(BaseReIDDataset):
    """Read your own data from ``<data_root>/<split>/<visible|infrared>/cam<number>/<identity>/<image>``.

    A split may have any name; cameras and identities are whole numbers. Two examples are
    ``train/visible/cam1/0007/a.jpg`` and ``train/infrared/cam3/0007/b.png``. The last folder of ``data_root`` gives
    the data set its name.

    Args:
        data_root: Folder of the data set.
        split: Name of a folder in ``data_root``.
        kwargs: See :class:`BaseReIDDataset`.

    Raises:
        FileNotFoundError: The folder does not exist, or the split holds no image.
        ValueError: The split does not exist, a folder has a wrong name, or an image lies above the identity folders.

    Example:
        >>> from pathlib import Path
        >>> import cv2
        >>> import numpy as np
        >>> from mmvireid.datasets import FolderDataset
        >>> folder = Path('my_data/train/infrared/cam3/0007')
        >>> folder.mkdir(parents=True)
        >>> cv2.imwrite(str(folder / 'a.png'), np.zeros((8, 4, 3), np.uint8))
        True
        >>> info = FolderDataset('my_data', split='train').get_data_info(0)
        >>> [info[key] for key in ('img_path', 'pid', 'gt_label', 'cam_id', 'modality')]
        ['my_data/train/infrared/cam3/0007/a.png', 7, 0, 3, 1]
    """

    def scan(self) -> list[dict]:
        """Find the images of the split in its folders."""
        root = Path(self.data_root)
        if not root.is_dir():
            raise FileNotFoundError(f"No data set at data_root='{root}'. Expected: {LAYOUT}")
        splits = [folder.name for folder in _subfolders(root)]
        if self.split not in splits:
            raise ValueError(f"'{root}' has no split '{self.split}'; it has {splits}. Expected: {LAYOUT}")
        records = []
        for modality_folder in _subfolders(root / self.split, self.ignored):
            modality = _read_modality(modality_folder)
            for camera_folder in _subfolders(modality_folder, self.ignored):
                cam_id = _read_number(camera_folder, r'cam(\d+)')
                for identity_folder in _subfolders(camera_folder, self.ignored):
                    pid = _read_number(identity_folder, r'(\d+)')
                    _refuse_subfolders(identity_folder)
                    records += [
                        dict(img_path=str(path), pid=pid, cam_id=cam_id, modality=modality)
                        for path in self.list_images(identity_folder)
                    ]
        return records


def _subfolders(folder: Path, ignored: IgnoredEntries | None = None) -> list[Path]:
    misplaced = list_images(folder)
    if misplaced:
        raise ValueError(f"Image '{misplaced[0]}' is not in the folder of an identity. Expected: {LAYOUT}")
    folders = []
    for path in visible_entries(folder):
        if path.is_dir():
            folders.append(path)
        elif ignored is not None:
            ignored.add(path)
    return folders


def _refuse_subfolders(identity_folder: Path) -> None:
    deeper = [folder for folder in visible_entries(identity_folder) if folder.is_dir()]
    if deeper:
        raise ValueError(f"'{deeper[0]}' is a folder, but an identity's folder holds only images. Expected: {LAYOUT}")


def _read_modality(folder: Path) -> Modality:
    if folder.name not in MODALITIES:
        raise ValueError(f"'{folder}' is none of {sorted(MODALITIES)}. Expected: {LAYOUT}")
    return MODALITIES[folder.name]


def _read_number(folder: Path, pattern: str) -> int:
    match = re.fullmatch(pattern, folder.name, re.ASCII)
    if match is None:
        raise ValueError(f"The folder '{folder}' has a wrong name. Expected: {LAYOUT}")
    return whole_number(match[1], 'number', f"The folder '{folder}'")
