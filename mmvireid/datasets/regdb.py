"""RegDB: a visible and a thermal camera side by side, ten random halves."""

from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

from .image_lists import read_labeled_lists
from .published_dataset import PublishedReIDDataset

NUM_SPLITS = 10
SENSORS = {Modality.VISIBLE: 'visible', Modality.INFRARED: 'thermal'}


@DATASETS.register_module()
class RegDB(PublishedReIDDataset):
    """RegDB (Nguyen et al., Person Recognition System Based on a Combination of Body Images from Visible Light and
    Thermal Cameras, Sensors 17(3):605, 2017), or a tree in its layout.

    Layout: ``{Visible,Thermal}/<identity>/<image>.bmp`` and ``idx/{train,test}_{visible,thermal}_{1..10}.txt``, whose
    lines are ``Visible/<identity>/<image>.bmp <label>``. Published counts: 412 identities of 10 visible and 10 thermal
    images, 8,240 in all; in each of ten random halvings (those of Ye et al., Hierarchical Discriminative Learning for
    Visible Thermal Person Re-Identification, AAAI 2018) 206 identities and 2,060 + 2,060 images for training, and as
    many for testing. A tree that is not synthetic data is compared with them when it is loaded.

    One model is trained on each split and tested on the same split's other half; ``metainfo`` therefore also holds
    ``split_number``. The test half holds both modalities: the protocol decides which are the queries. An identity is
    known by its folder, because the lists number both halves from 0. RegDB names no cameras and its two sensors stand
    at one place, so every image has ``cam_id`` 0; what an image was taken with is its modality.

    Args:
        data_root: Folder of the data set.
        split: ``'train'`` or ``'test'``.
        split_number: Which of the ten random halvings, 1 to 10.
        kwargs: See :class:`BaseReIDDataset`.

    Raises:
        FileNotFoundError: The folder, a list, every image or a listed image is missing.
        ValueError: ``split_number`` is not one of the ten, or a list is not as :func:`read_labeled_lists` wants it.
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
RegDB is licensed by its authors (D. T. Nguyen, K. R. Park et al., Dongguk University), who call it Dongguk Body-based
Person Recognition Database (DBPerson-Recog-DB1): send them the form that is at http://dm.dongguk.edu/link.html. The
ten splits are those of Ye et al.; https://github.com/mangye16/Cross-Modal-Re-ID-baseline says whom to ask for a copy
that has their lists.
Without it, make synthetic data in the same layout:
    python tools/dataset_converters/make_synthetic.py --layout regdb --preset small --out {root}"""

    def __init__(self, data_root: str, split: str, split_number: int = 1, **kwargs) -> None:
        if type(split_number) is not int or split_number not in range(1, NUM_SPLITS + 1):
            raise ValueError(f'RegDB has {NUM_SPLITS} splits: split_number={split_number!r} must be 1 to {NUM_SPLITS}.')
        self.split_number = split_number
        super().__init__(data_root, split, **kwargs)

    def scan_tree(self, root: Path) -> list[dict]:
        files = {
            modality: self.require_file(f'idx/{self.split}_{sensor}_{self.split_number}.txt')
            for modality, sensor in SENSORS.items()
        }
        return [image.record() for image in read_labeled_lists(root, files)]

    def load_data_list(self) -> list[dict]:
        records = super().load_data_list()
        self._metainfo['split_number'] = self.split_number
        return records
