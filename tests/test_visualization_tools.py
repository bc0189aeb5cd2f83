"""The tools that draw features and results, on files as the other tools write them."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mmvireid.evaluation import (
    EuclideanDistance,
    FeatureSet,
    ImageSet,
    RegDBProtocol,
    SYSUMM01Protocol,
    evaluate,
    load_features,
    save_features,
    save_result,
)

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / 'tools' / 'visualizations'
CAMERAS = {1: 0, 2: 0, 3: 1, 6: 1}


def run(tool: str, *words: object) -> str:
    environment = {**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(ROOT), 'CUDA_VISIBLE_DEVICES': ''}
    command = [sys.executable, str(ROOT / tool), *map(str, words)]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert process.returncode == 0, process.stderr[-3000:]
    return process.stdout


@pytest.fixture
def call(monkeypatch, tmp_path) -> Callable[..., None]:
    """A tool in this process, started in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call_tool(tool: str, *words: object) -> None:
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, words)])
        runpy.run_path(str(TOOLS / tool), run_name='__main__')

    return call_tool


def image_set() -> ImageSet:
    rows = [
        (pid, camera, modality, f'cam{camera}/{pid:04d}/{number:04d}.jpg')
        for pid in (3, 4, 8)
        for camera, modality in CAMERAS.items()
        for number in (1, 2)
    ]
    return ImageSet(*(np.array(column) for column in zip(*rows, strict=True)))


def features(length: int) -> torch.Tensor:
    return torch.randn(len(image_set()), length, generator=torch.Generator().manual_seed(length))


def write_features(file: Path, length: int = 2) -> Path:
    save_features(file, FeatureSet(image_set(), features(length)))
    return file


def write_result(file: Path, protocol: SYSUMM01Protocol | RegDBProtocol) -> Path:
    save_result(file, evaluate(image_set(), {'feature': features(4)}, protocol, EuclideanDistance()))
    return file


@pytest.fixture
def received(monkeypatch) -> list[tuple]:
    """What the tools hand to the functions that draw."""
    calls = []
    for name in ('draw_embedding', 'plot_cmc'):
        monkeypatch.setattr(f'mmvireid.visualization.{name}', lambda *args: calls.append(args))
    return calls


def test_embeddings_become_a_picture(tmp_path, call, capsys):
    files = [write_features(tmp_path / f'{name}.npz') for name in ('id', 'hpi')]
    call('draw_embedding.py', *files, '--labels', 'identity loss', 'HPI', '--out', 'deep/toy.png')
    assert 'deep/toy.png' in capsys.readouterr().out
    height, width = cv2.imread('deep/toy.png').shape[:2]
    assert width > 1.5 * height > 600


def test_panels_are_titled_by_label_or_file(tmp_path, call, received):
    files = [write_features(tmp_path / f'{name}.npz') for name in ('id', 'hpi')]
    call('draw_embedding.py', *files)
    call('draw_embedding.py', *files, '--labels', 'a', 'b', '--out', 'c.pdf')
    assert [(list(sets), str(out)) for sets, out in received] == [
        (['id', 'hpi'], 'embedding.png'),
        (['a', 'b'], 'c.pdf'),
    ]
    torch.testing.assert_close(received[0][0]['hpi'].features, features(2))


def test_results_become_curves(tmp_path, call, capsys):
    files = [write_result(tmp_path / f'{name}.json', SYSUMM01Protocol(galleries='seeded')) for name in ('id', 'hpi')]
    call('plot_cmc.py', *files, '--out', 'deep/cmc.png')
    assert 'deep/cmc.png' in capsys.readouterr().out
    assert min(cv2.imread('deep/cmc.png').shape[:2]) > 500


