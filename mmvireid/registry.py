"""Registries of mmvireid. Most are children of mmengine's registries, with the scope ``mmvireid``.

``PROTOCOLS``, ``DISTANCES`` and ``RERANKINGS`` have no parent, because mmengine has no such components.
"""

from typing import Any

from mmengine import registry as mmengine_registry
from mmengine.registry import Registry

from mmvireid.utils.old_names import refuse_old_options, refuse_old_type

SCOPE = 'mmvireid'


class ReIDRegistry(Registry):
    """Register components, and refuse names in configs that were written for earlier versions.

    The error gives the new name. The arguments are the same as in mmengine's ``Registry``.

    Raises:
        ValueError: A config has the old name of a type or of an option.

    Example:
        >>> MODELS.build(dict(type='EmbeddingNeck'))
        Traceback (most recent call last):
        ValueError: EmbeddingNeck has a new name: write type='GlobalPoolingNeck', feature='embedding'.
    """

    def get(self, key: str) -> Any:
        """Return the component with a name."""
        if isinstance(key, str) and self._own_component(key) is None:
            refuse_old_type(key.removeprefix(f'{SCOPE}.'))
        return super().get(key)

    def build(self, cfg: dict, *args: Any, **kwargs: Any) -> Any:
        """Build a component from its config."""
        kind = cfg.get('type') if isinstance(cfg, dict) else None
        component = self._own_component(kind) if isinstance(kind, str) else kind
        if component is not None:
            refuse_old_options(self.name, component, cfg)
        return super().build(cfg, *args, **kwargs)

    def _own_component(self, key: str) -> Any:
        self.import_from_location()
        return self.module_dict.get(key.removeprefix(f'{SCOPE}.'))


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
