"""Score the test images in mmengine's evaluator."""

from collections.abc import Iterator, Mapping

from mmengine.logging import MMLogger

from mmvireid.registry import METRICS, PROTOCOLS, RERANKINGS
from mmvireid.utils.atomic_file import check_writable

from ..distances.build import build_distances
from ..evaluate import evaluate
from ..results.file import result_files, save_results
from ..results.summary import SCORES
from ..results.table import result_table
from .image_records import ImageRecordsMetric


@METRICS.register_module()
class CrossModalityReIDMetric(ImageRecordsMetric):
    """Compute CMC, mAP and mINP of all settings and trials of a protocol, from one pass over the test images.

    A score is named ``<setting>/<score>``, or ``<label>/<setting>/<score>`` if there are several distances.

    Args:
        protocol: Config of a protocol, such as ``dict(type='SYSUMM01Protocol', data_root=...)``.
        distance: Config of a distance, or configs of several by label. All of them score the same images. Example:
            ``dict(simplified=dict(type='CosineDistance'), full=dict(type='ContrastiveCorrelationDistance'))``.
        reranking: Config of a re-ranking, such as ``dict(type='KReciprocalReranking')``. Its scores appear
            next to the raw scores of each distance.
        breakdown: Whether the result has scores by camera, the hardest identities and the histogram of distances.
        out_file: JSON file for the whole result (see :func:`mmvireid.evaluation.evaluate`). Several distances write
            ``x_<label>.json`` each instead of ``x.json``. The metric checks at once that it can write there.
        device: Device on which distances are computed.
        kwargs: Options of :class:`ImageRecordsMetric`.

    Example:
        >>> distances = dict(near=dict(type='CosineDistance'), far=dict(type='EuclideanDistance'))
        >>> config = dict(type='CrossModalityReIDMetric', protocol=dict(type='RegDBProtocol'), distance=distances)
        >>> metric = METRICS.build(config)
        >>> metric.protocol.settings, list(metric.distances)
        (('visible-to-thermal', 'thermal-to-visible'), ['near', 'far'])
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
        if out_file is not None:
            for file in result_files(out_file, list(self.distances)):
                check_writable(file)  # now, not after an extraction of hours
        self.device = device

    def score_names(self) -> list[str]:
        """List the names of all scores that the metric returns."""
        groups = [name for each in self.protocol.settings for name in (each, f'{each}/reranked')]
        if self.reranking is None:
            groups = list(self.protocol.settings)
        scores = [f'{group}/{score}{end}' for group in groups for score in SCORES for end in ('', '_std')]
        names = [f'{label}/{score}' if label else score for label in self.distances for score in scores]
        return [f'{self.prefix}/{name}' if self.prefix else name for name in names]

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Score the collected images. Their order does not change the result.

        Args:
            results: The records. Their descriptors are moved out of them.

        Returns:
            ``<setting>/<score>`` and ``<setting>/<score>_std`` in percent. A re-ranked score has ``/reranked`` after
            the setting.

        Raises:
            ValueError: Images differ in the feature's name, ``flip`` or ``normalized``, or :func:`evaluate`
                refuses the images.
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
        groups = {setting: scores}
        if 'reranked' in scores:
            groups[f'{setting}/reranked'] = scores['reranked']
        for name, group in groups.items():
            for score in SCORES:
                yield f'{name}/{score}', group[score]
                yield f'{name}/{score}_std', group[f'{score}_std']
