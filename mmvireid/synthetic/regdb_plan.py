"""Plan a data set in RegDB's layout: its numbers of people and images, and its splits."""

from dataclasses import dataclass

import numpy as np

NUM_SPLITS = 10
_SPLIT_STREAM = 205


@dataclass(frozen=True)
class RegDBPreset:
    """Describe a size of data set.

    Args:
        size: Height and width of the images in pixels.
        identities: Number of identities; each split trains on one half.
        images: Images of each identity in each modality.

    Example:
        >>> REGDB_PRESETS['full']
        RegDBPreset(size=(128, 64), identities=412, images=10)
    """

    size: tuple[int, int]
    identities: int
    images: int


REGDB_PRESETS = {
    'tiny': RegDBPreset((64, 32), 12, 4),
    'small': RegDBPreset((128, 64), 400, 4),
    'full': RegDBPreset((128, 64), 412, 10),
}


@dataclass(frozen=True)
class RegDBSplit:
    """Hold the training and the test identities of one split, each in ascending order.

    Example:
        >>> RegDBSplit(train=(1, 4), test=(2, 3)).test
        (2, 3)
    """

    train: tuple[int, ...]
    test: tuple[int, ...]


def get_regdb_preset(preset: str) -> RegDBPreset:
    """Look up a preset by name; 'full' has RegDB's published counts.

    Args:
        preset: Key of ``REGDB_PRESETS``.

    Raises:
        ValueError: The preset is unknown.

    Example:
        >>> get_regdb_preset('tiny').identities
        12
    """
    if preset not in REGDB_PRESETS:
        raise ValueError(f'unknown preset {preset!r}; choose one of {", ".join(REGDB_PRESETS)}')
    return REGDB_PRESETS[preset]


def plan_regdb_splits(identities: int, seed: int) -> list[RegDBSplit]:
    """Divide the identities into two random halves, ten times, as RegDB's evaluation does; all ten splits differ.

    Args:
        identities: Number of identities; they are 1, 2, and so on.
        seed: Seed of the splits.

    Example:
        >>> splits = plan_regdb_splits(identities=12, seed=0)
        >>> len(splits), sorted(splits[0].train + splits[0].test) == list(range(1, 13))
        (10, True)
    """
    rng = np.random.default_rng([seed, _SPLIT_STREAM])
    splits: list[RegDBSplit] = []
    while len(splits) < NUM_SPLITS:
        order = (rng.permutation(identities) + 1).tolist()
        half = identities // 2
        split = RegDBSplit(tuple(sorted(order[:half])), tuple(sorted(order[half:])))
        if split not in splits:
            splits.append(split)
    return splits
