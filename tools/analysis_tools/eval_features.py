"""Score a features file of any code under a protocol. The tool needs no model and no images.

Examples:
    python tools/analysis_tools/eval_features.py features.npz --protocol sysu --data-root SYSU-MM01 --json result.json
    python tools/analysis_tools/eval_features.py features.npz --protocol regdb --rerank --json result.json
    python tools/analysis_tools/eval_features.py features.npz --protocol open-set --options exclude_same_place=True
    python tools/analysis_tools/eval_features.py features.npz --protocol configs/df2am/df2am_r50_csv.py
    python tools/analysis_tools/eval_features.py features.npz --protocol regdb --rerank --rerank-method top-k

The file holds features (N, D), pids (N,), cam_ids (N,), modalities (N,) (0 visible, 1 infrared) and paths (N,).
Paths are relative to the data root. docs/evaluation.md describes further descriptors that a distance compares.
"""

import argparse
import inspect
from pathlib import Path

import torch
from mmengine.registry import Registry

from mmvireid.evaluation import (
    BaseDistance,
    BaseProtocol,
    BaseReranking,
    FeatureSet,
    evaluate,
    load_features,
    result_table,
)
from mmvireid.evaluation.distances.build import build_distances
from mmvireid.evaluation.metrics.image_records import descriptor_types
from mmvireid.evaluation.results.file import result_files, save_results
from mmvireid.registry import DISTANCES, PROTOCOLS, RERANKINGS
from mmvireid.utils.atomic_file import check_writable
from mmvireid.utils.config_file import read_config
from mmvireid.utils.old_names import refuse_old_options
from mmvireid.utils.printable import printable
from mmvireid.utils.run_tool import KeyValues, ToolParser, run_tool


def types_by_name(registry: Registry) -> dict[str, str]:
    """Map the command-line names of all registered components to their types, such as 'cosine' to 'CosineDistance'."""
    return {  # a subclass does not inherit the command-line name
        vars(component).get('command_line_name') or component.name.lower(): component_type
        for component_type, component in registry.module_dict.items()
    }


def parse_args() -> argparse.Namespace:
    parser = ToolParser(__doc__)
    parser.add_argument('features', type=Path, help='.npz file of features')
    parser.add_argument(
        '--protocol',
        required=True,
        help=f'{", ".join(types_by_name(PROTOCOLS))}, or a config file: its test_evaluator gives protocol and distance',
    )
    parser.add_argument('--data-root', help='folder of the data set; it holds the permutation file of SYSU-MM01')
    parser.add_argument('--galleries', choices=['auto', 'official', 'seeded'], default='auto', help='set of galleries')
    parser.add_argument(
        '--distance',
        choices=types_by_name(DISTANCES),
        help='default: the distance or distances of the config file, cosine for a named protocol',
    )
    parser.add_argument('--rerank', action='store_true', help='also score re-ranked distances, next to the raw scores')
    parser.add_argument(
        '--rerank-method', choices=types_by_name(RERANKINGS), default='k-reciprocal', help='with --rerank'
    )
    parser.add_argument(
        '--rerank-options', nargs='+', action=KeyValues, default={}, help='such as k1=20 k2=6, or k=100'
    )
    parser.add_argument(
        '--options', nargs='+', action=KeyValues, default={}, help='options of the protocol, such as cmc_unit=image'
    )
    parser.add_argument('--no-breakdown', action='store_true', help='leave out the scores by camera and identity')
    parser.add_argument('--device', default='cpu', help='device on which distances are computed')
    parser.add_argument(
        '--json', type=Path, help='write the whole result to this file; several distances write FILE_<label>.json each'
    )
    return parser.parse_args()


def read_evaluator(args: argparse.Namespace) -> tuple[dict, dict | None]:
    """Return the config of the protocol and of its distance. The distance of a named protocol is None."""
    protocols = types_by_name(PROTOCOLS)
    if args.protocol in protocols:
        return dict(type=protocols[args.protocol]), None
    if not Path(args.protocol).is_file():
        raise ValueError(f"--protocol '{args.protocol}' is neither one of {list(protocols)} nor a config file.")
    cfg = read_config(args.protocol)
    try:
        evaluator = cfg.test_evaluator
        return dict(evaluator['protocol']), evaluator.get('distance') or dict(type='CosineDistance')
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"--protocol '{args.protocol}' is not a config with a test_evaluator.protocol: {error!r}."
        ) from None


