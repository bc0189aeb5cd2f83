"""What a protocol answers: who is a query, who is in the gallery, who may meet whom."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmvireid.structures import ImageSet, Modality

from .rules import Cell, Exclusion, draw_seeded, group_cells


@dataclass(frozen=True)
class Trial:
    """One gallery drawn for one setting; the indices point into the image set that the protocol was given.

    Attributes:
        setting: Name of the setting, such as ``'all-search/single-shot'``.
        number: Number of the trial within its setting, from 0.
        query_indices: (Q,) int64, in the order of the images' paths.
        gallery_indices: (G,) int64, in the order of the images' paths.
        num_short_cells: Identities in a camera with fewer images than the setting draws; all their images were taken.
    """

    setting: str
    number: int
    query_indices: np.ndarray
    gallery_indices: np.ndarray
    num_short_cells: int = 0


class BaseProtocol(ABC):
    """A test protocol.

    Attributes:
        name: How results call it.
        galleries: Which of the protocol's sets of galleries is used.
        settings: Names of the settings, in the order of reports.
        options: Everything else that changes the digits, by name.
        cmc_unit: What a CMC rank counts, ``'identity'`` or ``'image'``.
    """

    name: str
    galleries: str
    settings: tuple[str, ...]
    options: dict
    cmc_unit: str

    @abstractmethod
    def trials(self, images: ImageSet) -> list[Trial]:
        """All trials of all settings, setting by setting.

        Raises:
            ValueError: If a setting has no query or no gallery image, or a trial names an image that is not there.
        """

    def excluded(self, images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray) -> np.ndarray | None:
        """(Q, G) bool, True where a query skips a gallery image; None if the protocol excludes nothing.

        Large galleries are asked for in blocks: an entry depends on its two images only.
        """
        return None


@dataclass(frozen=True)
class ImageFilter:
    """Images of a modality and of some cameras.

    Attributes:
        modality: None: either.
        cam_ids: None: all, and camera numbers are not looked at.
    """

    modality: Modality | None = None
    cam_ids: tuple[int, ...] | None = None

    def mask(self, images: ImageSet) -> np.ndarray:
        """(N,) bool, the images that pass."""
        passed = np.ones(len(images), dtype=bool)
        if self.modality is not None:
            passed &= images.modalities == self.modality
        if self.cam_ids is not None:
            passed &= np.isin(images.cam_ids, self.cam_ids)
        return passed

    def __str__(self) -> str:
        modality = '' if self.modality is None else f'{self.modality.name.lower()} '
        return f'{modality}image' + ('' if self.cam_ids is None else f' of cameras {list(self.cam_ids)}')


@dataclass(frozen=True)
class Setting:
    """Who asks whom.

    Attributes:
        query: The images that ask.
        gallery: The images that are asked, or from which a trial's gallery is drawn.
        shots: Images drawn for each identity in each camera; None: all are asked, and there is but one trial.
    """

    query: ImageFilter
    gallery: ImageFilter
    shots: int | None = None


VISIBLE = ImageFilter(Modality.VISIBLE)
INFRARED = ImageFilter(Modality.INFRARED)


def choose(protocol: str, option: str, values: Sequence, known: Sequence) -> tuple:
    """``values`` as a tuple.

    Raises:
        ValueError: If they are no list, none, or one is not known or occurs twice.
    """
    is_list = isinstance(values, Sequence) and not isinstance(values, str)
    if not is_list or not values or any(value not in known for value in values) or len(set(values)) < len(values):
        raise ValueError(
            f'{protocol}: {option}={values!r}: give a list, choose from {tuple(known)}, each at most once.'
        )
    return tuple(values)


def at_least_one(protocol: str, option: str, value: Any) -> int:
    """``value`` itself.

    Raises:
        ValueError: If it is not a whole number, or below one.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f'{protocol}: {option}={value!r}: a whole number of at least one is needed.')
    return value


def true_or_false(protocol: str, option: str, value: Any) -> bool:
    """``value`` itself.

    Raises:
        ValueError: If it is neither True nor False; the text 'no' would count as true.
    """
    if not isinstance(value, bool):
        raise ValueError(f'{protocol}: {option}={value!r}: give True or False.')
    return value


CMC_UNITS = ('identity', 'image')


