"""The tools that draw features and results, on files like those of the other tools."""

import re
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

ROOT = Path(__file__).parents[2]
CAMERAS = {1: 0, 2: 0, 3: 1, 6: 1}


@pytest.fixture(autouse=True)
def in_an_empty_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


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
    """Collect the arguments that the tools pass to the drawing functions."""
    calls = []
    for name in ('draw_contrastive_maps', 'draw_embedding', 'plot_cmc'):
        monkeypatch.setattr(f'mmvireid.visualization.{name}', lambda *args: calls.append(args))
    return calls


def test_draw_embedding_writes_a_picture(tmp_path, call, capsys):
    files = [write_features(tmp_path / f'{name}.npz') for name in ('id', 'hpi')]
    call('visualizations/draw_embedding.py', *files, '--labels', 'identity loss', 'HPI', '--out', 'deep/toy.png')
    assert 'deep/toy.png' in capsys.readouterr().out
    height, width = cv2.imread('deep/toy.png').shape[:2]
    assert width > 1.5 * height > 600


def test_a_panel_has_a_label_or_the_name_of_its_file(tmp_path, call, received):
    files = [write_features(tmp_path / f'{name}.npz') for name in ('id', 'hpi')]
    call('visualizations/draw_embedding.py', *files)
    call('visualizations/draw_embedding.py', *files, '--labels', 'a', 'b', '--out', 'c.pdf')
    assert [(list(sets), str(out)) for sets, out in received] == [
        (['id', 'hpi'], 'embedding.png'),
        (['a', 'b'], 'c.pdf'),
    ]
    torch.testing.assert_close(received[0][0]['hpi'].features, features(2))


def test_plot_cmc_writes_a_picture(tmp_path, call, capsys):
    files = [write_result(tmp_path / f'{name}.json', SYSUMM01Protocol(galleries='seeded')) for name in ('id', 'hpi')]
    call('visualizations/plot_cmc.py', *files, '--out', 'deep/cmc.png')
    assert 'deep/cmc.png' in capsys.readouterr().out
    assert min(cv2.imread('deep/cmc.png').shape[:2]) > 500


def test_plot_cmc_chooses_the_first_shared_setting(tmp_path, call, received):
    all_settings = write_result(tmp_path / 'id.json', SYSUMM01Protocol(galleries='seeded'))
    indoor = ['indoor-search/multi-shot', 'indoor-search/single-shot']
    some = write_result(tmp_path / 'hpi.json', SYSUMM01Protocol(galleries='seeded', settings=indoor))
    call('visualizations/plot_cmc.py', all_settings, some)
    call(
        'visualizations/plot_cmc.py',
        all_settings,
        '--labels',
        'only',
        '--setting',
        'all-search/multi-shot',
        '--max-rank',
        10,
    )
    plotted = [(list(results), setting, str(out), max_rank) for results, setting, out, max_rank in received]
    assert plotted[0] == (['id', 'hpi'], 'indoor-search/single-shot', 'cmc.png', 50)
    assert plotted[1] == (['only'], 'all-search/multi-shot', 'cmc.png', 10)


def test_an_error_names_a_mistake(tmp_path, call):
    one, same = write_features(tmp_path / 'a.npz'), write_features(tmp_path / 'deep' / 'a.npz')
    long = write_features(tmp_path / 'long.npz', length=5)
    result = write_result(tmp_path / 'r.json', SYSUMM01Protocol(galleries='seeded'))
    other = write_result(tmp_path / 's.json', RegDBProtocol())
    for words, message in (
        (['visualizations/draw_embedding.py', one, '--labels', 'a', 'b'], '--labels: 2 labels for 1 files'),
        (['visualizations/draw_embedding.py', one, same], r"--labels: \['a'\] would label several files"),
        (['visualizations/draw_embedding.py', one, long], "'long' have length 5"),
        (['visualizations/draw_embedding.py', result], 'r.json. is not an .npz file'),
        (['visualizations/draw_embedding.py', 'absent.npz'], 'No features file'),
        (['visualizations/plot_cmc.py', one], 'a.npz. is not a result file'),
        (['visualizations/plot_cmc.py', result, '--setting', 'outdoors'], "Result 'r' has no setting 'outdoors'"),
        (['visualizations/plot_cmc.py', result, '--max-rank', 51], 'max_rank=51 must be 2 to 50'),
        (['visualizations/plot_cmc.py', result, other], r'The results share no setting: .*visible-to-thermal'),
        (['visualizations/plot_cmc.py', result, '--labels', 'x', 'y'], '--labels: 2 labels for 1 files'),
    ):
        with pytest.raises(SystemExit, match=f'error: .*{message}'):
            call(*words)


def test_the_toy_experiment_from_its_config_to_its_picture(tmp_path, tiny_root, run):
    """Train by iterations, resume, extract five identities and draw them, in real processes."""
    config = ROOT / 'configs' / 'hpiln' / 'ablations' / 'hpiln_resmid-small_toy_synthetic.py'
    work_dir = tmp_path / 'toy'
    options = [
        'model.backbone.pretrained=None',
        'test_dataloader.num_workers=0',
        'default_hooks.checkpoint.interval=1',
    ]
    shared = ['--data-root', tiny_root, '--work-dir', work_dir, '--cfg-options', *options]
    run('train.py', config, *shared, 'train_cfg.max_iters=1', 'model.heads.identity=None')
    out = run('train.py', config, '--resume', *shared, 'train_cfg.max_iters=2', 'model.heads.identity=None')
    assert 'resumed epoch: 0, iter: 1' in out
    run('extract_features.py', config, work_dir / 'iter_2.pth', '--out', tmp_path / 'toy.npz', *shared)
    found = load_features(tmp_path / 'toy.npz')
    assert found.features.shape[1] == 2 and len(set(found.images.pids)) == 5
    assert (found.record['feature'], found.record['normalized']) == ('embedding', False)
    assert found.record['data']['limit_ids'] == 5
    run('visualizations/draw_embedding.py', tmp_path / 'toy.npz', '--out', tmp_path / 'toy.png')
    assert cv2.imread(str(tmp_path / 'toy.png')) is not None
    with pytest.raises(
        AssertionError,
        match=r'error: .*toy_synthetic.py. scores nothing. Write its features with tools/extract_features.py',
    ):
        run('test.py', config, work_dir / 'iter_2.pth', '--out', tmp_path / 'toy.json', *shared)
    with pytest.raises(AssertionError, match='holds features that are not normalized: give --distance euclidean'):
        run('analysis_tools/eval_features.py', tmp_path / 'toy.npz', '--protocol', 'sysu')


