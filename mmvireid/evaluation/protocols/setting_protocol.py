"""What all protocols share: settings by modality and camera, galleries drawn from cells, a rule of exclusion."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..image_set import ImageSet
from .base_protocol import BaseProtocol, Trial
from .drawing import Cell, draw_seeded, group_cells
from .exclusion import Exclusion
from .options import at_least_one, choose, true_or_false
from .setting import Setting


class SettingProtocol(BaseProtocol):
    """A protocol that is a table of settings. A subclass gives ``name``, ``galleries`` and ``options``.

    Args:
        table: All settings by name.
        settings: Names of those that are tested.
        num_trials: Galleries drawn for each setting that draws.
        exclusion: Who may not meet whom; None: everyone meets everyone.
        collapse_identities: Whether CMC counts identities or images.

    Raises:
        ValueError: An unknown setting, or ``num_trials`` below one.
    """

    def __init__(
        self,
        table: Mapping[str, Setting],
        settings: Sequence[str],
        num_trials: int = 1,
        exclusion: Exclusion | None = None,
        collapse_identities: bool = True,
    ) -> None:
        self.table = dict(table)
        self.settings = choose(self.name, 'settings', settings, tuple(table))
        self.num_trials = at_least_one(self.name, 'num_trials', num_trials)
        self.exclusion = exclusion
        self.collapse_identities = true_or_false(self.name, 'collapse_identities', collapse_identities)

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
