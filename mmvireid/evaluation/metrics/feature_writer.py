"""Features of a test set, written instead of scored."""

from mmvireid.registry import METRICS

from ..features_file import FeatureSet, save_features
from .image_records import ImageRecordsMetric


@METRICS.register_module()
class FeatureWriter(ImageRecordsMetric):
    """Writes the features of all images to an ``.npz`` file (see :func:`mmvireid.evaluation.save_features`).

    Args:
        out_file: File to write.
        kwargs: See :class:`ImageRecordsMetric`.
    """

    def __init__(self, out_file: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.out_file = out_file

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        images, descriptors, record = self.gather(results)
        save_features(self.out_file, FeatureSet(images, descriptors['feature'], record))
        return {'num_images': len(images)}
