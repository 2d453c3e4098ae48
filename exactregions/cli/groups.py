"""Groups of options that commands have in common: a group is a dataclass, and its fields are options."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from typing import Any

__all__ = ["grouped"]


def grouped(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of its groups, in the place of the parameters whose types are groups."""
    options = list(_options(command))

    @functools.wraps(command)
    def wrapper(**given: Any) -> Any:
        return _called(command, given)

    wrapper.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {option.name: option.annotation for option in options}
    return wrapper


def _is_group(kind: Any) -> bool:
    return is_dataclass(kind)


def _parameters(function: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    yield from inspect.signature(function, eval_str=True).parameters.values()


def _options(function: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    for parameter in _parameters(function):
        if _is_group(parameter.annotation):
            yield from _options(parameter.annotation)
        else:
            yield parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def _called(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    """Call a command, or make a group, with the options that belong to it."""
    kinds = {parameter.name: parameter.annotation for parameter in _parameters(function)}
    own = {name: _called(kind, given) if _is_group(kind) else given[name] for name, kind in kinds.items()}
    return function(**own)
