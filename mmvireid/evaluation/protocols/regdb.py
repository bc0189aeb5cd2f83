"""The test protocol of RegDB."""

from collections.abc import Sequence

from mmvireid.registry import PROTOCOLS

from .base import INFRARED, VISIBLE, Setting, SettingProtocol

SETTINGS = {
    'visible-to-thermal': Setting(query=VISIBLE, gallery=INFRARED),
    'thermal-to-visible': Setting(query=INFRARED, gallery=VISIBLE),
}


@PROTOCOLS.register_module()
class RegDBProtocol(SettingProtocol):
    """All images of one modality against all of the other (Nguyen et al., Sensors 2017; Ye et al., AAAI 2018).

    A setting is named by its query. Images are told apart by their modality; RegDB has no camera numbers, and any that
    are given are not looked at. Nothing is excluded and nothing is drawn, so a setting has one trial; the published
    mean is taken over ten splits of the identities, with a model of its own each. CMC counts images.

    Args:
        settings: ``'visible-to-thermal'``, ``'thermal-to-visible'`` or both.
        cmc_unit: What a CMC rank counts, ``'identity'`` or ``'image'`` (the protocol).

    Raises:
        ValueError: An unknown option.
    """

    name = 'RegDB'
    galleries = 'all'

    def __init__(self, settings: Sequence[str] = tuple(SETTINGS), cmc_unit: str = 'image') -> None:
        super().__init__(SETTINGS, settings, cmc_unit=cmc_unit)
        self.options = dict(cmc_unit=cmc_unit)
