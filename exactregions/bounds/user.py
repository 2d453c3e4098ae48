"""A researcher's own bound from one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import overload

from exactregions.bounds.contract import KINDS, SCOPES, Kind, Scope
from exactregions.bounds.function_bound import BoundFunction, FunctionBound, bound_of_function
from exactregions.bounds.registry import register_bound
from exactregions.errors import ExactRegionsError
from exactregions.support.shortening import short


@overload
def bound(function: BoundFunction, /) -> FunctionBound: ...


@overload
def bound(
    *, kind: Kind = "upper", name: str | None = None, scope: Scope = "local", source: str = "", register: bool = False
) -> Callable[[BoundFunction], FunctionBound]: ...


def bound(
    function: BoundFunction | None = None,
    /,
    *,
    kind: Kind = "upper",
    name: str | None = None,
    scope: Scope = "local",
    source: str = "",
    register: bool = False,
) -> FunctionBound | Callable[[BoundFunction], FunctionBound]:
    """Turn a function into a bound, to be set beside the exact count or audited.

    Parameters
    ----------
    function : callable, optional
        Takes a network and a domain and gives a number; `@bound` alone is `@bound()`.
    kind : {"upper", "lower", "expectation", "attainable"}
    name : str, optional
        Name in tables; the name of the function unless given.
    scope : {"local", "global"}
    source : str
        Where it is from; the function's module unless given.
    register : bool
        Let `get_bound` find it under its name from now on in this session. To have it found in every session, give it
        an entry point (see `exactregions.bounds.registry`).

    Raises
    ------
    ExactRegionsError
        If the kind or scope is unknown, what is decorated cannot be called, or the name is one of the package's own.

    Examples
    --------
    >>> from exactregions import Ball, compare
    >>> from exactregions.network import Network
    >>> @bound(kind="upper")
    ... def twice(network, domain):
    ...     return 2 ** (network.units + 1)
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> compare(network, Ball([0.25], 0.5), engine="rational", bounds=[twice]).rows[0].value
    8
    """
    for value, known, what in ((kind, KINDS, "kind"), (scope, SCOPES, "scope")):
        if value not in known:
            raise ExactRegionsError(f"the {what} is {short(value)}; use one of {', '.join(known)}")

    def decorate(given: BoundFunction) -> FunctionBound:
        if not callable(given):
            raise ExactRegionsError(f"{short(given)} cannot be called; decorate a function of a network and a domain")
        made = bound_of_function(given, name, kind, scope, source)
        if register:
            register_bound(made)
        return made

    return decorate if function is None else decorate(function)
