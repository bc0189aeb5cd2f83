"""A hook that refuses to test on identities or images of the training."""

import logging
from collections.abc import Callable

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.registry import DATASETS
from mmengine.runner import BaseLoop, Runner
from torch.utils.data import Dataset

from mmvireid.datasets.split_record import CHECKPOINT_KEY, SplitRecord, check_disjoint
from mmvireid.registry import HOOKS

EARLIER_KEY = 'earlier_trainings'
"""Key of the training data of ``load_from`` in the ``dataset_meta`` of a checkpoint."""


@HOOKS.register_module()
class IdentityLeakHook(Hook):
    """Refuse to validate or test a model on identities or images that it was trained on.

    The training data are compared with the config's validation and test data before the first iteration. A checkpoint
    stores digests of the training images, and the data of a test are compared with them. The training data of
    ``load_from`` count too. See :func:`mmvireid.datasets.split_record.check_disjoint`.

    Raises:
        ValueError: The evaluated split shares identities or images with the training split, or has another split
            number.

    Example:
        >>> HOOKS.build(dict(type='IdentityLeakHook')).priority
        'VERY_HIGH'
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._trainings: list[SplitRecord] = []  # the training of the model, and the trainings before
        self._compared: list[Dataset] = []

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        meta = dict(checkpoint.get('meta', {}).get('dataset_meta') or {})
        earlier = meta.pop(EARLIER_KEY, [])
        self._trainings = [SplitRecord.from_checkpoint(each) for each in (meta, *earlier) if each]
        self._compared = []
        if meta.pop(CHECKPOINT_KEY, None) or earlier:
            checkpoint['meta']['dataset_meta'] = meta  # mmengine compares it with the metainfo

    def before_train(self, runner: Runner) -> None:
        # A resumed training replaces its own record. Other weights had a training of their own.
        loaded = self._trainings[1:] if getattr(runner, '_resume', False) else self._trainings
        self._compared = []

        def compare() -> None:
            own = SplitRecord.from_dataset(runner.train_dataloader.dataset)
            self._trainings = [own, *(each for each in loaded if each.for_checkpoint() != own.for_checkpoint())]
            for name in ('val', 'test'):
                if (dataset := _evaluated_dataset(runner, name)) is not None:
                    self._compare(dataset)

        _on_main_process(compare)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        if self._trainings and 'dataset_meta' in checkpoint['meta']:
            own, *earlier = (record.for_checkpoint() for record in self._trainings)
            checkpoint['meta']['dataset_meta'] = {**own, EARLIER_KEY: earlier} if earlier else own

    def before_val(self, runner: Runner) -> None:
        _on_main_process(lambda: self._compare(runner.val_dataloader.dataset))

    def before_test(self, runner: Runner) -> None:
        _on_main_process(lambda: self._compare(runner.test_dataloader.dataset))

    def _compare(self, dataset: Dataset) -> None:
        if not self._trainings or any(dataset is compared for compared in self._compared):
            return
        evaluated = SplitRecord.from_dataset(dataset)
        for training in self._trainings:
            check_disjoint(training, evaluated)
        self._compared.append(dataset)


def _evaluated_dataset(runner: Runner, name: str) -> Dataset | None:
    """Return the validation or test data of the config. Their data loader need not exist yet."""
    loop = getattr(runner, f'_{name}_loop', None)
    loader = loop.dataloader if isinstance(loop, BaseLoop) else getattr(runner, f'_{name}_dataloader', None)
    dataset = loader.get('dataset') if isinstance(loader, dict) else getattr(loader, 'dataset', None)
    if not isinstance(dataset, dict):
        return dataset
    try:
        return DATASETS.build(dict(dataset))
    except (OSError, ValueError) as error:
        print_log(
            f'The training data are not compared with {name}_dataloader.dataset, which does not load: {error} '
            'Training goes on, but a test will fail.',
            logger='current',
            level=logging.WARNING,
        )
        return None


def _on_main_process(check: Callable[[], None]) -> None:
    """Run a check in the main process alone, and raise its error in all processes."""
    errors: list[Exception | None] = [None]
    if is_main_process():
        try:
            check()
        except Exception as error:  # the other processes wait for it
            errors = [error]
    broadcast_object_list(errors)
    if errors[0] is not None:
        raise errors[0]
