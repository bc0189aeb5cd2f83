"""Re-ranking: new distances from the relations among the images of a trial."""

from .affinity_inference import AffinityInferenceReranking
from .base import BaseReranking
from .k_reciprocal import KReciprocalReranking
from .top_k import TopKReranking

__all__ = ['AffinityInferenceReranking', 'BaseReranking', 'KReciprocalReranking', 'TopKReranking']
