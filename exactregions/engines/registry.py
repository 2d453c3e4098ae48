"""Engines by name, and the one that chooses. An engine's code is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module

from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Limits, Observer
from exactregions.errors import EngineError
from exactregions.network import Network
from exactregions.regions import RegionSet

__all__ = ["AutoEngine", "engine_names", "get_engine"]

# in the order in which "auto" prefers them
_ENGINES = {
    "tree": "exactregions.engines.tree:TreeEngine",
    "facets": "exactregions.engines.facets:FacetsEngine",
    "rational": "exactregions.engines.rational:RationalEngine",
}


class AutoEngine:
    """Delegates to the first engine that supports the question."""

    name = "auto"

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None when some engine can answer, else all their reasons."""
        reasons = []
        for name in _ENGINES:
            reason = get_engine(name).supports(network, domain)
            if reason is None:
                return None
            reasons.append(f"{name}: {reason}")
        return "; ".join(reasons)

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Run the first engine that supports the question; the answer names it."""
        engines = (get_engine(name) for name in _ENGINES)
        chosen = next(engine for engine in engines if engine.supports(network, domain) is None)
        return chosen.search(network, domain, limits, observer)


def engine_names() -> list[str]:
    """Return the names that `get_engine` knows."""
    return [AutoEngine.name, *_ENGINES]


def get_engine(engine: str | Engine) -> Engine:
    """Return an engine by name; an engine object is returned as it is.

    Raises
    ------
    EngineError
        If the name is unknown.
    """
    if not isinstance(engine, str):
        return engine
    if engine == AutoEngine.name:
        return AutoEngine()
    if engine not in _ENGINES:
        raise EngineError(f"there is no engine {engine!r}; choose from {', '.join(engine_names())}")
    module, _, name = _ENGINES[engine].partition(":")
    return getattr(import_module(module), name)()
