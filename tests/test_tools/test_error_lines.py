"""Every tool ends a mistake of the user with one line, without a traceback."""

import socket
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / 'tools'
CONFIG = TOOLS.parent / 'configs' / 'df2am' / 'df2am_r18_synthetic.py'
# The arguments of every tool, with one input file that does not exist.
ABSENT = {
    'train.py': ['absent.py'],
    'test.py': [CONFIG, 'absent.pth'],
    'extract_features.py': [CONFIG, 'absent.pth', '--out', 'features.npz'],
    'analysis_tools/average_splits.py': ['absent.json'],
    'analysis_tools/compare_results.py': ['absent.json', 'absent.json'],
    'analysis_tools/eval_features.py': ['absent.npz', '--protocol', 'regdb'],
    'analysis_tools/get_flops.py': ['absent.py'],
    'analysis_tools/show_results.py': ['absent.json'],
    'dataset_converters/make_synthetic.py': ['--preset', 'tiny', '--out', 'absent_is_a_file'],
    'visualizations/draw_contrastive_maps.py': [CONFIG, 'absent.pth'],
    'visualizations/draw_embedding.py': ['absent.npz'],
    'visualizations/draw_ranked_list.py': [CONFIG, 'absent.npz'],
    'visualizations/plot_breakdown.py': ['absent.json'],
    'visualizations/plot_cmc.py': ['absent.json'],
}


def test_the_table_names_every_tool():
    assert sorted(ABSENT) == sorted(file.relative_to(TOOLS).as_posix() for file in TOOLS.rglob('*.py'))


@pytest.mark.parametrize('tool', sorted(ABSENT))
def test_a_missing_file_is_one_line_that_names_it(tool, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path('absent_is_a_file').touch()
    with pytest.raises(SystemExit, match=r'^error: [^\n]*absent[^\n]*$') as caught:
        call(tool, *ABSENT[tool])
    assert caught.value.__suppress_context__  # no traceback
    assert sorted(path.name for path in tmp_path.iterdir()) == ['absent_is_a_file']


@pytest.mark.parametrize('tool', sorted(ABSENT))
def test_a_wrong_argument_is_one_line_with_status_2(tool, call, capsys):
    with pytest.raises(SystemExit) as caught:
        call(tool, '--moon')
    out, err = capsys.readouterr()
    assert caught.value.code == 2
    assert out == '' and err.startswith('error: ') and err.count('\n') == 1 and '--help lists all arguments' in err


def test_a_process_ends_with_status_1_and_one_line(start):
    process = start('visualizations/plot_cmc.py', 'absent.json')
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert out.startswith("error: No result file 'absent.json'") and out.count('\n') == 1


def test_two_processes_end_with_one_line(start, monkeypatch):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        monkeypatch.setenv('PORT', str(free.getsockname()[1]))
    process = start('dist_train.sh', 'absent.py', 2)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert out.count('error: ') == 1 and "error: No config file 'absent.py'." in out and 'Traceback' not in out


def test_debug_shows_the_error_itself(call):
    with pytest.raises(FileNotFoundError, match="No result file 'absent.json'"):
        call('visualizations/plot_cmc.py', 'absent.json', '--debug')
