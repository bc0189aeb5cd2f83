"""What the pipeline knows of one image, and what the estimator adds to it."""

from mmengine.structures import BaseDataElement


class ReIDDataSample(BaseDataElement):
    """One image's annotation and, after ``predict``, its features.

    Data fields:
        gt_label (int): class index within the data set's split.
        feature (float32 tensor, shape (D,)): the test feature. A distance may ask the estimator for more fields.

    Meta fields set by the pipeline: ``pid``, ``cam_id``, ``modality`` (see :class:`Modality`), ``img_path``,
    ``ori_shape`` and ``img_shape``; ``tuple_id`` and ``role`` where a sampler draws tuples (see :class:`ReIDTargets`).
    Set by the estimator: ``feature_name`` and ``flip``, so that every number reported later can say which feature it
    was made from.
    """
