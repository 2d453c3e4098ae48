"""A function (network, domain) -> number as a bound."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from exactregions.bounds.contract import Bound, Kind, Scope
from exactregions.domain import Domain
from exactregions.network import Network

BoundFunction: TypeAlias = Callable[[Network, Domain], "int | float"]
BoundLike: TypeAlias = str | Bound | BoundFunction


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


def bound_of_function(
    function: BoundFunction, name: str | None = None, kind: Kind = "upper", scope: Scope = "local", source: str = ""
) -> FunctionBound:
    """Return a function as a bound, an upper one unless told otherwise, under its own name unless given one."""
    called = name or getattr(function, "__name__", type(function).__name__)
    return FunctionBound(function, called, kind, scope, source or f"function in {function.__module__}")


def takes_a_question(function: Callable[..., Any]) -> bool:
    """Return whether a function can be called with a network and a domain."""
    try:
        inspect.signature(function).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True
