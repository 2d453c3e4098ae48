"""What is audited: a bound, however it is given, and how a file can name it again."""

from __future__ import annotations

import inspect
import operator
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from exactregions.bounds.contract import Bound
from exactregions.bounds.registry import bound_names, get_bound
from exactregions.bounds.user import FunctionBound
from exactregions.bounds.user import bound as made_of
from exactregions.errors import ExactRegionsError

__all__ = ["as_bound", "falsifiable", "reference"]


def as_bound(given: str | Bound | Callable[..., Any]) -> Bound:
    """Return a bound from a name, an object, or a plain function.

    Parameters
    ----------
    given : str, Bound or callable
        A name from `exactregions.bounds.bound_names()`, "module:attribute", or what such an attribute may be: a bound,
        a function of a network and a domain, which is taken for an upper bound, or a class or function that gives a
        bound when it is called without arguments.

    Raises
    ------
    ExactRegionsError
        If there is no such bound.
    """
    if isinstance(given, str):
        return _made(_attribute(given), given) if ":" in given else get_bound(given)
    return _made(given, repr(given))


def falsifiable(bound: Bound) -> Bound:
    """Return the bound, if one network can prove it wrong.

    Raises
    ------
    ExactRegionsError
        If its kind is neither upper nor lower.
    """
    if bound.kind in ("upper", "lower"):
        return bound
    holds = {"expectation": "holds on average over random networks", "attainable": "is reached by some network"}
    claim = holds.get(bound.kind, "claims something unknown")
    raise ExactRegionsError(
        f"the bound {bound.name!r} is of kind {bound.kind!r}: it {claim}, so no single network can prove it wrong; "
        "give one of kind 'upper' or 'lower'"
    )


def reference(given: object, bound: Bound) -> str | None:
    """Return the name from which `as_bound` makes the bound in another session; None where there is none."""
    if isinstance(given, str):
        return given
    if bound.name in bound_names() and type(bound).__module__.startswith("exactregions.bounds."):
        named = get_bound(bound.name)
        if type(named) is type(bound) and not isinstance(bound, FunctionBound):
            return bound.name
    target = bound.function if isinstance(bound, FunctionBound) else given
    module, name = getattr(target, "__module__", None), getattr(target, "__qualname__", None)
    found = _found(sys.modules.get(module), name) if module and name and module != "__main__" else None
    same = found is not None and (found is target or found is bound or getattr(found, "function", None) is target)
    return f"{module}:{name}" if same else None


def _found(module: object, name: str) -> object:
    try:
        return operator.attrgetter(name)(module)
    except AttributeError:
        return None


def _attribute(name: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return operator.attrgetter(attribute)(import_module(module))
    except Exception as fault:
        raise ExactRegionsError(
            f"{name} cannot be loaded: {type(fault).__name__}: {fault}; name a module that can be imported and a bound "
            "in it, as in my_module:my_bound"
        ) from fault


def _made(given: Any, what: str) -> Bound:
    if (isinstance(given, Bound) and not isinstance(given, type)) or not callable(given):
        return get_bound(given)  # which says what a bound needs
    function: Callable[..., Any] = given
    if not isinstance(given, type) and _takes_a_question(function):
        return made_of(function)
    try:
        return get_bound(function())
    except ExactRegionsError:
        raise
    except Exception as fault:
        raise ExactRegionsError(
            f"{what} gives no bound: {type(fault).__name__}: {fault}; give a function of a network and a domain, or "
            "one under @exactregions.bounds.user.bound(kind=..)"
        ) from fault


def _takes_a_question(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True
