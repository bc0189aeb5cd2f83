"""A hook that refuses to test on identities of the training."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmvireid.registry import HOOKS
from mmvireid.utils.old_files import current_dataset_name


@HOOKS.register_module()
class IdentityLeakHook(Hook):
    """Refuse to validate or test a model on identities that it was trained on.

    The training identities come from the training data set, or from the checkpoint if a checkpoint is tested. Different
    data sets are not compared. A data set with numbered splits (RegDB) needs the split of the training.

    Raises:
        ValueError: The evaluated split shares identities with the training split, or has another split number.

    Example:
        >>> HOOKS.build(dict(type='IdentityLeakHook')).priority
        'VERY_HIGH'
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._training: dict = {}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        self._training = checkpoint.get('meta', {}).get('dataset_meta') or {}

    def before_train(self, runner: Runner) -> None:
        self._training = getattr(runner.train_dataloader.dataset, 'metainfo', {})

    def before_val(self, runner: Runner) -> None:
        _check(self._training, getattr(runner.val_dataloader.dataset, 'metainfo', {}))

    def before_test(self, runner: Runner) -> None:
        _check(self._training, getattr(runner.test_dataloader.dataset, 'metainfo', {}))


def _check(training: dict, evaluated: dict) -> None:
    # The numbers of ConcatReIDDataset are its own: compare its parts.
    for trained_part in training.get('parts', [training]):
        for evaluated_part in evaluated.get('parts', [evaluated]):
            _check_one(trained_part, evaluated_part)


def _check_one(training: dict, evaluated: dict) -> None:
    # A checkpoint may have the data set's name of an earlier version.
    names = [name and current_dataset_name(name) for name in (training.get('dataset'), evaluated.get('dataset'))]
    if names[0] != names[1]:
        return
    numbers = [metainfo.get('split_number') for metainfo in (training, evaluated)]
    if numbers[0] != numbers[1]:
        raise ValueError(
            f'The model was trained on split number {numbers[0]} of {names[0]}, but the evaluated data are of split '
            f'number {numbers[1]}: set --split-number {numbers[0]}, or use the checkpoint of the other split.'
        )
    if shared := sorted(set(evaluated.get('pids', ())) & set(training.get('pids', ()))):
        raise ValueError(
            f"{len(shared)} identities of the split '{evaluated['split']}' were trained on as part of the split "
            f"'{training['split']}' of {names[0]} (first pids: {shared[:5]}): evaluate or train on another split. "
            'default_hooks.identity_leak=None switches this check off.'
        )
