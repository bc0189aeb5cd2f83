"""Summarize, break down, average, compare, print and save results."""

from .averaging import average_splits
from .comparison import compare_results
from .file import load_result, save_result
from .table import result_table

__all__ = ['average_splits', 'compare_results', 'load_result', 'result_table', 'save_result']
