"""A hook that compares the config with the training data."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmvireid.datasets.samplers.seeded_batch import refuse_other_wrappers
from mmvireid.registry import HOOKS
from mmvireid.utils.config_path import errors_at


@HOOKS.register_module()
class ConfigCheckHook(Hook):
    """Stop before the first iteration if the config does not fit the training data.

    A head may have a method ``check_training_data(metainfo, sampler)``. It gets the metainfo of the training data set
    and the sampler, and raises ValueError if one of them does not fit the head's options. This hook calls the method
    of every head and adds the head's path in the config to the error.

    Raises:
        ValueError: A head refuses the training data, or the data loader's ``batch_size`` is not the sampler's.

    Example:
        >>> from types import SimpleNamespace as Fake
        >>> from mmvireid.models.heads import IDHead
        >>> loader = Fake(dataset=Fake(metainfo=dict(num_ids=5)), sampler=None, batch_size=8)
        >>> model = Fake(heads=dict(identity=IDHead(num_classes=3, in_channels=8)))
        >>> ConfigCheckHook().before_train(Fake(model=model, train_dataloader=loader))
        Traceback (most recent call last):
        ValueError: model.heads.identity: num_classes=3, but the training data have 5 identities: set num_classes=5.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        dataloader = runner.train_dataloader
        with errors_at('train_dataloader.dataset'):
            refuse_other_wrappers(dataloader.dataset)
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        for name, head in getattr(model, 'heads', {}).items():
            if hasattr(head, 'check_training_data'):
                with errors_at(f'model.heads.{name}'):
                    head.check_training_data(getattr(dataloader.dataset, 'metainfo', {}), dataloader.sampler)
        expected = getattr(dataloader.sampler, 'batch_size', dataloader.batch_size)
        if dataloader.batch_size != expected:
            raise ValueError(
                f'train_dataloader.batch_size={dataloader.batch_size}, but train_dataloader.sampler makes batches of '
                f'{expected}: make the two numbers equal.'
            )
