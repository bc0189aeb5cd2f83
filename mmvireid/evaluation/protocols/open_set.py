"""Test on SYSU-MM01's images with queries and gallery of both modalities."""

from collections.abc import Sequence

from mmvireid.registry import PROTOCOLS
from mmvireid.structures import ImageSet

from .base import BaseProtocol, ImageFilter, Setting, choose, true_or_false
from .sysu_mm01 import check_cameras, same_place

QUERY_CAMERAS = (1, 4, 3)
GALLERY_CAMERAS = (2, 5, 6)


@PROTOCOLS.register_module()
class OpenSetProtocol(BaseProtocol):
    """Compare queries and gallery of both modalities (Zhang et al., Attend to the Difference, IEEE TIP 2021, appendix).

    Queries are all images of the visible cameras 1 and 4 and of the infrared camera 3. The gallery holds all images of
    the visible cameras 2 and 5 and of the infrared camera 6. A query has matches in its own modality, in the other, or
    in both. The protocol draws nothing, so that there is one trial.

    Args:
        query_cams: Cameras whose images are queries. Choose from 1, 4 and 3.
        exclude_same_place: Whether camera-3 queries skip camera-2 images, as in :class:`SYSUMM01Protocol`.
        cmc_unit: What a CMC rank counts, ``'identity'`` or ``'image'`` (the protocol).

    Raises:
        ValueError: An option is not valid.

    Example:
        >>> from mmvireid.evaluation import ImageSet, OpenSetProtocol
        >>> images = ImageSet(pids=[1, 1, 1], cam_ids=[1, 3, 6], modalities=[0, 1, 1], paths=['a', 'b', 'c'])
        >>> [trial] = OpenSetProtocol().trials(images)
        >>> trial.query_indices.tolist(), trial.gallery_indices.tolist()
        ([0, 1], [2])
    """

    name = 'open-set'
    galleries = 'all'

    def __init__(
        self,
        query_cams: Sequence[int] = QUERY_CAMERAS,
        exclude_same_place: bool = False,
        cmc_unit: str = 'image',
    ) -> None:
        query_cams = choose(self.name, 'query_cams', query_cams, QUERY_CAMERAS)
        excludes = true_or_false(self.name, 'exclude_same_place', exclude_same_place)
        super().__init__(
            {'open-set': Setting(ImageFilter(cam_ids=query_cams), ImageFilter(cam_ids=GALLERY_CAMERAS))},
            exclusion=same_place if excludes else None,
            cmc_unit=cmc_unit,
            options=dict(query_cams=list(query_cams), exclude_same_place=exclude_same_place),
        )

    def check_images(self, images: ImageSet) -> None:
        check_cameras(images)
