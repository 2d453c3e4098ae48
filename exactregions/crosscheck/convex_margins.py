"""How deep a cell is, and what the solver's answer to that is worth once it is evaluated again.

The margin is the largest t with n_i.y + o_i >= t for every row and y inside the domain by t. The solver's point gives
a lower bound of it. Its multipliers w >= 0 give an upper bound: with rho = sum w_i n_i and kappa = sum w_i o_i,

    t sum w <= rho.y + kappa <= kappa + support(rho) - t fall(rho),

where the support of the domain falls by fall(rho) for each unit of slack. Both hold for the rounded rows, whatever
the solver's accuracy was, and both are widened by what the rounding of rows and sums can do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.crosscheck.convex_domains import UnitDomain
from exactregions.crosscheck.convex_rows import UnitRows
from exactregions.solvers.contract import Unknown

Array = NDArray[np.float64]

EPSILON = 2.0**-52
NEGLIGIBLE = 1e-6  # a multiplier below it, relative to the largest, belongs to no row of the proof
OPERATIONS = 8  # roundings beside the d of a product: of the row, of the sums, of the bound itself


class Feasibility(Enum):
    """Whether a cell has an interior point, as far as floats can tell."""

    NONEMPTY = "nonempty"
    EMPTY = "empty"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """The margin of a cell as a solver believes it, and what is left of that when it is evaluated again.

    Attributes
    ----------
    value : float
        As the solver has it, in the units of the input space; inf in an unbounded cell that is wide everywhere.
    lower, upper : float
        What the solver's point and multipliers show.
    point : numpy.ndarray, shape (inputs,), or None
        The deepest point; where the margin is infinite, a deep one.
    solver : str
        "CLARABEL", "HIGHS", or "none" where the exact forms answer without one.
    """

    value: float
    lower: float
    upper: float
    point: Array | None
    solver: str

    def __repr__(self) -> str:
        return f"Margin({self.value:.6g} in [{self.lower:.6g}, {self.upper:.6g}], {self.solver})"


def feasibility_of(margin: Margin | Unknown) -> Feasibility:
    """Read a margin: only what point or multipliers show is believed; Unknown is never empty."""
    if isinstance(margin, Unknown):
        return Feasibility.CANNOT_TELL
    if margin.lower > 0:
        return Feasibility.NONEMPTY
    return Feasibility.EMPTY if margin.upper < 0 else Feasibility.CANNOT_TELL


def lower_bound(rows: UnitRows, domain: UnitDomain, point: Array) -> float:
    """Return the margin of a point, in scaled coordinates.

    Parameters
    ----------
    rows : UnitRows
    domain : UnitDomain
    point : numpy.ndarray, shape (d,)
    """
    depth = min(domain.slack(point), float(np.min(rows.normals @ point + rows.offsets, initial=math.inf)))
    size = float(np.linalg.norm(point)) + float(np.max(np.abs(rows.offsets), initial=0.0))
    return depth - EPSILON * (len(point) + OPERATIONS) * size


def upper_bound(rows: UnitRows, domain: UnitDomain, multipliers: Array) -> float:
    """Return an upper bound of the margin, in scaled coordinates; inf where the multipliers give none.

    Parameters
    ----------
    rows : UnitRows
    domain : UnitDomain
    multipliers : numpy.ndarray, shape (m,)
        Of the rows; negative ones count as zero.
    """
    weights = np.maximum(multipliers, 0.0)
    if not (np.isfinite(weights).all() and weights.any()):
        return math.inf
    weights = weights / weights.sum()
    bound = _in_domain(rows, domain, weights) if domain.bounded else math.inf
    return bound if bound < 0 else min(bound, _anywhere(rows, weights))


def _in_domain(rows: UnitRows, domain: UnitDomain, weights: Array) -> float:
    m, d = rows.normals.shape
    support, fall = domain.support(weights @ rows.normals)
    error = EPSILON * (d + m + OPERATIONS) * (domain.extent() + float(weights @ np.abs(rows.offsets)))
    return float(weights @ rows.offsets + support + error) / (1 + fall)


def _anywhere(rows: UnitRows, weights: Array) -> float:
    """Return a bound for the whole space, where rho must vanish exactly and not only as far as floats can tell.

    Nearly opposite rows may still meet far away. So the rows with weight have to be dependent in exact arithmetic,
    and in one way only: then floats find that combination up to the rounding of the rows times the condition of
    the system that gives it, and it is enough that no weight can be negative.
    """
    chosen = np.flatnonzero(weights > NEGLIGIBLE * weights.max())
    forms = [rows.forms[i] for i in chosen]
    k, d = len(forms), rows.normals.shape[1]
    if k > d + 1 or flint.fmpz_mat(k, d, [a for form in forms for a in form.a]).rank() != k - 1:
        return math.inf
    system = np.vstack([rows.normals[chosen].T, np.ones(k)])
    solution, _, _, singular = np.linalg.lstsq(system, np.append(np.zeros(d), 1.0), rcond=None)
    change = EPSILON * (d + OPERATIONS) * math.sqrt(k)
    # twice the first order, which is more than the second while the change is small beside the singular values
    if len(singular) < k or singular[-1] <= 4 * change:
        return math.inf
    error = 2 * change / float(singular[-1]) * float(np.linalg.norm(solution))
    if solution.min() <= error:
        return math.inf
    offsets = rows.offsets[chosen]
    return float(solution @ offsets) + (error + EPSILON * k) * float(np.abs(offsets).sum())
