"""Score a file of features, from any code, under a data set's protocol: no model, no images.

Examples:
    python tools/analysis_tools/eval_features.py features.npz --protocol sysu --data-root SYSU-MM01 --json result.json
    python tools/analysis_tools/eval_features.py features.npz --protocol regdb --rerank --json result.json
    python tools/analysis_tools/eval_features.py features.npz --protocol open-set --options exclude_same_place=True
    python tools/analysis_tools/eval_features.py features.npz --protocol configs/df2am/df2am_r50_csv.py
    python tools/analysis_tools/eval_features.py features.npz --protocol regdb --rerank --rerank-method top-k

The file holds features (N, D), pids (N,), cam_ids (N,), modalities (N,) (0 visible, 1 infrared) and paths (N,),
relative to the data root, and what distances compare beside the features: see docs/evaluation.md.
"""

import argparse
import inspect
from pathlib import Path

import torch
from mmengine.config import Config, DictAction
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
from mmvireid.evaluation.distances.build import build_distances, descriptor_types, save_results
from mmvireid.registry import PROTOCOLS, RERANKINGS

NAMED_PROTOCOLS = {
    'sysu': 'SYSUMM01Protocol',
    'regdb': 'RegDBProtocol',
    'llcm': 'LLCMProtocol',
    'open-set': 'OpenSetProtocol',
}
NAMED_DISTANCES = {
    'cosine': 'CosineDistance',
    'euclidean': 'EuclideanDistance',
    'contrastive-correlation': 'ContrastiveCorrelationDistance',
}
NAMED_RERANKINGS = {
    'k-reciprocal': 'KReciprocalReranking',
    'affinity-inference': 'AffinityInferenceReranking',
    'top-k': 'TopKReranking',
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('features', type=Path, help='.npz file of features')
    parser.add_argument(
        '--protocol',
        required=True,
        help=f'{", ".join(NAMED_PROTOCOLS)}, or a config file, whose test_evaluator says protocol and distance',
    )
    parser.add_argument('--data-root', help="folder of the data set; SYSU-MM01's permutation file is read from it")
    parser.add_argument('--galleries', choices=['auto', 'official', 'seeded'], default='auto', help='set of galleries')
    parser.add_argument(
        '--distance',
        choices=NAMED_DISTANCES,
        help="default: that, or those, of --protocol's config file; without one, cosine",
    )
    parser.add_argument('--rerank', action='store_true', help='also score re-ranked distances, beside the raw ones')
    parser.add_argument('--rerank-method', choices=NAMED_RERANKINGS, default='k-reciprocal', help='with --rerank')
    parser.add_argument(
        '--rerank-options', nargs='+', action=DictAction, default={}, help='such as k1=20 k2=6, or k=100'
    )
    parser.add_argument(
        '--options', nargs='+', action=DictAction, default={}, help="the protocol's, such as cmc_unit='image'"
    )
    parser.add_argument('--no-breakdown', action='store_true', help='leave out the results by camera and identity')
    parser.add_argument('--device', default='cpu', help='where distances are computed')
    parser.add_argument(
        '--json', type=Path, help='write the whole result to this file; of several distances FILE_<label>.json'
    )
    return parser.parse_args()


def read_evaluator(args: argparse.Namespace) -> tuple[dict, dict | None]:
    """Configs of the protocol that is named and of its distance: that of a config file, of a named protocol None."""
    if args.protocol in NAMED_PROTOCOLS:
        return dict(type=NAMED_PROTOCOLS[args.protocol]), None
    if not Path(args.protocol).is_file():
        raise ValueError(f"--protocol '{args.protocol}' is none of {list(NAMED_PROTOCOLS)} and no config file.")
    try:
        evaluator = Config.fromfile(args.protocol).test_evaluator
        return dict(evaluator['protocol']), evaluator.get('distance') or dict(type='CosineDistance')
    except Exception as error:  # a config is a program: anything may go wrong in it
        raise ValueError(
            f"--protocol '{args.protocol}' is no config with a test_evaluator.protocol: {error!r}."
        ) from None


def build_protocol(args: argparse.Namespace, cfg: dict) -> BaseProtocol:
    known = check_known('--options', args.options, cfg['type'], PROTOCOLS)
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
            f'--galleries {args.galleries}: those of {protocol.name} are {protocol.galleries}; leave --galleries out.'
        )
    return protocol


def choose_distances(args: argparse.Namespace, cfg: dict | None) -> dict[str, BaseDistance]:
    """The distance that is asked for, else those of the config file by label, else the cosine."""
    return build_distances(cfg if args.distance is None else dict(type=NAMED_DISTANCES[args.distance]))


def check_said(args: argparse.Namespace, cfg: dict | None, feature: str) -> None:
    """A feature that was not normalized may have been learned for another distance than the cosine."""
    if args.distance is None and cfg is None and feature.startswith('unnormalized '):
        raise ValueError(
            f"'{args.features}' holds the {feature}: say --distance euclidean or --distance cosine, or give the config "
            'file as --protocol.'
        )


def build_reranking(args: argparse.Namespace) -> BaseReranking | None:
    if not args.rerank:
        if args.rerank_options:
            raise ValueError('--rerank-options without --rerank: nothing is re-ranked.')
        return None
    reranking = NAMED_RERANKINGS[args.rerank_method]
    check_known('--rerank-options', args.rerank_options, reranking, RERANKINGS)
    options = dict(args.rerank_options)
    if args.rerank_method == 'top-k':
        finer = options.get('distance', 'contrastive-correlation')
        if finer not in NAMED_DISTANCES:
            raise ValueError(f'--rerank-options distance={finer}: there are {list(NAMED_DISTANCES)}.')
        options['distance'] = dict(type=NAMED_DISTANCES[finer])
    return RERANKINGS.build(dict(type=reranking, **options))


def check_known(argument: str, options: dict, component: str, registry: Registry) -> list[str]:
    """The options that a component has; ValueError if another one is given."""
    known = sorted(inspect.signature(registry.get(component)).parameters)
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f'{argument} {unknown}: {component} has {known}.')
    return known


def check_places(args: argparse.Namespace) -> None:
    """What would otherwise fail after the work is done."""
    if args.json and (args.json.is_dir() or any(parent.is_file() for parent in args.json.parents)):
        raise ValueError(f"--json '{args.json}' cannot be written: it is a folder, or lies below a file.")
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
    """Results by the label of their distance."""
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
    try:
        check_places(args)
        protocol_cfg, distance_cfg = read_evaluator(args)
        protocol, reranking = build_protocol(args, protocol_cfg), build_reranking(args)
        distances = choose_distances(args, distance_cfg)
        compared = descriptor_types([*distances.values(), *([reranking] if reranking else [])])
        feature_set = load_features(args.features, [name for name in compared if name != 'feature'])
        check_said(args, distance_cfg, feature_set.record.get('feature', ''))
        results = score(args, feature_set, protocol, distances, reranking)
        print(result_table(results))
        if args.json:
            print(f'Result: {", ".join(map(str, save_results(args.json, results)))}')
    except (OSError, ValueError) as error:
        raise SystemExit(f'error: {error}') from None


if __name__ == '__main__':
    main()
