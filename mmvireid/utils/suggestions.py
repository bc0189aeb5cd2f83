"""Suggest the nearest valid name for a misspelt one."""

import difflib
import inspect
import re
from collections.abc import Callable, Iterable
from traceback import walk_tb
from types import TracebackType
from typing import Any

UNKNOWN_OPTION = re.compile(r"^(?P<callee>[\w.<>]+)\(\) got an unexpected keyword argument '(?P<option>[^']+)'")
MISSING_OPTION = re.compile(r'^(?P<callee>[\w.<>]+)\(\) missing \d+ required [\w-]+ arguments?: (?P<options>.+)$')


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name that is most like a name, or None. Case does not matter.

    Example:
        >>> nearest('optim_wraper', ['model', 'optim_wrapper'])
        'optim_wrapper'
        >>> nearest('optim_wraper', ['model']) is None
        True
    """
    by_lower = {each.lower(): each for each in sorted(known, reverse=True)}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question that suggests the nearest known name, with a space in front, or an empty text.

    Example:
        >>> 'No optimizer Addam.' + did_you_mean('Addam', ['SGD', 'Adam'])
        "No optimizer Addam. Did you mean 'Adam'?"
    """
    found = nearest(name, known)
    return f" Did you mean '{found}'?" if found else ''


def component_options(component: Callable) -> list[str]:
    """List the options of a component. A class passes ``**kwargs`` on, so the options of its bases count too.

    Example:
        >>> class Base:
        ...     def __init__(self, loss_weight=1.0): ...
        >>> class Head(Base):
        ...     def __init__(self, margin, **kwargs): ...
        >>> component_options(Head)
        ['loss_weight', 'margin']
    """
    functions = [component]
    if inspect.isclass(component):
        functions = [vars(base)['__init__'] for base in inspect.getmro(component) if '__init__' in vars(base)]
    options: set[str] = set()
    for function in functions:
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):  # a class of C code has no signature
            break
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        options.update(parameter.name for parameter in parameters if parameter.kind in kinds)
        if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
            break
    return sorted(options - {'self'})


def explain_wrong_options(error: TypeError) -> str | None:
    """Say which option of a config is unknown or missing, if this is the reason for a TypeError.

    Example:
        >>> from mmvireid.registry import MODELS
        >>> try:
        ...     MODELS.build(dict(type='TripletHead', loss_weights=dict(pooled=1.0), margim=0.3))
        ... except TypeError as error:
        ...     print(str(error)[:66])
        TripletHead has no option 'margim'. Did you mean 'margin'? It has
    """
    message = str(error)
    unknown, missing = UNKNOWN_OPTION.match(message), MISSING_OPTION.match(message)
    if not (unknown or missing):
        return None
    component, given = _called_component(error.__traceback__, (unknown or missing)['callee'])
    if component is None or (unknown and given is not None and unknown['option'] not in given):
        return None  # no option of a config: a wrong call in the code
    name, options = getattr(component, '__qualname__', str(component)), component_options(component)
    if missing:
        return f'{name} needs the option {missing["options"]}.'
    return (
        f"{name} has no option '{unknown['option']}'.{did_you_mean(unknown['option'], options)} It has "
        f'{", ".join(options)}.'
    )


def _called_component(traceback: TracebackType | None, callee: str) -> tuple[Any, dict | None]:
    """Return the component that was called, and the options that a config gave it, if it was built from a config."""
    last, built = None, None
    for last, _ in walk_tb(traceback):
        if 'obj_cls' in last.f_locals and last.f_code.co_name == 'build_from_cfg':
            built = last
    if built is not None:
        component = built.f_locals['obj_cls']
        bases = inspect.getmro(component) if inspect.isclass(component) else (component,)
        if callee.split('.')[0] in {getattr(base, '__name__', '') for base in bases}:
            return component, built.f_locals['args']
    component = last.f_globals.get(callee.split('.')[0]) if last is not None else None
    for attribute in callee.split('.')[1:]:
        if attribute != '__init__':
            component = getattr(component, attribute, None)
    is_mmengine = last is not None and last.f_globals.get('__name__', '').startswith('mmengine.runner')
    return (component, None) if is_mmengine else (None, None)
