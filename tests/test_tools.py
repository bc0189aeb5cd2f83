"""The tools as a user runs them: real processes, real files, on the embedded data."""

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
import torch

from mmvireid.evaluation import load_result, result_table

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / 'configs' / 'df2am' / 'df2am_r18_synthetic.py'
WIDTH = 8
SMALLER = [
    f'model.backbone.resnet.base_channels={WIDTH}',
    f'model.backbone.resnet.stem_channels={WIDTH}',
    f'model.neck.in_channels={WIDTH * 8}',
    f'model.heads.identity.in_channels={WIDTH * 8}',
    'train_dataloader.batch_size=8',
    'train_dataloader.sampler.num_ids=2',
    'train_dataloader.sampler.num_instances=2',
    'train_cfg.max_epochs=1',
    'default_hooks.logger.interval=1',
]


@pytest.fixture(scope='session')
def options(tiny_root) -> list[str]:
    """The arguments that shrink the quickstart's config to seconds."""
    lists = [(tiny_root / 'exp' / f'{split}_id.txt').read_text().split(',') for split in ('train', 'val')]
    num_ids = sum(map(len, lists))
    return ['--data-root', str(tiny_root), '--cfg-options', *SMALLER, f'model.heads.identity.num_classes={num_ids}']


def environment() -> dict[str, str]:
    return {**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(ROOT), 'CUDA_VISIBLE_DEVICES': ''}


def start(*words: object) -> subprocess.Popen:
    return subprocess.Popen(
        [str(word) for word in words], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def run(*words: object) -> str:
    process = start(*words)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out[-4000:]
    return out


def python(tool: str, *words: object) -> list[object]:
    return [sys.executable, ROOT / 'tools' / tool, *words]


def losses(work_dir: Path) -> list[float]:
    """The losses of every run in a work dir, in order."""
    lines = [line for path in sorted(work_dir.glob('2*/vis_data/2*.json')) for line in path.read_text().splitlines()]
    return [record['loss'] for record in map(json.loads, lines) if 'loss' in record]


@pytest.fixture(scope='session')
def trained(tmp_path_factory, options) -> Path:
    work_dir = tmp_path_factory.mktemp('trained')
    run(*python('train.py', CONFIG, '--work-dir', work_dir, *options))
    return work_dir


def test_train_leaves_a_checkpoint_and_a_log(trained):
    checkpoint = torch.load(trained / 'epoch_1.pth', weights_only=False)
    assert checkpoint['meta']['dataset_meta']['split'] == 'trainval'
    assert len(losses(trained)) == checkpoint['meta']['iter'] > 5


def test_test_writes_every_trial(trained, tmp_path, options):
    out = tmp_path / 'deep' / 'result.json'
    features = tmp_path / 'features.npz'
    printed = run(
        *python('test.py', CONFIG, trained / 'epoch_1.pth', '--work-dir', tmp_path, '--out', out),
        *('--out-features', features, *options),
    )
    result = json.loads(out.read_text())
    assert 'galleries official' in printed and 'feature fused, flip off' in printed
    assert (result['galleries'], result['feature'], result['flip'], result['rerank']) == (
        'official',
        'fused',
        False,
        False,
    )
    assert len(result['settings']) == 4
    for scores in result['settings'].values():
        assert len(scores['trials']) == 10
        assert 0 <= scores['mAP'] <= 100
    assert features.is_file()


@pytest.fixture
def call(monkeypatch) -> Callable[..., None]:
    """A tool in this process."""

    def call_tool(tool: str, *words: object) -> None:
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, words)])
        runpy.run_path(str(ROOT / 'tools' / tool), run_name='__main__')

    return call_tool


