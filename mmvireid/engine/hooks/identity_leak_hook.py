"""No identity is both trained on and tested on, and no split is tested with another split's model."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmvireid.registry import HOOKS


@HOOKS.register_module()
class IdentityLeakHook(Hook):
    """Refuse to validate or test on identities that the model was trained on, or on another of the data set's splits.

    The training identities are those of the training data, or, when a checkpoint is tested, those stored in it.
    Identity numbers of different data sets are not compared.

    Raises:
        ValueError: The evaluated split shares identities with the training split, or, where a data set has several
            numbered splits (RegDB), has another number.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._trained_on: dict = {}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        self._trained_on = checkpoint.get('meta', {}).get('dataset_meta') or {}

    def before_train(self, runner: Runner) -> None:
        self._trained_on = getattr(runner.train_dataloader.dataset, 'metainfo', {})

    def before_val(self, runner: Runner) -> None:
        self._check(runner.val_dataloader.dataset)

    def before_test(self, runner: Runner) -> None:
        self._check(runner.test_dataloader.dataset)

    def _check(self, dataset) -> None:
        evaluated = getattr(dataset, 'metainfo', {})
        if evaluated.get('dataset') != self._trained_on.get('dataset'):
            return
        numbers = [metainfo.get('split_number') for metainfo in (self._trained_on, evaluated)]
        if numbers[0] != numbers[1]:
            raise ValueError(
                f'The model was trained on split number {numbers[0]} of {evaluated["dataset"]}, the data to evaluate '
                f'are of split number {numbers[1]}: each split needs a model of its own. Give --split-number '
                f'{numbers[0]}, or the checkpoint of the other split.'
            )
        shared = sorted(set(evaluated.get('pids', ())) & set(self._trained_on.get('pids', ())))
        if shared:
            raise ValueError(
                f"{len(shared)} identities of the split '{evaluated['split']}' were trained on, in the split "
                f"'{self._trained_on['split']}' of {evaluated['dataset']} (first pids: {shared[:5]}). Evaluate on a "
                'split with others, or train on one without these. default_hooks.identity_leak=None lifts this.'
            )
