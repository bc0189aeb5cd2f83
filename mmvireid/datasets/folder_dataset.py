"""Own data, told apart by their folders."""

import re
from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

from .base_reid_dataset import BaseReIDDataset, list_images

LAYOUT = '<data_root>/<split>/<visible or infrared>/cam<number>/<identity, a number>/<image>'
MODALITIES = {modality.name.lower(): modality for modality in Modality}


@DATASETS.register_module()
class FolderDataset(BaseReIDDataset):
    """Own data in folders: ``<data_root>/<split>/<visible|infrared>/cam<number>/<identity>/<image>``.

    Splits have any name; cameras and identities are whole numbers. Such as ``train/visible/cam1/0007/a.jpg`` and
    ``train/infrared/cam3/0007/b.png``. The data set is named after ``data_root``'s last folder.

    Args:
        data_root: Folder of the data set.
        split: Name of a folder in it.
        kwargs: See :class:`BaseReIDDataset`.

    Raises:
        FileNotFoundError: There is no such folder, or no image of the split.
        ValueError: There is no such split, a folder is not named as above, or an image lies above the identities.
    """

    def scan(self) -> list[dict]:
        root = Path(self.data_root)
        if not root.is_dir():
            raise FileNotFoundError(f"No data set at data_root='{root}'. Expected: {LAYOUT}")
        splits = [folder.name for folder in _subfolders(root)]
        if self.split not in splits:
            raise ValueError(f"'{root}' has no split '{self.split}'; it has {splits}. Expected: {LAYOUT}")
        records = []
        for of_modality in _subfolders(root / self.split):
            modality = _modality_of(of_modality)
            for of_camera in _subfolders(of_modality):
                cam_id = _number_of(of_camera, r'cam(\d+)')
                for of_identity in _subfolders(of_camera):
                    pid = _number_of(of_identity, r'(\d+)')
                    _refuse_subfolders(of_identity)
                    records += [
                        dict(img_path=str(path), pid=pid, cam_id=cam_id, modality=modality)
                        for path in list_images(of_identity)
                    ]
        return records


def _subfolders(folder: Path) -> list[Path]:
    stray = list_images(folder)
    if stray:
        raise ValueError(f"Image '{stray[0]}' is not in the folder of an identity. Expected: {LAYOUT}")
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith('.'))


def _refuse_subfolders(of_identity: Path) -> None:
    deeper = [folder for folder in of_identity.iterdir() if folder.is_dir() and not folder.name.startswith('.')]
    if deeper:
        raise ValueError(f"'{deeper[0]}' is a folder, where an identity's images are expected: {LAYOUT}")


def _modality_of(folder: Path) -> Modality:
    if folder.name not in MODALITIES:
        raise ValueError(f"'{folder}' is none of {sorted(MODALITIES)}. Expected: {LAYOUT}")
    return MODALITIES[folder.name]


def _number_of(folder: Path, pattern: str) -> int:
    match = re.fullmatch(pattern, folder.name, re.ASCII)
    if match is None:
        raise ValueError(f"'{folder}' is not named as expected: {LAYOUT}")
    return int(match[1])