def test_results_become_a_table_and_pictures(trained, tmp_path, options, call, capsys):
    result, features = tmp_path / 'result.json', tmp_path / 'features.npz'
    call('test.py', CONFIG, 'none', '--work-dir', tmp_path, '--out', result, '--out-features', features, *options)
    capsys.readouterr()
    both, cmc, ranked = tmp_path / 'both.json', tmp_path / 'cmc.png', tmp_path / 'ranked.png'
    call('visualizations/plot_cmc.py', result, '--out', cmc)
    call('analysis_tools/show_results.py', result, result, '--labels', 'a', 'b', '--json', both)
    assert 'all-search/single-shot     a ' in capsys.readouterr().out
    assert json.loads(both.read_text()) == dict.fromkeys('ab', json.loads(result.read_text()))
    call('visualizations/draw_ranked_list.py', CONFIG, features, '--out', ranked, *options)
    assert min(cv2.imread(str(cmc)).shape[:2]) > 200
    assert cv2.imread(str(ranked)).shape[1] > 10 * 64
    with pytest.raises(SystemExit, match="no setting 'outdoors'"):
        call('visualizations/draw_ranked_list.py', CONFIG, features, '--setting', 'outdoors', *options)
    with pytest.raises(SystemExit, match='is no result file'):
        call('analysis_tools/show_results.py', features)


def test_features_are_scored_without_the_model(trained, tmp_path, options, call, tiny_root, capsys):
    """Extracted, then scored from the file: what the test tool says of the checkpoint, and more."""
    tested, features, scored = tmp_path / 'tested.json', tmp_path / 'features.npz', tmp_path / 'deep' / 'scored.json'
    checkpoint = trained / 'epoch_1.pth'
    call('test.py', CONFIG, checkpoint, '--work-dir', tmp_path, '--out', tested, *options)
    call('extract_features.py', CONFIG, checkpoint, '--work-dir', tmp_path, '--out', features, *options)
    score = ['analysis_tools/eval_features.py', features, '--protocol', 'sysu', '--data-root', tiny_root]
    call(*score, '--json', scored)
    assert load_result(scored) == load_result(tested)
    capsys.readouterr()

    call(*score, '--galleries', 'seeded', '--rerank', '--distance', 'euclidean', '--json', scored)
    assert 're-ranking k-reciprocal (k1=20' in capsys.readouterr().out
    result = load_result(scored)
    assert (result['galleries'], result['distance'], result['rerank']['name']) == (
        'seeded',
        'euclidean',
        'k-reciprocal',
    )
    for scores in result['settings'].values():
        assert len(scores['trials']) == len(scores['reranked']['trials']) == 10
    call('visualizations/plot_breakdown.py', scored, '--out-dir', tmp_path / 'pictures')
    pictures = sorted((tmp_path / 'pictures').glob('*.png'))
    assert len(pictures) == 4 and all(min(cv2.imread(str(picture)).shape[:2]) > 500 for picture in pictures)
    call(*score[:2], '--protocol', 'open-set', '--options', 'exclude_same_place=True')
    euclidean = tmp_path / 'euclidean.py'
    euclidean.write_text(f"_base_ = '{CONFIG}'\ntest_evaluator = dict(distance=dict(type='EuclideanDistance'))\n")
    for config, distance in ((CONFIG, 'cosine'), (euclidean, 'euclidean')):
        call(*score[:2], '--protocol', config, '--data-root', tiny_root, '--json', scored)
        assert load_result(scored)['distance'] == distance
    for words, message in (
        (['--protocol', 'sysu', '--galleries', 'official'], 'needs data_root'),
        (['--protocol', 'sysu', '--galleries', 'official', '--data-root', tmp_path], 'rand_perm_cam.mat'),
        (['--protocol', 'llcm', '--galleries', 'official'], 'those of LLCM are seeded; leave --galleries out'),
        (['--protocol', 'sysu', '--data-root', 'nowhere'], "No folder --data-root 'nowhere'"),
        (['--protocol', 'sysu', '--json', tmp_path], 'cannot be written'),
        (['--protocol', 'sysu', '--device', 'abacus'], "--device 'abacus' cannot be used here"),
        (['--protocol', 'sysu', '--options', 'exclude_same_place=no'], "exclude_same_place='no': give True or False"),
        (['--protocol', 'sysu', '--rerank-options', 'k1=3'], 'without --rerank'),
        (['--protocol', 'sysu', '--rerank', '--rerank-options', 'k=3'], r"\['k'\]: KReciprocalReranking has"),
        (['--protocol', 'sysu', '--rerank', '--rerank-options', 'k1=x'], "k1='x' has to be a whole number"),
        (['--protocol', ROOT / 'configs/_base_/default_runtime.py'], 'is no config with a test_evaluator.protocol'),
        (['--protocol', 'market'], "'market' is none of"),
        (['--protocol', 'sysu', '--options', 'probes=3'], r"\['probes'\]: SYSUMM01Protocol has"),
    ):
        with pytest.raises(SystemExit, match=f'error: .*{message}'):
            call(*score[:2], *words)
    with pytest.raises(SystemExit, match='error: No features file'):
        call(score[0], 'absent.npz', '--protocol', 'sysu')


