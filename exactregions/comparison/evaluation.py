"""One bound beside the exact count, and what the count says of it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from exactregions.bounds.contract import Bound, NotingBound, checked_value, fault_message
from exactregions.regions import RegionSet
from exactregions.support.stopping import STOPS, Scope, check, current_scope, delayed, limited, reason_of
from exactregions.support.tables import exact_json, log10
from exactregions.winner_patterns import has_contests

SEARCH = 0.8  # part of a time limit that the search may take, so that bounds have their turn
MOMENT = 0.05  # seconds that bounds may still take when the time is over: many need no more


@dataclass(frozen=True, slots=True)
class BoundEvaluation:
    """One bound beside the count.

    Attributes
    ----------
    name, kind, scope, source : str
        As the bound gives them.
    value : int, float or None
        None where the bound failed; a float only for the kind "expectation".
    ratio : float or None
        value / count, infinite where no float holds it; None where the bound failed or nothing was found.
        When the count is not exact, a ratio to what was found.
    log10 : float or None
        Decimal logarithm of the value; None for zero.
    seconds : float
    falsified : bool
        The count proves that the bound is wrong.
    note : str or None
        A remark of the bound.
    error : str or None
        Why it gave no value: what was wrong with the bound, or that the time was over.
    """

    name: str
    kind: str
    scope: str
    source: str
    value: int | float | None = None
    ratio: float | None = None
    log10: float | None = None
    seconds: float = 0.0
    falsified: bool = False
    note: str | None = None
    error: str | None = None

    def describe(self) -> dict[str, Any]:
        """Return plain data; see `Comparison.describe` for large numbers."""
        ratio = self.ratio if self.ratio is not None and math.isfinite(self.ratio) else None
        return asdict(self) | {"value": exact_json(self.value), "ratio": ratio}


def winners_remark(regions: RegionSet) -> list[str]:
    """Return what is to be said of bounds where regions are told by winners (mathematics, 2.3)."""
    if not has_contests(regions.network):
        return []
    return ["upper bounds count every contest of winner units, so that they bound the regions told by winners too"]


def evaluate_bound(bound: Bound, regions: RegionSet) -> BoundEvaluation:
    """Evaluate one bound, whatever it does."""
    start = time.perf_counter()
    value, note, error = None, None, None
    try:
        check()
        value = checked_value(bound.evaluate(regions.network, regions.domain), bound.kind)
        if isinstance(bound, NotingBound):
            note = bound.note(regions.network, regions.domain, int(value))
    except STOPS as stopped:
        stop, scope = reason_of(stopped), current_scope()
        if scope is not None:
            scope.stop(stop.reason, stop.text)  # an interrupt that came as an exception is meant for all of it
        value, error = None, f"not evaluated: {stop.text}"
    except Exception as fault:  # noqa: BLE001 - a user's bound may raise anything, and only its row may suffer
        value, error = None, f"{type(fault).__name__}: {fault_message(fault)}"
    seconds = time.perf_counter() - start
    row = BoundEvaluation(bound.name, bound.kind, bound.scope, bound.source, value, seconds=seconds)
    return _judged(replace(row, note=note, error=error), regions)


def _judged(row: BoundEvaluation, regions: RegionSet) -> BoundEvaluation:
    """Return the row held against the count; what was found is a lower bound even when it is not exact."""
    if row.value is None:
        return row
    too_low = row.kind == "upper" and row.value < regions.count
    too_high = row.kind == "lower" and regions.exact and row.value > regions.count
    ratio = _ratio(row.value, regions.count)
    return replace(row, ratio=ratio, log10=log10(row.value), falsified=too_low or too_high)


def _ratio(value: int | float, count: int) -> float | None:
    try:
        return value / count
    except ZeroDivisionError:
        return None
    except OverflowError:
        return math.inf


def evaluate_bounds(bounds: Iterable[Bound], regions: RegionSet, minimum: bool) -> tuple[BoundEvaluation, ...]:
    """Evaluate bounds, and on request their minimum; those that are quick also when the scope around has just ended."""
    with delayed(MOMENT):
        rows = tuple(evaluate_bound(bound, regions) for bound in bounds)
    return (*rows, evaluate_minimum(rows, regions)) if minimum else rows


def searching(seconds: float | None, bounds: Sequence[Bound]) -> Scope:
    """Return the scope of a search after which bounds are evaluated within the same limit."""
    return limited(seconds, SEARCH if bounds else 1.0)


def evaluate_minimum(rows: Iterable[BoundEvaluation], regions: RegionSet) -> BoundEvaluation:
    """Return the row of the best upper bound, without evaluating any of them again."""
    upper = [row for row in rows if row.kind == "upper" and row.value is not None]
    row = BoundEvaluation("minimum", "upper", "local", "the best of the upper bounds")
    if not upper:
        return replace(row, error="no upper bound gave a value")
    best = min(upper, key=lambda r: r.value)  # type: ignore[arg-type,return-value]
    return _judged(replace(row, value=best.value, note=f"given by {best.name}"), regions)
