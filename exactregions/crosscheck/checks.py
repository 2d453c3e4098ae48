"""One pattern at a time: what cvxpy says, and what exact arithmetic says where that is no plain yes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from exactregions.crosscheck.convex import ConvexCell, Estimate, Feasibility, Margin, convex_cell, feasibility_of
from exactregions.crosscheck.fraction_pass import in_fractions, splitting_values
from exactregions.crosscheck.results import Doubt, Opinion, Pattern, RegionOpinion, told
from exactregions.domain import Domain, require_fit
from exactregions.errors import NetworkError
from exactregions.exact.floats import nearest_float
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_point
from exactregions.exact.walk import unit_forms
from exactregions.exact.winner_cells import told as told_signs
from exactregions.exact.witnesses import is_witness
from exactregions.network import Network
from exactregions.regions import Region
from exactregions.solvers.contract import Unknown

# An entry radius is right when the cell is exactly empty in a domain smaller by this and not in one larger, relative
# to the radius and, for cells near the centre, to a millionth of the domain, and to the width of its proved interval.
ENTRY_SLACK = 1e-6

READ = {
    Feasibility.NONEMPTY: Opinion.AGREES,
    Feasibility.EMPTY: Opinion.CONTRADICTS,
    Feasibility.CANNOT_TELL: Opinion.CANNOT_TELL,
}


class Checks:
    """Opinions and exact verdicts on patterns of one network in one domain.

    Parameters
    ----------
    network : Network
    domain : Domain
    solver : str or None
    time_limit : float

    Raises
    ------
    DomainError
        If the dimensions differ.
    """

    def __init__(self, network: Network, domain: Domain, solver: str | None, time_limit: float) -> None:
        require_fit(domain, network.inputs, network.input_shape)
        self.network, self.domain, self.solver, self.time_limit = network, domain, solver, time_limit
        self.exact = ExactNetwork(network)
        self.stages = in_fractions(network)

    def cell(self, pattern: Pattern) -> ConvexCell:
        """Return the cell of a pattern for cvxpy."""
        return convex_cell(self.exact, self.domain, pattern, solver=self.solver, time_limit=self.time_limit)

    def region(self, region: Region) -> RegionOpinion:
        """Return the opinion on a region, its witness and its entry radius."""
        pattern = tuple(bool(sign) for sign in region.pattern)
        if len(pattern) != self.network.units:
            raise NetworkError(f"the pattern has {len(pattern)} signs; the network has {self.network.units} units")
        cell = self.cell(pattern)
        margin = cell.margin()
        entry, distance = None, None
        if region.entry_radius is not None and self.domain.largest_entry is not None:
            distance = cell.distance()
            entry = _entry_opinion(region.entry_radius, distance, margin, _width(region))
        fault = self.witness_fault(pattern, region.witness)
        return RegionOpinion(pattern, READ[feasibility_of(margin)], margin, fault, entry, distance)

    def found(self, region: Region) -> Doubt | None:
        """Return the doubt about a region that a set lists, if there is one."""
        answer = self.region(region)
        if answer.agrees:
            return None
        opinion = Opinion.CONTRADICTS if answer.contradicts else Opinion.CANNOT_TELL
        said = f"margin {told(answer.margin)}"
        if answer.distance is not None:
            said += f", distance {told(answer.distance)}"
        # a witness that holds is an exact proof; only without one the cell has to be built
        is_region = answer.witness_fault is None or self.is_region(answer.pattern, self.domain)
        wrong_entry = is_region and answer.entry not in (None, Opinion.AGREES)
        entry_fault = self.entry_fault(answer.pattern, region) if wrong_entry else None
        return Doubt(answer.pattern, True, opinion, said, is_region, answer.witness_fault, entry_fault)

    def refuted(self, pattern: Pattern) -> Doubt | None:
        """Return the doubt about a pattern that an exact set does not list, if there is one."""
        margin = self.cell(pattern).margin()
        feasibility = feasibility_of(margin)
        if feasibility is Feasibility.EMPTY:
            return None
        opinion = Opinion.CONTRADICTS if feasibility is Feasibility.NONEMPTY else Opinion.CANNOT_TELL
        return Doubt(pattern, False, opinion, f"margin {told(margin)}", self.is_region(pattern, self.domain))

    def is_region(self, pattern: Pattern, domain: Domain) -> bool:
        """Decide exactly whether a pattern is a region of a domain."""
        from exactregions.exact.witnesses import cell_of_pattern

        return cell_of_pattern(self.exact, domain, pattern) is not None

    def witness_fault(self, pattern: Pattern, witness: Sequence[Fraction]) -> str | None:
        """Return why a witness does not lie strictly inside region and domain, exactly; None where it does."""
        if len(witness) != self.domain.dim:
            return f"the witness has {len(witness)} coordinates"
        if not self.domain.contains(witness):
            return "the witness lies outside the open domain"
        values = splitting_values(self.stages, witness)
        signs = told_signs(self.exact, [value > 0 for value in values])
        for unit, (value, own, sign) in enumerate(zip(values, signs, pattern, strict=True)):
            if own != sign and own != (value > 0):
                return f"unit {unit} is a contest that the winner at the witness has no part in, which its sign denies"
            if own != sign:
                return f"unit {unit} is {nearest_float(value):.3g} at the witness, which its sign denies"
            if self.exact.winners:
                continue
            if value == 0 and not self._vanishes(pattern, unit):
                return f"the witness lies on the boundary: unit {unit} is zero there"
        if self.exact.winners and not is_witness(self.exact, self.domain, as_point(witness), pattern):
            return "the witness lies on the boundary: a unit is zero there, or two values win"
        return None

    def _vanishes(self, pattern: Pattern, unit: int) -> bool:
        """Whether a unit is zero on the whole cell: recorded as inactive, and no boundary."""
        *_, form = unit_forms(self.exact, pattern[: unit + 1])
        return form.is_constant and not form.b

    def entry_fault(self, pattern: Pattern, region: Region) -> str | None:
        """Return what is wrong with an entry radius, exactly up to `ENTRY_SLACK`; None where nothing is."""
        radius, size = region.entry_radius, self.domain.largest_entry
        assert size is not None, "regions have no entry radii here"
        if not math.isfinite(_width(region)):
            return None  # its bounds leave it open, beyond the range of floats
        if radius is None or not math.isfinite(radius) or radius < 0:
            return f"the entry radius {radius} is no distance"
        slack = Fraction(ENTRY_SLACK) * max(Fraction(radius), size * Fraction(ENTRY_SLACK))
        slack += Fraction(_width(region))
        inner, outer = Fraction(radius) - slack, Fraction(radius) + slack
        if inner > 0 and self.is_region(pattern, self.domain.shrunk(inner)):
            return f"the entry radius {radius} is too large"
        if not self.is_region(pattern, self.domain.shrunk(outer)):
            return f"the entry radius {radius} is too small"
        if region.entry_bounds is not None and not region.entry_bounds[0] <= radius <= region.entry_bounds[1]:
            return f"the entry radius {radius} is not within its bounds"
        return None


def _width(region: Region) -> float:
    """Return the width of the interval in which an entry radius is proved to lie."""
    return 0.0 if region.entry_bounds is None else region.entry_bounds[1] - region.entry_bounds[0]


def _entry_opinion(radius: float, distance: Estimate | Unknown, margin: Margin | Unknown, width: float) -> Opinion:
    """Compare an entry radius, known to a width, with a distance.

    The thinner the cell, the less of a difference means anything. Rows moved by a tolerance move the nearest point by
    at most that times its distance from the deepest point over the depth there (the cell is convex, and holds a ball
    about that point).
    """
    feasibility = feasibility_of(margin)
    if isinstance(margin, Unknown) or isinstance(distance, Unknown) or feasibility is Feasibility.CANNOT_TELL:
        return Opinion.CANNOT_TELL
    gap = abs(radius - distance.value) - width
    if gap <= distance.tolerance:
        return Opinion.AGREES
    if feasibility is Feasibility.EMPTY or margin.point is None:
        return Opinion.CONTRADICTS
    if distance.point is None:
        return Opinion.CANNOT_TELL  # "no point" of a cell that has one: the solver is wrong
    leverage = 1 + float(np.linalg.norm(distance.point - margin.point)) / margin.lower
    return Opinion.CANNOT_TELL if gap <= leverage * distance.tolerance else Opinion.CONTRADICTS
