"""Pictures of results. Every function writes one file and keeps no global state."""

from .breakdown_plot import plot_breakdown
from .cmc_plot import plot_cmc
from .embedding_plot import draw_embedding
from .ranked_list import draw_ranked_list

__all__ = ['draw_embedding', 'draw_ranked_list', 'plot_breakdown', 'plot_cmc']
