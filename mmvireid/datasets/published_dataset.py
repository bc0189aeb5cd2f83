"""What data sets that others publish share: how to get them, their counts, synthetic data in their layouts."""

import json
from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path

from mmvireid.structures import Modality

from .base_reid_dataset import BaseReIDDataset


class PublishedReIDDataset(BaseReIDDataset):
    """Base of published data sets: a subclass says what they look like and what was published about them.

    A tree is either the published data, whose counts are then compared, or synthetic data in the same layout, which a
    marker file tells and the data set's name says.
    """

    HOW_TO_GET_THE_DATA: str
    """The layout and whom to ask, with ``{root}`` for the folder."""

    PUBLISHED_COUNTS: dict[str, tuple[int, int, int]]
    """Identities, visible images and infrared images of each split."""

    SYNTHETIC_DATA_MARKER: str | None = None
    """File that only synthetic data have, relative to the data root."""

    @abstractmethod
    def scan_tree(self, root: Path) -> list[dict]:
        """As :meth:`scan`, of a folder that is there."""

    def scan(self) -> list[dict]:
        root = Path(self.data_root)
        if not root.is_dir():
            raise FileNotFoundError(f"No data set at data_root='{root}'.{self._how_to_get_the_data()}")
        records = self.scan_tree(root)
        if self.SYNTHETIC_DATA_MARKER and (root / self.SYNTHETIC_DATA_MARKER).is_file():
            preset = self._preset(root / self.SYNTHETIC_DATA_MARKER)
            self.DATASET_NAME = f'synthetic data ({preset}, {type(self).DATASET_NAME} layout)'
        elif records:
            self._compare_counts(records)
        return records

    def require_file(self, name: str) -> Path:
        """The path of a file of the layout, given relative to the data root.

        Raises:
            FileNotFoundError: It is missing.
        """
        path = Path(self.data_root) / name
        if not path.is_file():
            raise FileNotFoundError(f"'{path}' is missing.{self._how_to_get_the_data()}")
        return path

    def warn_of_missing_identities(self, pids: Iterable[int], records: list[dict]) -> None:
        """Warn if identities that the split lists have no image; of an empty split the error says enough."""
        missing = sorted(set(pids) - {record['pid'] for record in records})
        if records and missing:
            self.warn(
                f"{len(missing)} identities of '{self.split}' have no image under '{self.data_root}' "
                f'(first: {missing[:5]}).'
            )

    def _preset(self, marker: Path) -> str:
        try:
            return json.loads(marker.read_text())['preset']
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f"'{marker}' does not say the preset of synthetic data: make the data anew with "
                'tools/dataset_converters/make_synthetic.py.'
            ) from None

    def _compare_counts(self, records: list[dict]) -> None:
        found = (
            len({record['pid'] for record in records}),
            *(sum(record['modality'] is modality for record in records) for modality in Modality),
        )
        if found != self.PUBLISHED_COUNTS[self.split]:
            self.warn(
                f"The split '{self.split}' under '{self.data_root}' is not {self.DATASET_NAME}'s: {found[0]} "
                f'identities, {found[1]} visible and {found[2]} infrared images; published: '
                f'{self.PUBLISHED_COUNTS[self.split]}. Results are not comparable with published ones.'
            )

    def _how_to_get_the_data(self) -> str:
        return self.HOW_TO_GET_THE_DATA.format(root=self.data_root)

    def _without_images(self) -> str:
        return super()._without_images() + self._how_to_get_the_data()
