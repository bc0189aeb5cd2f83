"""The open-set protocol on SYSU-MM01's test images."""

from collections.abc import Sequence

from mmvireid.registry import PROTOCOLS
from mmvireid.structures import ImageSet

from .base import ImageFilter, Setting, SettingProtocol, choose, true_or_false
from .sysu_mm01 import check_cameras, same_place

QUERY_CAMERAS = (1, 4, 3)
GALLERY_CAMERAS = (2, 5, 6)


@PROTOCOLS.register_module()
class OpenSetProtocol(SettingProtocol):
    """Queries and gallery of both modalities (Zhang et al., Attend to the Difference, IEEE TIP 2021, appendix).

    A query's matches may be of its own modality, of the other, or of both. Queries are all images of the visible
    cameras 1 and 4 and the infrared camera 3, the gallery all of the visible cameras 2 and 5 and the infrared camera 6.
    Nothing is drawn, so there is one trial. CMC counts images.

    Args:
        query_cams: Cameras, of 1, 4 and 3, whose images are queries.
        exclude_same_place: Whether camera-3 queries skip camera-2 images, as in :class:`SYSUMM01Protocol`.
        cmc_unit: What a CMC rank counts, ``'identity'`` or ``'image'``.

    Raises:
        ValueError: An unknown option.
    """

    name = 'open-set'
    galleries = 'all'

    def __init__(
        self,
        query_cams: Sequence[int] = QUERY_CAMERAS,
        exclude_same_place: bool = False,
        cmc_unit: str = 'image',
    ) -> None:
        self.query_cams = choose(self.name, 'query_cams', query_cams, QUERY_CAMERAS)
        table = {'open-set': Setting(ImageFilter(cam_ids=self.query_cams), ImageFilter(cam_ids=GALLERY_CAMERAS))}
        super().__init__(
            table,
            tuple(table),
            exclusion=same_place if true_or_false(self.name, 'exclude_same_place', exclude_same_place) else None,
            cmc_unit=cmc_unit,
        )
        self.options = dict(
            query_cams=list(self.query_cams),
            exclude_same_place=exclude_same_place,
            cmc_unit=cmc_unit,
        )

    def check_images(self, images: ImageSet) -> None:
        check_cameras(images)
