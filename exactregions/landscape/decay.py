"""The least squared loss with weight decay, by the convex program over all masks, between proved bounds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import DataError
from exactregions.exact.floats import nearest_float
from exactregions.landscape.atlas import HiddenLayer, question
from exactregions.landscape.masks import MaskSet, activation_masks
from exactregions.solvers.contract import Proven
from exactregions.solvers.convex_solving import CLARABEL, import_cvxpy, solve
from exactregions.support.arrays import as_array
from exactregions.support.shortening import short
from exactregions.support.tables import counted

Array = NDArray[np.float64]

PATIENCE = 3600.0  # seconds that the solver has where there is no limit
KEPT = 1e-6  # of the largest unit; those below are noise of the solver, and the network without them is what counts


@dataclass(frozen=True, slots=True, eq=False)
class DecayedLoss:
    """Bounds of the least loss with weight decay over networks of any width, and a network.

    Attributes
    ----------
    lower : Fraction
        Proved: no network has less, however many units it has.
    upper : Fraction
        The exact loss of the network, decay included.
    network : HiddenLayer
        Without units that are zero.
    masks : MaskSet
    stopped : str or None
        What kept the bounds from being close; they hold all the same.
    seconds : float
    """

    lower: Fraction
    upper: Fraction
    network: HiddenLayer
    masks: MaskSet
    stopped: str | None
    seconds: float

    def __repr__(self) -> str:
        state = f" ({self.stopped})" if self.stopped else ""
        ends = f"{nearest_float(self.lower):.10g} to {nearest_float(self.upper):.10g}"
        return f"<DecayedLoss: {ends}, {counted(len(self.network.outputs), 'unit')}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "lower": nearest_float(self.lower),
            "upper": nearest_float(self.upper),
            "units": len(self.network.outputs),
            "masks": len(self.masks),
            "stopped": self.stopped,
            "seconds": self.seconds,
        }


def least_loss_with_decay(
    points: ArrayLike, labels: ArrayLike, decay: float, *, bias: bool = True, time_limit: float | None = None
) -> DecayedLoss:
    """Bound the least of sum_i (f(x_i) - y_i)^2 + decay (the sum of squares of all w, b, a) over networks of any width.

    With all masks this is a convex program (Pilanci, Ergen 2020); cvxpy proposes a solution. The network made of it is
    evaluated exactly, and its residual proves the lower bound in rationals (mathematics, 7.7). A network of as many
    units as the one returned, or more, can do as well.

    Parameters
    ----------
    points, labels, bias
        As for `local_minima`.
    decay : float
        Positive.
    time_limit : float, optional
        Seconds, for the masks and again for the program.

    Raises
    ------
    DataError
        As `local_minima`, or if the decay is not positive and finite.
    EngineError
        If the limit is invalid, or cvxpy or its solver is not installed.

    Examples
    --------
    >>> found = least_loss_with_decay([[0.0]], [1.0], decay=0.5)
    >>> round(float(found.lower), 6), round(float(found.upper), 6), len(found.network.outputs)
    (0.75, 0.75, 1)
    """
    start = time.perf_counter()
    given, values, _ = question(points, labels, 1, bias)
    weight = _checked(decay)
    masks = activation_masks(points, bias=bias, time_limit=time_limit)
    proposed, trouble = _proposed(given, values, masks.masks, float(weight), time_limit)
    # where decay is strong the network without units is best, and what the solver proposes is its noise
    candidates = (_network(proposed, bias), HiddenLayer((), (), ()))
    totals = [network.loss(masks.points, values) + weight * _sizes(network) for network in candidates]
    upper = min(totals)
    network = candidates[totals.index(upper)]
    lower = _proved(given, values, masks, network, weight) if masks.exact else Fraction(0)
    return DecayedLoss(lower, upper, network, masks, masks.stopped or trouble, time.perf_counter() - start)


def _checked(decay: Any) -> Fraction:
    try:
        (value,) = as_array(decay, "decay", DataError).ravel().tolist()
        found = Fraction(value)
    except (TypeError, ValueError, OverflowError):
        found = Fraction(0)
    if isinstance(decay, bool) or found <= 0:
        raise DataError(f"decay is {short(decay)}; give a positive, finite number, or ask `least_loss` without decay")
    return found


def _proposed(
    rows: Array, labels: Array, masks: NDArray[np.bool_], decay: float, time_limit: float | None
) -> tuple[Array, str | None]:
    """Return u of units with positive output weights, then of those with negative ones, and what went wrong."""
    cp = import_cvxpy()
    on, n = masks.astype(float), len(masks)
    units = cp.Variable((2 * n, rows.shape[1]))
    inner = units @ rows.T
    outputs = cp.sum(cp.multiply(np.vstack([on, -on]), inner), axis=0)
    inside = [cp.multiply(np.vstack([2 * on - 1] * 2), inner) >= 0]
    size = cp.sum(cp.norm(units, 2, axis=1))
    problem = cp.Problem(cp.Minimize(cp.sum_squares(outputs - labels) + 2 * decay * size), inside)
    status = solve(problem, CLARABEL, PATIENCE if time_limit is None else time_limit)
    if status is not Proven.OPTIMAL:
        return np.zeros((2 * n, rows.shape[1])), f"the convex program was not solved: {status}"
    found: Any = units.value
    return np.asarray(found), None


def _network(proposed: Array, bias: bool) -> HiddenLayer:
    """Return the network of some u: of all factors with a w = u those of one size have the least decay."""
    sizes = np.linalg.norm(proposed, axis=1)
    kept = np.flatnonzero(sizes > KEPT * sizes.max(initial=0.0))
    roots = np.sqrt(sizes[kept])
    signs = np.where(kept < len(proposed) // 2, 1.0, -1.0)
    weights = proposed[kept] / roots[:, None]
    exact = [tuple(map(Fraction, row)) for row in weights.tolist()]
    return HiddenLayer(
        tuple(row[bias:] for row in exact),
        tuple(row[0] if bias else Fraction(0) for row in exact),
        tuple(map(Fraction, (signs * roots).tolist())),
    )


def _sizes(network: HiddenLayer) -> Fraction:
    parts = [*network.weights, network.biases, network.outputs]
    return sum((v * v for part in parts for v in part), Fraction(0))


def _proved(rows: Array, labels: Array, masks: MaskSet, network: HiddenLayer, decay: Fraction) -> Fraction:
    """Return a lower bound, from the residual r of a network.

    |y - f|^2 >= 2 r.y - |r|^2 - 2 r.f for every r. Where |r.g| <= decay |w| for the outputs g of all units w, the last
    term is no more than the decay, and 2 r.y - |r|^2 is a bound. A factor t brings r there.
    """
    points = [[Fraction(v) for v in row] for row in rows.tolist()]
    exact = [Fraction(y) for y in labels.tolist()]
    residual = [y - network.value(x) for x, y in zip(masks.points.tolist(), exact, strict=True)]
    steepest = max(
        (_steepest(rows, points, mask, [s * r for r in residual]) for mask in masks.masks for s in (1, -1)),
        default=Fraction(0),
    )
    factor = Fraction(1)
    if steepest > decay * decay:
        factor = Fraction(nearest_float(decay) / float(np.sqrt(nearest_float(steepest))))
        while factor * factor * steepest > decay * decay:
            factor *= 1 - Fraction(1, 2**40)
    scaled = [factor * r for r in residual]
    bound = 2 * _dot(scaled, exact) - _dot(scaled, scaled)
    return max(bound, Fraction(0))


def _steepest(
    rows: Array, points: Sequence[Sequence[Fraction]], mask: NDArray[np.bool_], residual: Sequence[Fraction]
) -> Fraction:
    """Return a bound of the square of r.g over units w of length 1 in the closed cell of a mask.

    r.g = c.w, and c.w <= (c + sum m_i s_i v_i).w for all m >= 0, where s_i v_i.w >= 0 are the rows of the cell; so the
    length of that vector is a bound, whatever m. Floats propose it.
    """
    from scipy.optimize import nnls

    signed = np.where(mask, 1.0, -1.0)[:, None] * rows
    wanted = rows.T @ (mask * np.array([nearest_float(r) for r in residual]))
    multipliers = [Fraction(m) for m in nnls(signed.T, -wanted)[0].tolist()]
    pairs = zip(residual, multipliers, mask.tolist(), strict=True)
    factors = [r + m if on else -m for r, m, on in pairs]
    vector = [_dot(factors, column) for column in zip(*points, strict=True)]
    return _dot(vector, vector)


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))
