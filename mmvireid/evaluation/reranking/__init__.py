from .affinity_inference import AffinityInferenceReranking
from .base import BaseReranking
from .k_reciprocal import KReciprocalReranking
from .top_k import TopKReranking

__all__ = ['AffinityInferenceReranking', 'BaseReranking', 'KReciprocalReranking', 'TopKReranking']
