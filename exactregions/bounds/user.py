"""A researcher's own bound from one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, overload

from exactregions.bounds.contract import KINDS, SCOPES, Kind, Scope
from exactregions.bounds.registry import register_bound
from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError
from exactregions.network import Network
from exactregions.support.shortening import short

__all__ = ["FunctionBound", "bound"]

BoundFunction: TypeAlias = Callable[[Network, Domain], "int | float"]


@dataclass(frozen=True, slots=True)
class FunctionBound:
    """A function (network, domain) -> number as a `Bound`; calling it calls the function.

    Attributes
    ----------
    function : callable
    name, kind, scope, source : str
        As `Bound` says.
    """

    function: BoundFunction
    name: str
    kind: Kind
    scope: Scope
    source: str

    def evaluate(self, network: Network, domain: Domain) -> int | float:
        """Return what the function gives."""
        return self.function(network, domain)

    def __call__(self, network: Network, domain: Domain) -> int | float:
        """Return what the function gives."""
        return self.function(network, domain)


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
        called = name or getattr(given, "__name__", type(given).__name__)
        made = FunctionBound(given, called, kind, scope, source or f"function in {given.__module__}")
        if register:
            register_bound(made)
        return made

    return decorate if function is None else decorate(function)
