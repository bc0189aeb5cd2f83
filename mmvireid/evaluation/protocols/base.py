"""Define a test protocol: its settings, its trials, and the pairs that it excludes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmvireid.structures import ImageSet, Modality

from ..ranking import CMC_UNITS
from .rules import Cell, Exclusion, draw_seeded, group_cells


@dataclass(frozen=True)
class Trial:
    """Hold the queries and the gallery of one trial.

    All indices point into the image set that the protocol was given. They follow the order of the images' paths.

    Attributes:
        setting: Name of the setting, such as ``'all-search/single-shot'``.
        number: Number of the trial within its setting, from 0.
        query_indices: (Q,) int64.
        gallery_indices: (G,) int64.
        num_short_cells: Number of cells (one identity in one camera) with fewer images than the setting draws. The
            gallery holds all images of such a cell.

    Example:
        >>> trial = Trial('all-search/single-shot', 0, query_indices=np.array([2]), gallery_indices=np.array([0, 1]))
        >>> len(trial.gallery_indices), trial.num_short_cells
        (2, 0)
    """

    setting: str
    number: int
    query_indices: np.ndarray
    gallery_indices: np.ndarray
    num_short_cells: int = 0


@dataclass(frozen=True)
class ImageFilter:
    """Select images by modality and camera.

    Attributes:
        modality: The modality to select. None selects both.
        cam_ids: The cameras to select. None selects all images, whatever their camera numbers.

    Example:
        >>> images = ImageSet(pids=[1, 1, 1], cam_ids=[1, 2, 3], modalities=[0, 0, 1], paths=['a', 'b', 'c'])
        >>> ImageFilter(Modality.VISIBLE, cam_ids=(2, 3)).mask(images).tolist()
        [False, True, False]
    """

    modality: Modality | None = None
    cam_ids: tuple[int, ...] | None = None

    def mask(self, images: ImageSet) -> np.ndarray:
        """Return a bool array (N,) that is True for each selected image."""
        selected = np.ones(len(images), dtype=bool)
        if self.modality is not None:
            selected &= images.modalities == self.modality
        if self.cam_ids is not None:
            selected &= np.isin(images.cam_ids, self.cam_ids)
        return selected

    def __str__(self) -> str:
        modality = '' if self.modality is None else f'{self.modality.name.lower()} '
        return f'{modality}image' + ('' if self.cam_ids is None else f' of cameras {list(self.cam_ids)}')


VISIBLE = ImageFilter(Modality.VISIBLE)
INFRARED = ImageFilter(Modality.INFRARED)


@dataclass(frozen=True)
class Setting:
    """Describe the queries and the gallery of a setting.

    Attributes:
        query: Selects the query images.
        gallery: Selects the gallery images, or the images that each trial draws its gallery from.
        shots: Number of images to draw per identity and camera. None takes all images in a single trial.

    Example:
        >>> setting = Setting(query=INFRARED, gallery=VISIBLE, shots=1)
        >>> str(setting.query), setting.shots
        ('infrared image', 1)
    """

    query: ImageFilter
    gallery: ImageFilter
    shots: int | None = None


class BaseProtocol:
    """Build the trials of a test protocol from a table of settings.

    A subclass sets ``name`` and ``galleries`` and passes its table to this class. It overrides :meth:`check_images` if
    it does not fit all images, and :meth:`draw` if it does not draw by seed.

    Args:
        table: All settings of the protocol by name.
        settings: Names of the settings to test. Default: all of the table.
        num_trials: Number of galleries to draw for each setting with ``shots``.
        exclusion: Rule that says which gallery images a query skips, such as :func:`.rules.same_camera`. None excludes
            nothing.
        cmc_unit: What a CMC rank counts, ``'identity'`` or ``'image'``.
        options: The subclass's own options that change the digits, by name. Results show them before ``cmc_unit``.

    Attributes:
        name: Name of the protocol in results.
        command_line_name: Name of the protocol on the command line. Default: ``name`` in lower case. Subclasses do not
            inherit it.
        galleries: The set of galleries in use: ``'all'``, ``'seeded'`` or ``'official'``.
        settings: Names of the settings to test, in the order of reports.
        options: All options that change the digits, by name.

    Raises:
        ValueError: ``settings``, ``num_trials`` or ``cmc_unit`` is not valid.

    Example:
        >>> class NightProtocol(BaseProtocol):
        ...     name, galleries = 'Night', 'all'
        ...     def __init__(self, cmc_unit='image'):
        ...         super().__init__({'night-to-day': Setting(INFRARED, VISIBLE)}, cmc_unit=cmc_unit)
        >>> images = ImageSet(pids=[1, 1], cam_ids=[1, 3], modalities=[0, 1], paths=['day.jpg', 'night.jpg'])
        >>> [(trial.setting, trial.query_indices.tolist()) for trial in NightProtocol().trials(images)]
        [('night-to-day', [1])]
    """

    name: str
    command_line_name: str | None = None
    galleries: str

    def __init__(
        self,
        table: Mapping[str, Setting],
        settings: Sequence[str] | None = None,
        num_trials: int = 1,
        exclusion: Exclusion | None = None,
        cmc_unit: str = 'identity',
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.table = dict(table)
        self.settings = choose(self.name, 'settings', tuple(table) if settings is None else settings, tuple(table))
        self.num_trials = at_least_one(self.name, 'num_trials', num_trials)
        self.exclusion = exclusion
        if cmc_unit not in CMC_UNITS:
            raise ValueError(f"{self.name}: cmc_unit={cmc_unit!r}: choose 'identity' or 'image'.")
        self.cmc_unit = cmc_unit
        self.options = dict(options or {}, cmc_unit=cmc_unit)

    def trials(self, images: ImageSet) -> list[Trial]:
        """Return all trials, setting by setting.

        Raises:
            ValueError: A setting has no query or no gallery image, or an image would find itself.
        """
        self.check_images(images)
        path_order = np.argsort(images.paths, kind='stable')
        trials = []
        for name in self.settings:
            setting = self.table[name]
            queries, gallery = (path_order[side.mask(images)[path_order]] for side in (setting.query, setting.gallery))
            self._check_not_empty(name, images, queries, gallery)
            self._check_not_itself(name, images, queries, gallery)
            trials += self._draw_trials(name, images, queries, gallery)
        return trials

    def excluded(self, images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray) -> np.ndarray | None:
        """Return a bool array (Q, G) that is True where a query skips a gallery image, or None without exclusion.

        An entry depends on its two images only, so that a large gallery can be processed in blocks.
        """
        if self.exclusion is None:
            return None
        return self.exclusion(images, query_indices, gallery_indices)

    def check_images(self, images: ImageSet) -> None:
        """Refuse images that do not fit the protocol. The default accepts all images.

        Raises:
            ValueError: An image does not fit. The message names the image, the camera or the identity.
        """

    def draw(self, cells: Sequence[Cell], shots: int, trial: int) -> list[int]:
        """Draw the gallery of one trial. The default draws with the trial's number as the seed.

        Returns:
            ``shots`` members of each cell, or all members of a smaller cell.
        """
        return draw_seeded(cells, shots, trial)

    def _draw_trials(self, name: str, images: ImageSet, queries: np.ndarray, gallery: np.ndarray) -> list[Trial]:
        shots = self.table[name].shots
        if shots is None:
            return [Trial(name, 0, queries, gallery)]
        cells = group_cells(images.pids[gallery], images.cam_ids[gallery])
        num_short = sum(len(cell.members) < shots for cell in cells)
        return [
            Trial(name, number, queries, gallery[np.sort(self.draw(cells, shots, number))], num_short)
            for number in range(self.num_trials)
        ]

    def _check_not_empty(self, name: str, images: ImageSet, queries: np.ndarray, gallery: np.ndarray) -> None:
        if len(queries) and len(gallery):
            return
        setting = self.table[name]
        problem, wanted = ('an empty gallery', setting.gallery) if len(queries) else ('no query', setting.query)
        cameras = '' if wanted.cam_ids is None else f' (there are cameras {np.unique(images.cam_ids).tolist()})'
        possible = [
            other
            for other, setting in self.table.items()
            if setting.query.mask(images).any() and setting.gallery.mask(images).any()
        ]
        advice = f'Choose settings={possible} in the protocol.' if possible else 'The data allow no setting.'
        raise ValueError(
            f"{self.name}: setting '{name}' has {problem}, because the data have no {wanted}{cameras}. {advice}"
        )

    def _check_not_itself(self, name: str, images: ImageSet, queries: np.ndarray, gallery: np.ndarray) -> None:
        """Refuse a setting in which an image is query and gallery: the image would find itself first."""
        both = queries[np.isin(queries, gallery)]
        # Whether an image skips itself depends on its camera only: check one image of each camera.
        for image in both[np.unique(images.cam_ids[both], return_index=True)[1]]:
            alone = np.array([image])
            skipped = self.excluded(images, alone, alone)
            if skipped is None or not skipped.all():
                raise ValueError(
                    f"{self.name}, setting '{name}': '{images.paths[image]}' is query and gallery and would find "
                    'itself. Give the two sides different modalities or cameras, or exclude the same camera.'
                )


def choose(protocol: str, option: str, values: Sequence, known: Sequence) -> tuple:
    """Return a list option as a tuple.

    Raises:
        ValueError: ``values`` is not a list, is empty, repeats a value or has a value that is not in ``known``.

    Example:
        >>> choose('SYSU-MM01', 'query_cams', [3], known=(3, 6))
        (3,)
    """
    is_list = isinstance(values, Sequence) and not isinstance(values, str)
    if not is_list or not values or any(value not in known for value in values) or len(set(values)) < len(values):
        raise ValueError(
            f'{protocol}: {option}={values!r}: give a list with values of {tuple(known)}, each at most once.'
        )
    return tuple(values)


def at_least_one(protocol: str, option: str, value: Any) -> int:
    """Return an option that is a whole number of at least 1.

    Raises:
        ValueError: ``value`` is anything else.

    Example:
        >>> at_least_one('LLCM', 'num_trials', 10)
        10
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f'{protocol}: {option}={value!r}: give a whole number of at least 1.')
    return value


def true_or_false(protocol: str, option: str, value: Any) -> bool:
    """Return an option that is True or False.

    Raises:
        ValueError: ``value`` is anything else, such as the text ``'no'``, which Python takes for true.

    Example:
        >>> true_or_false('LLCM', 'exclude_same_camera', False)
        False
    """
    if not isinstance(value, bool):
        raise ValueError(f'{protocol}: {option}={value!r}: give True or False.')
    return value
