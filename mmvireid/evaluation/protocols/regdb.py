"""Test RegDB."""

from collections.abc import Sequence

from mmvireid.registry import PROTOCOLS

from .base import INFRARED, VISIBLE, BaseProtocol, Setting

SETTINGS = {
    'visible-to-thermal': Setting(query=VISIBLE, gallery=INFRARED),
    'thermal-to-visible': Setting(query=INFRARED, gallery=VISIBLE),
}


@PROTOCOLS.register_module()
class RegDBProtocol(BaseProtocol):
    """Compare all images of one modality with all of the other (Nguyen et al., Sensors 2017; Ye et al., AAAI 2018).

    A setting is named by its query modality. RegDB has no camera numbers: the protocol ignores ``cam_ids``. It excludes
    nothing and draws nothing, so that a setting has one trial. Published results are the mean over ten splits of the
    identities, with one model per split.

    Args:
        settings: ``'visible-to-thermal'``, ``'thermal-to-visible'`` or both.
        cmc_unit: What a CMC rank counts, ``'identity'`` or ``'image'`` (the protocol).

    Raises:
        ValueError: An option is not valid.

    Example:
        >>> from mmvireid.evaluation import ImageSet, RegDBProtocol
        >>> images = ImageSet(pids=[1, 1, 2], cam_ids=[0, 0, 0], modalities=[0, 1, 1], paths=['a', 'b', 'c'])
        >>> [trial] = RegDBProtocol(settings=['visible-to-thermal']).trials(images)
        >>> trial.query_indices.tolist(), trial.gallery_indices.tolist()
        ([0], [1, 2])
    """

    name = 'RegDB'
    galleries = 'all'

    def __init__(self, settings: Sequence[str] = tuple(SETTINGS), cmc_unit: str = 'image') -> None:
        super().__init__(SETTINGS, settings, cmc_unit=cmc_unit)
