"""Draw where a query and gallery images differ, according to contrastive correlation (DSCSN + CCN, Fig. 4).

The config needs a ContrastiveCorrelationHead. Name the gallery images with --gallery. By default, the tool draws random
images of the other modality, spread over identities and cameras.

Example:
    python tools/visualizations/draw_contrastive_maps.py CONFIG CHECKPOINT --query cam3/0006/0001.jpg --out maps.png
"""

import argparse
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from mmvireid.datasets import stack_collate
from mmvireid.models.heads import ContrastiveCorrelationHead
from mmvireid.registry import DATASETS
from mmvireid.structures import Modality, ReIDTargets
from mmvireid.utils.atomic_file import check_writable
from mmvireid.utils.command_line import build_test_runner, checkpoint_parser, load_runner_config
from mmvireid.utils.printable import printable
from mmvireid.utils.run_tool import run_tool
from mmvireid.visualization import ContrastedImage, draw_contrastive_maps, spread_places


def parse_args() -> argparse.Namespace:
    parser = checkpoint_parser(__doc__)
    parser.add_argument('--query', help='path relative to the data root; default: the first infrared test image')
    parser.add_argument('--gallery', nargs='+', help='paths of the gallery images; default: random images')
    parser.add_argument('--positives', type=int, default=3, help='number of random images of the same person')
    parser.add_argument('--negatives', type=int, default=6, help='number of random images of other persons')
    parser.add_argument('--seed', type=int, default=0, help='seed of the random choice')
    parser.add_argument('--out', type=Path, default=Path('contrastive_maps.png'), help='picture to write')
    return parser.parse_args()


def choose_images(records: Mapping[str, dict], args: argparse.Namespace) -> list[str]:
    """Return the path of the query, then the paths of the gallery images."""
    query = args.query or min(records, key=lambda path: records[path]['modality'] != Modality.INFRARED)
    for path in (query, *(args.gallery or ())):
        if path not in records:
            raise ValueError(f"'{path}' is not a test image. A valid path is, for example, '{next(iter(records))}'.")
    if args.gallery:
        return [query, *args.gallery]
    pid, modality = records[query]['pid'], records[query]['modality']
    others = {path: record for path, record in records.items() if record['modality'] != modality}
    generator, chosen = random.Random(args.seed), [query]
    for option, count, is_match in (('positives', args.positives, True), ('negatives', args.negatives, False)):
        pool = {path: record for path, record in others.items() if (record['pid'] == pid) == is_match}
        if not 0 <= count <= len(pool):
            raise ValueError(f"--{option} {count} must be 0 to {len(pool)}, the number of such images for '{query}'.")
        chosen += draw_evenly(pool, count, generator)
    return chosen


def draw_evenly(records: Mapping[str, dict], count: int, generator: random.Random) -> list[str]:
    """Draw random paths, spread over as many identities, and then cameras, as possible."""
    rest, drawn, used = generator.sample(list(records), len(records)), [], Counter()
    for _ in range(count):
        drawn.append(min(rest, key=lambda path: [used[name, records[path][name]] for name in ('pid', 'cam_id')]))
        rest.remove(drawn[-1])
        used.update((name, records[drawn[-1]][name]) for name in ('pid', 'cam_id'))
    return drawn


def caption(record: Mapping) -> str:
    camera = f', cam {record["cam_id"]}' if record['cam_id'] else ''  # RegDB numbers no cameras
    return f'id {record["pid"]}{camera}'


@torch.no_grad()
def contrast(
    model: nn.Module, head: ContrastiveCorrelationHead, items: Sequence[dict]
) -> tuple[Tensor, Tensor, list[float]]:
    """Contrast the first image with every other image.

    Returns:
        The maps of the first image (n, h, w), the maps of the others (n, h, w), and the n difference scores.
    """
    batch = model.data_preprocessor(stack_collate(items))
    targets = ReIDTargets.from_data_samples(batch['data_samples'], batch['inputs'].device)
    maps = model.extract_feat(batch['inputs'], targets.modalities)[head.feature].float()
    others = torch.arange(1, len(items), device=maps.device)
    query = torch.zeros_like(others)
    logits = head.logits(maps, targets.modalities, query, others)
    query_maps, other_maps = (
        spread_places(features.mean(dim=1).unflatten(1, head.grid.place_size), head.grid.kernel_size).cpu()
        for features in head.correlations(maps, query, others)
    )
    return query_maps, other_maps, torch.stack(logits).double().sigmoid().mean(dim=0).tolist()


def draw(args: argparse.Namespace) -> None:
    check_writable(args.out)
    cfg = load_runner_config(args)
    runner = build_test_runner(cfg, args.checkpoint)
    heads = [head for head in runner.model.heads.values() if isinstance(head, ContrastiveCorrelationHead)]
    if not heads:
        raise ValueError(
            f"'{args.config}' has no ContrastiveCorrelationHead in model.heads. Use a config of configs/ccn."
        )
    runner.load_or_resume()
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    records = {Path(info['img_path']).relative_to(dataset.data_root).as_posix(): info for info in infos}
    paths = choose_images(records, args)
    shown = [records[path] for path in paths]
    items = [dataset[record['sample_idx']] for record in shown]
    query_maps, own_maps, differences = contrast(runner.model.eval(), heads[0], items)

    images = [item['inputs'].permute(1, 2, 0) for item in items]
    captions = [caption(record) for record in shown]
    matches = [record['pid'] == shown[0]['pid'] for record in shown[1:]]
    columns = zip(images[1:], captions[1:], query_maps, own_maps, differences, matches, strict=True)
    draw_contrastive_maps(images[0], captions[0], [ContrastedImage(*column) for column in columns], args.out)
    for difference, path, is_match in sorted(zip(differences, paths[1:], matches, strict=True)):
        print(f'{path}: {"same person" if is_match else "another person"}, D = {difference:.6f}')
    print(f'Contrastive maps: {printable(args.out)}')


def main() -> None:
    args = parse_args()
    draw(args)


if __name__ == '__main__':
    run_tool(main)
