"""One distance, or several by label that share one extraction."""

import re
from collections.abc import Mapping

from mmvireid.registry import DISTANCES

from .base import BaseDistance


def build_distances(cfg: Mapping | None) -> dict[str, BaseDistance]:
    """Distances by label, in the order of the config; the label of a single distance is empty.

    Args:
        cfg: Config of one distance, ``dict(type='CosineDistance')``, or configs of several by label,
            ``dict(simplified=dict(type='CosineDistance'), full=dict(type='ContrastiveCorrelationDistance'))``; None:
            the cosine distance.

    Raises:
        ValueError: There is no distance, a label has no config with a type or cannot be part of a file's name.
    """
    cfg = dict(type='CosineDistance') if cfg is None else cfg
    if not isinstance(cfg, Mapping) or not cfg:
        raise ValueError(f'distance={cfg!r}: give the config of a distance, or configs of several by label.')
    labeled = {label: of_label for label, of_label in cfg.items() if isinstance(of_label, Mapping)}
    if 'type' not in cfg:
        for label in cfg:
            if label not in labeled or 'type' not in labeled[label]:
                raise ValueError(f"distance['{label}']={cfg[label]!r} is no config of a distance: it has no type.")
            if not isinstance(label, str) or not re.fullmatch(r'[\w.-]+', label):
                raise ValueError(
                    f"distance['{label}']: a label becomes part of names of scores and files; it may hold letters, "
                    "digits, '_', '-' and '.'."
                )
        return {label: DISTANCES.build(of_label) for label, of_label in cfg.items()}
    if both := sorted(label for label, of_label in labeled.items() if 'type' in of_label):
        raise ValueError(
            f"distance has a type, '{cfg['type']}', and distances by label, {both}: what replaces a base's distance or "
            'distances says _delete_=True beside the new.'
        )
    return {'': DISTANCES.build(cfg)}
