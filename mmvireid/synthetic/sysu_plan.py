"""Who is seen by which camera, and how often: the plan of a data set in SYSU-MM01's layout."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

SPLITS = ('train', 'val', 'test')
NUM_CAMERAS = 6


@dataclass(frozen=True)
class IdentityPlan:
    """One identity's number, its split ('train', 'val' or 'test') and its number of images in cameras 1 to 6."""

    pid: int
    split: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Preset:
    """A size of data set.

    Args:
        size: Height and width of the images in pixels.
        identities: Identities to train, validate and test on; none means SYSU-MM01's own table.
        images: Mean number of images of an identity in a camera that sees it.
    """

    size: tuple[int, int]
    identities: tuple[int, int, int] | None = None
    images: int | None = None


PRESETS = {
    'tiny': Preset((64, 32), (12, 4, 8), 3),
    'small': Preset((128, 64), (300, 20, 60), 4),
    'full': Preset((256, 128)),
}

# Cameras of successive identities. As in SYSU-MM01, some training identities lack whole cameras and a third of the
# test identities is never seen indoors by a visible camera; unlike there, validation identities have every modality's
# cameras, so that a model can be selected on them under the full protocol.
_CAMERAS = {
    'train': ((1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6), (3, 4, 5, 6), (3, 4, 5), (1, 2, 4, 5, 6), (1, 2, 3, 4, 6)),
    'val': ((1, 2, 3, 4, 5, 6), (3, 4, 5, 6)),
    'test': ((1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6), (3, 4, 5, 6), (1, 3, 4, 5, 6), (2, 3, 4, 5, 6)),
}


def plan_sysu(preset: str) -> list[IdentityPlan]:
    """The identities of ``preset``, ascending; it does not depend on a seed.

    'full' is SYSU-MM01's own table: 296 train, 99 val and 96 test identities with their genuine numbers, 22,258 visible
    and 11,909 infrared images to train and validate on, 6,775 and 3,803 to test on.
    """
    if preset not in PRESETS:
        raise ValueError(f'unknown preset {preset!r}; choose one of {", ".join(PRESETS)}')
    identities = PRESETS[preset].identities
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
        plans.append(IdentityPlan(pid, split, _vary_counts(pid, cameras, PRESETS[preset].images)))
    return plans


def _vary_counts(pid: int, cameras: Sequence[int], mean: int) -> tuple[int, ...]:
    """``mean`` images in each of ``cameras``, one more or less here and there."""
    return tuple(mean + (pid + camera) % 3 - 1 if camera in cameras else 0 for camera in range(1, NUM_CAMERAS + 1))


def _published_plan() -> list[IdentityPlan]:
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
