"""Glue between mmengine's evaluator and :func:`mmvireid.evaluation.evaluate`."""

from mmengine.logging import MMLogger

from mmvireid.registry import DISTANCES, METRICS, PROTOCOLS, RERANKINGS

from ..evaluate import evaluate
from ..result_file import save_result
from ..result_table import result_table
from ..summary import SCORES
from .image_records import ImageRecordsMetric


@METRICS.register_module()
class CrossModalityReIDMetric(ImageRecordsMetric):
    """CMC, mAP and mINP of all settings and trials of a protocol, from one pass over queries and gallery candidates.

    Args:
        protocol: Config of a protocol, such as ``dict(type='SYSUMM01Protocol', data_root=...)``.
        distance: Config of a distance.
        reranking: Config of a re-ranking, such as ``dict(type='KReciprocalReranking')``; its scores come beside the raw
            ones.
        breakdown: Whether the result has scores by camera, the hardest identities and the distances' histogram.
        out_file: JSON file that the whole result is written to (see :func:`mmvireid.evaluation.evaluate`).
        kwargs: See :class:`ImageRecordsMetric`. The scores' names are ``<setting>/<score>``.
    """

    def __init__(
        self,
        protocol: dict,
        distance: dict | None = None,
        reranking: dict | None = None,
        breakdown: bool = True,
        out_file: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.protocol = PROTOCOLS.build(protocol)
        self.distance = DISTANCES.build(distance or dict(type='CosineDistance'))
        self.reranking = RERANKINGS.build(reranking) if reranking else None
        self.breakdown = breakdown
        self.out_file = out_file
        self.descriptors = self.distance.descriptors

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Score the collected images; the result does not depend on their order.

        Returns:
            ``<setting>/<score>`` and ``<setting>/<score>_std``, percent; re-ranked ones with ``/reranked`` after the
            setting.

        Raises:
            ValueError: If the images' features differ in name or flip, and whatever :func:`evaluate` refuses.
        """
        images, descriptors, record = self.gather(results)
        result = evaluate(
            images,
            descriptors,
            self.protocol,
            self.distance,
            reranking=self.reranking,
            breakdown=self.breakdown,
            **record,
        )
        MMLogger.get_current_instance().info('\n' + result_table({'result': result}))
        if self.out_file is not None:
            save_result(self.out_file, result)
        metrics = {}
        for setting, scores in result['settings'].items():
            named = {setting: scores, f'{setting}/reranked': scores.get('reranked')}
            for name, of_name in named.items():
                for score in SCORES if of_name else ():
                    metrics[f'{name}/{score}'] = of_name[score]
                    metrics[f'{name}/{score}_std'] = of_name[f'{score}_std']
        return metrics
