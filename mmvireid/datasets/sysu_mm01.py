"""SYSU-MM01: six cameras, four visible and two near-infrared."""

from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

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
    """Read SYSU-MM01, with four visible and two near-infrared cameras, or a tree in its layout.

    Source: Wu et al., RGB-Infrared Cross-Modality Person Re-Identification, ICCV 2017.

    Layout: ``cam{1..6}/<identity>/<image>.jpg`` and ``exp/{train,val,test}_id.txt``.

    Published counts (identities; visible + infrared images): train 296, 20,284 + 9,929; val 99, 1,974 + 1,980;
    train and val 395, 22,258 + 11,909; test 96, 6,775 + 3,803. The data set warns if the counts of a tree differ,
    unless the tree is synthetic data.

    The test split holds the queries and every image that a gallery may draw. The protocol decides which query meets
    which gallery.

    Args:
        data_root: Folder of the data set.
        split: ``'train'``, ``'val'``, ``'trainval'`` (both) or ``'test'``.
        kwargs: See :class:`BaseReIDDataset`.

    Raises:
        FileNotFoundError: The folder or a file of identities is missing, or the split holds no image.
        ValueError: A file of identities holds something else than comma-separated numbers.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.datasets import SYSUMM01
        >>> for name in ('exp/test_id.txt', 'cam3/0006/0001.jpg'):
        ...     Path('SYSU-MM01', name).parent.mkdir(parents=True)
        ...     Path('SYSU-MM01', name).touch()
        >>> _ = Path('SYSU-MM01/exp/test_id.txt').write_text('6')
        >>> info = SYSUMM01('SYSU-MM01', split='test').get_data_info(0)
        >>> [info[key] for key in ('img_path', 'pid', 'gt_label', 'cam_id', 'modality')]
        ['SYSU-MM01/cam3/0006/0001.jpg', 6, 0, 3, 1]
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
The authors license SYSU-MM01 (A. Wu, W.-S. Zheng et al., Sun Yat-sen University). Sign the release agreement on the
data set's project page, send it to the authors, and unpack the data set there.
Without SYSU-MM01, make synthetic data in the same layout:
    python tools/dataset_converters/make_synthetic.py --layout sysu --preset small --out {root}"""

    def scan_tree(self, root: Path) -> list[dict]:
        """Find the images of the split's identities in all six cameras."""
        pids = [pid for name in SPLIT_FILES[self.split] for pid in read_identities(self.require_file(f'exp/{name}'))]
        records = [
            dict(img_path=str(path), pid=pid, cam_id=cam_id, modality=modality)
            for pid in pids
            for cam_id, modality in CAMERA_MODALITY.items()
            for path in self.list_images(root / f'cam{cam_id}' / f'{pid:04d}')
        ]
        self.warn_of_missing_identities(pids, records)
        return records
