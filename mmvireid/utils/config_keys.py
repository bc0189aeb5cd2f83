"""Check the keys of a config, so that no setting stays without effect."""

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner

from mmvireid.utils.suggestions import did_you_mean, nearest

# mmengine reads these keys beside the arguments of its Runner.
OTHER_KEYS = (
    *('custom_imports', 'model_wrapper_cfg', 'sync_bn', 'find_unused_parameters', 'compile', 'runner_type'),
    *('activation_checkpointing', 'efficient_conv_bn_eval'),
)
RUNNER_KEYS = frozenset(inspect.signature(Runner.__init__).parameters) - {'self', 'cfg'} | set(OTHER_KEYS)
# The tools replace these keys everywhere in a config.
REPLACED_EVERYWHERE = ('data_root', 'split_number')
MISSPELT = 0.8


def check_file_keys(cfg: Config, file: str) -> None:
    """Refuse a top-level key that misspells a key of the Runner. Other unknown keys are variables of the user.

    Raises:
        ValueError: The message names the key and the nearest key of the Runner.

    Example:
        >>> check_file_keys(Config(dict(max_epochs=3, train_cfg=dict())), 'my_config.py')
        >>> check_file_keys(Config(dict(optim_wraper=dict())), 'my_config.py')
        Traceback (most recent call last):
        ValueError: 'my_config.py': nothing reads the key 'optim_wraper'. Did you mean 'optim_wrapper'?
    """
    for key in cfg:
        if key not in RUNNER_KEYS and _misspells(key, RUNNER_KEYS):
            raise ValueError(f"'{file}': nothing reads the key '{key}'.{did_you_mean(key, RUNNER_KEYS)}")


def check_command_line_keys(cfg: Config, options: Mapping[str, Any]) -> None:
    """Refuse settings of the command line that would have no effect on a config.

    - A top-level key must be in the config or be a key of the Runner.
    - A new key inside a dict must not misspell a key of this dict. A component itself refuses its unknown options.
    - A new dict beside components, such as a new head, must get a ``type``.

    Args:
        cfg: The config before the settings are merged.
        options: The settings by path, such as ``{'model.heads.identity.num_classes': 395}``.

    Raises:
        ValueError: The message names the setting and the nearest valid key.

    Example:
        >>> cfg = Config(dict(model=dict(heads=dict(identity=dict(type='IDHead', margin=1)))))
        >>> check_command_line_keys(cfg, {'model.heads.identity.margin': 2})
        >>> check_command_line_keys(cfg, {'model.heads.identiy.margin': 2})
        Traceback (most recent call last):
        ValueError: --cfg-options model.heads.identiy.margin: model.heads has no 'identiy'. Did you mean 'identity'?
    """
    for path in options:
        top, *rest = path.split('.')
        if top not in cfg and top not in RUNNER_KEYS and top not in REPLACED_EVERYWHERE:
            known = {*RUNNER_KEYS, *cfg}
            raise ValueError(
                f"--cfg-options {path}: neither the config nor the Runner has a key '{top}'.{did_you_mean(top, known)}"
            )
        if not rest and top in cfg and top not in RUNNER_KEYS | set(REPLACED_EVERYWHERE):
            _warn_of_variable(cfg, top)
        _check_path(cfg, path, options)


def _check_path(cfg: Config, path: str, options: Mapping[str, Any]) -> None:
    node: Any = cfg._cfg_dict
    names = path.split('.')
    for depth, name in enumerate(names):
        if isinstance(node, (list, tuple)):
            node = node[int(name)] if name.isdigit() and int(name) < len(node) else None  # mmengine reports the others
        elif not isinstance(node, Mapping):
            return  # the setting replaces something that is no dict
        elif name in node:
            node = node[name]
        else:
            if depth > 0:
                _check_new_key(node, names, depth, options)
            return


def _check_new_key(node: Mapping, names: list[str], depth: int, options: Mapping[str, Any]) -> None:
    name, parent, here = names[depth], '.'.join(names[:depth]), '.'.join(names[: depth + 1])
    value = options.get(here)
    has_type = f'{here}.type' in options or (isinstance(value, Mapping) and 'type' in value)
    if has_type or 'type' in node:
        return
    error = f"--cfg-options {'.'.join(names)}: {parent} has no '{name}'.{did_you_mean(name, node)}"
    if _misspells(name, node):
        raise ValueError(error)
    components = [each for each in node.values() if isinstance(each, Mapping)]
    all_typed = len(components) > 0 and len(components) == len(node) and all('type' in each for each in components)
    if depth < len(names) - 1 and all_typed:
        raise ValueError(f'{error} A new component needs a type: {here}.type=...')


def _misspells(name: str, known: Mapping | frozenset) -> bool:
    """Tell whether a name is almost a known one. Names that differ only in numbers (part1, part2) are different."""
    found = nearest(name, [each for each in known if isinstance(each, str)], cutoff=MISSPELT)
    if found is None or re.sub(r'\d', '', found) == re.sub(r'\d', '', name) != name:
        return False
    return SequenceMatcher(None, name, found).ratio() > MISSPELT


def _warn_of_variable(cfg: Config, name: str) -> None:
    """Warn that a variable of a config file was already used when the file was read."""
    places = [path for path in _paths_of(cfg._cfg_dict, name) if '.' in path]
    remedy = f'set {" or ".join(places)}' if places else 'set the keys that use it'
    print(
        f'warning: --cfg-options {name}: this is a variable of the config file, and the file has already used its old '
        f'value: {remedy}.',
        file=sys.stderr,
    )


def _paths_of(node: Any, name: str, prefix: str = '') -> Iterator[str]:
    children = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, (list, tuple)) else ()
    for key, child in children:
        path = f'{prefix}{key}'
        if key == name:
            yield path
        yield from _paths_of(child, name, f'{path}.')
