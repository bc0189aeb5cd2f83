"""Plan a data set in SYSU-MM01's layout: which cameras see each identity, and in how many images."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

SPLITS = ('train', 'val', 'test')
NUM_CAMERAS = 6


@dataclass(frozen=True)
class IdentityPlan:
    """Describe one identity of the data set.

    Args:
        pid: Number of the identity.
        split: 'train', 'val' or 'test'.
        counts: Numbers of images in cameras 1 to 6.

    Example:
        >>> IdentityPlan(pid=3, split='test', counts=(0, 0, 3, 2, 4, 3)).split
        'test'
    """

    pid: int
    split: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class SYSUPreset:
    """Describe a size of data set.

    Args:
        size: Height and width of the images in pixels.
        identities: Numbers of identities for training, validation and test; None takes SYSU-MM01's own table.
        images: Mean number of images of an identity in each camera that sees it.

    Example:
        >>> SYSU_PRESETS['tiny']
        SYSUPreset(size=(64, 32), identities=(12, 4, 8), images=3)
    """

    size: tuple[int, int]
    identities: tuple[int, int, int] | None = None
    images: int | None = None


SYSU_PRESETS = {
    'tiny': SYSUPreset((64, 32), (12, 4, 8), 3),
    'small': SYSUPreset((128, 64), (300, 20, 60), 4),
    'full': SYSUPreset((256, 128)),
}

# Cameras of successive identities. As in SYSU-MM01, some training identities lack cameras, and some test identities
# lack both indoor visible cameras. Unlike SYSU-MM01, every validation identity is in cameras 3 to 6. The full protocol
# can therefore select a model on the validation identities.
_CAMERAS = {
    'train': ((1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6), (3, 4, 5, 6), (3, 4, 5), (1, 2, 4, 5, 6), (1, 2, 3, 4, 6)),
    'val': ((1, 2, 3, 4, 5, 6), (3, 4, 5, 6)),
    'test': ((1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6), (3, 4, 5, 6), (1, 3, 4, 5, 6), (2, 3, 4, 5, 6)),
}


def plan_sysu(preset: str) -> list[IdentityPlan]:
    """List the identities of a preset in ascending order; the plan does not depend on a seed.

    'full' is SYSU-MM01's own table with the original identity numbers: 296 train, 99 val and 96 test identities. Train
    and val have 22,258 visible and 11,909 infrared images; test has 6,775 and 3,803.

    Args:
        preset: Key of ``SYSU_PRESETS``.

    Raises:
        ValueError: The preset is unknown.

    Example:
        >>> plans = plan_sysu('tiny')
        >>> len(plans), plans[0]
        (24, IdentityPlan(pid=1, split='train', counts=(4, 2, 3, 4, 2, 3)))
    """
    if preset not in SYSU_PRESETS:
        raise ValueError(f'unknown preset {preset!r}; choose one of {", ".join(SYSU_PRESETS)}')
    identities = SYSU_PRESETS[preset].identities
    if identities is None:
        return _published_plan()
    num_train, num_val, num_test = identities
    num_mixed = num_train + num_test
    # Train and test identities alternate and validation identities come last, as in SYSU-MM01.
    splits = [
        'test' if pid * num_test // num_mixed > (pid - 1) * num_test // num_mixed else 'train'
        for pid in range(1, num_mixed + 1)
    ]
    splits += ['val'] * num_val
    seen = dict.fromkeys(SPLITS, 0)
    plans = []
    for pid, split in enumerate(splits, start=1):
        cameras = _CAMERAS[split][seen[split] % len(_CAMERAS[split])]
        seen[split] += 1
        plans.append(IdentityPlan(pid, split, _vary_counts(pid, cameras, SYSU_PRESETS[preset].images)))
    return plans


def _vary_counts(pid: int, cameras: Sequence[int], mean: int) -> tuple[int, ...]:
    """Return the image counts of all six cameras: mean - 1, mean or mean + 1 in ``cameras``, else 0."""
    return tuple(mean + (pid + camera) % 3 - 1 if camera in cameras else 0 for camera in range(1, NUM_CAMERAS + 1))


def _published_plan() -> list[IdentityPlan]:
    """Read SYSU-MM01's own table."""
    table = resources.files(__package__).joinpath('sysu_mm01_counts.csv')
    with table.open(encoding='utf-8', newline='') as file:
        return [
            IdentityPlan(
                int(row['identity']),
                row['split'],
                tuple(int(row[f'cam{camera}']) for camera in range(1, NUM_CAMERAS + 1)),
            )
            for row in csv.DictReader(file)
        ]
