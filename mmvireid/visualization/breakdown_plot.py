"""One picture of four panels that explains the scores of one setting."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmvireid.evaluation.results.table import feature_condition

from .cmc_plot import COLORS
from .picture_file import plain, save_figure

POSITIVE, NEGATIVE = COLORS[2], COLORS[1]


def plot_breakdown(result: Mapping, setting: str, out_file: str | Path) -> None:
    """Plot CMC, distances of positive and negative pairs, mAP by pair of cameras, and the hardest identities.

    Args:
        result: A result of :func:`mmvireid.evaluation.evaluate` with its breakdown.
        setting: Name of a setting, for example ``'all-search/single-shot'``.
        out_file: Picture to write. The suffix (png, pdf, svg) chooses the format.

    Raises:
        ValueError: The result lacks the setting, or the setting lacks its breakdown.

    Example:
        >>> from pathlib import Path
        >>> import torch
        >>> from mmvireid.evaluation import EuclideanDistance, RegDBProtocol, evaluate
        >>> from mmvireid.structures import ImageSet
        >>> from mmvireid.visualization import plot_breakdown
        >>> images = ImageSet(pids=[1, 2, 1, 2], cam_ids=[0] * 4, modalities=[0, 0, 1, 1], paths=['a', 'b', 'c', 'd'])
        >>> features = torch.tensor([[0.0], [1.0], [0.2], [0.9]])
        >>> result = evaluate(images, {'feature': features}, RegDBProtocol(), EuclideanDistance())
        >>> plot_breakdown(result, 'visible-to-thermal', 'breakdown.png')
        >>> Path('breakdown.png').is_file()
        True
    """
    if setting not in result['settings']:
        raise ValueError(f"The result has no setting '{setting}'. It has {list(result['settings'])}.")
    scores = result['settings'][setting]
    if 'breakdown' not in scores:
        raise ValueError(
            f"The result has no breakdown of '{setting}'. Score with breakdown=True. An average over splits has none."
        )
    figure = Figure(figsize=(11, 8), dpi=120, layout='constrained')
    FigureCanvasAgg(figure)
    figure.suptitle(
        plain(
            f'{result["protocol"]}, {result["galleries"]} galleries, {setting}: R1 {scores["R1"]:.2f}, '
            f'mAP {scores["mAP"]:.2f}, mINP {scores["mINP"]:.2f} ({result["distance"]}, {feature_condition(result)})'
        ),
        fontsize='medium',
    )
    panels = figure.subplots(2, 2)
    _plot_cmc(panels[0, 0], scores)
    _plot_distances(panels[0, 1], scores['breakdown']['distances'])
    _plot_camera_pairs(panels[1, 0], scores['breakdown'])
    _plot_identities(panels[1, 1], scores['breakdown']['hardest_identities'])
    save_figure(figure, out_file)


def _plot_cmc(axes: Axes, scores: Mapping) -> None:
    for number, (label, drawn) in enumerate((('raw', scores), ('re-ranked', scores.get('reranked')))):
        if drawn is not None:
            curve = drawn['cmc']
            axes.plot(range(1, len(curve) + 1), curve, color=COLORS[number], label=label, linewidth=1.8)
    axes.set(title='CMC', xlabel='rank', ylabel='queries matched up to this rank (%)', ylim=(0, 100))
    axes.set_xlim(1, len(scores['cmc']))
    axes.grid(color='0.9')
    if 'reranked' in scores:
        axes.legend(frameon=False)


def _plot_distances(axes: Axes, distances: Mapping) -> None:
    edges = np.array(distances['edges'])
    widths = np.diff(edges)
    for kind, color in (('positive', POSITIVE), ('negative', NEGATIVE)):
        counts = np.array(distances[f'{kind}s'])
        if counts.sum():
            label = f'{kind}: {distances[f"{kind}_mean"]:.3f} ± {distances[f"{kind}_std"]:.3f} ({counts.sum():,} pairs)'
            axes.bar(
                edges[:-1],
                counts / (counts.sum() * widths),
                widths,
                align='edge',
                color=color,
                alpha=0.55,
                label=label,
            )
    axes.set(title='Distances of positive and negative pairs', xlabel='distance', ylabel='density')
    axes.set_ylim(top=1.25 * axes.get_ylim()[1])  # room for the legend
    axes.legend(frameon=False, fontsize='small', loc='upper left')


def _plot_camera_pairs(axes: Axes, breakdown: Mapping) -> None:
    """Show the mAP of each query camera over each gallery camera alone, and over the whole gallery."""
    rows = [row['query_camera'] for row in breakdown['query_cameras']]
    columns = sorted({pair['gallery_camera'] for pair in breakdown['camera_pairs']})
    values = np.full((len(rows), len(columns) + 1), np.nan)
    for pair in breakdown['camera_pairs']:
        values[rows.index(pair['query_camera']), columns.index(pair['gallery_camera'])] = pair['mAP']
    values[:, -1] = [row['mAP'] for row in breakdown['query_cameras']]
    axes.imshow(values, cmap='Blues', vmin=0, vmax=100, aspect='auto')
    for (row, column), value in np.ndenumerate(values):
        text = '-' if np.isnan(value) else f'{value:.1f}'
        axes.text(column, row, text, ha='center', va='center', color='white' if value > 60 else 'black')
    axes.set_xticks(range(len(columns) + 1), [*(f'camera {camera}' for camera in columns), 'whole'])
    axes.set_yticks(range(len(rows)), [f'camera {camera}' for camera in rows])
    axes.set(title='mAP (%) by camera', xlabel='gallery', ylabel='query')


def _plot_identities(axes: Axes, identities: list[Mapping]) -> None:
    places = np.arange(len(identities))
    axes.barh(places, [identity['mAP'] for identity in identities], color=COLORS[0])
    axes.set_yticks(places, [str(identity['pid']) for identity in identities], fontsize='small')
    axes.invert_yaxis()
    axes.set(title='Hardest identities', xlabel='mAP (%)', ylabel='identity')
    axes.spines[['top', 'right']].set_visible(False)
