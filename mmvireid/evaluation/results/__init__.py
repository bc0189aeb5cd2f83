"""What becomes of scores: summaries, breakdowns, averages, comparisons, tables and files."""

from .averaging import average_splits
from .comparison import compare_results
from .file import load_result, save_result
from .table import result_table

__all__ = ['average_splits', 'compare_results', 'load_result', 'result_table', 'save_result']