def test_several_distances_from_one_extraction(trained, tmp_path, options, call, tiny_root, capsys):
    """Scored by the test tool and from the file it wrote: a row of the table and a result file for each distance."""
    config, checkpoint = tmp_path / 'several.py', trained / 'epoch_1.pth'
    config.write_text(
        f"_base_ = '{CONFIG}'\n"
        'test_evaluator = dict(distance=dict(_delete_=True, '
        "near=dict(type='CosineDistance'), far=dict(type='EuclideanDistance')))\n"
    )
    tested, features, scored = tmp_path / 'tested.json', tmp_path / 'features.npz', tmp_path / 'scored.json'
    words = ['--work-dir', tmp_path / 'work', '--out', tested, '--out-features', features]
    call('test.py', config, checkpoint, *words, *options)
    capsys.readouterr()
    score = ['analysis_tools/eval_features.py', features, '--data-root', tiny_root, '--protocol']
    call(*score, config, '--json', scored)
    printed = capsys.readouterr().out
    assert 'near: protocol' in printed and f'Result: {tmp_path}/scored_near.json, {tmp_path}/scored_far.json' in printed
    for label, distance in (('near', 'cosine'), ('far', 'euclidean')):
        results = [load_result(tmp_path / f'{kind}_{label}.json') for kind in ('tested', 'scored')]
        assert results[0] == results[1] and results[0]['distance'] == distance

    rerank = ['--rerank', '--rerank-method', 'top-k', '--rerank-options', 'k=10000', 'distance=euclidean']
    call(*score, 'sysu', *rerank, '--json', scored)
    result, finer = load_result(scored), load_result(tmp_path / 'tested_far.json')
    assert result['rerank'] == dict(name='top-k', distance='euclidean', k=10000)
    for setting, scores in result['settings'].items():
        assert scores['reranked']['trials'] == finer['settings'][setting]['trials']
    ranked = ['visualizations/draw_ranked_list.py', config, features, '--out', tmp_path / 'ranked.png']
    call(*ranked, '--distance', 'far', *options)
    for words, message in (
        ([*score, 'sysu', '--distance', 'contrastive-correlation'], "features.npz' lacks .*descriptor_kernels"),
        ([*score, 'sysu', *rerank[:3]], "features.npz' lacks .*descriptor_kernels"),
        ([*score, 'sysu', *rerank[:4], 'distance=near'], 'distance=near: there are'),
        ([*ranked, '--distance', 'cosine', *options], "no distance 'cosine' in .'near', 'far'"),
    ):
        with pytest.raises(SystemExit, match=f'error: .*{message}'):
            call(*words)


def test_results_are_compared(tmp_path, options, call, tiny_root, capsys):
    files = [tmp_path / 'a.json', tmp_path / 'b.json', tmp_path / 'seeded.json']
    call('extract_features.py', CONFIG, 'none', '--work-dir', tmp_path, '--out', tmp_path / 'f.npz', *options)
    score = ['analysis_tools/eval_features.py', tmp_path / 'f.npz', '--protocol', 'sysu']
    call(*score, '--data-root', tiny_root, '--json', files[0])
    call(*score, '--data-root', tiny_root, '--distance', 'euclidean', '--rerank', '--json', files[1])
    call(*score, '--json', files[2])
    capsys.readouterr()
    compare = 'analysis_tools/compare_results.py'
    call(compare, files[0], files[1], '--num-resamples', 200, '--json', tmp_path / 'compared.json')
    printed = capsys.readouterr().out
    assert 'distance cosine' in printed and '95% interval' in printed
    compared = json.loads((tmp_path / 'compared.json').read_text())
    assert set(compared['all-search/single-shot']) == {'R1', 'mAP', 'mINP'}
    with pytest.raises(SystemExit, match=r'different protocols.*galleries \(official and seeded\)'):
        call(compare, files[0], files[2])
    with pytest.raises(SystemExit, match='error: No result file'):
        call(compare, files[0], tmp_path / 'absent.json')


