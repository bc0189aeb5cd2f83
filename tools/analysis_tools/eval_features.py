"""Score a file of features, from any code, under a data set's protocol: no model, no images.

Examples:
    python tools/analysis_tools/eval_features.py features.npz --protocol sysu --data-root SYSU-MM01 --json result.json
    python tools/analysis_tools/eval_features.py features.npz --protocol regdb --rerank --json result.json
    python tools/analysis_tools/eval_features.py features.npz --protocol open-set --options exclude_same_place=True
    python tools/analysis_tools/eval_features.py features.npz --protocol configs/df2am/df2am_r50_csv.py

The file holds features (N, D), pids (N,), cam_ids (N,), modalities (N,) (0 visible, 1 infrared) and paths (N,),
relative to the data root: see docs/evaluation.md.
"""

import argparse
import inspect
from pathlib import Path

from mmengine.config import Config, DictAction

from mmvireid.evaluation import BaseProtocol, evaluate, load_features, result_table, save_result
from mmvireid.registry import DISTANCES, PROTOCOLS, RERANKINGS

NAMED_PROTOCOLS = {
    'sysu': 'SYSUMM01Protocol',
    'regdb': 'RegDBProtocol',
    'llcm': 'LLCMProtocol',
    'open-set': 'OpenSetProtocol',
}
NAMED_DISTANCES = {'cosine': 'CosineDistance', 'euclidean': 'EuclideanDistance'}
NAMED_RERANKINGS = {'k-reciprocal': 'KReciprocalReranking', 'affinity-inference': 'AffinityInferenceReranking'}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('features', type=Path, help='.npz file of features')
    parser.add_argument(
        '--protocol',
        required=True,
        help=f'{", ".join(NAMED_PROTOCOLS)}, or a config file, whose test_evaluator.protocol is taken',
    )
    parser.add_argument('--data-root', help="folder of the data set; SYSU-MM01's permutation file is read from it")
    parser.add_argument('--galleries', choices=['auto', 'official', 'seeded'], default='auto', help='set of galleries')
    parser.add_argument('--distance', choices=NAMED_DISTANCES, default='cosine')
    parser.add_argument('--rerank', action='store_true', help='also score re-ranked distances, beside the raw ones')
    parser.add_argument('--rerank-method', choices=NAMED_RERANKINGS, default='k-reciprocal', help='with --rerank')
    parser.add_argument('--rerank-options', nargs='+', action=DictAction, default={}, help='such as k1=20 k2=6')
    parser.add_argument(
        '--options', nargs='+', action=DictAction, default={}, help="the protocol's, such as collapse_identities=False"
    )
    parser.add_argument('--no-breakdown', action='store_true', help='leave out the results by camera and identity')
    parser.add_argument('--device', default='cpu', help='where distances are computed')
    parser.add_argument('--json', type=Path, help='write the whole result to this file')
    return parser.parse_args()


def build_protocol(args: argparse.Namespace) -> BaseProtocol:
    if args.protocol in NAMED_PROTOCOLS:
        cfg = dict(type=NAMED_PROTOCOLS[args.protocol])
    elif Path(args.protocol).is_file():
        cfg = dict(Config.fromfile(args.protocol).test_evaluator.protocol)
    else:
        raise ValueError(f"--protocol '{args.protocol}' is none of {list(NAMED_PROTOCOLS)} and no config file.")
    known = inspect.signature(PROTOCOLS.get(cfg['type'])).parameters
    unknown = sorted(set(args.options) - set(known))
    if unknown:
        raise ValueError(f'--options {unknown}: {cfg["type"]} has {sorted(known)}.')
    if args.data_root and 'data_root' in known:
        cfg['data_root'] = args.data_root
    if args.galleries != 'auto' and 'galleries' in known:
        cfg['galleries'] = args.galleries
    protocol = PROTOCOLS.build({**cfg, **args.options})
    if args.galleries not in ('auto', protocol.galleries):
        raise ValueError(f'--galleries {args.galleries}: the galleries of {protocol.name} are {protocol.galleries}.')
    return protocol


def main() -> None:
    args = parse_args()
    try:
        feature_set = load_features(args.features)
        result = evaluate(
            feature_set.images,
            {'feature': feature_set.features},
            build_protocol(args),
            DISTANCES.build(dict(type=NAMED_DISTANCES[args.distance])),
            reranking=RERANKINGS.build(dict(type=NAMED_RERANKINGS[args.rerank_method], **args.rerank_options))
            if args.rerank
            else None,
            breakdown=not args.no_breakdown,
            device=args.device,
            **feature_set.record,
        )
    except (OSError, ValueError, TypeError) as error:
        raise SystemExit(f'error: {error}') from None
    print(result_table({'result': result}))
    if args.json:
        save_result(args.json, result)
        print(f'Result: {args.json}')


if __name__ == '__main__':
    main()
