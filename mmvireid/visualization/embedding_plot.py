"""Embeddings of two numbers as points in a plane."""

import math
from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmvireid.evaluation import FeatureSet
from mmvireid.structures import Modality

from .cmc_plot import COLOURS

# Area of a point, and how it is drawn: a star shows less of its area than a circle.
STYLES = {Modality.VISIBLE: dict(marker='o', s=22), Modality.INFRARED: dict(marker='*', s=54)}
PANELS_IN_A_ROW = 4
PANEL_SIZE, LINE_HEIGHT = 3.6, 0.25  # inches


def draw_embedding(feature_sets: Mapping[str, FeatureSet], out_file: str | Path) -> None:
    """Draw two-dimensional features as points, one panel a set (HPILN, Fig. 6).

    The color is the identity, the same in all panels; circles are visible images, stars infrared ones. Features are
    drawn as they are; within a panel both axes have one scale, so that distances are those that the features have.

    Args:
        feature_sets: Features (N, 2) and whose they are, by title.
        out_file: Picture to write; its suffix (png, pdf, svg) decides the format.

    Raises:
        ValueError: If there is no set, one is not of two numbers an image, or there are more identities than colors.
    """
    if not feature_sets:
        raise ValueError('No features to draw.')
    for title, feature_set in feature_sets.items():
        length = feature_set.features.shape[1]
        if length != 2:
            raise ValueError(
                f"The features '{title}' have {length} numbers an image, points in a plane have 2: extract them with a "
                'config whose model.neck is ProjectedEmbeddingNeck with out_channels=2.'
            )
    pids = sorted({pid for feature_set in feature_sets.values() for pid in feature_set.images.pids.tolist()})
    if len(pids) > len(COLOURS):
        raise ValueError(
            f'The features are of {len(pids)} identities, of which {len(COLOURS)} at most can be told apart by color: '
            'extract them with test_dataloader.dataset.limit_ids=5 or so.'
        )
    color_of = dict(zip(pids, COLOURS, strict=False))

    rows = math.ceil(len(feature_sets) / PANELS_IN_A_ROW)
    columns = math.ceil(len(feature_sets) / rows)
    legend = _legend(color_of)
    legend_columns = min(len(legend), 2 * columns + 1)
    height = PANEL_SIZE * rows + LINE_HEIGHT * math.ceil(len(legend) / legend_columns)
    figure = Figure(figsize=(PANEL_SIZE * columns, height), dpi=150, layout='constrained')
    FigureCanvasAgg(figure)
    for number, (title, feature_set) in enumerate(feature_sets.items(), start=1):
        axes = figure.add_subplot(rows, columns, number, title=title)
        _draw_points(axes, feature_set, color_of)
    figure.legend(
        handles=legend,
        loc='outside lower center',
        ncols=legend_columns,
        frameon=False,
        fontsize='small',
        handletextpad=0.2,
        columnspacing=1.2,
    )
    Path(out_file).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out_file)


def _draw_points(axes: Axes, feature_set: FeatureSet, color_of: Mapping[int, str]) -> None:
    points, images = feature_set.features.numpy(), feature_set.images
    for modality, style in STYLES.items():  # the fewer infrared ones on top
        chosen = images.modalities == modality
        axes.scatter(
            *points[chosen].T,
            c=[color_of[pid] for pid in images.pids[chosen].tolist()],
            edgecolors='black' if modality == Modality.INFRARED else 'white',
            linewidths=0.4,
            alpha=0.8,
            **style,
        )
    axes.set_aspect('equal', adjustable='datalim')
    axes.margins(0.08)
    axes.grid(color='0.92', linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize='small')


def _legend(color_of: Mapping[int, str]) -> list[Line2D]:
    entries = [(f'identity {pid}', 's', color) for pid, color in color_of.items()]
    entries += [(modality.name.lower(), style['marker'], '0.4') for modality, style in STYLES.items()]
    return [
        Line2D([], [], linestyle='none', marker=marker, markersize=7, color=color, label=label)
        for label, marker, color in entries
    ]