def test_regdb_split_by_split(tmp_path, tiny_regdb_root, call):
    """One model a split, both directions, averaged; a split is not tested with another split's model."""
    config = CONFIG.with_name('df2am_r18_synthetic-regdb.py')
    num_ids = len(set(label_of(tiny_regdb_root / 'idx' / 'train_visible_1.txt')))
    common = ['--data-root', tiny_regdb_root, '--cfg-options', *SMALLER, f'model.heads.identity.num_classes={num_ids}']
    results = []
    for number in (2, 3):
        work_dir, results = tmp_path / str(number), [*results, tmp_path / f'{number}.json']
        split = ['--work-dir', work_dir, '--split-number', number]
        call('train.py', config, *split, *common)
        call('test.py', config, work_dir / 'epoch_1.pth', *split, '--out', results[-1], *common)
    result = load_result(results[0])
    assert list(result['settings']) == ['visible-to-thermal', 'thermal-to-visible']
    assert result['data']['split_number'] == 2
    with pytest.raises(ValueError, match='trained on split number 2 .* of split number 3'):
        call('test.py', config, tmp_path / '2' / 'epoch_1.pth', *split, *common)
    call('analysis_tools/average_splits.py', *results, '--json', tmp_path / 'average.json')
    average = load_result(tmp_path / 'average.json')
    assert len(average['settings']['visible-to-thermal']['trials']) == 2
    with pytest.raises(SystemExit, match='more than once'):
        call('analysis_tools/average_splits.py', results[0], results[0])


def label_of(list_file: Path) -> list[str]:
    return [line.split()[1] for line in list_file.read_text().splitlines()]


def test_two_processes_train_select_and_test_like_one(trained, tmp_path, options, tiny_root, monkeypatch):
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        monkeypatch.setenv('PORT', str(probe.getsockname()[1]))
    config = CONFIG.with_name('df2am_r18_val_synthetic.py')
    num_ids = len((tiny_root / 'exp' / 'train_id.txt').read_text().split(','))
    num_classes = f'model.heads.identity.num_classes={num_ids}'
    run(ROOT / 'tools' / 'dist_train.sh', config, 2, '--work-dir', tmp_path, *options, num_classes)
    assert 0 < len(losses(tmp_path)) < len(losses(trained))
    (checkpoint,) = tmp_path.glob('best_*_mAP_epoch_1.pth')
    options = [*options, num_classes]
    one, two = tmp_path / 'one.json', tmp_path / 'two.json'
    run(*python('test.py', CONFIG, checkpoint, '--work-dir', tmp_path, '--out', one, *options))
    run(
        *(ROOT / 'tools' / 'dist_test.sh', CONFIG, checkpoint, 2, '--work-dir', tmp_path, '--out', two),
        *(*options, 'test_dataloader.batch_size=7'),
    )
    results = [load_result(file) for file in (one, two)]
    # Batches of another size round the features in their last bits: the means of distances show it, no count does.
    means = [
        [scores['breakdown'].pop('distances')['positive_mean'] for scores in result['settings'].values()]
        for result in results
    ]
    assert results[0] == results[1] and means[0] == pytest.approx(means[1], abs=1e-5)
    assert result_table({'': results[0]}) == result_table({'': results[1]})
    run(ROOT / 'tools' / 'dist_test.sh', CONFIG, 'none', 2, '--work-dir', tmp_path, *options)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.stdout.read()[-4000:]
        assert time.monotonic() < end, 'nothing happened in two minutes'
        time.sleep(0.05)


