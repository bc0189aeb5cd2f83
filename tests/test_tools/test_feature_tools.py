"""Test a checkpoint, extract and score its features, and compare and average results."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvireid.evaluation import BaseProtocol, ImageFilter, Setting, load_result
from mmvireid.registry import PROTOCOLS

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
    expected = dict(galleries='official', feature='fused', flip=False, normalized=True, rerank=False)
    assert {name: result[name] for name in expected} == expected
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
    with pytest.raises(SystemExit, match='is not a result file'):
        call('analysis_tools/show_results.py', features)


def test_features_are_scored_without_the_model(trained, tmp_path, options, call, tiny_root, capsys):
    """Scores from the features file equal the scores of the test tool."""
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
    expected = ('seeded', 'euclidean', 'k-reciprocal')
    assert (result['galleries'], result['distance'], result['rerank']['name']) == expected
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
        (['--protocol', 'llcm', '--galleries', 'official'], 'the galleries of LLCM are seeded. Leave --galleries out'),
        (['--protocol', 'sysu', '--data-root', 'nowhere'], "No folder --data-root 'nowhere'"),
        (['--protocol', 'sysu', '--json', tmp_path], 'it is a folder'),
        (['--protocol', 'sysu', '--device', 'abacus'], "--device 'abacus' cannot be used here"),
        (['--protocol', 'sysu', '--options', 'exclude_same_place=no'], "exclude_same_place='no': give True or False"),
        (['--protocol', 'sysu', '--options', 'probe_cams=[3]'], 'probe_cams of SYSUMM01Protocol .* write query_cams'),
        (['--protocol', 'sysu', '--rerank-options', 'k1=3'], 'without --rerank'),
        (['--protocol', 'sysu', '--rerank', '--rerank-options', 'k=3'], r"\['k'\]: KReciprocalReranking has"),
        (['--protocol', 'sysu', '--rerank', '--rerank-options', 'k1=x'], "k1='x' .* whole number"),
        (['--protocol', ROOT / 'configs/_base_/default_runtime.py'], 'is not a config with a test_evaluator.protocol'),
        (['--protocol', 'market'], "'market' is neither one of"),
        (['--protocol', 'sysu', '--options', 'cmc_unit=rank'], "cmc_unit='rank': choose 'identity' or 'image'"),
        (['--protocol', 'sysu', '--options', 'cameras=3'], r"\['cameras'\]: SYSUMM01Protocol has"),
    ):
        with pytest.raises(SystemExit, match=f'error: .*{message}'):
            call(*score[:2], *words)
    with pytest.raises(SystemExit, match='error: No features file'):
        call(score[0], 'absent.npz', '--protocol', 'sysu')


class NightProtocol(BaseProtocol):
    """Compare infrared queries of one camera with drawn visible images."""

    name, galleries = 'Night', 'seeded'

    def __init__(self, camera: int = 3, num_trials: int = 10, cmc_unit: str = 'image') -> None:
        table = {'night': Setting(ImageFilter(cam_ids=(camera,)), ImageFilter(cam_ids=(1, 2)), shots=1)}
        super().__init__(table, None, num_trials, cmc_unit=cmc_unit, options=dict(camera=camera))


@pytest.fixture
def plain_features(tmp_path):
    """Write a features file of other code: 3 identities in cameras 1, 2 (visible), 3 and 6 (infrared)."""
    rows = [(pid, cam_id, int(cam_id in (3, 6)), f'{cam_id}/{pid}.jpg') for pid in (1, 2, 3) for cam_id in (1, 2, 3, 6)]
    pids, cam_ids, modalities, paths = map(np.array, zip(*rows, strict=True))
    features = np.random.default_rng(0).normal(size=(len(rows), 8)) + 3 * np.eye(8)[pids]
    file = tmp_path / 'plain.npz'
    np.savez(file, features=features, pids=pids, cam_ids=cam_ids, modalities=modalities, paths=paths)
    return file


def test_a_registered_protocol_is_found_by_its_name(plain_features, tmp_path, monkeypatch, call, capsys):
    monkeypatch.setitem(PROTOCOLS.module_dict, 'NightProtocol', NightProtocol)
    score = ['analysis_tools/eval_features.py', plain_features, '--json', tmp_path / 'result.json']
    call(*score, '--protocol', 'night', '--options', 'camera=6', 'num_trials=2', 'cmc_unit=identity')
    assert 'protocol Night (camera=6, cmc_unit=identity)' in capsys.readouterr().out
    result = load_result(tmp_path / 'result.json')
    assert result['settings']['night']['num_query'] == 3 and len(result['settings']['night']['trials']) == 2
    with pytest.raises(SystemExit, match=r"error: --options \['moon'\]: NightProtocol has \['camera', 'cmc_unit'"):
        call(*score, '--protocol', 'night', '--options', 'moon=full')
    with pytest.raises(SystemExit, match="is neither one of .*'night'"):
        call(*score, '--protocol', 'dusk')


def test_every_registered_protocol_has_a_name_on_the_command_line(plain_features, call, capsys):
    names = {protocol.name: protocol.name.lower() for protocol in PROTOCOLS.module_dict.values()}
    names['SYSU-MM01'] = 'sysu'
    for protocol, name in names.items():
        call('analysis_tools/eval_features.py', plain_features, '--protocol', name)
        assert f'protocol {protocol} ' in capsys.readouterr().out


def test_the_distance_of_features_that_are_not_normalized_must_be_given(plain_features, call, capsys):
    record = np.array(json.dumps(dict(feature='bn', flip=False, normalized=False)))
    np.savez(plain_features, **np.load(plain_features), record=record)
    score = ['analysis_tools/eval_features.py', plain_features, '--protocol', 'regdb']
    with pytest.raises(SystemExit, match='holds features that are not normalized: give --distance euclidean'):
        call(*score)
    call(*score, '--distance', 'euclidean')
    assert 'feature bn (not normalized), flip off' in capsys.readouterr().out


def test_several_distances_from_one_extraction(trained, tmp_path, options, call, tiny_root, capsys):
    """Each distance has a row in the table and a result file, from the test tool and from the features file."""
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
        ([*score, 'sysu', '--distance', 'contrastive-correlation'], "features.npz' lacks .*descriptor_contrast_values"),
        ([*score, 'sysu', *rerank[:3]], "features.npz' lacks .*descriptor_contrast_values"),
        ([*score, 'sysu', *rerank[:4], 'distance=near'], 'distance=near: choose one of'),
        ([*ranked, '--distance', 'cosine', *options], "no distance 'cosine'.*'near', 'far'"),
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


def test_results_of_two_splits_are_averaged(tmp_path, tiny_regdb_root, call, smaller):
    """Average two splits with one model each. A model of another split is refused."""
    config = CONFIG.with_name('df2am_r18_synthetic-regdb.py')
    num_ids = len(set(read_labels(tiny_regdb_root / 'idx' / 'train_visible_1.txt')))
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
    with pytest.raises(SystemExit, match='trained on split number 2 .* of split number 3'):
        call('test.py', config, tmp_path / '2' / 'epoch_1.pth', *split, *common)
    call('analysis_tools/average_splits.py', *results, '--json', tmp_path / 'average.json')
    average = load_result(tmp_path / 'average.json')
    assert len(average['settings']['visible-to-thermal']['trials']) == 2
    with pytest.raises(SystemExit, match='occurs more than once'):
        call('analysis_tools/average_splits.py', results[0], results[0])


def read_labels(list_file: Path) -> list[str]:
    return [line.split()[1] for line in list_file.read_text().splitlines()]


def test_damaged_results_and_full_disks_give_one_line(plain_features, tmp_path, call, capsys):
    """Every tool names the damaged file, escapes control characters, and prints the table before an error."""
    whole, damaged = tmp_path / 'whole.json', tmp_path / 'damaged.json'
    score = ['analysis_tools/eval_features.py', plain_features, '--protocol', 'regdb']
    call(*score, '--json', whole)
    text = whole.read_text()
    for change in (
        lambda: text[: len(text) // 2],
        lambda: text.replace('"visible-to-thermal"', '"\\u001b[31m"', 1).replace('"cmc"', '"cmd"', 1),
        lambda: text.replace('"mAP": ', '"mAP": NaN, "x": ', 1),
    ):
        damaged.write_text(change())
        for tool in ('show_results', 'compare_results', 'average_splits', 'plot_cmc', 'plot_breakdown'):
            room = 'visualizations' if tool.startswith('plot') else 'analysis_tools'
            files = [damaged] if tool == 'plot_breakdown' else [damaged, whole]
            with pytest.raises(SystemExit, match=f"^error: '{damaged}' is (not a|a damaged) result file[^\\n\x1b]*$"):
                call(f'{room}/{tool}.py', *files)
    capsys.readouterr()
    with pytest.raises(SystemExit, match="^error: Could not write '/dev/full': No space left on device[^\\n]*$"):
        call('analysis_tools/show_results.py', whole, '--json', '/dev/full')
    assert 'visible-to-thermal' in capsys.readouterr().out
    for tool in ('show_results', 'average_splits'):
        with pytest.raises(SystemExit, match=f"^error: Could not write '{tmp_path}': it is a folder"):
            call(f'analysis_tools/{tool}.py', 'absent.json', '--json', tmp_path)  # the output is checked first
