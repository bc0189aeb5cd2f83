"""Names in configs that were written for earlier versions, and the names that replace them."""

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

# Old type in a config, and what to write instead.
RENAMED_TYPES = {
    'BaseReID': "type='CrossModalityReID'",
    'EmbeddingNeck': "type='GlobalPoolingNeck', feature='embedding'",
    'MapNeck': "type='GlobalPoolingNeck', maps=dict(map=-1)",
    'DualLevelFusion': "type='DualLevelFusionNeck'",
    'ProjectedEmbedding': "type='ProjectedEmbeddingNeck'",
}


class RenamedOption(NamedTuple):
    """Describe an option that has a new name.

    Attributes:
        registry: Name of the registry of the types that had the option.
        base: Name of a base class of these types, or None for all types of the registry.
        old: The old name.
        new: What to write instead.

    Example:
        >>> RenamedOption('protocol', None, 'probe_cams', 'query_cams').old
        'probe_cams'
    """

    registry: str
    base: str | None
    old: str
    new: str


RENAMED_OPTIONS = (
    RenamedOption('model', 'BaseHead', 'features', 'loss_weights, such as loss_weights=dict(pooled=1.0)'),
    RenamedOption(
        'protocol', None, 'collapse_identities', "cmc_unit='identity' (was True) or cmc_unit='image' (False)"
    ),
    RenamedOption('protocol', None, 'probe_cams', 'query_cams, with the same value'),
)


def refuse_old_type(name: str) -> None:
    """Refuse the old name of a type.

    Raises:
        ValueError: The name is old. The message gives the new one.

    Example:
        >>> refuse_old_type('CrossModalityReID')
        >>> refuse_old_type('BaseReID')
        Traceback (most recent call last):
        ValueError: BaseReID has a new name: write type='CrossModalityReID'.
    """
    if name in RENAMED_TYPES:
        raise ValueError(f'{name} has a new name: write {RENAMED_TYPES[name]}.')


def refuse_old_options(registry: str, component: type, config: Mapping[str, Any]) -> None:
    """Refuse the old name of an option in the config of a component.

    A component of a user may still have an option with such a name in its own signature.

    Args:
        registry: Name of the component's registry.
        component: The class that the config builds.
        config: The options.

    Raises:
        ValueError: An option has an old name. The message gives the new one.

    Example:
        >>> class Protocol:
        ...     def __init__(self, query_cams=(1, 4)): ...
        >>> refuse_old_options('protocol', Protocol, dict(query_cams=[1]))
        >>> refuse_old_options('protocol', Protocol, dict(probe_cams=[1]))
        Traceback (most recent call last):
        ValueError: The option probe_cams of Protocol has a new name: write query_cams, with the same value.
    """
    bases = {base.__name__ for base in inspect.getmro(component)} if inspect.isclass(component) else set()
    for option in RENAMED_OPTIONS:
        if (
            option.registry == registry
            and option.old in config
            and (option.base is None or option.base in bases)
            and option.old not in inspect.signature(component).parameters
        ):
            raise ValueError(f'The option {option.old} of {component.__name__} has a new name: write {option.new}.')
