"""The test protocol of LLCM."""

from collections.abc import Sequence

import numpy as np

from mmvireid.registry import PROTOCOLS
from mmvireid.structures import ImageSet

from .base import INFRARED, VISIBLE, Setting, SettingProtocol, true_or_false
from .rules import same_identity_same_camera

CAMERAS = tuple(range(1, 10))
SETTINGS = {
    'nir-to-vis': Setting(query=INFRARED, gallery=VISIBLE, shots=1),
    'vis-to-nir': Setting(query=VISIBLE, gallery=INFRARED, shots=1),
}


@PROTOCOLS.register_module()
class LLCMProtocol(SettingProtocol):
    """All images of one modality against one of each identity and camera of the other (Zhang & Wang, CVPR 2023).

    A setting is named by its query. The gallery of trial t holds what Python's ``random.seed(t)`` and ``choice`` draw
    from the sorted images, over identities ascending and, for each, over cameras ascending. Each of the nine cameras
    takes both modalities: a query skips the images of its own identity from its own camera number. CMC counts
    identities, AP and INP count images.

    Args:
        settings: ``'nir-to-vis'``, ``'vis-to-nir'`` or both.
        num_trials: Galleries drawn for each setting.
        exclude_same_camera: Whether a query skips the images of its own identity from its own camera number.
        cmc_unit: What a CMC rank counts, ``'identity'`` (the protocol) or ``'image'``.

    Raises:
        ValueError: An unknown option.
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
        exclusion = (
            same_identity_same_camera if true_or_false(self.name, 'exclude_same_camera', exclude_same_camera) else None
        )
        super().__init__(SETTINGS, settings, num_trials, exclusion, cmc_unit)
        self.options = dict(num_trials=num_trials, exclude_same_camera=exclude_same_camera, cmc_unit=cmc_unit)

    def check_images(self, images: ImageSet) -> None:
        unknown = ~np.isin(images.cam_ids, CAMERAS)
        if unknown.any():
            first = unknown.argmax()
            raise ValueError(f"'{images.paths[first]}': camera {images.cam_ids[first]}; LLCM has cameras 1 to 9.")
