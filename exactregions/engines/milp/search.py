"""One enumeration: its model, its cuts, and what it has found."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.engines.collecting import Found
from exactregions.engines.milp.bounds import pre_activation_bounds
from exactregions.engines.milp.cuts import CutStore, Shortened, refutation, shortened
from exactregions.engines.milp.forms import StageForms, Unfolding, UnitForm
from exactregions.engines.milp.model import FLOOR, MARGIN_NAME, TOP, Model, write_model
from exactregions.engines.milp.oracle import cell_oracle_of
from exactregions.engines.milp.variables import domain_columns
from exactregions.engines.milp.walk import walk
from exactregions.exact.bounding import bounded
from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.numbers import Point, as_fractions, as_point
from exactregions.exact.shapes.rounded import center_floats
from exactregions.network import Network
from exactregions.solvers.contract import GAP, Answer, MixedProgram, Proven, Unknown

CUTS = ("proofs", "no-goods")
PATIENCE = 0.05  # seconds between two looks at a running solve: fluent to the eye, nothing to the solver
# Regions that proofs of cuts have turned up, taken after each solve: with none of them the solver takes nearly all of
# the time, and with all it would be asked for the first region only.
BESIDE = 32
SINK = 16.0  # by how much the margin asked for falls below the largest that is left
# Part of the way to the centre by which a solution leaves the walls of the domain: far less than the least margin.
INWARD = FLOOR / 8

Pattern = tuple[bool, ...]


class Search:
    """The state of an enumeration.

    Parameters
    ----------
    network : Network
    domain : Domain
        Bounded.
    cuts : str
        One of `CUTS`.
    program : callable
        Hands a problem to a solver.
    seconds : float or None
        Time limit, for the solver to know; whoever iterates keeps it.

    Attributes
    ----------
    failure : str or None
        Why the solver could not go on.

    Raises
    ------
    DomainError
        If a polytope has no interior point.
    """

    def __init__(
        self,
        network: Network,
        domain: Domain,
        cuts: str,
        program: Callable[[Mapping[str, Any]], MixedProgram],
        seconds: float | None,
    ) -> None:
        self._deadline = None if seconds is None else time.perf_counter() + seconds
        self._domain, self._program, self._by_proofs = domain, program, cuts == "proofs"
        within = bounded(domain)
        assert within is not None, "the engine takes bounded domains only"
        frame = LocalCoordinates.around(within, shrink=True)
        self._local = frame.localised(within)
        self._unfolding = Unfolding(network, frame)
        self._oracle = cell_oracle_of(self._local)
        self._cuts = CutStore(network.units)
        self._known: set[Pattern] = set()  # patterns that a cut of their own excludes, regions or not
        self._numbers = dict.fromkeys(("iterations", "refuted", "beside", "missed", "literals", "tangents"), 0)
        self._points: deque[Point] = deque()  # that proofs of cuts have turned up, each in some region
        self.failure: str | None = None

    def stats(self) -> dict[str, int]:
        """Return what was counted; the engine's docstring says what it means."""
        return {**self._numbers, "cuts": len(self._cuts), "exactly": self._oracle.exactly}

    def regions(self) -> Generator[Found | None]:
        """Yield the regions: that of the domain's middle, those that the solver proposes, those that it has missed."""
        middle = self._unfolding.pattern_at(self._oracle.witness)
        if middle is not None:
            yield self._found(middle, self._oracle.witness)
        model = yield from self._model()
        if middle is not None and not any(model.binaries):
            return  # no sign is open, so this is the only region
        if any(model.binaries):
            yield from self._proposed(model, middle)
        if self.failure is not None:
            return
        for missed in walk(self._unfolding, self._oracle, self._cuts, model.pinned):
            if missed is None:
                yield None
            else:
                self._numbers["missed"] += 1
                yield self._found(missed.pattern, missed.witness)

    def _model(self) -> Generator[None, None, Model]:
        """Write the program, with a chance to stop between the linear programs for its bounds."""
        inputs, exact, columns = self._unfolding.start.forms, self._unfolding.exact, domain_columns(self._local)
        bounds = []
        for stage in pre_activation_bounds(exact, inputs, self._local, columns):
            if stage is None:
                yield None
            else:
                bounds.append(stage)
        return write_model(exact, inputs, self._local, columns, bounds)

    def _proposed(self, model: Model, middle: Pattern | None) -> Generator[Found | None]:
        """Yield the regions that the solver proposes, until it has no more or fails; one is known before."""
        program, top = self._program(model.problem), TOP
        try:
            if middle is not None:
                self._exclude_region(model, program, middle)
            solvable = model.solvable  # where not, all is left to the exact search
            while solvable and not self._cuts.cover(self._cuts.every(), 0):
                answer = yield from self._solved(program)
                values = answer.values
                if values is None or not model.is_solution(values):
                    self.failure = _failure(answer)
                    return
                widest = values[MARGIN_NAME] * (1 + GAP)
                if widest < top and top > FLOOR:
                    # nothing left is wider than this: to ask for more would cost a proof each time
                    top = max(widest / SINK, FLOOR)
                    program.limit(MARGIN_NAME, top)
                pattern = model.pattern(values)
                if pattern in self._known:
                    return  # excluded and proposed again: the solver is at the end of its tolerance
                yield from self._taken(model, program, pattern, model.point(values))
        finally:
            program.close()

    def _solved(self, program: MixedProgram) -> Generator[None, None, Answer]:
        """Solve, with a chance to stop every now and then."""
        self._numbers["iterations"] += 1
        program.start(None if self._deadline is None else max(self._deadline - time.perf_counter(), 0.0))
        while not program.finished(PATIENCE):
            yield None
        return program.answer()

    def _taken(
        self, model: Model, program: MixedProgram, pattern: Pattern, point: NDArray[np.float64]
    ) -> Generator[Found | None]:
        """Decide what a solution proposes, exclude it, and yield the regions that come with it."""
        tangent = model.tangent(point)
        if tangent is not None:
            self._numbers["tangents"] += 1
            program.add(tangent)
        here, inner = self._pattern_near(point)
        if here is not None and here not in self._known:
            yield from self._region(model, program, here, inner)
        if here != pattern:  # the point is outside, or the binaries are off by the solver's tolerance
            yield None
            yield from self._decided(model, program, pattern)
        yield from self._beside(model, program)

    def _beside(self, model: Model, program: MixedProgram) -> Generator[Found | None]:
        """Yield some of the regions that proofs of cuts have turned up."""
        taken = 0
        while self._points and taken < BESIDE:
            witness = self._points.popleft()
            region = self._unfolding.pattern_at(witness)
            if region is not None and region not in self._known:
                taken += 1
                self._numbers["beside"] += 1
                yield from self._region(model, program, region, witness)

    def _pattern_near(self, point: NDArray[np.float64]) -> tuple[Pattern | None, Point]:
        """Return the pattern of the region that a solution's point lies in, if any, and the point off the walls."""
        center = center_floats(self._local)
        inner = as_point((point + INWARD * (center - point)).tolist())
        inside = self._local.contains(as_fractions(inner))
        return (self._unfolding.pattern_at(inner) if inside else None), inner

    def _decided(self, model: Model, program: MixedProgram, pattern: Pattern) -> Generator[Found]:
        """Decide a pattern exactly, exclude it, and yield it if it is a region."""
        stages = self._unfolding.stages(pattern)
        decided = refutation(stages, pattern, self._oracle)
        if isinstance(decided, tuple):
            self._numbers["refuted"] += 1
            self._exclude(model, program, pattern, stages, decided)
        else:
            yield from self._region(model, program, pattern, decided)

    def _region(self, model: Model, program: MixedProgram, pattern: Pattern, witness: Point) -> Generator[Found]:
        """Yield a region that is new, and exclude it."""
        yield self._found(pattern, witness)
        self._exclude_region(model, program, pattern)

    def _exclude_region(self, model: Model, program: MixedProgram, pattern: Pattern) -> None:
        """Cut a region off, and keep the points of other regions that the proof of its cut has turned up."""
        stages = self._unfolding.stages(pattern)
        units = [unit for stage in stages for unit in stage.units]
        self._points += self._exclude(model, program, pattern, stages, units)

    def _exclude(
        self,
        model: Model,
        program: MixedProgram,
        pattern: Pattern,
        stages: Sequence[StageForms],
        core: Sequence[UnitForm],
    ) -> Sequence[Point]:
        """Cut a pattern off, given the units that the proof about it speaks of."""
        if self._by_proofs:
            short = shortened(stages, pattern, core, model.pinned, self._oracle)
        else:
            short = Shortened({u: sign for u, sign in enumerate(pattern) if model.pinned[u] is None}, ())
        self._known.add(pattern)
        self._cuts.add(short.cut)
        self._numbers["literals"] += len(short.cut)
        if short.cut:
            program.add(model.exclusion(short.cut))
        return short.points

    def _found(self, pattern: Pattern, witness: Point) -> Found:
        """Return a region with its witness as an input, in floats where these lie inside as well."""
        outward = self._unfolding.outward(witness)
        near = as_point(_float_near(v) for v in as_fractions(outward))
        if near != outward and self._domain.contains(as_fractions(near)):
            same = self._unfolding.pattern_at(self._unfolding.inward(near)) == pattern
            return Found(pattern, as_fractions(near if same else outward))
        return Found(pattern, as_fractions(outward))


def _float_near(value: Any) -> float:
    """Return the nearest float, zero for what lies beyond all floats."""
    try:
        return float(value)
    except OverflowError:
        return 0.0


def _failure(answer: Answer) -> str | None:
    """Return why an answer without a usable solution ends the enumeration; None where it claims the end."""
    if answer.status is Proven.INFEASIBLE and answer.values is None:
        return None
    if isinstance(answer.status, Unknown):
        return answer.status.reason
    return f"the solver calls the program {answer.status.value} and shows no solution of it"