def build_protocol(args: argparse.Namespace, cfg: dict) -> BaseProtocol:
    known = check_options('--options', args.options, cfg['type'], PROTOCOLS)
    if args.data_root and 'data_root' in known:
        cfg['data_root'] = args.data_root
    if args.galleries != 'auto' and 'galleries' in known:
        cfg['galleries'] = args.galleries
    protocol = PROTOCOLS.build({**cfg, **args.options})
    if protocol.galleries == 'all':
        if args.galleries != 'auto':
            print(f'{protocol.name} draws no galleries: --galleries {args.galleries} changes nothing.')
    elif args.galleries not in ('auto', protocol.galleries):
        raise ValueError(
            f'--galleries {args.galleries}: the galleries of {protocol.name} are {protocol.galleries}. Leave '
            '--galleries out.'
        )
    return protocol


def choose_distances(args: argparse.Namespace, cfg: dict | None) -> dict[str, BaseDistance]:
    """Build the distance of the command line, or the distances of the config file, or the cosine distance."""
    return build_distances(cfg if args.distance is None else dict(type=types_by_name(DISTANCES)[args.distance]))


def check_distance_is_given(args: argparse.Namespace, cfg: dict | None, normalized: bool) -> None:
    """Refuse to guess the distance of features that are not normalized: it may not be the cosine."""
    if args.distance is None and cfg is None and not normalized:
        raise ValueError(
            f"'{args.features}' holds features that are not normalized: give --distance euclidean, --distance cosine, "
            'or the config file as --protocol.'
        )


def build_reranking(args: argparse.Namespace) -> BaseReranking | None:
    if not args.rerank:
        if args.rerank_options:
            raise ValueError('--rerank-options has no effect without --rerank: add --rerank.')
        return None
    reranking = types_by_name(RERANKINGS)[args.rerank_method]
    known = check_options('--rerank-options', args.rerank_options, reranking, RERANKINGS)
    options = dict(args.rerank_options)
    if 'distance' in known:
        distances = types_by_name(DISTANCES)
        finer = options.get('distance', 'contrastive-correlation')
        if finer not in distances:
            raise ValueError(f'--rerank-options distance={finer}: choose one of {list(distances)}.')
        options['distance'] = dict(type=distances[finer])
    return RERANKINGS.build(dict(type=reranking, **options))


def check_options(argument: str, options: dict, component: str, registry: Registry) -> list[str]:
    """Return the options of a component. Raise ValueError if the command line gives another one."""
    refuse_old_options(registry.name, registry.get(component), options)
    known = sorted(inspect.signature(registry.get(component)).parameters)
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f'{argument} {unknown}: {component} has {known}.')
    return known


def check_places(args: argparse.Namespace) -> None:
    """Check data root and device before the work starts."""
    if args.data_root and not Path(args.data_root).is_dir():
        raise FileNotFoundError(f"No folder --data-root '{args.data_root}'.")
    try:
        torch.empty(1, device=args.device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"--device '{args.device}' cannot be used here: {str(error).splitlines()[0]}") from None


def score(
    args: argparse.Namespace,
    feature_set: FeatureSet,
    protocol: BaseProtocol,
    distances: dict[str, BaseDistance],
    reranking: BaseReranking | None,
) -> dict[str, dict]:
    """Return one result per distance, by label."""
    try:
        return {
            label: evaluate(
                feature_set.images,
                feature_set.compared,
                protocol,
                distance,
                reranking=reranking,
                breakdown=not args.no_breakdown,
                device=args.device,
                **feature_set.record,
            )
            for label, distance in distances.items()
        }
    except ValueError as error:
        raise ValueError(f"'{args.features}': {error} (--options sets the protocol's options.)") from None


def main() -> None:
    args = parse_args()
    check_places(args)
    protocol_cfg, distance_cfg = read_evaluator(args)
    protocol, reranking = build_protocol(args, protocol_cfg), build_reranking(args)
    distances = choose_distances(args, distance_cfg)
    if args.json:
        for file in result_files(args.json, list(distances)):
            check_writable(file)
    compared = descriptor_types([*distances.values(), *([reranking] if reranking else [])])
    feature_set = load_features(args.features, [name for name in compared if name != 'feature'])
    check_distance_is_given(args, distance_cfg, feature_set.record.get('normalized', True))
    results = score(args, feature_set, protocol, distances, reranking)
    print(result_table(results))
    if args.json:
        print(printable(f'Result: {", ".join(map(str, save_results(args.json, results)))}'))


if __name__ == '__main__':
    run_tool(main)
