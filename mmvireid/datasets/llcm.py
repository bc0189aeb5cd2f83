"""LLCM: nine low-light cameras, each visible and near-infrared."""

import re
from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

from .image_lists import read_identities, read_labeled_lists
from .published_dataset import PublishedReIDDataset

NUM_CAMERAS = 9
UNKNOWN_CAMERA = 0
SPECTRA = {Modality.VISIBLE: 'vis', Modality.INFRARED: 'nir'}


@DATASETS.register_module()
class LLCM(PublishedReIDDataset):
    """Read LLCM, with nine low-light cameras.

    Source: Zhang and Wang, Diverse Embedding Expansion Network and Low-Light Cross-Modality Benchmark for
    Visible-Infrared Person Re-identification, CVPR 2023.

    Training layout: ``idx/train_{vis,nir}.txt`` with lines ``<path> <label>``. A path is, for example,
    ``nir/0351/0351_c06_s200656_f4830_nir.jpg``: the folder is the identity, ``c06`` the camera. If a name lacks the
    camera, ``cam_id`` is 0, because training needs no camera.

    Test layout: ``idx/test_id.txt`` and ``test_{vis,nir}/cam{1..9}/<identity>/<image>.jpg``. ``test_nir`` has no
    camera 3.

    Published counts (identities; visible + near-infrared images): train 713, 16,946 + 13,975; test 351, 8,680 + 7,166.
    The paper gives 13,909 test images. This is an error: only 15,846 agrees with its total of 46,767. The data set
    warns if the counts of a tree differ from the published counts.

    Args:
        data_root: Folder of the data set.
        split: ``'train'`` or ``'test'``.
        kwargs: See :class:`BaseReIDDataset`.

    Raises:
        FileNotFoundError: The folder, a list or a listed image is missing, or the split holds no image.
        ValueError: A list has a wrong form (see :func:`read_labeled_lists` and :func:`read_identities`).

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.datasets import LLCM
        >>> for name in ('idx/test_id.txt', 'test_nir/cam1/0012/a.jpg'):
        ...     Path('LLCM', name).parent.mkdir(parents=True)
        ...     Path('LLCM', name).touch()
        >>> _ = Path('LLCM/idx/test_id.txt').write_text('12')
        >>> info = LLCM('LLCM', split='test').get_data_info(0)
        >>> [info[key] for key in ('img_path', 'pid', 'gt_label', 'cam_id', 'modality')]
        ['LLCM/test_nir/cam1/0012/a.jpg', 12, 0, 1, 1]
    """

    DATASET_NAME = 'LLCM'
    SPLITS = ('train', 'test')
    PUBLISHED_COUNTS = {'train': (713, 16946, 13975), 'test': (351, 8680, 7166)}
    HOW_TO_GET_THE_DATA = """
Expected:
    {root}/
        idx/                    train_vis.txt, train_nir.txt (lines: <path> <label>), test_id.txt (comma-separated)
        vis/  nir/              training images: <identity, 4 digits>/<identity>_c<camera, 2 digits>_<...>.jpg
        test_vis/  test_nir/    test images: cam1/ ... cam9/, <identity, 4 digits>/<image>.jpg
The authors license LLCM (Y. Zhang and H. Wang, Xiamen University). Sign the release agreement at
https://github.com/ZYK100/LLCM, send it to the authors, and unpack the data set there."""

    def scan_tree(self, root: Path) -> list[dict]:
        """Find the images of the split in the folder."""
        return self._scan_train(root) if self.split == 'train' else self._scan_test(root)

    def _scan_train(self, root: Path) -> list[dict]:
        files = {modality: self.require_file(f'idx/train_{name}.txt') for modality, name in SPECTRA.items()}
        images = read_labeled_lists(root, files)
        cameras = [_camera_in_name(image.path.name) for image in images]
        if unknown := cameras.count(UNKNOWN_CAMERA):
            first = images[cameras.index(UNKNOWN_CAMERA)]
            self.warn(
                f'The names of {unknown} training images lack the camera (0351_c06_s200656_f4830_nir.jpg has 6). '
                f"Their cam_id is {UNKNOWN_CAMERA}. First: '{first.path.name}', {first.where}."
            )
        return [image._replace(cam_id=camera).record() for image, camera in zip(images, cameras, strict=True)]

    def _scan_test(self, root: Path) -> list[dict]:
        pids = read_identities(self.require_file('idx/test_id.txt'))
        records = [
            dict(img_path=str(path), pid=pid, cam_id=cam_id, modality=modality)
            for pid in pids
            for modality, name in SPECTRA.items()
            for cam_id in range(1, NUM_CAMERAS + 1)
            for path in self.list_images(root / f'test_{name}' / f'cam{cam_id}' / f'{pid:04d}')
        ]
        self.warn_of_missing_identities(pids, records)
        return records


def _camera_in_name(name: str) -> int:
    match = re.search(r'_c(\d+)_', name)
    return int(match[1]) if match else UNKNOWN_CAMERA
