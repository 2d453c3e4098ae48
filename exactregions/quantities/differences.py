"""How much two networks differ on a domain, and whether they are the same function there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from exactregions.algebra import difference_network, side_by_side, with_output_units
from exactregions.domain import Domain
from exactregions.engines.contract import Goal, Limits
from exactregions.engines.registry import get_engine
from exactregions.enumeration import require_question
from exactregions.exact.floats import nearest_float
from exactregions.exact.values import Value
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.quantities.extremes import maximize
from exactregions.support.answers import ending, shortfall
from exactregions.support.stopping import STOPS, limited, reason_of
from exactregions.support.stopwatch import Stopwatch

__all__ = ["Difference", "Equality", "difference", "equal"]

Point = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Equality:
    """Whether two networks are the same function on a domain; true exactly if that is proved.

    Attributes
    ----------
    equal : bool or None
        None where a limit came first.
    point : tuple of Fraction or None
        A point of the domain at which they differ.
    differences : tuple of Fraction or None
        The exact differences of all outputs there.
    stopped : str or None
    seconds : float
    """

    equal: bool | None
    point: Point | None
    differences: tuple[Fraction, ...] | None
    stopped: str | None
    seconds: float

    def __bool__(self) -> bool:
        return self.equal is True

    def __repr__(self) -> str:
        if self.equal is None:
            return f"<Equality: not known ({self.stopped})>"
        return "<Equality: equal>" if self.equal else f"<Equality: they differ by up to {self._size():.6g} at a point>"

    def _size(self) -> float:
        return max(abs(nearest_float(v)) for v in self.differences or (Fraction(0),))

    def describe(self) -> dict[str, Any]:
        """Return plain data, as `exactregions differ --json` prints it."""
        return {
            "equal": self.equal,
            "point": None if self.point is None else [nearest_float(v) for v in self.point],
            "differences": None if self.differences is None else [nearest_float(v) for v in self.differences],
            "stopped": self.stopped,
            "seconds": self.seconds,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """The largest difference of an output of two networks on the closure of a domain.

    Attributes
    ----------
    value : Value
        Exact on domains with flat sides; in a Euclidean ball an enclosure.
    output : int or None
        The output that differs most, None where none does.
    point : tuple of Fraction or None
        Where it does.
    stopped : str or None
    seconds : float
    """

    value: Value
    output: int | None
    point: Point | None
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether the search came to its end."""
        return self.stopped is None

    def __repr__(self) -> str:
        where = "" if self.output is None else f" in output {self.output}"
        state = shortfall(self.stopped)
        return f"<Difference: {self.value}{where}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "value": self.value.describe(),
            "output": self.output,
            "point": None if self.point is None else [nearest_float(v) for v in self.point],
            **ending(self),
        }


def equal(
    network: Network,
    other: Network,
    domain: Domain,
    *,
    time_limit: float | None = None,
    workers: int = 1,
    progress: Observer | None = None,
) -> Equality:
    """Decide whether two networks are the same function on a domain.

    They are put side by side on wires; units that are the same by their weights are there once, so that a re-exported
    or permuted network is recognised without a search. Else units D and -D for every difference D of outputs are put
    behind them: where one is positive they differ; where none is in any region they are equal (mathematics, 7.3).

    Parameters
    ----------
    network, other : Network
    domain : Domain
        Or `WholeSpace`.
    time_limit : float, optional
        Seconds.
    workers, progress
        As for `enumerate_regions`.

    Raises
    ------
    NetworkError
        If they have different numbers of inputs or outputs.
    DomainError
        As `enumerate_regions`.

    Examples
    --------
    >>> from exactregions import Network, WholeSpace
    >>> ramp = Network.from_layers([[[1.0]], [[1.0]]], [None, None])
    >>> mirrored = Network.from_layers([[[-1.0], [1.0], [-1.0]], [[1.0, 1.0, -1.0]]], [None, None])
    >>> equal(ramp, mirrored, WholeSpace(1))
    <Equality: equal>
    """
    watch = Stopwatch()
    require_question(network, domain)
    gap = difference_network(network, other)
    if _same_by_look(network, other):
        return Equality(True, None, None, None, watch.seconds)
    m = gap.outputs
    asked = with_output_units(gap, np.vstack([np.eye(m), -np.eye(m)]), np.zeros(2 * m))
    inner = free_inputs(asked, domain)
    units = np.flatnonzero(inner.own)[-2 * m :].tolist()
    limits = Limits(None, 1, True, workers, Goal(tuple((unit,) for unit in units)))
    with limited(time_limit):
        try:
            found = get_engine("tree").search(inner.network, inner.domain, limits, progress)
        except STOPS as error:
            return Equality(None, None, None, reason_of(error).text, watch.seconds)
    if found.count:
        point = inner.outward(found)[0].witness
        return Equality(False, point, _outputs(gap, point), None, watch.seconds)
    stopped = None if found.exact else found.why_not_exact
    return Equality(True if found.exact else None, None, None, stopped, watch.seconds)


def difference(
    network: Network,
    other: Network,
    domain: Domain,
    *,
    time_limit: float | None = None,
    workers: int = 1,
    progress: Observer | None = None,
) -> Difference:
    """Return the largest difference of an output of two networks over the closure of a domain, and where it is.

    Parameters and errors are those of `equal`; each output is maximised as by `maximize`, and its negative.

    Examples
    --------
    >>> from exactregions import Box, Network
    >>> ramp = Network.from_layers([[[1.0]], [[1.0]]], [None, None])
    >>> late = Network.from_layers([[[1.0]], [[1.0]]], [[-0.25], None])
    >>> difference(ramp, late, Box([-1.0], [1.0]))
    <Difference: 0.25 in output 0>
    """
    watch = Stopwatch()
    require_question(network, domain)
    gap = difference_network(network, other)
    best = Difference(Value.of(Fraction(0)), None, None, None, 0.0)
    upper: Fraction | float = Fraction(0)
    with limited(time_limit):
        for output, sign in [(i, s) for i in range(gap.outputs) for s in (1.0, -1.0)]:
            if _same_by_look(network, other):
                break
            direction = sign * np.eye(gap.outputs)[output]
            found = maximize(gap, domain, direction, workers=workers, progress=progress)
            upper = max(upper, found.value.upper)
            if found.value.lower > best.value.lower:
                best = replace(best, value=found.value, output=output, point=found.point)
            if found.stopped is not None:
                best = replace(best, stopped=found.stopped)
                break
    value = best.value if upper == best.value.upper else Value(best.value.lower, upper)
    return replace(best, value=value, seconds=watch.seconds)


def _same_by_look(network: Network, other: Network) -> bool:
    """Return whether the outputs of both have the same weights on the same values when units are joined."""
    both, m = side_by_side(network, other), network.outputs
    rows: Any = both.matrix
    apart = rows[:m] - rows[m:]
    apart = apart if isinstance(apart, np.ndarray) else apart.data
    return not np.any(apart) and np.array_equal(both.bias[:m], both.bias[m:])


def _outputs(network: Network, point: Point) -> tuple[Fraction, ...]:
    from exactregions.exact.forms import ExactNetwork
    from exactregions.exact.numbers import as_fractions, as_point

    return as_fractions(ExactNetwork(network).outputs_at(as_point(point)))
