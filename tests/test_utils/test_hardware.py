import pytest
import torch

from mmvireid.utils.hardware import bfloat16_is_fast


@pytest.mark.parametrize(
    ('flags', 'fast'), [('fpu avx512_bf16 rdpid', True), ('amx_bf16', True), ('fpu avx512_bf16x', False)]
)
def test_flags_of_the_processor_decide_without_a_gpu(tmp_path, monkeypatch, flags, fast):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    cpuinfo = tmp_path / 'cpuinfo'
    cpuinfo.write_text(f'processor : 0\nflags : {flags}\nbugs :\n')
    assert bfloat16_is_fast(cpuinfo) is fast
    assert bfloat16_is_fast(tmp_path / 'absent') is False


def test_a_gpu_decides_if_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda including_emulation: True)
    assert bfloat16_is_fast(tmp_path / 'absent') is True
