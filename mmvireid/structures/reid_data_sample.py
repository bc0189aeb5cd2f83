"""The annotation of one image, and the features that the model adds to it."""

from mmengine.structures import BaseDataElement


class ReIDDataSample(BaseDataElement):
    """Hold the annotation of one image and, after ``predict``, its features.

    Data fields:
        gt_label (int): Class index within the data set's split.
        feature (float32 tensor, shape (D,)): The test feature. Heads with a ``describe`` method add more fields.

    Meta fields from the pipeline:
        pid, cam_id, modality (see :class:`Modality`), img_path, ori_shape, img_shape; with a sampler that draws tuples
        also tuple_id and role (see :class:`ReIDTargets`).

    Meta fields from the model:
        feature_name (str): Name of the test feature in the neck's output.
        flip (bool): Whether the feature is the sum over the image and its mirror image.
        normalized (bool): Whether the feature has unit length.

    Example:
        >>> sample = ReIDDataSample(gt_label=2, metainfo=dict(pid=6, cam_id=3, modality=1))
        >>> sample.gt_label, sample.pid, sample.modality
        (2, 6, 1)
    """
