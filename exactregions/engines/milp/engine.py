"""Enumeration by a mixed-integer solver: propose a pattern, decide it exactly, cut it off, ask again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from exactregions.domain import Domain
from exactregions.engines.collecting import Found, collect
from exactregions.engines.contract import Limits
from exactregions.engines.milp.search import CUTS, Search
from exactregions.errors import DomainError, EngineError
from exactregions.exact.bounding import bounded
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.support.shortening import short

OTHERS = "the engines 'tree', 'facets' and 'rational' take it"
DIRECT, THROUGH_PULP = "highs", "pulp"


@dataclass(frozen=True, slots=True)
class MilpEngine:
    """The network as a mixed-integer linear program whose solutions are cut off one after the other.

    A solver proposes a pattern whose cell has the largest margin. Rationals decide: a point strictly inside makes it
    a region, multipliers refute it. Either way it is excluded by a cut, the shortest that the proof allows. When the
    solver finds nothing more, an exact search goes through all patterns that no cut covers; it proves that none is
    left, or finds what the solver's tolerance has hidden.

    The proof that a unit cannot be left out of a cut is a point across its hyperplane, in another region. Such regions
    are taken along, some after each solve, so that the solver is asked for what is not next to anything known.

    Parameters
    ----------
    solver : str
        "highs": HiGHS through highspy, one model that stays loaded. "pulp:NAME": a solver of PuLP such as
        "pulp:HiGHS" or "pulp:PULP_CBC_CMD", in a process of its own; "pulp" is "pulp:HiGHS".
    cuts : {"proofs", "no-goods"}
        "no-goods" excludes one whole pattern by each cut, for comparison.
    options : mapping of str to value
        Options of HiGHS, or arguments of PuLP's solver class.

    Raises
    ------
    EngineError
        If an argument has no meaning here.

    Notes
    -----
    `stats` of an answer: `iterations`, solves of the program; `refuted`, patterns that it proposed and that are no
    regions; `beside`, regions that proofs of cuts turned up; `missed`, regions left to the exact search; `cuts` and
    their `literals`; `tangents` added to a Euclidean ball; `exactly`, questions that floats could not settle.

    Examples
    --------
    >>> from exactregions import Ball, enumerate_regions
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> enumerate_regions(network, Ball([0.25], 0.5), engine=MilpEngine())
    <RegionSet: exactly 3 regions of Network(inputs=1, widths=(2,), outputs=1) in a ball, engine 'milp'>
    """

    solver: str = DIRECT
    cuts: str = "proofs"
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    name = "milp"

    def __post_init__(self) -> None:
        kind, _, name = str(self.solver).partition(":")
        if kind not in (DIRECT, THROUGH_PULP) or (kind == DIRECT and name):
            raise EngineError(
                f"solver is {short(self.solver)}; give 'highs', 'pulp' or 'pulp:NAME', as 'pulp:PULP_CBC_CMD'"
            )
        if self.cuts not in CUTS:
            raise EngineError(f"cuts is {short(self.cuts)}; choose from {', '.join(CUTS)}")

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None where the domain is bounded and the solver installed, else why not and what to do."""
        unusable = self._unusable_solver()
        if unusable is not None:
            return unusable
        try:
            unbounded = bounded(domain) is None
        except DomainError:
            return None  # an empty polytope: the search says so
        return f"big-M values need a bounded domain: give it a box, or else {OTHERS}" if unbounded else None

    def _unusable_solver(self) -> str | None:
        if self.solver == DIRECT:
            return None
        try:
            from exactregions.solvers.pulp_milp import unusable_solver
        except ImportError:
            return "PuLP is not installed; install it with: pip install PuLP"
        return unusable_solver(self._pulp_name, self.options)

    @property
    def _pulp_name(self) -> str:
        return self.solver.partition(":")[2] or "HiGHS"

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Find the regions, with exact witnesses.

        A solver that fails ends the search: what was found is kept, `stopped` says why, and what the cuts leave open
        is one undecided prefix.

        Raises
        ------
        DomainError
            If a polytope has no interior point.
        EngineError
            If the domain or the solver cannot be used, or the solver does not take an option.
        """
        reason = self.supports(network, domain)
        if reason is not None:
            raise EngineError(f"engine {short(self.name)} cannot answer: {reason}")
        search = Search(network, domain, self.cuts, self._program, limits.seconds)
        with contextlib.closing(search.regions()) as found:
            regions = collect(self.name, network, domain, found, limits, observer)
        stats = search.stats()
        if search.failure is not None and regions.complete:
            return replace(regions, complete=False, stopped=search.failure, undecided=1, stats=stats)
        return replace(regions, stats=stats)

    def iterate(self, network: Network, domain: Domain) -> Iterator[Found | None]:
        """Yield the regions as they are found, and None between them."""
        return Search(network, domain, self.cuts, self._program, None).regions()

    def _program(self, problem: Mapping[str, Any]) -> Any:
        """Hand a problem to the solver."""
        if self.solver == DIRECT:
            from exactregions.solvers.highs_milp import HighsProgram

            try:
                return HighsProgram(problem, self.options)
            except ValueError as error:
                raise EngineError(str(error)) from None
        from exactregions.solvers.pulp_milp import PulpProgram

        return PulpProgram(problem, self._pulp_name, self.options)
