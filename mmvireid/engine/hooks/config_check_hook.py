"""Does the configuration fit the data it was given?"""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmvireid.registry import HOOKS


@HOOKS.register_module()
class ConfigCheckHook(Hook):
    """Stop before the first iteration if a number in the config contradicts the training data.

    Raises:
        ValueError: A head's ``num_classes`` is not the number of training identities, the data loader's ``batch_size``
            is not the sampler's, or the sampler draws one image where a head pairs images within a modality. The
            message holds the numbers and the config key.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        dataloader = runner.train_dataloader
        num_ids = getattr(dataloader.dataset, 'metainfo', {}).get('num_ids')
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        for name, head in getattr(model, 'heads', {}).items():
            num_classes = getattr(head, 'num_classes', num_ids)
            if num_ids is not None and num_classes != num_ids:
                raise ValueError(
                    f'model.heads.{name}.num_classes={num_classes}, but the training data have {num_ids} identities: '
                    f'set --cfg-options model.heads.{name}.num_classes={num_ids}'
                )
            if getattr(head, 'modality_pairs', None) == 'all' and getattr(dataloader.sampler, 'num_instances', 2) < 2:
                raise ValueError(
                    f"model.heads.{name}.modality_pairs='all' pairs images of one modality, but the sampler draws one "
                    'of each identity: set train_dataloader.sampler.num_instances=2 (and replacement=False).'
                )
        expected = getattr(dataloader.sampler, 'batch_size', dataloader.batch_size)
        if dataloader.batch_size != expected:
            raise ValueError(
                f'train_dataloader.batch_size={dataloader.batch_size}, but train_dataloader.sampler makes batches of '
                f'{expected}: set both to fit.'
            )
