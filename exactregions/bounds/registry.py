"""Bounds by name."""

from __future__ import annotations

from exactregions.bounds.ball_profile import BallProfile
from exactregions.bounds.ball_propagation import BallPropagation
from exactregions.bounds.contract import Bound
from exactregions.bounds.minimum import Minimum
from exactregions.bounds.widths import Montufar2017, Naive, Serra2018
from exactregions.errors import ExactRegionsError

__all__ = ["bound_names", "get_bound", "standard_bounds"]


def standard_bounds() -> tuple[Bound, ...]:
    """Return the bounds that `compare` shows unless told otherwise."""
    return (Naive(), Montufar2017(), Serra2018(), BallPropagation(), BallProfile())


def _bounds() -> dict[str, Bound]:
    standard = standard_bounds()
    known: tuple[Bound, ...] = (*standard, BallProfile("sphere"), BallProfile("interval"), Minimum(standard))
    return {bound.name: bound for bound in known}


def bound_names() -> list[str]:
    """Return the names that `get_bound` knows."""
    return list(_bounds())


def get_bound(bound: str | Bound) -> Bound:
    """Return a bound by name; a bound object is returned as it is.

    Raises
    ------
    ExactRegionsError
        If the name is unknown, or the object lacks what a `Bound` has.
    """
    if not isinstance(bound, str):
        if not isinstance(bound, Bound):
            raise ExactRegionsError(f"{bound!r} is no bound; it needs name, kind, scope, source and evaluate")
        return bound
    bounds = _bounds()
    if bound not in bounds:
        raise ExactRegionsError(f"there is no bound {bound!r}; choose from {', '.join(bounds)}")
    return bounds[bound]
