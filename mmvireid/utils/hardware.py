"""What the machine is good at."""

from pathlib import Path

import torch

BFLOAT16_FLAGS = {'avx512_bf16', 'amx_bf16'}


def bfloat16_is_fast(cpuinfo: Path = Path('/proc/cpuinfo')) -> bool:
    """Whether bfloat16 autocast pays: a GPU with bfloat16, or a processor with instructions for it.

    Without such instructions bfloat16 is emulated and slower than float32.
    """
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return cpuinfo.is_file() and not BFLOAT16_FLAGS.isdisjoint(cpuinfo.read_text().split())
