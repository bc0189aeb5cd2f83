"""Features of a test set, written instead of scored."""

from mmvireid.registry import METRICS, RERANKINGS

from ..distances import CosineDistance
from ..distances.build import build_distances
from ..features_file import FeatureSet, save_features
from .image_records import ImageRecordsMetric


@METRICS.register_module()
class FeatureWriter(ImageRecordsMetric):
    """Writes the features of all images to an ``.npz`` file (see :func:`mmvireid.evaluation.save_features`).

    Args:
        out_file: File to write.
        distance: Config of a distance, or of several by label: what they compare is written beside the feature.
        reranking: Config of a re-ranking, likewise.
        kwargs: See :class:`ImageRecordsMetric`.
    """

    def __init__(self, out_file: str, distance: dict | None = None, reranking: dict | None = None, **kwargs) -> None:
        comparisons = [CosineDistance(), *build_distances(distance).values()]  # the first one for the feature
        if reranking:
            comparisons.append(RERANKINGS.build(reranking))
        super().__init__(comparisons, **kwargs)
        self.out_file = out_file

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        images, descriptors, record = self.gather(results)
        save_features(self.out_file, FeatureSet(images, descriptors.pop('feature'), record, descriptors))
        return {'num_images': len(images)}
