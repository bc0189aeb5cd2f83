"""Abilities of the machine."""

from pathlib import Path

import torch

BFLOAT16_FLAGS = {'avx512_bf16', 'amx_bf16'}


def bfloat16_is_fast(cpuinfo: Path = Path('/proc/cpuinfo')) -> bool:
    """Tell whether bfloat16 autocast is faster than float32.

    True on a GPU with bfloat16, and on a processor with bfloat16 instructions. Without these, the machine emulates
    bfloat16, which is slower than float32.

    Args:
        cpuinfo: File with the flags of the processor.

    Example:
        >>> from mmvireid.utils.hardware import bfloat16_is_fast
        >>> bfloat16_is_fast() in (True, False)
        True
    """
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return cpuinfo.is_file() and not BFLOAT16_FLAGS.isdisjoint(cpuinfo.read_text().split())
