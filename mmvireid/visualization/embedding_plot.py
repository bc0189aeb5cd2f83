"""Draw two-dimensional embeddings as points in a plane."""

import math
from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmvireid.evaluation import FeatureSet
from mmvireid.structures import Modality

from .cmc_plot import COLORS
from .picture_file import plain, save_figure

# Mark and area of a point. A star gets a larger area, because it fills less of it than a circle.
STYLES = {Modality.VISIBLE: dict(marker='o', s=22), Modality.INFRARED: dict(marker='*', s=54)}
PANELS_IN_A_ROW = 4
PANEL_SIZE, LINE_HEIGHT = 3.6, 0.25  # inches


def draw_embedding(feature_sets: Mapping[str, FeatureSet], out_file: str | Path) -> None:
    """Draw two-dimensional features as points, one panel for each set (HPILN, Fig. 6).

    The color of a point is its identity, the same in all panels. A circle is a visible image, a star an infrared image.
    Both axes of a panel have the same scale, so that distances in the picture are proportional to Euclidean distances.

    Args:
        feature_sets: Features (N, 2) with their annotations, by title.
        out_file: Picture to write. The suffix (png, pdf, svg) chooses the format.

    Raises:
        ValueError: There is no set, a feature is not of length 2, or there are more identities than colors.

    Example:
        >>> from pathlib import Path
        >>> import torch
        >>> from mmvireid.evaluation import FeatureSet
        >>> from mmvireid.structures import ImageSet
        >>> from mmvireid.visualization import draw_embedding
        >>> images = ImageSet(pids=[1, 2], cam_ids=[1, 3], modalities=[0, 1], paths=['a.jpg', 'b.jpg'])
        >>> draw_embedding({'toy': FeatureSet(images, torch.eye(2))}, 'toy.png')
        >>> Path('toy.png').is_file()
        True
    """
    if not feature_sets:
        raise ValueError('No features to draw.')
    for title, feature_set in feature_sets.items():
        length = feature_set.features.shape[1]
        if length != 2:
            raise ValueError(
                f"The features '{title}' have length {length}, but points in a plane need length 2. Extract features "
                'with a config whose model.neck is ProjectedEmbeddingNeck with out_channels=2.'
            )
    pids = sorted({pid for feature_set in feature_sets.values() for pid in feature_set.images.pids.tolist()})
    if len(pids) > len(COLORS):
        raise ValueError(
            f'The features have {len(pids)} identities, but the picture has only {len(COLORS)} colors. Extract '
            'features of fewer identities, for example with test_dataloader.dataset.limit_ids=5.'
        )
    colors = dict(zip(pids, COLORS, strict=False))

    rows = math.ceil(len(feature_sets) / PANELS_IN_A_ROW)
    columns = math.ceil(len(feature_sets) / rows)
    legend = _legend(colors)
    legend_columns = min(len(legend), 2 * columns + 1)
    height = PANEL_SIZE * rows + LINE_HEIGHT * math.ceil(len(legend) / legend_columns)
    figure = Figure(figsize=(PANEL_SIZE * columns, height), dpi=150, layout='constrained')
    FigureCanvasAgg(figure)
    for number, (title, feature_set) in enumerate(feature_sets.items(), start=1):
        axes = figure.add_subplot(rows, columns, number, title=plain(title))
        _draw_points(axes, feature_set, colors)
    figure.legend(
        handles=legend,
        loc='outside lower center',
        ncols=legend_columns,
        frameon=False,
        fontsize='small',
        handletextpad=0.2,
        columnspacing=1.2,
    )
    save_figure(figure, out_file)


def _draw_points(axes: Axes, feature_set: FeatureSet, colors: Mapping[int, str]) -> None:
    points, images = feature_set.features.numpy(), feature_set.images
    for modality, style in STYLES.items():  # draws the infrared images on top, because they are fewer
        chosen = images.modalities == modality
        axes.scatter(
            *points[chosen].T,
            c=[colors[pid] for pid in images.pids[chosen].tolist()],
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


def _legend(colors: Mapping[int, str]) -> list[Line2D]:
    entries = [(f'identity {pid}', 's', color) for pid, color in colors.items()]
    entries += [(modality.name.lower(), style['marker'], '0.4') for modality, style in STYLES.items()]
    return [
        Line2D([], [], linestyle='none', marker=marker, markersize=7, color=color, label=label)
        for label, marker, color in entries
    ]
