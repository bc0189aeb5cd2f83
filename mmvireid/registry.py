"""Registries of mmvireid. Most are children of mmengine's registries, with the scope ``mmvireid``.

``PROTOCOLS``, ``DISTANCES`` and ``RERANKINGS`` have no parent, because mmengine has no such components.
"""

from typing import Any

from mmengine import registry as mmengine_registry
from mmengine.registry import Registry

from mmvireid.utils.old_names import refuse_old_options, refuse_old_type
from mmvireid.utils.suggestions import did_you_mean, explain_wrong_options

SCOPE = 'mmvireid'


class ReIDRegistry(Registry):
    """Register components, and refuse names in configs that do not exist, or no longer exist.

    The error gives the new name of an old name, and the nearest name of a misspelt one. The arguments are the same as
    in mmengine's ``Registry``.

    Raises:
        ValueError: A config has the old name of a type or of an option.
        KeyError: A config has no type, or a type that does not exist.
        TypeError: A config has an unknown option, or lacks a required option.

    Example:
        >>> MODELS.build(dict(type='EmbeddingNeck'))
        Traceback (most recent call last):
        ValueError: EmbeddingNeck has a new name: write type='GlobalPoolingNeck', feature='embedding'.
    """

    def get(self, key: str) -> Any:
        """Return the component with a name. mmengine's registries build through this method too."""
        if isinstance(key, str) and self._own_component(key) is None:
            refuse_old_type(key.removeprefix(f'{SCOPE}.'))
        try:
            component = super().get(key)
        except RuntimeError as error:
            if str(error) != f'Failed to get {key}':
                raise
            component = None
        if component is None:
            raise KeyError(f"There is no {self.name} of the type '{key}'.{did_you_mean(key, self._names(key))}")
        return component

    def __contains__(self, key: str) -> bool:
        try:
            return self.get(key) is not None
        except (KeyError, ValueError):
            return False

    def build(self, cfg: dict, *args: Any, **kwargs: Any) -> Any:
        """Build a component from its config."""
        kind = cfg.get('type') if isinstance(cfg, dict) else None
        if kind is None and isinstance(cfg, dict) and not args and not kwargs:
            raise KeyError(f'This {self.name} has no type. Its config has {sorted(map(str, cfg)) or "no option"}.')
        component = self._own_component(kind) if isinstance(kind, str) else kind
        if component is not None:
            refuse_old_options(self.name, component, cfg)
        try:
            return super().build(cfg, *args, **kwargs)
        except TypeError as error:
            explanation = explain_wrong_options(error)
            if explanation is None:
                raise
            raise TypeError(explanation) from error

    def _own_component(self, key: str) -> Any:
        self.import_from_location()
        return self.module_dict.get(key.removeprefix(f'{SCOPE}.'))

    def _names(self, key: str) -> list[str]:
        """Return the names that a config may use in place of ``key``: with a scope, the names of this scope."""
        registries, registry = [self], self.parent
        while registry is not None:
            registries.append(registry)
            registry = registry.parent
        scope, _, _ = key.rpartition('.')
        child = registries[-1].children.get(scope)
        if child is not None:
            return [f'{scope}.{name}' for name in child.module_dict]
        return [name for registry in registries for name in registry.module_dict]


def _child_of(parent: Registry, *locations: str) -> ReIDRegistry:
    return ReIDRegistry(parent.name, parent=parent, scope=SCOPE, locations=list(locations))


# Running.
RUNNERS = _child_of(mmengine_registry.RUNNERS, 'mmvireid.engine')
RUNNER_CONSTRUCTORS = _child_of(mmengine_registry.RUNNER_CONSTRUCTORS, 'mmvireid.engine')
LOOPS = _child_of(mmengine_registry.LOOPS, 'mmvireid.engine')
HOOKS = _child_of(mmengine_registry.HOOKS, 'mmvireid.engine')
LOG_PROCESSORS = _child_of(mmengine_registry.LOG_PROCESSORS, 'mmvireid.engine')
OPTIMIZERS = _child_of(mmengine_registry.OPTIMIZERS, 'mmvireid.engine')
OPTIM_WRAPPERS = _child_of(mmengine_registry.OPTIM_WRAPPERS, 'mmvireid.engine')
OPTIM_WRAPPER_CONSTRUCTORS = _child_of(mmengine_registry.OPTIM_WRAPPER_CONSTRUCTORS, 'mmvireid.engine')
PARAM_SCHEDULERS = _child_of(mmengine_registry.PARAM_SCHEDULERS, 'mmvireid.engine')

# Data.
DATASETS = _child_of(mmengine_registry.DATASETS, 'mmvireid.datasets')
DATA_SAMPLERS = _child_of(mmengine_registry.DATA_SAMPLERS, 'mmvireid.datasets')
FUNCTIONS = _child_of(mmengine_registry.FUNCTIONS, 'mmvireid.datasets')
TRANSFORMS = _child_of(mmengine_registry.TRANSFORMS, 'mmvireid.datasets')

# Models.
MODELS = _child_of(mmengine_registry.MODELS, 'mmvireid.models')
MODEL_WRAPPERS = _child_of(mmengine_registry.MODEL_WRAPPERS, 'mmvireid.models')
WEIGHT_INITIALIZERS = _child_of(mmengine_registry.WEIGHT_INITIALIZERS, 'mmvireid.models')
TASK_UTILS = _child_of(mmengine_registry.TASK_UTILS, 'mmvireid.models')

# Evaluation and visualization.
METRICS = _child_of(mmengine_registry.METRICS, 'mmvireid.evaluation')
EVALUATOR = _child_of(mmengine_registry.EVALUATOR, 'mmvireid.evaluation')
PROTOCOLS = ReIDRegistry('protocol', scope=SCOPE, locations=['mmvireid.evaluation'])
DISTANCES = ReIDRegistry('distance', scope=SCOPE, locations=['mmvireid.evaluation'])
RERANKINGS = ReIDRegistry('reranking', scope=SCOPE, locations=['mmvireid.evaluation'])
VISUALIZERS = _child_of(mmengine_registry.VISUALIZERS, 'mmvireid.visualization')
VISBACKENDS = _child_of(mmengine_registry.VISBACKENDS, 'mmvireid.visualization')
