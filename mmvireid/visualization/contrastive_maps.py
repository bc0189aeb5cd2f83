"""Contrastive feature maps: they show where two images differ for contrastive correlation."""

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

from .cmc_plot import COLORS
from .picture_file import plain, save_figure

COLOR_MAP, OPACITY = 'inferno', 0.65  # how a map looks over its image
INK, MATCH, MISMATCH = '0.25', COLORS[2], COLORS[1]
ROW_LABELS = ('query\ncontrasted\nwith image', 'image\ncontrasted\nwith query')
FONT_SIZE = 7  # points
# Inches.
TILE_WIDTH, GAP, GROUP_GAP, ROW_GAP, BAR_WIDTH = 0.78, 0.08, 0.24, 0.1, 0.11
MARGIN, HEADER, FOOTER, RIGHT = 0.12, 0.48, 0.3, 0.8


@dataclass(frozen=True)
class ContrastedImage:
    """Hold one gallery image, contrasted with a query.

    Attributes:
        image: (H, W, 3), RGB, uint8.
        caption: Text above the image.
        query_map: Map of the query contrasted with this image, (h, w).
        own_map: Map of this image contrasted with the query, (h, w).
        difference: Difference score D of the two images, 0 to 1.
        is_match: Whether both images show the same person.

    Example:
        >>> import torch
        >>> from mmvireid.visualization import ContrastedImage
        >>> image, maps = torch.zeros(32, 16, 3, dtype=torch.uint8), torch.rand(2, 8, 4)
        >>> ContrastedImage(image, 'id 3, cam 1', *maps, difference=0.2, is_match=True).caption
        'id 3, cam 1'
    """

    image: Tensor
    caption: str
    query_map: Tensor
    own_map: Tensor
    difference: float
    is_match: bool


def spread_places(values: Tensor, kernel_size: tuple[int, int]) -> Tensor:
    """Spread numbers of kernel places over the map: each position gets the mean of the places that cover it.

    Args:
        values: (N, rows, columns), one number for each place of a kernel.
        kernel_size: Height and width of the kernel.

    Returns:
        (N, rows + height - 1, columns + width - 1).

    Example:
        >>> import torch
        >>> from mmvireid.visualization import spread_places
        >>> spread_places(torch.tensor([[[1.0, 3.0]]]), kernel_size=(1, 2)).tolist()
        [[[1.0, 2.0, 3.0]]]
    """
    window = values.new_ones(1, 1, *kernel_size)
    totals, counts = (F.conv_transpose2d(x[:, None], window)[:, 0] for x in (values, torch.ones_like(values)))
    return totals / counts


def draw_contrastive_maps(
    query: Tensor, caption: str, contrasted: Sequence[ContrastedImage], out_file: str | Path
) -> None:
    """Draw a query contrasted with gallery images, one image in each column (DSCSN + CCN, Fig. 4).

    A column shows four things from top to bottom: the gallery image, the map of the query, the map of the gallery
    image, and the difference score D. Images of the same person come first. Each group is sorted by D.

    All maps share one color scale, from their smallest to their largest number.

    Args:
        query: (H, W, 3), RGB, uint8. The gallery images have the same size.
        caption: Text above the query.
        contrasted: The gallery images.
        out_file: Picture to write. The suffix (png, pdf, svg) chooses the format.

    Raises:
        ValueError: There is no gallery image.

    Example:
        >>> from pathlib import Path
        >>> import torch
        >>> from mmvireid.visualization import ContrastedImage, draw_contrastive_maps
        >>> image, maps = torch.zeros(32, 16, 3, dtype=torch.uint8), torch.rand(2, 8, 4)
        >>> column = ContrastedImage(image, 'id 3, cam 1', *maps, difference=0.2, is_match=True)
        >>> draw_contrastive_maps(image, 'id 3, cam 3', [column], 'maps.png')
        >>> Path('maps.png').is_file()
        True
    """
    if not contrasted:
        raise ValueError('No gallery image to contrast the query with.')
    columns = sorted(contrasted, key=lambda column: (not column.is_match, column.difference))
    maps = torch.stack([side for column in columns for side in (column.query_map, column.own_map)])
    scale = ScalarMappable(Normalize(maps.min().item(), maps.max().item()), COLOR_MAP)
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
        axes, query_map_axes, own_map_axes = (_axes(figure, left, top, TILE_WIDTH, height) for top in tops)
        color = MATCH if column.is_match else MISMATCH
        _show(axes, column.image, column.caption, color)
        if column.is_match is not is_match:
            is_match = column.is_match
            _head(axes, 'same person' if is_match else 'other persons', color)
        _show_map(query_map_axes, query, column.query_map, scale)
        _show_map(own_map_axes, column.image, column.own_map, scale)
        own_map_axes.set_xlabel(f'$D$ = {column.difference:.3f}', color=INK, fontsize=FONT_SIZE)
    bar_axes = _axes(figure, lefts[-1] + TILE_WIDTH + ROW_GAP, tops[1], BAR_WIDTH, tops[2] + height - tops[1])
    _color_bar(figure, bar_axes, scale)
    save_figure(figure, out_file)


def _lefts(columns: Sequence[ContrastedImage]) -> list[float]:
    """Return the left edges of the columns in inches."""
    lefts = [MARGIN + TILE_WIDTH + GROUP_GAP]
    for column, following in pairwise(columns):
        gap = GAP if column.is_match == following.is_match else GROUP_GAP
        lefts.append(lefts[-1] + TILE_WIDTH + gap)
    return lefts


def _axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes without ticks. The place is in inches from the upper left corner of the figure."""
    full_width, full_height = figure.get_size_inches()
    axes = figure.add_axes(
        (left / full_width, 1 - (top + height) / full_height, width / full_width, height / full_height)
    )
    axes.set(xticks=[], yticks=[])
    return axes


def _show(axes: Axes, image: Tensor, caption: str, color: str) -> None:
    axes.imshow(image, aspect='auto')
    axes.set_title(plain(caption), color=INK, fontsize=FONT_SIZE, pad=3)
    axes.spines[:].set(color=color, linewidth=1.5)


def _show_map(axes: Axes, image: Tensor, values: Tensor, scale: ScalarMappable) -> None:
    """Show a map over the brightness of an image, smoothly enlarged."""
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
    axes.set_facecolor('0.5')  # the colors look as over an image of medium brightness
    bar = figure.colorbar(scale, axes, alpha=OPACITY)
    bar.set_label('contrastive feature (mean over the kernels)', color=INK, fontsize=FONT_SIZE)
    bar.ax.tick_params(labelsize=FONT_SIZE, color=INK, labelcolor=INK)
    bar.outline.set_visible(False)
