"""Count the parameters of a config's network, and the FLOPs of extracting one test image.

--splits prints one row for each parameter sharing of the backbone, from s0 (all stages shared) to s5 (all doubled).
It also counts the FLOPs of training on one visible and one infrared image: forward and backward, without the heads.

A FLOP is one multiply-add of a convolution or a matrix product. Normalization, activation, pooling and losses do not
count. If the config flips its test images, each image is extracted twice, and both extractions count.

Examples:
    python tools/analysis_tools/get_flops.py configs/agw/agw_r50_sysu.py
    python tools/analysis_tools/get_flops.py configs/hctri/hctri_r50_sysu.py --shape 288 144 --splits
"""

import argparse

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count

from mmvireid.models.backbones.two_stream_resnet import NUM_STAGES
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDDataSample
from mmvireid.utils.command_line import config_parser, load_config
from mmvireid.utils.printable import printable


def parse_args() -> argparse.Namespace:
    parser = config_parser(__doc__)
    parser.add_argument(
        '--shape',
        type=int,
        nargs=2,
        metavar=('HEIGHT', 'WIDTH'),
        help='size of an image; default: the size in the test pipeline',
    )
    parser.add_argument('--splits', action='store_true', help='print one row for each parameter sharing, s0 to s5')
    return parser.parse_args()


def image_shape(cfg: Config) -> tuple[int, int]:
    """Return the height and width of the test images."""
    scales = [step['scale'] for step in cfg.test_dataloader.dataset.pipeline if step['type'] == 'Resize']
    if not scales:
        raise ValueError('the test pipeline does not resize: set the size of an image with --shape HEIGHT WIDTH.')
    width, height = scales[-1]
    return height, width


def flop_counter() -> FlopCounterMode:
    """Build PyTorch's counter, with a corrected formula for the backward pass of grouped convolutions."""

    def conv_backward(grad_shape, x_shape, weight_shape, *args, out_shape=None, **kwargs) -> int:
        transposed, output_mask = args[4], args[7]
        forward = conv_flop_count(x_shape, weight_shape, grad_shape, transposed)
        return forward * sum(output_mask[:2])  # gradients of the input and of the weight

    return FlopCounterMode(display=False, custom_mapping={torch.ops.aten.convolution_backward: conv_backward})


def multiply_adds(counter: FlopCounterMode, module: str = 'Global') -> int:
    """Return the counted multiply-adds of a module, or of the whole network."""
    return sum(counter.get_flop_counts().get(module, {}).values()) // 2


def extraction_flops(model: nn.Module, shape: tuple[int, int]) -> dict[str, int]:
    """Count the multiply-adds of one test image: in the backbone, in the neck, and in the whole prediction."""
    sample = ReIDDataSample(gt_label=0, metainfo=dict(cam_id=1, modality=Modality.VISIBLE))
    model.eval()
    with torch.no_grad(), flop_counter() as counter:
        model(torch.zeros(1, 3, *shape), [sample], mode='predict')
    parts = {part: f'{type(model).__name__}.{part}' for part in ('backbone', 'neck')}
    return {part: multiply_adds(counter, module) for part, module in {**parts, 'extraction': 'Global'}.items()}


def pair_flops(model: nn.Module, shape: tuple[int, int]) -> int:
    """Count the multiply-adds of training on one visible and one infrared image, without the heads."""
    model.train()
    with flop_counter() as counter:
        features = model.extract_feat(torch.randn(2, 3, *shape), torch.tensor(list(Modality)))
        sum(feature.sum() for feature in features.values()).backward()
    return multiply_adds(counter)


def num_parameters(*modules: nn.Module) -> int:
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


def component_table(cfg: Config, shape: tuple[int, int]) -> str:
    """List parameters and FLOPs of the backbone, the neck, the whole extraction and the heads."""
    model = MODELS.build(cfg.model)
    flops = extraction_flops(model, shape)
    parameters = {part: num_parameters(getattr(model, part)) for part in ('backbone', 'neck', 'heads')}
    describing = num_parameters(*model.describing_heads)
    parameters['extraction'] = parameters['backbone'] + parameters['neck'] + describing
    rows = [[part, mega(parameters[part]), giga(flops[part])] for part in ('backbone', 'neck', 'extraction')]
    rows.append(['heads (training only)', mega(parameters['heads'] - describing), ''])
    return markdown_table(['', 'parameters', 'FLOPs of a test image'], rows)


def split_table(cfg: Config, shape: tuple[int, int]) -> str:
    """List parameters and FLOPs of every parameter sharing."""
    if 'split' not in cfg.model.backbone:
        raise ValueError(f'--splits: the backbone {cfg.model.backbone.type} has no option split.')
    rows = []
    for split in range(NUM_STAGES + 1):
        cfg.model.backbone.split = split
        model = MODELS.build(cfg.model)
        parameters = num_parameters(model.backbone), num_parameters(model.backbone, model.neck)
        flops = extraction_flops(model, shape)['extraction'], pair_flops(model, shape)
        rows.append([f's{split}', *map(mega, parameters), *map(giga, flops)])
    header = ['split', 'parameters: backbone', 'backbone and neck', 'FLOPs: test image', 'training pair']
    return markdown_table(header, rows)


def mega(number: int) -> str:
    return f'{number / 1e6:.3f} M'


def giga(number: int) -> str:
    return f'{number / 1e9:.3f} G'


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    rule = ['---'] + ['---:'] * (len(header) - 1)
    return '\n'.join(f'| {" | ".join(row)} |' for row in [header, rule, *rows])


def main() -> None:
    args = parse_args()
    init_default_scope('mmvireid')
    try:
        cfg = load_config(args)
        height, width = args.shape or image_shape(cfg)
        table = (split_table if args.splits else component_table)(cfg, (height, width))
    except (OSError, ValueError) as error:
        raise SystemExit(f'error: {printable(error)}') from None
    print(f'{args.config}, images of {height}x{width}\n\n{table}')
    if args.splits:
        print('\nAn image passes through one stream of each stage: its FLOPs do not depend on the split.')


if __name__ == '__main__':
    main()
