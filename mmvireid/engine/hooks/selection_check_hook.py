"""A hook that refuses settings that need validation scores which do not exist."""

from mmengine.hooks import CheckpointHook, EarlyStoppingHook, Hook
from mmengine.runner import Runner

from mmvireid.registry import HOOKS
from mmvireid.utils.suggestions import did_you_mean


@HOOKS.register_module()
class SelectionCheckHook(Hook):
    """Stop before the first iteration if a setting waits for a validation score that never comes.

    The settings are ``save_best`` of the checkpoint hook, ``monitor`` of an early stopping hook, and
    ``train_cfg.val_interval``. The names of the scores come from the metrics of ``val_evaluator`` that have a method
    ``score_names()``. If a metric has no such method, the hook does not check the names.

    Raises:
        ValueError: The config has no validation, or the validation has no score of this name.

    Example:
        >>> from types import SimpleNamespace as Fake
        >>> checkpoint = CheckpointHook(save_best='all-search/mAP')
        >>> runner = Fake(hooks=[checkpoint], val_loop=None, cfg=dict(train_cfg=dict(max_epochs=1)))
        >>> SelectionCheckHook().before_train(runner)
        Traceback (most recent call last):
        ValueError: default_hooks.checkpoint.save_best='all-search/mAP' needs a validation: add val_dataloader, ...
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        settings = [
            *_settings_of(runner.hooks, CheckpointHook, 'save_best', 'default_hooks.checkpoint.save_best'),
            *_settings_of(runner.hooks, EarlyStoppingHook, 'monitor', 'EarlyStoppingHook: monitor'),
        ]
        if runner.val_loop is None:
            if 'val_interval' in (runner.cfg.get('train_cfg') or {}):
                settings.append(('train_cfg.val_interval', runner.cfg['train_cfg']['val_interval']))
            for option, value in settings:
                raise ValueError(
                    f'{option}={value!r} needs a validation: add val_dataloader, val_cfg and val_evaluator to the '
                    'config, or remove this setting.'
                )
            return
        metrics = runner.val_loop.evaluator.metrics
        if not all(hasattr(metric, 'score_names') for metric in metrics):
            return
        names = [name for metric in metrics for name in metric.score_names()]
        for option, value in settings:
            if value not in (*names, 'auto'):
                raise ValueError(
                    f'{option}={value!r} is not a score of the validation.{did_you_mean(value, names)} The scores are '
                    f'{", ".join(name for name in names if not name.endswith("_std"))}.'
                )


def _settings_of(hooks: list[Hook], kind: type[Hook], attribute: str, option: str) -> list[tuple[str, str]]:
    """Return the option and each score name that hooks of a kind ask for."""
    found = [getattr(hook, attribute) for hook in hooks if isinstance(hook, kind)]
    return [(option, name) for names in found for name in ([names] if isinstance(names, str) else names or [])]
