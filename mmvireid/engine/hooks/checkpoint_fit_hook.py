"""A checkpoint of another network is refused, not loaded in part."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner

from mmvireid.registry import HOOKS


@HOOKS.register_module()
class CheckpointFitHook(Hook):
    """Compare a checkpoint with the model before it is loaded, because the Runner loads whatever happens to fit.

    The heads may differ unless training is resumed: features are made without them. In a test, heads that describe
    images may not.

    Raises:
        ValueError: Tensors are missing, unexpected or of another shape.
    """

    priority = 'VERY_HIGH'

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        saved = {name.removeprefix('module.'): tensor for name, tensor in checkpoint['state_dict'].items()}
        own = model.state_dict()
        is_training = isinstance(runner._train_loop, BaseLoop)  # built before the checkpoint is loaded
        heads = getattr(model, 'heads', {}).items()
        describing = tuple(f'heads.{name}.' for name, head in heads if not is_training and hasattr(head, 'describe'))
        names = {
            name
            for name in saved.keys() | own.keys()
            if runner._resume or not name.startswith('heads.') or name.startswith(describing)
        }
        problems = {
            'missing': sorted(names - saved.keys()),
            'unexpected': sorted(names - own.keys()),
            'of another shape': sorted(n for n in names & saved.keys() & own.keys() if saved[n].shape != own[n].shape),
        }
        found = [f'{len(tensors)} {problem} (first: {tensors[:2]})' for problem, tensors in problems.items() if tensors]
        if found:
            raise ValueError(
                f"The checkpoint does not fit the config's model; tensors {', '.join(found)}. Give the config, and the "
                '--cfg-options, that it was trained with (default_hooks.checkpoint_fit=None loads what fits).'
            )
