"""Engines by name, and the one that chooses."""

from __future__ import annotations

from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Limits, Observer
from exactregions.engines.facets import FacetsEngine
from exactregions.engines.rational import RationalEngine
from exactregions.engines.tree import TreeEngine
from exactregions.errors import EngineError
from exactregions.network import Network
from exactregions.regions import RegionSet

__all__ = ["AutoEngine", "engine_names", "get_engine"]


class AutoEngine:
    """Delegates to the first engine of its list that supports the question."""

    name = "auto"

    def __init__(self, engines: tuple[Engine, ...]) -> None:
        self.engines = engines

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None when some engine can answer, else all their reasons."""
        reasons = [f"{e.name}: {e.supports(network, domain)}" for e in self.engines]
        return "; ".join(reasons) if all(e.supports(network, domain) for e in self.engines) else None

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Run the first engine that supports the question; the answer names it."""
        chosen = next(e for e in self.engines if e.supports(network, domain) is None)
        return chosen.search(network, domain, limits, observer)


def _engines() -> dict[str, Engine]:
    known: tuple[Engine, ...] = (TreeEngine(), FacetsEngine(), RationalEngine())
    return {e.name: e for e in (AutoEngine(known), *known)}


def engine_names() -> list[str]:
    """Return the names that `get_engine` knows."""
    return list(_engines())


def get_engine(engine: str | Engine) -> Engine:
    """Return an engine by name; an engine object is returned as it is.

    Raises
    ------
    EngineError
        If the name is unknown.
    """
    if not isinstance(engine, str):
        return engine
    engines = _engines()
    if engine not in engines:
        raise EngineError(f"there is no engine {engine!r}; choose from {', '.join(engines)}")
    return engines[engine]
