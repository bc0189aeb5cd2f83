"""Your own data, listed in a CSV file."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from mmvireid.registry import DATASETS
from mmvireid.structures import Modality

from .base_reid_dataset import BaseReIDDataset
from .image_lists import ListedImage, check_files_exist, check_listed_once, image_path, read_text, whole_number

COLUMNS = ('path', 'identity', 'camera', 'modality', 'split')
MODALITIES = {text: modality for modality in Modality for text in (modality.name.lower(), str(int(modality)))}


@DATASETS.register_module()
class CSVDataset(BaseReIDDataset):
    """Read your own data from any folders, with a CSV file that describes each image.

    The first line of the file names the columns, in any order; the reader ignores further columns::

        path,identity,camera,modality,split
        gate/day/0001.jpg,7,1,visible,train
        gate/night/0002.jpg,7,3,infrared,train

    ``path`` is relative to ``data_root``. ``identity`` and ``camera`` are whole numbers. ``modality`` is ``visible``
    (or 0) or ``infrared`` (or 1). ``split`` may have any name.

    Every line is checked, also the lines of other splits. Only the images of the loaded split must exist. The last
    folder of ``data_root`` gives the data set its name.

    Args:
        data_root: Folder of the data set.
        split: Name of a split in the file.
        ann_file: The CSV file, absolute or relative to ``data_root``.
        kwargs: See :class:`BaseReIDDataset`.

    Raises:
        FileNotFoundError: The file or an image of the split does not exist.
        ValueError: A column or the split is missing, or a line has a wrong form. The message names the line.

    Example:
        >>> from pathlib import Path
        >>> import cv2
        >>> import numpy as np
        >>> from mmvireid.datasets import CSVDataset
        >>> Path('my_data').mkdir()
        >>> cv2.imwrite('my_data/a.png', np.zeros((8, 4, 3), np.uint8))
        True
        >>> lines = ['path,identity,camera,modality,split', 'a.png,7,3,infrared,train']
        >>> _ = Path('my_data/annotations.csv').write_text('\\n'.join(lines))
        >>> info = CSVDataset('my_data', split='train').get_data_info(0)
        >>> [info[key] for key in ('img_path', 'pid', 'gt_label', 'cam_id', 'modality')]
        ['my_data/a.png', 7, 0, 3, 1]
    """

    def __init__(self, data_root: str, split: str, ann_file: str = 'annotations.csv', **kwargs) -> None:
        self.csv_file = Path(data_root) / ann_file
        super().__init__(data_root, split, **kwargs)

    def scan(self) -> list[dict]:
        """Find the images of the split in the CSV file."""
        root = Path(self.data_root)
        by_split: dict[str, list[ListedImage]] = defaultdict(list)
        for row, where in _read_rows(self.csv_file):
            image = ListedImage(
                path=image_path(root, row['path'], where),
                pid=whole_number(row['identity'], 'identity', where),
                modality=_read_modality(row['modality'], where),
                where=where,
                cam_id=whole_number(row['camera'], 'camera', where),
            )
            by_split[row['split']].append(image)
        check_listed_once(chain.from_iterable(by_split.values()))
        if self.split not in by_split:
            raise ValueError(f"'{self.csv_file}' has no split '{self.split}'; it has {sorted(by_split)}.")
        check_files_exist(by_split[self.split])
        return [image.record() for image in by_split[self.split]]


def _read_rows(file: Path) -> Iterator[tuple[dict[str, str], str]]:
    """Yield each row as a dict of its columns, with its file and line for messages."""
    if not file.is_file():
        raise FileNotFoundError(f"'{file}' is missing. It must be a CSV file with the first line {','.join(COLUMNS)}.")
    reader = csv.reader(io.StringIO(read_text(file)), strict=True)
    try:
        lines = [(values, f"'{file}', line {reader.line_num}") for values in reader if values]
    except csv.Error as error:
        raise ValueError(f"'{file}', line {reader.line_num}: {error}.") from None
    header = [name.strip() for name in lines[0][0]] if lines else []
    if any(header.count(column) != 1 for column in COLUMNS):
        raise ValueError(
            f"The first line of '{file}' must name each of the columns {','.join(COLUMNS)} once, separated by commas, "
            f"but the line is '{','.join(header)}'."
        )
    for values, where in lines[1:]:
        if not any(value.strip() for value in values):  # spreadsheets leave empty rows
            continue
        if len(values) != len(header):
            raise ValueError(f'{where}: found {len(values)} values for {len(header)} columns.')
        row = {name: value.strip() for name, value in zip(header, values, strict=True)}
        empty = [column for column in COLUMNS if not row[column]]
        if empty:
            raise ValueError(f'{where}: no value for {" and ".join(empty)}.')
        yield row, where


def _read_modality(text: str, where: str) -> Modality:
    modality = MODALITIES.get(text.lower())
    if modality is None:
        raise ValueError(f"{where}: modality '{text}' is neither visible (0) nor infrared (1).")
    return modality
