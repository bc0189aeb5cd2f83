"""From a checkpoint to results: tested, extracted and scored, compared, averaged."""

import json
from pathlib import Path

import cv2
import pytest

from mmvireid.evaluation import load_result

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs' / 'df2am' / 'df2am_r18_synthetic.py'


def test_test_writes_every_trial(trained, tmp_path, options, run):
    out = tmp_path / 'deep' / 'result.json'
    features = tmp_path / 'features.npz'
    printed = run(
        *('test.py', CONFIG, trained / 'epoch_1.pth', '--work-dir', tmp_path, '--out', out),
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


def test_regdb_split_by_split(tmp_path, tiny_regdb_root, call, smaller):
    """One model a split, both directions, averaged; a split is not tested with another split's model."""
    config = CONFIG.with_name('df2am_r18_synthetic-regdb.py')
    num_ids = len(set(label_of(tiny_regdb_root / 'idx' / 'train_visible_1.txt')))
    common = ['--data-root', tiny_regdb_root, '--cfg-options', *smaller, f'model.heads.identity.num_classes={num_ids}']
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
