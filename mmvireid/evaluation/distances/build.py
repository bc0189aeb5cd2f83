"""Build one distance, or several by label that share one extraction."""

import re
from collections.abc import Mapping

from mmvireid.registry import DISTANCES

from .base import BaseDistance


def build_distances(cfg: Mapping | None) -> dict[str, BaseDistance]:
    """Build distances by label, in the order of the config.

    Args:
        cfg: Config of one distance, ``dict(type='CosineDistance')``, or configs of several by label,
            ``dict(simplified=dict(type='CosineDistance'), full=dict(type='ContrastiveCorrelationDistance'))``.
            None: the cosine distance.

    Returns:
        The distances by label. The label of a single distance is ``''``.

    Raises:
        ValueError: There is no distance, a config has no type, or a label cannot be part of a file name.

    Example:
        >>> {label: distance.name for label, distance in build_distances(dict(type='EuclideanDistance')).items()}
        {'': 'euclidean'}
        >>> list(build_distances(dict(a=dict(type='CosineDistance'), b=dict(type='EuclideanDistance'))))
        ['a', 'b']
    """
    cfg = dict(type='CosineDistance') if cfg is None else cfg
    if not isinstance(cfg, Mapping) or not cfg:
        raise ValueError(f'distance={cfg!r}: give the config of one distance, or configs of several by label.')
    labeled = {label: value for label, value in cfg.items() if isinstance(value, Mapping)}
    if 'type' not in cfg:
        for label in cfg:
            if label not in labeled or 'type' not in labeled[label]:
                raise ValueError(f"distance['{label}']={cfg[label]!r}: the config of a distance needs a type.")
            if not isinstance(label, str) or not re.fullmatch(r'[\w.-]+', label):
                raise ValueError(
                    f"distance['{label}']: a label becomes part of score and file names. It may contain letters, "
                    "digits, '_', '-' and '.'."
                )
        return {label: DISTANCES.build(value) for label, value in cfg.items()}
    if both := sorted(label for label, value in labeled.items() if 'type' in value):
        raise ValueError(
            f"distance has a type, '{cfg['type']}', and also distances by label, {both}. To replace the distances of a "
            'base config, add _delete_=True to the new config.'
        )
    return {'': DISTANCES.build(cfg)}
