"""An independent opinion on cells of the search tree, through cvxpy: Clarabel for cones, HiGHS for linear programs.

Nothing here is shared with the engines but the exact affine forms of the units. Whatever a solver says is an opinion
within its tolerance: it can be set against a proof, and never replaces one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.crosscheck.convex_domains import UnitDomain, rows_beside, unit_domain
from exactregions.crosscheck.convex_margins import Feasibility, Margin, feasibility_of, lower_bound, upper_bound
from exactregions.crosscheck.convex_rows import UnitRows, checked_prefix, unit_rows
from exactregions.domain import Domain, require_fit
from exactregions.domain.ball import norm_name
from exactregions.errors import DomainError, EngineError
from exactregions.exact.floats import nearest_float
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.shapes import shape_of
from exactregions.exact.walk import unit_forms
from exactregions.exact.winner_cells import told
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.solvers.contract import Proven, Unknown
from exactregions.solvers.convex_solving import (
    ACCURACY,
    CLARABEL,
    HIGHS,
    checked_solver,
    checked_time_limit,
    import_cvxpy,
    solve,
)
from exactregions.support.shortening import short

if TYPE_CHECKING:
    import cvxpy as cp

Array = NDArray[np.float64]
TIME_LIMIT = 10.0  # seconds for one problem: they take milliseconds, a hundred times that in 784 dimensions


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """An optimum as a solver believes it.

    Attributes
    ----------
    value : float
        In the units of the input space. By convention inf for a supremum without bound and for a distance to
        nothing, -inf for a supremum over nothing.
    tolerance : float
        What the solver's accuracy amounts to, in the same units, for a cell that is not thin; the distance of a
        thin one can be off by more.
    point : numpy.ndarray, shape (inputs,), or None
        Where the optimum is attained, where there is such a point.
    solver : str
        "CLARABEL", "HIGHS", or "none" where the exact forms answer without one.
    """

    value: float
    tolerance: float
    point: Array | None
    solver: str


@dataclass(frozen=True, slots=True, eq=False)
class ConvexCell:
    """The closed set of points of a domain that a sign prefix allows; made by `convex_cell`.

    Attributes
    ----------
    domain : Domain
    prefix : tuple of bool
        Signs of the first units, wires left out.
    rows : UnitRows
        One inequality for each unit of the prefix and each inequality of a polytope, in scaled coordinates.
    space : UnitDomain
        The domain in the same coordinates.
    solver : str or None
        None takes HiGHS for linear programs and Clarabel for the others.
    time_limit : float
        Seconds for each problem.
    """

    domain: Domain
    prefix: tuple[bool, ...]
    rows: UnitRows
    space: UnitDomain
    solver: str | None
    time_limit: float

    def margin(self) -> Margin | Unknown:
        """Return the largest t for which a point lies by t inside every row and the domain.

        The distance to a row is Euclidean. Inside a ball of any norm by t means in the ball of radius r - t, in a box
        or a polytope by t inside every facet. Negative where the cell is empty: rows and domain would have to be
        moved out by so much. The margin of a cell with interior points is positive.
        """
        if self.rows.impossible:
            return Margin(-math.inf, -math.inf, -math.inf, None, "none")
        found = self._deepest(cap=None)
        if isinstance(found, Unknown) or not math.isinf(found.value):
            return found
        if found.value < 0 or self.space.bounded:
            # any point has some margin, and none has more than the size of the domain
            return _impossible(found)
        deep = self._deepest(cap=1.0)
        return deep if isinstance(deep, Unknown) else replace(deep, value=math.inf, upper=math.inf)

    def _deepest(self, cap: float | None) -> Margin | Unknown:
        """Solve for the margin, or for a point of a margin of `cap` in scaled units."""
        cp = import_cvxpy()
        y, t = cp.Variable(self.domain.dim), cp.Variable()
        rows = self._rows(y, t)
        limit = [] if cap is None else [t <= cap]
        found = self._optimum(cp.Maximize(t), [*rows, *self.space.constraints(y, t), *limit], y)
        if isinstance(found, Unknown) or found.point is None:
            return found if isinstance(found, Unknown) else Margin(found.value, -math.inf, math.inf, None, found.solver)
        scale = nearest_float(self.rows.scale)
        lower = scale * lower_bound(self.rows, self.space, _point(y))
        dual: Any = rows[0].dual_value if rows else None
        upper = math.inf if dual is None else scale * upper_bound(self.rows, self.space, np.asarray(dual))
        return Margin(found.value, lower, upper, found.point, found.solver)

    def feasibility(self) -> Feasibility:
        """Return whether the cell has an interior point; what is too thin for floats cannot be told."""
        return feasibility_of(self.margin())

    def distance(self, norm: float | None = None) -> Estimate | Unknown:
        """Return the distance of the cell from the domain's centre; from the origin where it has none.

        In a ball with the ball's own norm, and in a box without one, the domain is left out, so that a cell
        outside it has a distance too: at least the radius, or one.

        Parameters
        ----------
        norm : {1, 2, inf}, optional
            Without it the domain's own measure: the norm of a ball; for a box the factor to which it may shrink
            about its centre before it loses the cell.

        Raises
        ------
        DomainError
            If the norm is another, or none is given where the domain has no measure of its own.
        """
        own = self.domain.entry_norm
        by_factor = norm is None and own is None and self.domain.largest_entry is not None
        measure = math.inf if by_factor else own if norm is None else norm
        if measure not in (1, 2, math.inf):
            raise DomainError(f"norm is {short(norm)}; in a {self.domain.kind} give 1, 2 or inf")
        if self.rows.impossible:
            return Estimate(math.inf, 0.0, None, "none")
        cp = import_cvxpy()
        y: cp.Variable = cp.Variable(self.domain.dim)
        within = [] if by_factor or measure == own else self.space.constraints(y, 0.0)
        widths = self.space.half_widths if by_factor else None
        size = y if widths is None else cp.multiply(1 / widths, y)
        unit = 1.0 if by_factor else None
        found = self._optimum(cp.Minimize(cp.norm(size, norm_name(measure))), [*self._rows(y, 0.0), *within], y, unit)
        return _impossible(found) if isinstance(found, Estimate) and found.value == -math.inf else found

    def support(self, direction: ArrayLike) -> Estimate | Unknown:
        """Return the supremum of direction.x over the cell.

        Parameters
        ----------
        direction : array_like, shape (inputs,)

        Raises
        ------
        DomainError
            If the direction has another length or is not finite.
        """
        given = np.asarray(direction, dtype=np.float64)
        if given.shape != (self.domain.dim,) or not np.isfinite(given).all():
            raise DomainError(f"direction is {short(direction)}; give {self.domain.dim} finite numbers")
        if self.rows.impossible:
            return Estimate(-math.inf, 0.0, None, "none")
        cp = import_cvxpy()
        y, length = cp.Variable(self.domain.dim), float(np.linalg.norm(given)) or 1.0
        objective = cp.Maximize((given / length) @ y)
        terms = (Fraction(v) * c for v, c in zip(given.tolist(), self.rows.centre, strict=True))
        unit, at_centre = length * nearest_float(self.rows.scale), nearest_float(sum(terms, Fraction(0)))
        constraints = [*self._rows(y, 0.0), *self.space.constraints(y, 0.0)]
        found = self._optimum(objective, constraints, y, unit, at_centre)
        beyond = isinstance(found, Estimate) and found.value == math.inf and self.space.bounded
        return _impossible(found) if beyond else found

    def _rows(self, y: cp.Variable, slack: Any) -> list[Any]:
        return [self.rows.normals @ y + self.rows.offsets >= slack] if len(self.rows.offsets) else []

    def _optimum(
        self, objective: Any, constraints: list[Any], y: cp.Variable, unit: float | None = None, constant: float = 0.0
    ) -> Estimate | Unknown:
        """Solve in scaled coordinates; the value is `constant` plus `unit` (the scale) times the optimum."""
        problem: cp.Problem = import_cvxpy().Problem(objective, constraints)
        scale, centre = nearest_float(self.rows.scale), np.array([nearest_float(c) for c in self.rows.centre])
        unit = scale if unit is None else unit
        numbers: list[Any] = [scale, centre, unit, constant, *(part.value for part in problem.constants())]
        if not all(np.isfinite(number).all() for number in numbers):
            return Unknown("a row or the domain has sizes beyond the range of floats")
        linear = problem.is_qp()  # no objective here is quadratic
        solver = self.solver or (HIGHS if linear else CLARABEL)
        if solver == HIGHS and not linear:
            raise EngineError("HiGHS solves linear programs, and this needs the Euclidean norm; use solver='CLARABEL'")
        outcome = solve(problem, solver, self.time_limit)
        if isinstance(outcome, Unknown):
            return outcome
        if outcome is not Proven.OPTIMAL:
            above = (outcome is Proven.UNBOUNDED) == (objective.NAME == "maximize")
            return Estimate(math.inf if above else -math.inf, 0.0, None, solver)
        at = _point(y)
        point = centre + scale * at
        point.setflags(write=False)
        # the constant is exact but for its rounding
        tolerance = ACCURACY * unit * max(1.0, float(np.abs(at).max())) + float(np.spacing(abs(constant)))
        return Estimate(constant + unit * float(objective.value), tolerance, point, solver)


def convex_cell(
    network: Network | ExactNetwork,
    domain: Domain,
    prefix: Sequence[bool] | NDArray[np.bool_],
    *,
    solver: str | None = None,
    time_limit: float = TIME_LIMIT,
) -> ConvexCell:
    """Return the cell of a sign prefix, or of a full pattern, for questions to cvxpy.

    Parameters
    ----------
    network : Network or ExactNetwork
        The second saves work where many cells of one network are asked about.
    domain : Domain
        Where it fixes inputs the cell is one of the others, and `network` a Network.
    prefix : sequence of bool
        Signs of the first units that split, wires left out; empty for the whole domain. Those of all units of a network
        with winner units stand for the cell of the values that win.
    solver : {"CLARABEL", "HIGHS"}, optional
        Without it HiGHS for linear programs and Clarabel for the others.
    time_limit : float
        Seconds for each problem.

    Raises
    ------
    DomainError
        If the domain's dimension is not that of the network's input, or it fixes inputs of an ExactNetwork.
    EngineError
        If cvxpy or the solver is missing (the message has the install command), the time limit is no time, or the
        prefix is too long or holds something else than truth values.

    Examples
    --------
    >>> from exactregions import Box, Network
    >>> network = Network.from_layers([[[1.0, 0.0]], [[1.0]]], [[-0.5], [0.0]])
    >>> cell = convex_cell(network, Box([-1, -1], [1, 1]), [True])
    >>> cell.feasibility()
    <Feasibility.NONEMPTY: 'nonempty'>
    >>> round(cell.margin().value, 6), round(cell.distance(norm=2).value, 6)
    (0.25, 0.5)
    """
    shape_of_inputs = getattr(network if isinstance(network, Network) else domain, "input_shape", None)
    require_fit(domain, network.inputs, shape_of_inputs)
    if isinstance(network, Network):
        asked = free_inputs(network, domain)
        network, domain = ExactNetwork(asked.network), asked.domain
    elif domain.fixed_inputs:
        raise DomainError("the domain fixes inputs; give the Network itself, so that it is taken in the other inputs")
    exact = network
    signs = checked_prefix(prefix, sum(sum(stage.splits) for stage in exact.stages))
    if exact.winners and len(signs) == sum(sum(stage.splits) for stage in exact.stages):
        signs = tuple(told(exact, signs))
    shape = shape_of(domain)
    signed = [*zip(unit_forms(exact, signs), signs, strict=True), *((row.form, True) for row in rows_beside(shape))]
    rows = unit_rows(signed, shape)
    space = unit_domain(shape, rows.scale)
    return ConvexCell(domain, signs, rows, space, checked_solver(solver), checked_time_limit(time_limit))


def _point(y: cp.Variable) -> Array:
    """Return the value of a variable; one that no constraint mentions has none, and may be anything."""
    return np.zeros(y.shape) if y.value is None else np.asarray(y.value)


def _impossible(found: Estimate | Margin | Unknown) -> Unknown:
    solver = "a solver" if isinstance(found, Unknown) else found.solver
    return Unknown(f"{solver} calls a problem infeasible or unbounded that cannot be so")
