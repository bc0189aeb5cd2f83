"""SYSU-MM01: six cameras, four visible and two near-infrared."""

from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

from .base_reid_dataset import list_images
from .image_lists import read_identities
from .published_dataset import PublishedReIDDataset

CAMERA_MODALITY = {
    1: Modality.VISIBLE,
    2: Modality.VISIBLE,
    3: Modality.INFRARED,
    4: Modality.VISIBLE,
    5: Modality.VISIBLE,
    6: Modality.INFRARED,
}

SPLIT_FILES = {
    'train': ('train_id.txt',),
    'val': ('val_id.txt',),
    'trainval': ('train_id.txt', 'val_id.txt'),
    'test': ('test_id.txt',),
}


@DATASETS.register_module()
class SYSUMM01(PublishedReIDDataset):
    """SYSU-MM01 (Wu et al., RGB-Infrared Cross-Modality Person Re-Identification, ICCV 2017), or a tree in its layout.

    Layout: ``cam{1..6}/<identity>/<image>.jpg`` and ``exp/{train,val,test}_id.txt``. Published counts (identities;
    visible + infrared images): train 296, 20,284 + 9,929; val 99, 1,974 + 1,980; train and val 395,
    22,258 + 11,909; test 96, 6,775 + 3,803. A tree that is not synthetic data is compared with them when it is
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
    PUBLISHED_COUNTS = {
        'train': (296, 20284, 9929),
        'val': (99, 1974, 1980),
        'trainval': (395, 22258, 11909),
        'test': (96, 6775, 3803),
    }
    SYNTHETIC_DATA_MARKER = 'exp/synthetic.json'
    HOW_TO_GET_THE_DATA = """
Expected:
    {root}/
        cam1/ ... cam6/        <identity, 4 digits>/<image, 4 digits>.jpg   (cameras 3 and 6 are infrared)
        exp/                   train_id.txt, val_id.txt, test_id.txt (one comma-separated line each), rand_perm_cam.mat
SYSU-MM01 is licensed by its authors (A. Wu, W.-S. Zheng et al., Sun Yat-sen University): send them the signed
release agreement that is on the data set's project page, then unpack what they send there.
Without it, make synthetic data in the same layout:
    python tools/dataset_converters/make_synthetic.py --layout sysu --preset small --out {root}"""

    def scan_tree(self, root: Path) -> list[dict]:
        pids = [pid for name in SPLIT_FILES[self.split] for pid in read_identities(self.require_file(f'exp/{name}'))]
        records = [
            dict(img_path=str(path), pid=pid, cam_id=cam_id, modality=modality)
            for pid in pids
            for cam_id, modality in CAMERA_MODALITY.items()
            for path in list_images(root / f'cam{cam_id}' / f'{pid:04d}')
        ]
        self.warn_of_missing_identities(pids, records)
        return records
