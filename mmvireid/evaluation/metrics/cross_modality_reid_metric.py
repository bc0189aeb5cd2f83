"""Glue between mmengine's evaluator and :func:`mmvireid.evaluation.evaluate`."""

from collections.abc import Iterator, Mapping

from mmengine.logging import MMLogger

from mmvireid.registry import METRICS, PROTOCOLS, RERANKINGS

from ..distances.build import build_distances
from ..evaluate import evaluate
from ..results.file import save_results
from ..results.summary import SCORES
from ..results.table import result_table
from .image_records import ImageRecordsMetric


@METRICS.register_module()
class CrossModalityReIDMetric(ImageRecordsMetric):
    """CMC, mAP and mINP of all settings and trials of a protocol, from one pass over queries and gallery candidates.

    Args:
        protocol: Config of a protocol, such as ``dict(type='SYSUMM01Protocol', data_root=...)``.
        distance: Config of a distance, or configs of several by label, which score the same images:
            ``dict(simplified=dict(type='CosineDistance'), full=dict(type='ContrastiveCorrelationDistance'))``.
        reranking: Config of a re-ranking, such as ``dict(type='KReciprocalReranking')``; its scores come beside the raw
            ones of each distance.
        breakdown: Whether the result has scores by camera, the hardest identities and the distances' histogram.
        out_file: JSON file that the whole result is written to (see :func:`mmvireid.evaluation.evaluate`): ``x.json``,
            of several distances ``x_<label>.json`` each.
        device: Where distances are computed.
        kwargs: See :class:`ImageRecordsMetric`. The scores' names are ``<setting>/<score>``, of several distances
            ``<label>/<setting>/<score>``.
    """

    def __init__(
        self,
        protocol: dict,
        distance: dict | None = None,
        reranking: dict | None = None,
        breakdown: bool = True,
        out_file: str | None = None,
        device: str = 'cpu',
        **kwargs,
    ) -> None:
        self.distances = build_distances(distance)
        self.reranking = RERANKINGS.build(reranking) if reranking else None
        super().__init__([*self.distances.values(), *([self.reranking] if reranking else [])], **kwargs)
        self.protocol = PROTOCOLS.build(protocol)
        self.breakdown = breakdown
        self.out_file = out_file
        self.device = device

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Score the collected images; the result does not depend on their order.

        Args:
            results: The records, which give up their descriptors.

        Returns:
            ``<setting>/<score>`` and ``<setting>/<score>_std``, percent; re-ranked ones with ``/reranked`` after the
            setting; the label of one of several distances comes before it.

        Raises:
            ValueError: If the images' features differ in name or flip, and whatever :func:`evaluate` refuses.
        """
        images, descriptors, record = self.gather(results)
        by_label = {
            label: evaluate(
                images,
                descriptors,
                self.protocol,
                distance,
                reranking=self.reranking,
                breakdown=self.breakdown,
                device=self.device,
                **record,
            )
            for label, distance in self.distances.items()
        }
        MMLogger.get_current_instance().info('\n' + result_table(by_label))
        if self.out_file is not None:
            save_results(self.out_file, by_label)
        return {
            f'{label}/{name}' if label else name: score
            for label, result in by_label.items()
            for name, score in _named_scores(result)
        }


def _named_scores(result: Mapping) -> Iterator[tuple[str, float]]:
    for setting, scores in result['settings'].items():
        named = {setting: scores, f'{setting}/reranked': scores.get('reranked')}
        for name, of_name in named.items():
            for score in SCORES if of_name else ():
                yield f'{name}/{score}', of_name[score]
                yield f'{name}/{score}_std', of_name[f'{score}_std']
