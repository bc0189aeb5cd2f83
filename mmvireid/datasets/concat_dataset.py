"""Train on several data sets together, and keep their identities apart."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dataset import ConcatDataset

from mmvireid.registry import DATASETS

from .base_reid_dataset import BaseReIDDataset
from .samplers.seeded_index import SeededIndex


@DATASETS.register_module()
class ConcatReIDDataset(ConcatDataset):
    """Join data sets. People of different data sets stay different people.

    Each data set counts its labels from 0 and has its own identity and camera numbers. The joined data set renumbers
    all three. Data sets of the same name and folder, such as two splits, share identities and cameras.

    ``metainfo`` holds the joined ``num_ids`` and ``pids``, and in ``parts`` the metainfo of each data set. The check
    for leaking identities compares each part. Each data set keeps its own pipeline.

    Args:
        datasets: Two or more data sets or their configs.
        lazy_init: As in mmengine's ``BaseDataset``.

    Raises:
        ValueError: There are fewer than two data sets, one is no re-identification data set, two folders have the
            same name, or an image is in two data sets.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.datasets import ConcatReIDDataset, FolderDataset
        >>> for name in ('gate/train/visible/cam1/7/a.png', 'yard/train/visible/cam1/7/a.png'):
        ...     Path(name).parent.mkdir(parents=True)
        ...     Path(name).touch()
        >>> both = ConcatReIDDataset([FolderDataset(root, split='train') for root in ('gate', 'yard')])
        >>> [[both.get_data_info(i)[key] for key in ('pid', 'gt_label', 'cam_id')] for i in range(2)]
        [[7, 0, 1], [15, 1, 3]]
        >>> both.metainfo['dataset'], both.metainfo['num_ids']
        ('gate + yard', 2)
    """

    def __init__(self, datasets: Sequence[BaseReIDDataset | dict], lazy_init: bool = False) -> None:
        built = [DATASETS.build(dataset) if isinstance(dataset, dict) else dataset for dataset in datasets]
        if len(built) < 2 or not all(isinstance(dataset, BaseReIDDataset) for dataset in built):
            kinds = [type(dataset).__name__ for dataset in built]
            raise ValueError(f'ConcatReIDDataset joins two or more re-identification data sets, got {kinds}.')
        self._renumbered: list[dict[str, dict[int, int]]] = []
        keys = sorted({key for dataset in built for key in dataset.metainfo})
        super().__init__(built, lazy_init=lazy_init, ignore_keys=keys)

    def full_init(self) -> None:
        """Load all data sets and renumber their identities and cameras."""
        if self._fully_initialized:
            return
        super().full_init()
        self._refuse_ambiguous_data()
        self._renumber()
        parts = [dataset.metainfo for dataset in self.datasets]
        pids = sorted({pid for part in self._renumbered for pid in part['pid'].values()})
        self._metainfo = dict(
            dataset=' + '.join(dict.fromkeys(part['dataset'] for part in parts)),
            split=' + '.join(dict.fromkeys(part['split'] for part in parts)),
            num_ids=len(pids),
            pids=tuple(pids),
            parts=parts,
        )

    def get_data_info(self, idx: int) -> dict:
        """Return the record of an image, with the joined numbers and the fields that the sampler adds."""
        part, local = self._local_index(idx)
        return self.datasets[part].get_data_info(local)

    def __getitem__(self, idx: int) -> Any:
        part, local = self._local_index(idx)
        return self.datasets[part][local]

    def _local_index(self, idx: int) -> tuple[int, SeededIndex]:
        """Return the data set of an image, and its index there. The index carries the seed and all changed fields."""
        self.full_init()
        part, local = self._get_ori_dataset_idx(int(idx))
        info = self.datasets[part].get_data_info(int(local))
        numbers = {name: table[info[name]] for name, table in self._renumbered[part].items()}
        numbers['gt_label'] = self._labels[numbers['pid']]
        drawn_as = {**numbers, **getattr(idx, 'drawn_as', {})}
        return part, SeededIndex(local, seed=getattr(idx, 'seed', None), drawn_as=drawn_as)

    def _refuse_ambiguous_data(self) -> None:
        folders: dict[str, Path] = {}
        first: dict[str, int] = {}
        for number, dataset in enumerate(self.datasets):
            folder, name = Path(dataset.data_root).resolve(), dataset.metainfo['dataset']
            if folders.setdefault(name, folder) != folder:
                raise ValueError(
                    f"The folders '{folders[name]}' and '{folder}' both hold a data set with the name '{name}'. "
                    'Nothing tells if their identities are the same people: rename one, or put them into one folder.'
                )
            for path in (dataset.get_data_info(i)['img_path'] for i in range(len(dataset))):
                path = str(Path(path).absolute())
                if first.setdefault(path, number) != number:
                    raise ValueError(f"The image '{path}' is in the data sets {first[path]} and {number} (from 0).")

    def _renumber(self) -> None:
        offsets: dict[str, dict[str, int]] = {}  # of each data set's name
        following = dict(pid=0, cam_id=0)
        names = [dataset.metainfo['dataset'] for dataset in self.datasets]
        found = [{key: {d.get_data_info(i)[key] for i in range(len(d))} for key in following} for d in self.datasets]
        for name in dict.fromkeys(names):
            offsets[name] = dict(following)
            for key in following:
                numbers = [part[key] for part, other in zip(found, names, strict=True) if other == name]
                following[key] += max(map(max, numbers)) + 1
        self._renumbered = [
            {key: {number: number + offsets[name][key] for number in numbers} for key, numbers in part.items()}
            for name, part in zip(names, found, strict=True)
        ]
        pids = sorted({pid for part in self._renumbered for pid in part['pid'].values()})
        self._labels = {pid: label for label, pid in enumerate(pids)}
