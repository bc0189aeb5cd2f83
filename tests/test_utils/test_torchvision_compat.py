import subprocess
import sys

import pytest

from mmvireid.utils import torchvision_compat

IMPORT = 'from mmvireid.utils.torchvision_compat import ensure_torchvision_imports as ensure; '


def run(code: str) -> str:
    return subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True).stdout


def test_mmpretrain_imports_in_a_fresh_process():
    out = run(IMPORT + 'ensure(); ensure(); import mmpretrain.models, torchvision; print(torchvision.__name__)')
    assert 'torchvision' in out


def test_another_error_of_the_import_is_raised():
    code = (
        'import builtins; from mmvireid.utils import torchvision_compat as c; real = builtins.__import__\n'
        'before = c._library\n'
        'def fail(name, *args, **kwargs):\n'
        '    if name == "torchvision": raise RuntimeError("something else")\n'
        '    return real(name, *args, **kwargs)\n'
        'builtins.__import__ = fail\n'
        'try: c.ensure_torchvision_imports()\n'
        'except RuntimeError as error: print(error, c._library is before)'
    )
    assert run(code).strip() == 'something else True'


@pytest.mark.parametrize('schema', torchvision_compat._SCHEMAS)
def test_torchvision_registers_fakes_for_the_declared_schemas(schema):
    assert schema.split('(')[0] in {'nms', 'qnms'}
