"""Child registries of mmengine's, scope ``mmvireid``.

``PROTOCOLS`` and ``DISTANCES`` are roots of their own: mmengine knows neither concept.
"""

from mmengine import registry as mmengine_registry
from mmengine.registry import Registry

SCOPE = 'mmvireid'


def _child_of(parent: Registry, *locations: str) -> Registry:
    return Registry(parent.name, parent=parent, scope=SCOPE, locations=list(locations))


# How a run goes.
RUNNERS = _child_of(mmengine_registry.RUNNERS, 'mmvireid.engine')
RUNNER_CONSTRUCTORS = _child_of(mmengine_registry.RUNNER_CONSTRUCTORS, 'mmvireid.engine')
LOOPS = _child_of(mmengine_registry.LOOPS, 'mmvireid.engine')
HOOKS = _child_of(mmengine_registry.HOOKS, 'mmvireid.engine')
LOG_PROCESSORS = _child_of(mmengine_registry.LOG_PROCESSORS, 'mmvireid.engine')
OPTIMIZERS = _child_of(mmengine_registry.OPTIMIZERS, 'mmvireid.engine')
OPTIM_WRAPPERS = _child_of(mmengine_registry.OPTIM_WRAPPERS, 'mmvireid.engine')
OPTIM_WRAPPER_CONSTRUCTORS = _child_of(mmengine_registry.OPTIM_WRAPPER_CONSTRUCTORS, 'mmvireid.engine')
PARAM_SCHEDULERS = _child_of(mmengine_registry.PARAM_SCHEDULERS, 'mmvireid.engine')

# What it is fed.
DATASETS = _child_of(mmengine_registry.DATASETS, 'mmvireid.datasets')
DATA_SAMPLERS = _child_of(mmengine_registry.DATA_SAMPLERS, 'mmvireid.datasets')
FUNCTIONS = _child_of(mmengine_registry.FUNCTIONS, 'mmvireid.datasets')
TRANSFORMS = _child_of(mmengine_registry.TRANSFORMS, 'mmvireid.datasets')

# What it trains.
MODELS = _child_of(mmengine_registry.MODELS, 'mmvireid.models')
MODEL_WRAPPERS = _child_of(mmengine_registry.MODEL_WRAPPERS, 'mmvireid.models')
WEIGHT_INITIALIZERS = _child_of(mmengine_registry.WEIGHT_INITIALIZERS, 'mmvireid.models')
TASK_UTILS = _child_of(mmengine_registry.TASK_UTILS, 'mmvireid.models')

# How it is measured and shown.
METRICS = _child_of(mmengine_registry.METRICS, 'mmvireid.evaluation')
EVALUATOR = _child_of(mmengine_registry.EVALUATOR, 'mmvireid.evaluation')
PROTOCOLS = Registry('protocol', scope=SCOPE, locations=['mmvireid.evaluation'])
DISTANCES = Registry('distance', scope=SCOPE, locations=['mmvireid.evaluation'])
RERANKINGS = Registry('reranking', scope=SCOPE, locations=['mmvireid.evaluation'])
VISUALIZERS = _child_of(mmengine_registry.VISUALIZERS, 'mmvireid.visualization')
VISBACKENDS = _child_of(mmengine_registry.VISBACKENDS, 'mmvireid.visualization')
