"""Engines by name, and the one that chooses. An engine's code is imported when it is first asked for.

Other distributions add engines through the entry-point group `exactregions.engines`: the name of an entry point is
the name of the engine, its object a class or function that gives the engine when called without arguments. A
`pyproject.toml` says ::

    [project.entry-points."exactregions.engines"]
    mine = "mypackage.engine:MyEngine"

and `exactregions.testing.check_engine("mine")` tells whether the engine keeps the contract.
"""

from __future__ import annotations

import os
from concurrent.futures import Executor
from importlib import import_module
from typing import TYPE_CHECKING

from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Limits
from exactregions.errors import EngineError
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.support.plugins import entry_points_of, source_of
from exactregions.support.shortening import short

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from exactregions.engines.distributed.task import PartsFolder

__all__ = ["ENTRY_POINTS", "AutoEngine", "engine_names", "engines_supporting", "get_engine", "sharing"]

ENTRY_POINTS = "exactregions.engines"

# in the order in which "auto" prefers them
_ENGINES = {
    "tree": "exactregions.engines.tree:TreeEngine",
    "facets": "exactregions.engines.facets:FacetsEngine",
    "rational": "exactregions.engines.rational:RationalEngine",
    "milp": "exactregions.engines.milp:MilpEngine",
}


class AutoEngine:
    """Delegates to the first engine that supports the question.

    Only the package's own engines are asked: what else is installed changes no answer.
    """

    name = "auto"

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None when some engine can answer, else all their reasons."""
        reasons = []
        for name in _ENGINES:
            reason = _reason_against(name, network, domain)
            if reason is None:
                return None
            reasons.append(f"{name}: {reason}")
        return "; ".join(reasons)

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Run the first engine that supports the question; the answer names it."""
        chosen = next(name for name in _ENGINES if _reason_against(name, network, domain) is None)
        return _built_in(chosen).search(network, domain, limits, observer)


def engine_names() -> list[str]:
    """Return the names that `get_engine` knows: the package's own first, then those of other distributions."""
    return list(dict.fromkeys([AutoEngine.name, *_ENGINES, *(point.name for point in entry_points_of(ENTRY_POINTS))]))


def engines_supporting(network: Network, domain: Domain) -> list[str]:
    """Return the names of all engines that can answer a question, in the order of `engine_names`.

    An engine that cannot be loaded, or fails when it is asked, is left out.
    """
    return [name for name in engine_names() if name != AutoEngine.name and _can_answer(name, network, domain)]


def get_engine(engine: str | Engine) -> Engine:
    """Return an engine by name; an engine object is returned as it is.

    Raises
    ------
    EngineError
        If the name is unknown or taken twice, or what is registered under it cannot be loaded or is no engine.
    """
    if not isinstance(engine, str):
        return engine
    registered = [point for point in entry_points_of(ENTRY_POINTS) if point.name == engine]
    own = engine in _ENGINES or engine == AutoEngine.name
    if len(registered) + own > 1:
        raise EngineError(_clash(engine, registered, own))
    if engine == AutoEngine.name:
        return AutoEngine()
    if own:
        return _built_in(engine)
    if not registered:
        raise EngineError(f"there is no engine {short(engine)}; choose from {', '.join(engine_names())}")
    return _loaded(registered[0])


def sharing(
    engine: Engine,
    executor: Executor | None,
    workers: int | None = None,
    journal: str | os.PathLike[str] | None = None,
    parts: PartsFolder | None = None,
) -> Engine:
    """Return an engine as it is, or with an executor one that shares its searches out to the workers of that."""
    if executor is None:
        return engine
    from exactregions.engines.distributed import shared_out

    return shared_out(engine, executor, workers, journal, parts)


def _built_in(name: str) -> Engine:
    module, _, attribute = _ENGINES[name].partition(":")
    try:
        return getattr(import_module(module), attribute)()
    except ImportError as error:
        raise EngineError(f"engine {short(name)} cannot be loaded: {error}; install what is missing") from error


def _reason_against(name: str, network: Network, domain: Domain) -> str | None:
    """Return why one of the package's engines cannot answer, None when it can."""
    try:
        return _built_in(name).supports(network, domain)
    except EngineError as error:
        return str(error)


def _can_answer(name: str, network: Network, domain: Domain) -> bool:
    try:
        return get_engine(name).supports(network, domain) is None
    except Exception:  # noqa: BLE001 - an engine may come from anywhere; one that fails cannot answer
        return False


def _clash(name: str, registered: list[EntryPoint], own: bool) -> str:
    sources = [*(["exactregions itself"] if own else []), *map(source_of, registered)]
    return (
        f"the engine name {short(name)} is taken {len(sources)} times: by {', by '.join(sources)}; rename the entry "
        "point, uninstall a distribution, or pass the engine as an object"
    )


def _loaded(point: EntryPoint) -> Engine:
    """Return the engine of an entry point, or say whose fault it is that there is none."""
    try:
        engine = point.load()()
    except Exception as fault:
        raise EngineError(
            f"engine {short(point.name)} of {source_of(point)} cannot be loaded: {type(fault).__name__}: {fault}; "
            "mend or uninstall that distribution"
        ) from fault
    lacking = [part for part in ("name", "supports", "search") if not hasattr(engine, part)]
    if lacking:
        raise EngineError(
            f"{source_of(point)} gives no engine for {short(point.name)}: it has no {', no '.join(lacking)}"
        )
    if engine.name != point.name:
        raise EngineError(
            f"{source_of(point)} registers {short(point.name)}, but the engine calls itself {short(engine.name)}; they "
            "must agree"
        )
    return engine
