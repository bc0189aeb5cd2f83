"""The open-set protocol on SYSU-MM01's test images."""

from collections.abc import Sequence

from mmvireid.registry import PROTOCOLS

from ..image_set import ImageSet
from .options import choose, true_or_false
from .setting import ImageFilter, Setting
from .setting_protocol import SettingProtocol
from .sysu_cameras import check_cameras, same_place

QUERY_CAMERAS = (1, 4, 3)
GALLERY_CAMERAS = (2, 5, 6)


@PROTOCOLS.register_module()
class OpenSetProtocol(SettingProtocol):
    """Queries and gallery of both modalities (Zhang et al., Attend to the Difference, IEEE TIP 2021, appendix).

    A query's matches may be of its own modality, of the other, or of both. Queries are all images of the visible
    cameras 1 and 4 and the infrared camera 3, the gallery all of the visible cameras 2 and 5 and the infrared camera 6.
    Nothing is drawn, so there is one trial. CMC counts images.

    Args:
        probe_cams: Cameras, of 1, 4 and 3, whose images are queries.
        exclude_same_place: Whether camera-3 queries skip camera-2 images, as in :class:`SYSUMM01Protocol`.
        collapse_identities: Whether CMC counts identities or images.

    Raises:
        ValueError: An unknown option.
    """

    name = 'open-set'
    galleries = 'all'

    def __init__(
        self,
        probe_cams: Sequence[int] = QUERY_CAMERAS,
        exclude_same_place: bool = False,
        collapse_identities: bool = False,
    ) -> None:
        self.probe_cams = choose(self.name, 'probe_cams', probe_cams, QUERY_CAMERAS)
        table = {'open-set': Setting(ImageFilter(cam_ids=self.probe_cams), ImageFilter(cam_ids=GALLERY_CAMERAS))}
        super().__init__(
            table,
            tuple(table),
            exclusion=same_place if true_or_false(self.name, 'exclude_same_place', exclude_same_place) else None,
            collapse_identities=collapse_identities,
        )
        self.options = dict(
            probe_cams=list(self.probe_cams),
            exclude_same_place=exclude_same_place,
            collapse_identities=collapse_identities,
        )

    def check_images(self, images: ImageSet) -> None:
        check_cameras(images)
