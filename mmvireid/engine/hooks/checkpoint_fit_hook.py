"""A hook that refuses the checkpoint of another network."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner

from mmvireid.registry import HOOKS
from mmvireid.utils.checkpoints import weights_of


@HOOKS.register_module()
class CheckpointFitHook(Hook):
    """Compare a checkpoint with the model before the checkpoint is loaded.

    Without this hook, the Runner ignores tensors that do not fit.

    Heads may differ, because features do not depend on them. There are two exceptions: heads must fit when training is
    resumed, and heads that describe images must fit in a test.

    Raises:
        ValueError: The checkpoint has no weights, or tensors are missing, unexpected or of another shape.

    Example:
        >>> import types, torch
        >>> runner = types.SimpleNamespace(model=torch.nn.Linear(2, 3), _train_loop=None, _resume=False)
        >>> CheckpointFitHook().after_load_checkpoint(runner, dict(state_dict=dict(weight=torch.zeros(3, 2))))
        Traceback (most recent call last):
        ValueError: The checkpoint does not fit the config's model. Tensors that do not fit: 1 missing (first: ...
    """

    priority = 'VERY_HIGH'

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        file = getattr(runner, '_load_from', None)
        saved = {name.removeprefix('module.'): tensor for name, tensor in weights_of(checkpoint, file).items()}
        own = model.state_dict()
        is_training = isinstance(runner._train_loop, BaseLoop)  # the Runner builds it before it loads the checkpoint
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
                f"The checkpoint{f' {file!r}' if file else ''} does not fit the config's model. Tensors that do not "
                f'fit: {", ".join(found)}. Use the config and the --cfg-options of its training. '
                'default_hooks.checkpoint_fit=None loads only what fits.'
            )
