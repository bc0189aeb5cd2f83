"""Test LLCM."""

from collections.abc import Sequence

import numpy as np

from mmvireid.registry import PROTOCOLS
from mmvireid.structures import ImageSet

from .base import INFRARED, VISIBLE, BaseProtocol, Setting, true_or_false
from .rules import same_identity_same_camera

CAMERAS = tuple(range(1, 10))
SETTINGS = {
    'nir-to-vis': Setting(query=INFRARED, gallery=VISIBLE, shots=1),
    'vis-to-nir': Setting(query=VISIBLE, gallery=INFRARED, shots=1),
}


@PROTOCOLS.register_module()
class LLCMProtocol(BaseProtocol):
    """Compare all images of one modality with a drawn gallery of the other (Zhang and Wang, CVPR 2023).

    A setting is named by its query modality. The gallery of trial t holds one image per identity and camera. It is
    drawn with Python's ``random.seed(t)`` and ``random.choice`` from the sorted images. Identities come in ascending
    order, then cameras in ascending order. Each of the nine cameras takes both modalities: a query skips images of its
    own identity from its own camera number. AP and INP count images.

    Args:
        settings: ``'nir-to-vis'``, ``'vis-to-nir'`` or both.
        num_trials: Number of galleries to draw for each setting.
        exclude_same_camera: Whether a query skips images of its own identity from its own camera number.
        cmc_unit: What a CMC rank counts, ``'identity'`` (the protocol) or ``'image'``.

    Raises:
        ValueError: An option is not valid.

    Example:
        >>> from mmvireid.evaluation import ImageSet, LLCMProtocol
        >>> images = ImageSet(pids=[1, 1, 2], cam_ids=[1, 2, 2], modalities=[1, 0, 0], paths=['a', 'b', 'c'])
        >>> trials = LLCMProtocol(settings=['nir-to-vis']).trials(images)
        >>> len(trials), trials[0].gallery_indices.tolist()
        (10, [1, 2])
    """

    name = 'LLCM'
    galleries = 'seeded'

    def __init__(
        self,
        settings: Sequence[str] = tuple(SETTINGS),
        num_trials: int = 10,
        exclude_same_camera: bool = True,
        cmc_unit: str = 'identity',
    ) -> None:
        excludes = true_or_false(self.name, 'exclude_same_camera', exclude_same_camera)
        super().__init__(
            SETTINGS,
            settings,
            num_trials,
            same_identity_same_camera if excludes else None,
            cmc_unit,
            options=dict(num_trials=num_trials, exclude_same_camera=exclude_same_camera),
        )

    def check_images(self, images: ImageSet) -> None:
        unknown = ~np.isin(images.cam_ids, CAMERAS)
        if unknown.any():
            first = unknown.argmax()
            raise ValueError(
                f"'{images.paths[first]}' has camera {images.cam_ids[first]}, but LLCM has cameras 1 to 9."
            )