def test_the_first_setting_that_all_share_is_plotted(tmp_path, call, received):
    all_settings = write_result(tmp_path / 'id.json', SYSUMM01Protocol(galleries='seeded'))
    indoor = ['indoor-search/multi-shot', 'indoor-search/single-shot']
    some = write_result(tmp_path / 'hpi.json', SYSUMM01Protocol(galleries='seeded', settings=indoor))
    call('plot_cmc.py', all_settings, some)
    call('plot_cmc.py', all_settings, '--labels', 'only', '--setting', 'all-search/multi-shot', '--max-rank', 10)
    plotted = [(list(results), setting, str(out), max_rank) for results, setting, out, max_rank in received]
    assert plotted[0] == (['id', 'hpi'], 'indoor-search/single-shot', 'cmc.png', 50)
    assert plotted[1] == (['only'], 'all-search/multi-shot', 'cmc.png', 10)


def test_mistakes_are_named(tmp_path, call):
    one, same = write_features(tmp_path / 'a.npz'), write_features(tmp_path / 'deep' / 'a.npz')
    long = write_features(tmp_path / 'long.npz', length=5)
    result = write_result(tmp_path / 'r.json', SYSUMM01Protocol(galleries='seeded'))
    other = write_result(tmp_path / 's.json', RegDBProtocol())
    for words, message in (
        (['draw_embedding.py', one, '--labels', 'a', 'b'], '--labels: 2 labels for 1 files'),
        (['draw_embedding.py', one, same], r"--labels: \['a'\] would label several files"),
        (['draw_embedding.py', one, long], "'long' have 5 numbers an image"),
        (['draw_embedding.py', result], 'r.json. is no .npz file'),
        (['draw_embedding.py', 'absent.npz'], 'No features file'),
        (['plot_cmc.py', one], 'a.npz. is no result file'),
        (['plot_cmc.py', result, '--setting', 'outdoors'], "Result 'r' has no setting 'outdoors'"),
        (['plot_cmc.py', result, '--max-rank', 51], 'max_rank=51 must be 2 to 50'),
        (['plot_cmc.py', result, other], r'The results share no setting: .*visible-to-thermal'),
        (['plot_cmc.py', result, '--labels', 'x', 'y'], '--labels: 2 labels for 1 files'),
    ):
        with pytest.raises(SystemExit, match=f'error: .*{message}'):
            call(*words)


def test_the_toy_experiment_from_its_config_to_its_picture(tmp_path, tiny_root):
    """Real processes: trained by iteration, resumed, five identities extracted, drawn."""
    config, work_dir = ROOT / 'configs' / 'hpiln' / 'hpiln_resmid-small_toy_synthetic.py', tmp_path / 'toy'
    options = [
        'model.backbone.pretrained=None',
        'test_dataloader.num_workers=0',
        'default_hooks.checkpoint.interval=1',
    ]
    shared = ['--data-root', tiny_root, '--work-dir', work_dir, '--cfg-options', *options]
    run('tools/train.py', config, *shared, 'train_cfg.max_iters=1', 'model.heads.identity=None')
    out = run('tools/train.py', config, '--resume', *shared, 'train_cfg.max_iters=2', 'model.heads.identity=None')
    assert 'resumed epoch: 0, iter: 1' in out
    run('tools/extract_features.py', config, work_dir / 'iter_2.pth', '--out', tmp_path / 'toy.npz', *shared)
    found = load_features(tmp_path / 'toy.npz')
    assert found.features.shape[1] == 2 and len(set(found.images.pids)) == 5
    assert found.record['feature'] == 'unnormalised embedding' and found.record['data']['limit_ids'] == 5
    run('tools/visualizations/draw_embedding.py', tmp_path / 'toy.npz', '--out', tmp_path / 'toy.png')
    assert cv2.imread(str(tmp_path / 'toy.png')) is not None
    with pytest.raises(AssertionError, match=r'error: .*toy_synthetic.py. scores nothing: tools/extract_features.py'):
        run('tools/test.py', config, work_dir / 'iter_2.pth', '--out', tmp_path / 'toy.json', *shared)
    with pytest.raises(AssertionError, match='holds the unnormalised embedding: say --distance euclidean'):
        run('tools/analysis_tools/eval_features.py', tmp_path / 'toy.npz', '--protocol', 'sysu')