def check_cmc_unit(protocol: str, value: Any) -> str:
    """``value`` itself.

    Raises:
        ValueError: If it is neither ``'identity'`` nor ``'image'``.
    """
    if value not in CMC_UNITS:
        raise ValueError(f"{protocol}: cmc_unit={value!r}: choose 'identity' or 'image'.")
    return value


class SettingProtocol(BaseProtocol):
    """A protocol that is a table of settings. A subclass gives ``name``, ``galleries`` and ``options``.

    Args:
        table: All settings by name.
        settings: Names of those that are tested.
        num_trials: Galleries drawn for each setting that draws.
        exclusion: Who may not meet whom; None: everyone meets everyone.
        cmc_unit: What a CMC rank counts, ``'identity'`` or ``'image'``.

    Raises:
        ValueError: An unknown setting, or ``num_trials`` below one.
    """

    def __init__(
        self,
        table: Mapping[str, Setting],
        settings: Sequence[str],
        num_trials: int = 1,
        exclusion: Exclusion | None = None,
        cmc_unit: str = 'identity',
    ) -> None:
        self.table = dict(table)
        self.settings = choose(self.name, 'settings', settings, tuple(table))
        self.num_trials = at_least_one(self.name, 'num_trials', num_trials)
        self.exclusion = exclusion
        self.cmc_unit = check_cmc_unit(self.name, cmc_unit)

    def trials(self, images: ImageSet) -> list[Trial]:
        self.check_images(images)
        path_order = np.argsort(images.paths, kind='stable')
        trials = []
        for name in self.settings:
            setting = self.table[name]
            queries, gallery = (path_order[side.mask(images)[path_order]] for side in (setting.query, setting.gallery))
            self._check_filled(name, images, queries, gallery)
            self._check_selves(name, images, queries, gallery)
            trials += self._trials_of(name, setting.shots, images, queries, gallery)
        return trials

    def excluded(self, images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray) -> np.ndarray | None:
        if self.exclusion is None:
            return None
        return self.exclusion(images, query_indices, gallery_indices)

    def check_images(self, images: ImageSet) -> None:
        """Refuse images that the protocol does not fit; by default it fits any.

        Raises:
            ValueError: Naming the image, camera or identity.
        """

    def draw(self, cells: Sequence[Cell], shots: int, trial: int) -> list[int]:
        """``shots`` members of each cell, or all where there are fewer, for one trial; here by its number as a seed."""
        return draw_seeded(cells, shots, trial)

    def _trials_of(
        self, name: str, shots: int | None, images: ImageSet, queries: np.ndarray, gallery: np.ndarray
    ) -> list[Trial]:
        if shots is None:
            return [Trial(name, 0, queries, gallery)]
        cells = group_cells(images.pids[gallery], images.cam_ids[gallery])
        num_short = sum(len(cell.members) < shots for cell in cells)
        return [
            Trial(name, number, queries, gallery[np.sort(self.draw(cells, shots, number))], num_short)
            for number in range(self.num_trials)
        ]

    def _check_filled(self, name: str, images: ImageSet, queries: np.ndarray, gallery: np.ndarray) -> None:
        if len(queries) and len(gallery):
            return
        setting = self.table[name]
        lack, wanted = ('the gallery is empty', setting.gallery) if len(queries) else ('no query', setting.query)
        cameras = '' if wanted.cam_ids is None else f' (there are cameras {np.unique(images.cam_ids).tolist()})'
        possible = [
            other
            for other, setting in self.table.items()
            if setting.query.mask(images).any() and setting.gallery.mask(images).any()
        ]
        advice = f'Choose settings={possible} in the protocol.' if possible else 'The data allow no setting.'
        raise ValueError(f"{self.name}, setting '{name}': {lack}, the data have no {wanted}{cameras}. {advice}")

    def _check_selves(self, name: str, images: ImageSet, queries: np.ndarray, gallery: np.ndarray) -> None:
        """An image that is query and gallery would find itself first."""
        both = queries[np.isin(queries, gallery)]
        # Whether an image skips itself depends on its camera only.
        for image in both[np.unique(images.cam_ids[both], return_index=True)[1]]:
            alone = np.array([image])
            skipped = self.excluded(images, alone, alone)
            if skipped is None or not skipped.all():
                raise ValueError(
                    f"{self.name}, setting '{name}': '{images.paths[image]}' is query and gallery and would find "
                    'itself. Give the two sides different modalities or cameras, or exclude the same camera.'
                )
