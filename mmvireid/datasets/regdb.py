"""RegDB: a visible and a thermal camera side by side, ten random splits."""

from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

from .image_lists import read_labeled_lists
from .published_dataset import PublishedReIDDataset

NUM_SPLITS = 10
SENSORS = {Modality.VISIBLE: 'visible', Modality.INFRARED: 'thermal'}


@DATASETS.register_module()
class RegDB(PublishedReIDDataset):
    """Read RegDB, with a visible and a thermal camera, or a tree in its layout.

    Source: Nguyen et al., Person Recognition System Based on a Combination of Body Images from Visible Light and
    Thermal Cameras, Sensors 17(3):605, 2017.

    Layout: ``{Visible,Thermal}/<identity>/<image>.bmp`` and ``idx/{train,test}_{visible,thermal}_{1..10}.txt`` with
    lines ``Visible/<identity>/<image>.bmp <label>``.

    Published counts: 412 identities with 10 visible and 10 thermal images each, 8,240 in all. Ye et al. (Hierarchical
    Discriminative Learning for Visible Thermal Person Re-Identification, AAAI 2018) drew ten random splits. Each has
    206 identities and 2,060 + 2,060 images for training, and as many for testing. The data set warns if the counts of
    a tree differ, unless the tree is synthetic data.

    Train one model on each split and test it on the same split. ``metainfo`` therefore also holds ``split_number``. The
    test half holds both modalities; the protocol chooses the queries.

    The folder is the identity, because the lists number both halves from 0. Every image has ``cam_id`` 0, because
    RegDB names no cameras and its two sensors stand at one place. The modality names the sensor.

    Args:
        data_root: Folder of the data set.
        split: ``'train'`` or ``'test'``.
        split_number: Which of the ten random splits, 1 to 10.
        kwargs: See :class:`BaseReIDDataset`.

    Raises:
        FileNotFoundError: The folder, a list or a listed image is missing, or the split holds no image.
        ValueError: ``split_number`` is not from 1 to 10, or a list has a wrong form (see :func:`read_labeled_lists`).

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.datasets import RegDB
        >>> for name in ('idx/test_visible_1.txt', 'idx/test_thermal_1.txt', 'Thermal/31/a.bmp'):
        ...     Path('RegDB', name).parent.mkdir(parents=True, exist_ok=True)
        ...     Path('RegDB', name).touch()
        >>> _ = Path('RegDB/idx/test_thermal_1.txt').write_text('Thermal/31/a.bmp 0')
        >>> info = RegDB('RegDB', split='test', split_number=1).get_data_info(0)
        >>> [info[key] for key in ('img_path', 'pid', 'gt_label', 'cam_id', 'modality')]
        ['RegDB/Thermal/31/a.bmp', 31, 0, 0, 1]
    """

    DATASET_NAME = 'RegDB'
    SPLITS = ('train', 'test')
    PUBLISHED_COUNTS = {'train': (206, 2060, 2060), 'test': (206, 2060, 2060)}
    SYNTHETIC_DATA_MARKER = 'idx/synthetic.json'
    HOW_TO_GET_THE_DATA = """
Expected:
    {root}/
        Visible/  Thermal/     <identity, 1 to 412>/<image>.bmp
        idx/                   train_visible_1.txt ... train_visible_10.txt, and as many of train_thermal,
                               test_visible and test_thermal (lines: Visible/12/<image>.bmp <label>)
The authors license RegDB (D. T. Nguyen, K. R. Park et al., Dongguk University). Their name for it is Dongguk Body-based
Person Recognition Database (DBPerson-Recog-DB1). Send them the form at http://dm.dongguk.edu/link.html. Ye et al. drew
the ten splits; https://github.com/mangye16/Cross-Modal-Re-ID-baseline tells how to get a copy with their lists.
Without RegDB, make synthetic data in the same layout:
    python tools/dataset_converters/make_synthetic.py --layout regdb --preset small --out {root}"""

    def __init__(self, data_root: str, split: str, split_number: int = 1, **kwargs) -> None:
        if type(split_number) is not int or split_number not in range(1, NUM_SPLITS + 1):
            raise ValueError(f'RegDB has {NUM_SPLITS} splits: split_number={split_number!r} must be 1 to {NUM_SPLITS}.')
        self.split_number = split_number
        super().__init__(data_root, split, **kwargs)

    def scan_tree(self, root: Path) -> list[dict]:
        """Find the images of the split in its two lists."""
        files = {
            modality: self.require_file(f'idx/{self.split}_{sensor}_{self.split_number}.txt')
            for modality, sensor in SENSORS.items()
        }
        return [image.record() for image in read_labeled_lists(root, files)]

    def load_data_list(self) -> list[dict]:
        """Load the images and add ``split_number`` to ``metainfo``."""
        records = super().load_data_list()
        self._metainfo['split_number'] = self.split_number
        return records
