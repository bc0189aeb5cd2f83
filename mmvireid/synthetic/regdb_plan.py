"""How many people, images and splits a data set in RegDB's layout has."""

from dataclasses import dataclass

import numpy as np

NUM_SPLITS = 10
_SPLIT_STREAM = 205


@dataclass(frozen=True)
class RegDBPreset:
    """A size of data set.

    Args:
        size: Height and width of the images in pixels.
        identities: Number of identities, half of which train a split.
        images: Images of each identity in each modality.
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
    """The identities, ascending, that one split trains on and tests on."""

    train: tuple[int, ...]
    test: tuple[int, ...]


def regdb_preset(preset: str) -> RegDBPreset:
    """The size called ``preset``; 'full' has RegDB's published counts."""
    if preset not in REGDB_PRESETS:
        raise ValueError(f'unknown preset {preset!r}; choose one of {", ".join(REGDB_PRESETS)}')
    return REGDB_PRESETS[preset]


def plan_splits(identities: int, seed: int) -> list[RegDBSplit]:
    """Ten different random halves of the identities 1, 2, ..., as RegDB's evaluation has them."""
    rng = np.random.default_rng([seed, _SPLIT_STREAM])
    splits: list[RegDBSplit] = []
    while len(splits) < NUM_SPLITS:
        order = (rng.permutation(identities) + 1).tolist()
        half = identities // 2
        split = RegDBSplit(tuple(sorted(order[:half])), tuple(sorted(order[half:])))
        if split not in splits:
            splits.append(split)
    return splits
