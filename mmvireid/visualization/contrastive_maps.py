"""Contrastive feature maps: where two images differ, as contrastive correlation sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from torch import Tensor

from .cmc_plot import COLOURS

COLOUR_MAP, OPACITY = 'inferno', 0.65  # of a map over its image
INK, MATCH, MISMATCH = '0.25', COLOURS[2], COLOURS[1]
ROW_LABELS = ('query\ncontrasted\nwith image', 'image\ncontrasted\nwith query')
FONT_SIZE = 7  # points
# Inches.
TILE_WIDTH, GAP, GROUP_GAP, ROW_GAP, BAR_WIDTH = 0.78, 0.08, 0.24, 0.1, 0.11
MARGIN, HEADER, FOOTER, RIGHT = 0.12, 0.48, 0.3, 0.8


@dataclass(frozen=True)
class ContrastedImage:
    """An image that a query is contrasted with.

    Attributes:
        image: (H, W, 3), RGB, uint8.
        caption: What is written above it.
        query_map: The query contrasted with this image, (h, w).
        own_map: This image contrasted with the query, (h, w).
        difference: Difference score D of the two, 0 to 1.
        is_match: Whether they show the same person.
    """

    image: Tensor
    caption: str
    query_map: Tensor
    own_map: Tensor
    difference: float
    is_match: bool


def spread_places(values: Tensor, kernel_size: tuple[int, int]) -> Tensor:
    """From places where a kernel was correlated to positions of the map: the mean over the places that cover each.

    Args:
        values: One number a place, (N, rows, columns).
        kernel_size: Height and width of what a place covers.

    Returns:
        (N, rows + height - 1, columns + width - 1).
    """
    window = values.new_ones(1, 1, *kernel_size)
    totals, counts = (F.conv_transpose2d(of[:, None], window)[:, 0] for of in (values, torch.ones_like(values)))
    return totals / counts


def draw_contrastive_maps(
    query: Tensor, caption: str, contrasted: Sequence[ContrastedImage], out_file: str | Path
) -> None:
    """Draw a query contrasted with gallery images, one a column (DSCSN + CCN, Fig. 4).

    From top to bottom: the gallery image, the map of the query contrasted with it, its own map contrasted with the
    query, and the difference score D. Images of the same person come first; within either group the most alike. All
    maps share one scale of colors, from their smallest to their largest number.

    Args:
        query: (H, W, 3), RGB, uint8; the gallery images are of the same size.
        caption: What is written above the query.
        contrasted: The gallery images.
        out_file: Picture to write; its suffix (png, pdf, svg) decides the format.

    Raises:
        ValueError: There is no gallery image.
    """
    if not contrasted:
        raise ValueError('No gallery image to contrast the query with.')
    columns = sorted(contrasted, key=lambda column: (not column.is_match, column.difference))
    maps = torch.stack([side for column in columns for side in (column.query_map, column.own_map)])
    scale = ScalarMappable(Normalize(maps.min().item(), maps.max().item()), COLOUR_MAP)
    lefts, height = _lefts(columns), TILE_WIDTH * query.shape[0] / query.shape[1]
    tops = [HEADER + row * (height + ROW_GAP) for row in range(3)]
    figure = Figure(figsize=(lefts[-1] + TILE_WIDTH + RIGHT, tops[-1] + height + FOOTER), dpi=200)
    FigureCanvasAgg(figure)

    query_axes, *label_axes = (_axes(figure, MARGIN, top, TILE_WIDTH, height) for top in tops)
    _show(query_axes, query, caption, INK)
    _head(query_axes, 'query', INK)
    for axes, text in zip(label_axes, ROW_LABELS, strict=True):
        axes.text(0.5, 0.5, text, ha='center', va='center', color=INK, fontsize=FONT_SIZE)
        axes.set_frame_on(False)
    is_match = None
    for left, column in zip(lefts, columns, strict=True):
        axes, axes_of_query, axes_of_image = (_axes(figure, left, top, TILE_WIDTH, height) for top in tops)
        color = MATCH if column.is_match else MISMATCH
        _show(axes, column.image, column.caption, color)
        if column.is_match is not is_match:
            is_match = column.is_match
            _head(axes, 'same person' if is_match else 'other persons', color)
        _show_map(axes_of_query, query, column.query_map, scale)
        _show_map(axes_of_image, column.image, column.own_map, scale)
        axes_of_image.set_xlabel(f'$D$ = {column.difference:.3f}', color=INK, fontsize=FONT_SIZE)
    bar_axes = _axes(figure, lefts[-1] + TILE_WIDTH + ROW_GAP, tops[1], BAR_WIDTH, tops[2] + height - tops[1])
    _color_bar(figure, bar_axes, scale)
    Path(out_file).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out_file)


def _lefts(columns: Sequence[ContrastedImage]) -> list[float]:
    """Left edges of the columns, inches."""
    lefts = [MARGIN + TILE_WIDTH + GROUP_GAP]
    for column, following in pairwise(columns):
        gap = GAP if column.is_match == following.is_match else GROUP_GAP
        lefts.append(lefts[-1] + TILE_WIDTH + gap)
    return lefts


def _axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes without ticks, placed in inches from the figure's upper left corner."""
    of_width, of_height = figure.get_size_inches()
    axes = figure.add_axes((left / of_width, 1 - (top + height) / of_height, width / of_width, height / of_height))
    axes.set(xticks=[], yticks=[])
    return axes


def _show(axes: Axes, image: Tensor, caption: str, color: str) -> None:
    axes.imshow(image, aspect='auto')
    axes.set_title(caption, color=INK, fontsize=FONT_SIZE, pad=3)
    axes.spines[:].set(color=color, linewidth=1.5)


def _show_map(axes: Axes, image: Tensor, values: Tensor, scale: ScalarMappable) -> None:
    """A map, enlarged smoothly, over the image's brightness."""
    enlarged = F.interpolate(values[None, None], image.shape[:2], mode='bicubic', align_corners=False)[0, 0]
    axes.imshow(image.float().mean(dim=2), cmap='gray', vmin=0, vmax=255, aspect='auto')
    axes.imshow(enlarged, cmap=scale.cmap, norm=scale.norm, alpha=OPACITY, aspect='auto')
    axes.spines[:].set_visible(False)


def _head(axes: Axes, text: str, color: str) -> None:
    axes.annotate(
        text,
        (0, 1),
        (0, 14),
        xycoords='axes fraction',
        textcoords='offset points',
        color=color,
        fontsize=FONT_SIZE,
        weight='bold',
    )


def _color_bar(figure: Figure, axes: Axes, scale: ScalarMappable) -> None:
    axes.set_facecolor('0.5')  # what the maps' colors look like over an image of middle brightness
    bar = figure.colorbar(scale, axes, alpha=OPACITY)
    bar.set_label('contrastive feature (mean over the kernels)', color=INK, fontsize=FONT_SIZE)
    bar.ax.tick_params(labelsize=FONT_SIZE, color=INK, labelcolor=INK)
    bar.outline.set_visible(False)