CCN = ROOT / 'configs' / 'ccn' / 'ccn_r18_synthetic.py'
NARROW = [
    *(f'model.backbone.resnet.{name}_channels=8' for name in ('stem', 'base')),
    *(f'model.heads.{name}.in_channels=64' for name in ('identity', 'contrast')),
]


@pytest.fixture
def contrast(call, tiny_root) -> Callable[..., None]:
    """Return a function that draws contrastive maps of the untrained network."""

    def draw(*words: object) -> None:
        call(
            'visualizations/draw_contrastive_maps.py',
            CCN,
            'none',
            '--data-root',
            tiny_root,
            *words,
            '--cfg-options',
            *NARROW,
        )

    return draw


def test_gallery_images_are_random_by_default(contrast, received, tiny_root, capsys):
    contrast()
    query, caption, images, out = received.pop()
    assert (caption, str(out)) == ('id 3, cam 3', 'contrastive_maps.png')  # the first infrared test image
    pixels = cv2.imread(str(tiny_root / 'cam3' / '0003' / '0001.jpg'))
    np.testing.assert_allclose(query, cv2.resize(pixels, (64, 128)), atol=3)
    assert [image.is_match for image in images] == [True] * 3 + [False] * 6
    pids, cameras = zip(*(map(int, re.findall(r'\d+', image.caption)) for image in images), strict=True)
    assert set(pids[:3]) == {3} and len(set(pids[3:]) - {3}) == 6
    assert set(cameras) <= {1, 2, 4, 5} and len(set(cameras[:3])) == 3 and len(set(cameras[3:])) == 4
    printed = capsys.readouterr().out
    assert printed.count('same person, D = ') == 3 and printed.count('another person, D = ') == 6

    contrast('--seed', 1, '--query', 'cam1/0005/0001.jpg', '--positives', 2, '--negatives', 0)
    _, caption, images, _ = received.pop()
    assert caption == 'id 5, cam 1' and {image.caption for image in images} == {'id 5, cam 3', 'id 5, cam 6'}


def test_the_seed_determines_the_random_images(contrast, received):
    for seed in (0, 0, 1):
        contrast('--seed', seed)
    first, again, other = ([image.image for image in images] for _, _, images, _ in received)
    assert all(map(torch.equal, first, again))
    assert not all(map(torch.equal, first, other))


def test_named_gallery_images_are_contrasted(contrast, received):
    one, two = 'cam3/0003/0001.jpg', 'cam1/0005/0002.jpg'
    contrast('--query', one, '--gallery', two, one)
    contrast('--query', two, '--gallery', one)
    (image, _, (other, itself), _), (_, _, (swapped,), _) = received
    assert torch.equal(swapped.image, image) and (other.is_match, itself.is_match) == (False, True)
    assert other.query_map.shape == other.own_map.shape == (8, 4)
    torch.testing.assert_close(other.query_map, swapped.own_map)
    torch.testing.assert_close(other.own_map, swapped.query_map)
    assert min(other.query_map.min(), other.own_map.min()) > 0 and other.difference == pytest.approx(swapped.difference)
    # An image does not differ from itself, and the linear layer starts without bias.
    assert not itself.query_map.any() and not itself.own_map.any() and itself.difference == 0.5


def test_draw_contrastive_maps_writes_a_picture(contrast, capsys):
    contrast('--positives', 1, '--negatives', 2, '--out', 'deep/maps.png')
    assert 'deep/maps.png' in capsys.readouterr().out
    height, width = cv2.imread('deep/maps.png').shape[:2]
    assert width > 0.8 * height > 600


def test_an_error_names_a_wrong_image_or_number(contrast, call, tiny_root):
    for words, message in (
        (
            ['--query', 'cam3/0404/0001.jpg'],
            "'cam3/0404/0001.jpg' is not a test image. A valid path is, for example, 'cam1/0003/",
        ),
        (['--gallery', 'cam1/0003/0001.jpg', '0001.jpg'], "'0001.jpg' is not a test image"),
        (['--positives', 15], "--positives 15 must be 0 to 14, .* for 'cam3/0003/0001.jpg'"),
        (['--negatives', -1], '--negatives -1'),
        (['--positives', 0, '--negatives', 0], 'No gallery image'),
    ):
        with pytest.raises(SystemExit, match=f'error: .*{message}'):
            contrast(*words)
    config = ROOT / 'configs' / 'df2am' / 'df2am_r18_synthetic.py'
    with pytest.raises(SystemExit, match='df2am_r18_synthetic.py. has no ContrastiveCorrelationHead .* configs/ccn'):
        call('visualizations/draw_contrastive_maps.py', config, 'none', '--data-root', tiny_root)
    with pytest.raises(SystemExit, match="error: No checkpoint 'absent.pth'"):
        call('visualizations/draw_contrastive_maps.py', CCN, 'absent.pth', '--data-root', tiny_root)