def test_killed_in_mid_epoch_resume_goes_on_with_the_same_losses(trained, tmp_path, options):
    checkpoints = ['default_hooks.checkpoint.by_epoch=False', 'default_hooks.checkpoint.interval=2']
    command = python('train.py', CONFIG, '--work-dir', tmp_path, *options, *checkpoints)
    process = start(*command)
    wait_for(lambda: (tmp_path / 'iter_4.pth').exists() and len(losses(tmp_path)) >= 5, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = losses(tmp_path)
    whole = losses(trained)
    assert before == whole[: len(before)]
    assert len(before) < len(whole)

    last = Path((tmp_path / 'last_checkpoint').read_text())
    done = int(last.stem.split('_')[1])
    run(*python('train.py', CONFIG, '--work-dir', tmp_path, '--resume', *options, *checkpoints))
    assert losses(tmp_path)[len(before) :] == whole[done:]


HEAD = '''
import torch
from mmvireid.models.heads import BaseHead
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDTargets


@MODELS.register_module()
class CenterGapHead(BaseHead):
    """Squared distance between the two modalities' centers of each identity."""

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        gaps = []
        for label in targets.labels.unique():
            centers = [feature[(targets.labels == label) & targets.of(m)].mean(0) for m in Modality]
            gaps.append((centers[0] - centers[1]).square().sum())
        return torch.stack(gaps).mean()
'''


def test_a_head_in_a_users_own_file_trains(tmp_path, options, monkeypatch):
    (tmp_path / 'my_heads.py').write_text(HEAD)
    (tmp_path / 'my_config.py').write_text(
        f"_base_ = '{CONFIG}'\n"
        "custom_imports = dict(imports=['my_heads'], allow_failed_imports=False)\n"
        "model = dict(heads=dict(affinity=None, gap=dict(type='CenterGapHead', features=dict(pooled=0.5))))\n"
    )
    monkeypatch.setenv('PYTHONPATH', f'{tmp_path}:{ROOT}')
    process = subprocess.run(
        [str(w) for w in python('train.py', tmp_path / 'my_config.py', '--work-dir', tmp_path, *options)],
        env={**environment(), 'PYTHONPATH': f'{tmp_path}:{ROOT}'},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr[-4000:]
    (log,) = tmp_path.glob('2*/vis_data/2*.json')
    first = json.loads(log.read_text().splitlines()[0])
    assert first['gap.loss_pooled'] > 0
    assert not any('affinity' in name for name in first)


@pytest.fixture
def train_here(tmp_path, options, call) -> Callable[..., None]:
    """tools/train.py, for runs that end in an error before they train."""

    def train(*words: object, config: Path = CONFIG) -> None:
        call('train.py', config, '--work-dir', tmp_path / 'work', *options, *words)

    return train


def test_wrong_settings_stop_before_training(train_here):
    with pytest.raises(ValueError, match='model.heads.identity.num_classes=395, but the training data have'):
        train_here('model.heads.identity.num_classes=395')
    with pytest.raises(ValueError, match='train_dataloader.batch_size=9'):
        train_here('train_dataloader.batch_size=9')
    with pytest.raises(ValueError, match='num_ids=500 distinct identities'):
        train_here('train_dataloader.sampler.num_ids=500')
    with pytest.raises(FileNotFoundError, match='make_synthetic.py'):
        train_here('train_dataloader.dataset.data_root=nowhere')
    with pytest.raises(FileNotFoundError, match="weights 'absent.pth' do not exist"):
        train_here('model.backbone.pretrained=absent.pth')


def test_identities_are_not_trained_and_validated_on(train_here):
    with pytest.raises(ValueError, match="identities of the split 'train' were trained on"):
        train_here(
            'val_dataloader.dataset.split=train',
            'train_dataloader.dataset.split=trainval',
            config=CONFIG.with_name('df2am_r18_val_synthetic.py'),
        )


def test_a_corrupt_image_ends_the_run_with_its_name(tmp_path, options, tiny_root, train_here):
    broken = tmp_path / 'broken'
    run('cp', '-r', tiny_root, broken)
    victims = sorted(broken.glob('cam*/0*/0001.jpg'))
    for victim in victims:
        victim.write_bytes(victim.read_bytes()[:100])
    with pytest.raises(OSError, match=rf"Image '{broken}/cam\d/\d+/0001.jpg' is truncated"):
        train_here(f'train_dataloader.dataset.data_root={broken}', 'train_dataloader.num_workers=0')


def test_a_checkpoint_of_another_model_is_not_tested(call, trained, tmp_path, tiny_root):
    with pytest.raises(ValueError, match='does not fit the config.*of another shape'):
        call('test.py', CONFIG, trained / 'epoch_1.pth', '--work-dir', tmp_path, '--data-root', tiny_root)


def test_a_missing_checkpoint_is_an_error(call):
    with pytest.raises(FileNotFoundError, match="No checkpoint 'absent.pth'"):
        call('test.py', CONFIG, 'absent.pth')
