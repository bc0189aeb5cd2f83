"""The base class of published data sets: how to get them, published counts, synthetic data in their layouts."""

import json
from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path

from mmvireid.structures import Modality

from .base_reid_dataset import BaseReIDDataset


class PublishedReIDDataset(BaseReIDDataset):
    """Read a published data set, or synthetic data in its layout.

    A subclass names its layout and its published counts, and implements :meth:`scan_tree`. A marker file tells the two
    kinds of data apart. Synthetic data get a name of their own. The counts of all other data are compared with the
    published counts, and the data set warns if they differ.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.structures import Modality
        >>> class Gate(PublishedReIDDataset):
        ...     DATASET_NAME = 'Gate'
        ...     SYNTHETIC_DATA_MARKER = 'synthetic.json'
        ...     def scan_tree(self, root):
        ...         return [dict(img_path=f'{root}/a.png', pid=7, cam_id=1, modality=Modality.VISIBLE)]
        >>> _ = Path('synthetic.json').write_text('{"preset": "tiny"}')
        >>> Gate('.', split='train').metainfo['dataset']
        'synthetic data (tiny, Gate layout)'
    """

    HOW_TO_GET_THE_DATA: str
    """The layout and whom to ask, with ``{root}`` for the folder."""

    PUBLISHED_COUNTS: dict[str, tuple[int, int, int]]
    """Identities, visible images and infrared images of each split."""

    SYNTHETIC_DATA_MARKER: str | None = None
    """File that only synthetic data have, relative to the data root."""

    @abstractmethod
    def scan_tree(self, root: Path) -> list[dict]:
        """Find the images of the split, as :meth:`scan` does, in a folder that exists."""

    def scan(self) -> list[dict]:
        """Find the images of the split. Name synthetic data, or compare the counts with the published counts."""
        root = Path(self.data_root)
        if not root.is_dir():
            raise FileNotFoundError(f"No data set at data_root='{root}'.{self._how_to_get_the_data()}")
        records = self.scan_tree(root)
        if self.SYNTHETIC_DATA_MARKER and (root / self.SYNTHETIC_DATA_MARKER).is_file():
            preset = self._read_preset(root / self.SYNTHETIC_DATA_MARKER)
            self.DATASET_NAME = f'synthetic data ({preset}, {type(self).DATASET_NAME} layout)'
        elif records:
            self._compare_counts(records)
        return records

    def require_file(self, name: str) -> Path:
        """Return the path of a file of the layout from its name relative to the data root.

        Raises:
            FileNotFoundError: The file is missing.
        """
        path = Path(self.data_root) / name
        if not path.is_file():
            raise FileNotFoundError(f"'{path}' is missing.{self._how_to_get_the_data()}")
        return path

    def warn_of_missing_identities(self, pids: Iterable[int], records: list[dict]) -> None:
        """Warn if listed identities have no image."""
        missing = sorted(set(pids) - {record['pid'] for record in records})
        if records and missing:  # an empty split is an error later
            self.warn(
                f"{len(missing)} identities of '{self.split}' have no image under '{self.data_root}' "
                f'(first: {missing[:5]}).'
            )

    def _read_preset(self, marker: Path) -> str:
        try:
            return json.loads(marker.read_text())['preset']
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f"'{marker}' does not name the preset of the synthetic data. Make the data again with "
                'tools/dataset_converters/make_synthetic.py.'
            ) from None

    def _compare_counts(self, records: list[dict]) -> None:
        found = (
            len({record['pid'] for record in records}),
            *(sum(record['modality'] is modality for record in records) for modality in Modality),
        )
        if found != self.PUBLISHED_COUNTS[self.split]:
            self.warn(
                f"The split '{self.split}' under '{self.data_root}' differs from the published {self.DATASET_NAME}: "
                f'{found[0]} identities, {found[1]} visible and {found[2]} infrared images; published: '
                f'{self.PUBLISHED_COUNTS[self.split]}. Results are not comparable with published results.'
            )

    def _how_to_get_the_data(self) -> str:
        return self.HOW_TO_GET_THE_DATA.format(root=self.data_root)

    def _no_images_message(self) -> str:
        return super()._no_images_message() + self._how_to_get_the_data()
