"""LLCM: nine low-light cameras, each visible and near-infrared."""

import re
from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

from .base_reid_dataset import list_images
from .image_lists import read_identities, read_labeled_lists
from .published_dataset import PublishedReIDDataset

NUM_CAMERAS = 9
UNKNOWN_CAMERA = 0
SPECTRA = {Modality.VISIBLE: 'vis', Modality.INFRARED: 'nir'}


@DATASETS.register_module()
class LLCM(PublishedReIDDataset):
    """LLCM (Zhang and Wang, Diverse Embedding Expansion Network and Low-Light Cross-Modality Benchmark for
    Visible-Infrared Person Re-identification, CVPR 2023).

    Layout, training: ``idx/train_{vis,nir}.txt``, whose lines are ``<path> <label>``, with paths such as
    ``nir/0351/0351_c06_s200656_f4830_nir.jpg``: the folder is the identity, ``c06`` the camera (0 where a name
    does not say it: training needs none). Test: ``idx/test_id.txt``, ``test_vis/cam{1..9}/<identity>/<image>.jpg`` and
    the same under ``test_nir`` (no camera 3).
    Published counts (identities; visible + near-infrared images): train 713, 16,946 + 13,975; test 351, 8,680 + 7,166.
    The paper's sum of the latter, 13,909, is a slip: only 15,846 agrees with its 46,767 images in all. A tree is
    compared with these counts when it is loaded.

    Args:
        data_root: Folder of the data set.
        split: ``'train'`` or ``'test'``.
        kwargs: See :class:`BaseReIDDataset`.

    Raises:
        FileNotFoundError: The folder, a list, every image or a listed image is missing.
        ValueError: A list is not as :func:`read_labeled_lists` or :func:`read_identities` wants it.
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
LLCM is licensed by its authors (Y. Zhang and H. Wang, Xiamen University): send them the signed release agreement that
is at https://github.com/ZYK100/LLCM, then unpack what they send."""

    def scan_tree(self, root: Path) -> list[dict]:
        return self._scan_train(root) if self.split == 'train' else self._scan_test(root)

    def _scan_train(self, root: Path) -> list[dict]:
        files = {modality: self.require_file(f'idx/train_{name}.txt') for modality, name in SPECTRA.items()}
        images = read_labeled_lists(root, files)
        cameras = [_camera_in_name(image.path.name) for image in images]
        if unknown := cameras.count(UNKNOWN_CAMERA):
            first = images[cameras.index(UNKNOWN_CAMERA)]
            self.warn(
                f'The names of {unknown} training images do not say the camera (as 0351_c06_s200656_f4830_nir.jpg says '
                f"6): it is set to {UNKNOWN_CAMERA}. First: '{first.path.name}', {first.where}."
            )
        return [image._replace(cam_id=camera).record() for image, camera in zip(images, cameras, strict=True)]

    def _scan_test(self, root: Path) -> list[dict]:
        pids = read_identities(self.require_file('idx/test_id.txt'))
        records = [
            dict(img_path=str(path), pid=pid, cam_id=cam_id, modality=modality)
            for pid in pids
            for modality, name in SPECTRA.items()
            for cam_id in range(1, NUM_CAMERAS + 1)
            for path in list_images(root / f'test_{name}' / f'cam{cam_id}' / f'{pid:04d}')
        ]
        self.warn_of_missing_identities(pids, records)
        return records


def _camera_in_name(name: str) -> int:
    match = re.search(r'_c(\d+)_', name)
    return int(match[1]) if match else UNKNOWN_CAMERA
