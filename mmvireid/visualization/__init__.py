"""Draw results. Every function writes one file and keeps no global state."""

from .breakdown_plot import plot_breakdown
from .cmc_plot import plot_cmc
from .contrastive_maps import ContrastedImage, draw_contrastive_maps, spread_places
from .embedding_plot import draw_embedding
from .ranked_list import draw_ranked_list

__all__ = [
    'ContrastedImage',
    'draw_contrastive_maps',
    'draw_embedding',
    'draw_ranked_list',
    'plot_breakdown',
    'plot_cmc',
    'spread_places',
]
