"""Engines with planted faults, for what must notice them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog

from exactregions import Ball, Box, Polytope, RegionSet
from exactregions.domain import Domain
from exactregions.engines.collecting import Found, collect
from exactregions.engines.contract import Limits
from exactregions.engines.registry import get_engine
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.exact.witnesses import cell_of_pattern
from exactregions.regions import pack_patterns


def same(question):
    return question


@dataclass(frozen=True)
class Faulty:
    """A real engine that is asked another question, or whose answer is tampered with."""

    inner: str
    answer: Callable[[RegionSet], RegionSet] = same
    question: Callable[[Domain], Domain] = same
    name: str = "faulty"

    def supports(self, network, domain) -> str | None:
        return get_engine(self.inner).supports(network, domain)

    def search(self, network, domain, limits: Limits, observer) -> RegionSet:
        regions = get_engine(self.inner).search(network, self.question(domain), limits, observer)
        return self.answer(replace(regions, domain=domain))


def kept(regions: RegionSet, rows) -> RegionSet:
    """The answer with these rows only."""
    if not regions.stored:
        return regions
    rows = [int(row) for row in rows]
    exact = regions.exact_witnesses
    return replace(
        regions,
        count=len(rows),
        patterns=regions.patterns[rows],
        witnesses=regions.witnesses[rows],
        entry_radii=None if regions.entry_radii is None else regions.entry_radii[rows],
        entry_bounds=None if regions.entry_bounds is None else regions.entry_bounds[rows],
        exact_witnesses={new: exact[old] for new, old in enumerate(rows) if old in exact},
        exact_entries=None if regions.exact_entries is None else tuple(regions.exact_entries[r] for r in rows),
    )


def drop_a_region(regions):
    return kept(regions, range(1, len(regions)))


def repeat_a_region(regions):
    return kept(regions, [0, *range(len(regions))])


def tolerate(regions):
    """Lose what is thinner than 1e-6: the radius of the largest ball inside."""
    return kept(regions, [row for row in range(len(regions)) if inradius(regions[row]) > 1e-6])


def inradius(region) -> float:
    """Of the region alone, without the domain; at most 1."""
    A, b = region.polyhedron()
    lengths = np.linalg.norm(A, axis=1)
    A, b, lengths = A[lengths > 0], b[lengths > 0], lengths[lengths > 0]
    if not len(A):
        return 1.0
    program = linprog(
        [0.0] * A.shape[1] + [-1.0],
        A_ub=np.c_[A / lengths[:, None], np.ones(len(A))],
        b_ub=b / lengths,
        bounds=[(None, None)] * A.shape[1] + [(0, 1)],
        method="highs",
    )
    return -program.fun if program.status == 0 else 0.0


def flip_one_unit(regions):
    """Keep what a search that flips one unit at each facet can reach from its first region."""
    if not regions.stored:
        return regions
    patterns = regions.pattern_array()
    reached, waiting = {0}, [0]
    while waiting:
        near = np.flatnonzero((patterns ^ patterns[waiting.pop()]).sum(axis=1) == 1).tolist()
        waiting += set(near) - reached
        reached |= set(near)
    return kept(regions, sorted(reached))


def lose_null_units(regions):
    """Lose the cells on which a unit vanishes identically: both of its strict children are empty."""
    exact = ExactNetwork(regions.network)

    def vanishes(region) -> bool:
        forms = exact.forms_of(region.pattern.tolist())
        rows = [f.row(i) for f, s in zip(forms, exact.stages, strict=False) for i, x in enumerate(s.splits) if x]
        return any(row.is_constant and not row.b for row in rows)

    return kept(regions, [row for row in range(len(regions)) if not vanishes(regions[row])])


def witness_on_a_hyperplane(regions):
    """Move one witness to where a unit is exactly zero, which is inactive as well, and no other unit changes."""
    if not regions.stored:
        return regions
    exact = ExactNetwork(regions.network)
    for row in range(len(regions)):
        region = regions[row]
        forms = exact.forms_of(region.pattern.tolist())
        rows = [f.row(i) for f, s in zip(forms, exact.stages, strict=False) for i, x in enumerate(s.splits) if x]
        for form in rows:
            a, b = [Fraction(int(v)) for v in form.a], Fraction(int(form.b))
            if not any(a):
                continue
            step = (sum(p * w for p, w in zip(a, region.witness, strict=True)) + b) / sum(v * v for v in a)
            moved = tuple(w - step * v for w, v in zip(region.witness, a, strict=True))
            signs = exact.signs_at(as_point(moved))
            if [s > 0 for s in signs] == region.pattern.tolist() and regions.domain.contains(moved):
                return replace(regions, exact_witnesses={**regions.exact_witnesses, row: moved})
    return regions


def closed(domain: Domain) -> Domain:
    """A domain that holds its own boundary."""
    hair = Fraction(1, 2**60)
    match domain:
        case Ball():
            return Ball(domain.center, domain.radius * (1 + hair), domain.norm)
        case Box():
            return Box([lo - hair for lo in domain.lower], [up + hair for up in domain.upper])
        case Polytope():
            box = domain.box and closed(domain.box)
            assert box is None or isinstance(box, Box)
            return Polytope(domain.A, [rhs + hair for rhs in domain.b], box)
    return domain


def pretend_complete(regions):
    return replace(regions, complete=True, stopped=None, frontier=(), undecided=0)


def invent_a_region(regions):
    """Add a sign vector that no region has, with the witness of another region."""
    patterns = {tuple(row) for row in regions.pattern_array().tolist()}
    made = next(
        p for k in range(2**regions.network.units)
        if (p := tuple(bool(k >> i & 1) for i in range(regions.network.units))) not in patterns
    )  # fmt: skip
    more = kept(regions, [*range(len(regions)), 0])
    return replace(more, patterns=np.concatenate([regions.patterns, pack_patterns(np.array([made]))]))


@dataclass(frozen=True)
class OneUnitFlips:
    """A graph search in exact arithmetic whose only fault is to flip one unit at each facet."""

    name: str = "one-unit flips"

    def supports(self, network, domain) -> str | None:
        return None

    def search(self, network, domain, limits: Limits, observer) -> RegionSet:
        return collect(self.name, network, domain, self.found(network, domain), limits, observer)

    def found(self, network, domain):
        exact = ExactNetwork(network)
        first = get_engine("rational").search(network, domain, Limits(regions=1), None)
        waiting = [tuple(first.pattern_array()[0].tolist())]
        known = set(waiting)
        while waiting:
            pattern = waiting.pop()
            cell = cell_of_pattern(exact, domain, pattern)
            assert cell is not None
            yield Found(pattern, as_fractions(cell.witness))
            for unit in range(network.units):
                flipped = (*pattern[:unit], not pattern[unit], *pattern[unit + 1 :])
                if flipped not in known and cell_of_pattern(exact, domain, flipped) is not None:
                    known.add(flipped)
                    waiting.append(flipped)
