"""SYSU-MM01: six cameras, four visible and two near-infrared."""

import json
from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

from .base_reid_dataset import BaseReIDDataset, list_images

CAMERA_MODALITY = {
    1: Modality.VISIBLE,
    2: Modality.VISIBLE,
    3: Modality.INFRARED,
    4: Modality.VISIBLE,
    5: Modality.VISIBLE,
    6: Modality.INFRARED,
}

# Identities, visible images, infrared images.
PUBLISHED_COUNTS = {
    'train': (296, 20284, 9929),
    'val': (99, 1974, 1980),
    'trainval': (395, 22258, 11909),
    'test': (96, 6775, 3803),
}

SPLIT_FILES = {
    'train': ('train_id.txt',),
    'val': ('val_id.txt',),
    'trainval': ('train_id.txt', 'val_id.txt'),
    'test': ('test_id.txt',),
}

HOW_TO_GET_THE_DATA = """
Expected:
    {root}/
        cam1/ ... cam6/        <identity, 4 digits>/<image, 4 digits>.jpg   (cameras 3 and 6 are infrared)
        exp/                   train_id.txt, val_id.txt, test_id.txt (one comma-separated line each), rand_perm_cam.mat
SYSU-MM01 is licensed by its authors (A. Wu, W.-S. Zheng et al., Sun Yat-sen University): send them the signed
release agreement that is on the data set's project page, then unpack what they send there.
Without it, make embedded data in the same layout:
    python tools/dataset_converters/make_synthetic.py --layout sysu --preset small --out {root}"""


@DATASETS.register_module()
class SYSUMM01(BaseReIDDataset):
    """SYSU-MM01 (Wu et al., RGB-Infrared Cross-Modality Person Re-Identification, ICCV 2017), or a tree in its layout.

    Layout: ``cam{1..6}/<identity>/<image>.jpg`` and ``exp/{train,val,test}_id.txt``. Published counts (identities;
    visible + infrared images): train 296, 20,284 + 9,929; val 99, 1,974 + 1,980; train and val 395,
    22,258 + 11,909; test 96, 6,775 + 3,803. A tree that is not embedded data is compared with them when it is
    loaded. The test split holds the queries and every image that any trial's gallery may draw: the protocol decides
    who meets whom.

    Args:
        data_root: Folder of the data set.
        split: ``'train'``, ``'val'``, ``'trainval'`` (both) or ``'test'``.
        kwargs: See :class:`BaseReIDDataset`.

    Raises:
        FileNotFoundError: The folder, a file of identities or every image of the split is missing.
        ValueError: A file of identities holds something else than comma-separated numbers.
    """

    DATASET_NAME = 'SYSU-MM01'
    SPLITS = tuple(SPLIT_FILES)

    def scan(self) -> list[dict]:
        root = Path(self.data_root)
        if not root.is_dir():
            raise FileNotFoundError(f"No data set at data_root='{root}'.{HOW_TO_GET_THE_DATA.format(root=root)}")
        pids = [pid for name in SPLIT_FILES[self.split] for pid in _read_identities(root / 'exp' / name)]
        records = [
            dict(img_path=str(path), pid=pid, cam_id=cam_id, modality=modality)
            for pid in pids
            for cam_id, modality in CAMERA_MODALITY.items()
            for path in list_images(root / f'cam{cam_id}' / f'{pid:04d}')
        ]
        missing = sorted(set(pids) - {record['pid'] for record in records})
        if records and missing:
            self.warn(
                f"{len(missing)} identities of '{self.split}' have no image under '{root}' (first: {missing[:5]})."
            )
        marker = root / 'exp' / 'synthetic.json'
        if marker.is_file():
            self.DATASET_NAME = f'embedded data ({json.loads(marker.read_text())["preset"]}, SYSU-MM01 layout)'
        else:
            self._compare_with_published_counts(root, records)
        return records

    def _without_images(self) -> str:
        return super()._without_images() + HOW_TO_GET_THE_DATA.format(root=self.data_root)

    def _compare_with_published_counts(self, root: Path, records: list[dict]) -> None:
        found = (
            len({record['pid'] for record in records}),
            *(sum(record['modality'] is modality for record in records) for modality in Modality),
        )
        if records and found != PUBLISHED_COUNTS[self.split]:
            self.warn(
                f"The split '{self.split}' under '{root}' is not SYSU-MM01's: {found[0]} identities, "
                f'{found[1]} visible and {found[2]} infrared images; published: {PUBLISHED_COUNTS[self.split]}. '
                'Results are not comparable with published ones.'
            )


def _read_identities(path: Path) -> list[int]:
    if not path.is_file():
        raise FileNotFoundError(f"'{path}' is missing.{HOW_TO_GET_THE_DATA.format(root=path.parent.parent)}")
    try:
        return sorted({int(item) for item in path.read_text().replace('\n', ',').split(',') if item.strip()})
    except ValueError as error:
        raise ValueError(f"'{path}' must hold identity numbers separated by commas: {error}.") from None
