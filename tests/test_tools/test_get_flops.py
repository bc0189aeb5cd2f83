"""Numbers of parameters and FLOPs: published and hand-computed."""

import runpy
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

ROOT = Path(__file__).parents[2]
TOOL = str(ROOT / 'tools' / 'analysis_tools' / 'get_flops.py')
R50, R18 = (str(ROOT / 'configs' / 'df2am' / f'df2am_{name}.py') for name in ('r50_sysu', 'r18_synthetic'))


@pytest.fixture
def rows(monkeypatch, capsys):
    """Return a function that runs the tool and returns the cells of each row by the first cell."""

    def run_tool(*words: str) -> dict[str, list[str]]:
        monkeypatch.setattr(sys, 'argv', [TOOL, *words])
        runpy.run_path(TOOL, run_name='__main__')
        lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith('|')]
        cells = [[cell.strip() for cell in line.strip('|').split('|')] for line in lines]
        return {first: rest for first, *rest in cells}

    return run_tool


def test_resnet50_at_224_is_as_published(rows):
    # torchvision: the network with its classifier of 1000 classes has 25,557,032 parameters and 4.089 G multiply-adds.
    # The classifier alone has 2,049,000 parameters and 2,048,000 multiply-adds.
    resnet = 'model.backbone.resnet.strides=(1,2,2,2)'
    table = rows(R50, '--shape', '224', '224', '--cfg-options', resnet, 'model.backbone.split=0')
    assert table['backbone'] == ['23.508 M', '4.087 G']


def test_heads_do_not_belong_to_the_extraction(rows):
    table = rows(R50, '--shape', '64', '32')
    assert table['heads (training only)'] == [f'{2048 * 395 / 1e6:.3f} M', '']
    backbone, neck, both = (float(table[part][0].split()[0]) for part in ('backbone', 'neck', 'extraction'))
    assert both == pytest.approx(backbone + neck, abs=0.002)


def test_flipped_test_images_are_extracted_twice(rows):
    once, twice = (
        float(rows(R18, '--cfg-options', f'model.test_cfg.flip={flip}')['extraction'][1].split()[0])
        for flip in (False, True)
    )
    assert twice == pytest.approx(2 * once, abs=0.002)


def test_splits_differ_in_parameters_only(rows):
    table = rows(R18, '--splits')
    splits = [[float(cell.split()[0]) for cell in table[f's{split}']] for split in range(6)]
    backbone, with_neck, test_image, pair = zip(*splits, strict=True)
    assert list(backbone) == sorted(set(backbone)) and backbone[5] == pytest.approx(2 * backbone[0], abs=0.002)
    assert [b - a for a, b in zip(backbone, with_neck, strict=True)] == pytest.approx([2 * 256 / 1e6] * 6, abs=0.001)
    assert len(set(test_image)) == len(set(pair)) == 1
    # Two images, each one forward and twice that backward, except for the gradient of the images.
    stem = 2 * 3 * 32 * 7 * 7 * 64 * 32 / 1e9
    assert pair[0] == pytest.approx(6 * test_image[0] - stem, abs=0.005)


def test_documented_table_is_the_output_of_the_tool(rows):
    page = (ROOT / 'docs' / 'parameter_sharing.md').read_text()
    documented = next(line for line in page.splitlines() if line.startswith('| s2 |') and ' G ' in line)
    backbone, with_neck, test_image, _ = (cell.strip() for cell in documented.strip('|').split('|')[1:])
    table = rows(str(ROOT / 'configs' / 'hctri' / 'hctri_r50_sysu.py'))
    assert table['backbone'][0] == backbone
    assert table['extraction'] == [with_neck, test_image]


@pytest.mark.parametrize('groups', [1, 8])
def test_a_convolution_by_hand(groups):
    tool = runpy.run_path(TOOL)
    convolution = nn.Conv2d(16, 24, 3, padding=1, groups=groups, bias=False)
    with tool['flop_counter']() as counter:
        convolution(torch.randn(2, 16, 5, 7, requires_grad=True)).sum().backward()
    forward = 2 * 24 * (5 * 7) * (16 // groups) * 9
    assert tool['multiply_adds'](counter) == 3 * forward


def test_errors_say_what_to_do(rows, tmp_path):
    with pytest.raises(SystemExit, match='does not resize: set the size of an image with --shape HEIGHT WIDTH'):
        rows(R18, '--cfg-options', 'test_dataloader.dataset.pipeline=[]')
    backbone = "dict(_delete_=True, type='OneStreamBackbone', backbone=dict(type='mmpretrain.ResNet', depth=18))"
    config = tmp_path / 'one_stream.py'
    config.write_text(f'_base_ = {R18!r}\nmodel = dict(backbone={backbone})\n')
    with pytest.raises(SystemExit, match='the backbone OneStreamBackbone has no option split'):
        rows(str(config), '--splits')
    with pytest.raises(SystemExit, match='error: '):
        rows('none.py')
