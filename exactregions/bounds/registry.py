"""Bounds by name: the package's own, those of other distributions, those of the session, and those of a module.

Other distributions add bounds through the entry-point group `exactregions.bounds`: the name of an entry point is the
name of the bound, its object what `get_bound` takes. A
`pyproject.toml` says ::

    [project.entry-points."exactregions.bounds"]
    mine = "mypackage.bounds:mine"

where `mine` may be a function of a network and a domain. In a session `@bound(register=True)` does, and
"mypackage.bounds:mine" is a name that needs no registration.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from exactregions.bounds.attainable import Montufar2014, Serra2018Attainable
from exactregions.bounds.ball_profile import BallProfile
from exactregions.bounds.ball_propagation import BallPropagation
from exactregions.bounds.contract import Bound
from exactregions.bounds.expectation import HaninRolnick2019
from exactregions.bounds.function_bound import BoundLike, bound_of_function, takes_a_question
from exactregions.bounds.hinz import HinzVanDeGeer
from exactregions.bounds.histograms import serra_histogram, tangent_histogram
from exactregions.bounds.hybrid import Hybrid
from exactregions.bounds.minimum import Minimum
from exactregions.bounds.sampling import SampledPatterns
from exactregions.bounds.serra_ramalingam import SerraRamalingam2020
from exactregions.bounds.widths import Montufar2017, Naive, Serra2018
from exactregions.errors import ExactRegionsError, listed
from exactregions.support.plugins import entry_points_of, source_of
from exactregions.support.shortening import short

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["ENTRY_POINTS", "bound_names", "get_bound", "get_bounds", "register_bound", "standard_bounds"]

ENTRY_POINTS = "exactregions.bounds"
REMEDY = (
    "give a name, a function (network, domain) -> int, or an object with name, kind, scope, source and "
    "evaluate(network, domain) -> int"
)


def standard_bounds() -> tuple[Bound, ...]:
    """Return the bounds that `compare` shows unless told otherwise: upper, sound for every network, and cheap."""
    return (Naive(), Montufar2017(), Serra2018(), HinzVanDeGeer(), BallPropagation(), BallProfile())


def _own() -> dict[str, Bound]:
    """Return the package's bounds; the costly ones, and those that are not upper bounds, come by name only."""
    standard = standard_bounds()
    further: tuple[Bound, ...] = (
        HinzVanDeGeer(serra_histogram),
        HinzVanDeGeer(tangent_histogram),
        BallProfile("sphere"),
        BallProfile("interval"),
        BallProfile("lp"),
        BallProfile("exact"),
        Hybrid(1),
        SerraRamalingam2020(),
        Montufar2014(),
        Serra2018Attainable(),
        HaninRolnick2019(),
        SampledPatterns(),
        Minimum(standard),
    )
    return {bound.name: bound for bound in (*standard, *further)}


def bound_names() -> list[str]:
    """Return the names that `get_bound` knows; beside "hybrid_1" it takes "hybrid_0", "hybrid_2" and so on."""
    return list(dict.fromkeys([*_own(), *(point.name for point in entry_points_of(ENTRY_POINTS)), *_session()]))


def get_bound(bound: BoundLike | Callable[[], Bound]) -> Bound:
    """Return a bound by name; a bound object is returned as it is.

    Parameters
    ----------
    bound : str, Bound or callable
        A name from `bound_names()`, or "module:attribute"; or what such an attribute may be: a bound, a function
        (network, domain) -> int, which is taken for an upper bound of its own name, or a class or function that gives a
        bound when it is called without arguments.

    Raises
    ------
    ExactRegionsError
        If the name is unknown or taken twice, what it stands for cannot be loaded, or the object lacks what a `Bound`
        has.
    """
    if not isinstance(bound, str):
        return _made(bound, short(bound))
    found = [*_named(_own(), bound), *_named(_session(), bound)]
    registered = [point for point in entry_points_of(ENTRY_POINTS) if point.name == bound]
    if len(found) + len(registered) > 1:
        sources = [*(repr(f) for f in found), *map(source_of, registered)]
        raise ExactRegionsError(
            f"the bound name {short(bound)} is taken {len(sources)} times: by {', '.join(sources)}; rename the entry "
            "point, uninstall a distribution, or pass the bound as an object"
        )
    if found:
        return found[0]
    if registered:
        return _registered(registered[0])
    if re.fullmatch(r"hybrid_\d+", bound):
        return Hybrid(int(bound.removeprefix("hybrid_")))
    if ":" in bound:
        return _of_module(bound)
    raise ExactRegionsError(
        f"there is no bound {short(bound)}; choose from {', '.join(bound_names())}, or give 'module:attribute'"
    )


def get_bounds(bounds: Iterable[BoundLike] | None) -> tuple[Bound, ...]:
    """Return several bounds; `standard_bounds()` for None.

    Raises
    ------
    ExactRegionsError
        If it is a single bound or name, or as `get_bound`.
    """
    if bounds is None:
        return standard_bounds()
    return tuple(get_bound(b) for b in listed(bounds, "bounds"))


def register_bound(bound: Bound) -> None:
    """Let `get_bound` find a bound by its name in this session; one of the session with this name is replaced.

    Raises
    ------
    ExactRegionsError
        If the object is no bound, or the name is one of the package's own.
    """
    _checked(bound)
    if bound.name in _own():
        raise ExactRegionsError(f"{short(bound.name)} is a bound of the package; give yours another name")
    _session()[bound.name] = bound


@cache
def _session() -> dict[str, Bound]:
    """Return the bounds registered in this session: the one thing here that changes, on request alone."""
    return {}


def _named(bounds: dict[str, Bound], name: str) -> list[Bound]:
    return [bounds[name]] if name in bounds else []


def _checked(bound: object, what: str | None = None) -> Bound:
    if isinstance(bound, type) or not isinstance(bound, Bound):
        raise ExactRegionsError(f"{what or short(bound)} is no bound; {REMEDY}")
    return bound


def _made(given: object, what: str) -> Bound:
    """Return the bound that an object is, or stands for; see `get_bound`."""
    if not callable(given) or (isinstance(given, Bound) and not isinstance(given, type)):
        return _checked(given, what)
    function: Callable[..., Any] = given
    if not isinstance(given, type) and takes_a_question(function):
        return bound_of_function(function)
    try:
        made = function()
    except ExactRegionsError:
        raise
    except Exception as fault:
        raise ExactRegionsError(f"{what} gives no bound: {type(fault).__name__}: {fault}; {REMEDY}") from fault
    return _checked(made, what)


def _registered(point: EntryPoint) -> Bound:
    """Return the bound of an entry point, or say whose fault it is that there is none."""
    bound = _load(point.load, f"bound {short(point.name)} of {source_of(point)}", "mend or uninstall that distribution")
    if bound.name != point.name:
        raise ExactRegionsError(
            f"{source_of(point)} registers {short(point.name)}, but the bound calls itself {short(bound.name)}; they "
            "must agree"
        )
    return bound


def _of_module(name: str) -> Bound:
    module, _, attribute = name.partition(":")
    remedy = "name a module that can be imported and a bound in it, as my_module:my_bound"
    return _load(lambda: operator.attrgetter(attribute)(import_module(module)), name, remedy)


def _load(load: Callable[[], object], what: str, remedy: str) -> Bound:
    try:
        return _made(load(), what)
    except ExactRegionsError:
        raise
    except Exception as fault:
        raise ExactRegionsError(f"{what} cannot be loaded: {type(fault).__name__}: {fault}; {remedy}") from fault
