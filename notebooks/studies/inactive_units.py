"""With what probability is a unit of the second layer never active? `python -m studies.inactive_units` decides anew.

The protocol is `protocols/inactive_units.toml`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from exactregions import Network, WholeSpace, enumerate_regions
from studies.effects import holm
from studies.stored_rows import load_protocol, read_rows, write_rows
from studies.tables import Row

__all__ = ["decided", "drawn", "expected", "inactive", "inactive_by_search", "inactive_by_signs", "main", "tables"]

Array = NDArray[np.float64]
Layers = tuple[Array, Array, Array, float]
PROTOCOL = load_protocol("inactive_units")
STORED = 64  # outcomes of each case that its row keeps
POINTS = 64


def expected(inputs: int, units: int) -> Fraction | None:
    """Return the probability that a unit of the second layer is never active, None where no formula is known.

    From Brownlowe and others, Stably unactivated neurons in ReLU neural networks (2024).
    """
    if units <= inputs:
        return Fraction(1, 2 ** (units + 1))
    return Fraction(2**inputs + 1, 4 ** (inputs + 1)) if units == inputs + 1 else None


def drawn(inputs: int, units: int, law: str, number: int) -> Layers:
    """Return the weights and biases of both layers of a network of the protocol."""
    laws = PROTOCOL.values["laws"]
    rng = np.random.default_rng([inputs, units, laws.index(law), number])

    def draw(*shape: int) -> Any:
        return rng.standard_normal(shape) if law == "normal" else rng.uniform(-1.0, 1.0, shape)

    return draw(units, inputs), draw(units), draw(units), float(draw())


def inactive(layers: Layers) -> bool:
    """Whether the unit is active nowhere in the whole space, after a look at some points.

    Raises
    ------
    RuntimeError
        If the regions are not all proved.
    """
    return not _active_at_a_point(layers) and inactive_by_search(layers)


@cache
def _points(inputs: int) -> Array:
    """Return the points of the protocol: integers near and far, shape (64, inputs)."""
    rng = np.random.default_rng(0)
    return np.rint(rng.standard_normal((POINTS, inputs)) * np.repeat([4.0, 4000.0], POINTS // 2)[:, None])


def _active_at_a_point(layers: Layers) -> bool:
    """Whether the unit is positive at the point where floats say that it is largest for the point's length."""
    weights, biases, outer, bias = layers
    points = _points(weights.shape[1])
    values = np.maximum(points @ weights.T + biases, 0.0) @ outer + bias
    best = points[np.argmax(values / (1.0 + np.abs(points).sum(axis=1)))]
    hidden = [_dot(row, best) + Fraction(b) for row, b in zip(weights, biases.tolist(), strict=True)]
    exact = sum((Fraction(w) * h for w, h in zip(outer.tolist(), hidden, strict=True) if h > 0), Fraction(bias))
    return exact > 0


def _dot(row: Array, point: Array) -> Fraction:
    return sum((Fraction(a) * int(b) for a, b in zip(row.tolist(), point.tolist(), strict=True)), Fraction(0))


def inactive_by_search(layers: Layers) -> bool:
    """Whether the unit is active in none of the regions of the whole space, which are enumerated.

    Raises
    ------
    RuntimeError
        If the regions are not all proved.
    """
    weights, biases, outer, bias = layers
    network = Network.from_layers([weights, outer[None], [[1.0]]], [biases, np.array([bias]), [0.0]])
    regions = enumerate_regions(network, WholeSpace(network.inputs), engine="tree")
    if not regions.exact:
        raise RuntimeError(f"the search of {layers} is not exact")
    return not regions.pattern_array()[:, -1].any()


def inactive_by_signs(layers: Layers) -> bool:
    """Whether the unit is never active, for one unit more than inputs, from the signs of the rows' dependency.

    Let c . (A x) = 0 be the dependency of the rows and d = c . a, so that the pre-activations y = A x + a fill the
    hyperplane c . y = d. On the rays that leave it, all outer weights must be at most 0, except perhaps the k-th, where
    c_k has the sign opposite to all others: then y_k is never positive alone, and w_k |c_j| <= |w_j| |c_k| suffices.
    What is left is the largest value at the corners where at most one y is positive.
    """
    weights, biases, outer, bias = layers
    positive = np.flatnonzero(outer > 0).tolist()
    if len(positive) > 1:
        return False
    c = _dependency(weights)
    w, b = [Fraction(v) for v in outer.tolist()], Fraction(bias)
    d = sum((x * Fraction(y) for x, y in zip(c, biases.tolist(), strict=True)), Fraction(0))
    if not positive:
        all_alike = all(x * d > 0 for x in c)  # then some y is positive everywhere
        return b <= (min(abs(v * d / x) for v, x in zip(w, c, strict=True)) if all_alike else 0)
    k = positive[0]
    others = [j for j in range(len(c)) if j != k]
    if any(c[j] * c[k] >= 0 for j in others):
        return False
    if any(w[k] * abs(c[j]) > abs(w[j] * c[k]) for j in others):
        return False
    return b + (w[k] * d / c[k] if d * c[k] > 0 else 0) <= 0


def _dependency(weights: Array) -> list[Fraction]:
    """Return the signed minors of n + 1 rows of n entries: their products with the columns add up to 0."""
    rows = [[Fraction(v) for v in row] for row in weights.tolist()]
    return [(-1) ** k * _determinant(rows[:k] + rows[k + 1 :]) for k in range(len(rows))]


def _determinant(rows: list[list[Fraction]]) -> Fraction:
    if not rows:
        return Fraction(1)
    pivot = next((k for k, row in enumerate(rows) if row[0]), None)
    if pivot is None:
        return Fraction(0)
    first = rows[pivot]
    smaller = [
        [a - row[0] / first[0] * b for a, b in zip(row[1:], first[1:], strict=True)]
        for k, row in enumerate(rows)
        if k != pivot
    ]
    return (-1) ** pivot * first[0] * _determinant(smaller)


def decided(inputs: int, units: int, law: str, numbers: Sequence[int]) -> list[bool]:
    """Decide networks of the protocol, twice where the criterion of signs applies.

    Raises
    ------
    RuntimeError
        If the two ways disagree.
    """
    found = []
    for number in numbers:
        layers = drawn(inputs, units, law, number)
        found.append(inactive(layers))
        if units == inputs + 1 and inactive_by_signs(layers) != found[-1]:
            raise RuntimeError(f"network {number} of {inputs} inputs, {units} units, {law}: the two ways disagree")
    return found


def main() -> None:
    """Decide all networks of the protocol, and write the results."""
    rows: list[Row] = []
    for case in PROTOCOL.values["cases"]:
        for law in PROTOCOL.values["laws"]:
            start = time.process_time()
            found = decided(case["inputs"], case["units"], law, range(case["networks"]))
            first = "".join(str(int(v)) for v in found[:STORED])
            rows.append(case | {"law": law, "inactive": sum(found), "first": first})
            sys.stderr.write(f"{rows[-1]}: {time.process_time() - start:.0f} s\n")
    write_rows(PROTOCOL, rows)


def tables() -> dict[str, str]:
    """Return the tables of the page and the notebook, as Markdown."""
    rows = read_rows(PROTOCOL)
    told = [row for row in rows if expected(row["inputs"], row["units"]) is not None]
    silent = [row for row in rows if row not in told]
    return {"inactive-units": _told(told), "inactive-units-wider": _silent(silent), "inactive-units-sums": _sums(told)}


def _told(rows: Sequence[Row]) -> str:
    tests = [stats.binomtest(r["inactive"], r["networks"], float(_probability(r))) for r in rows]
    corrected = holm([test.pvalue for test in tests])
    lines = [
        "| inputs | units | law | networks | inactive | share [95% interval] | formula | | p, Holm |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row, p in zip(rows, corrected, strict=True):
        formula = _probability(row)
        lines.append(f"| {_case(row)} | {_share(row)} | {formula} | {float(formula):.5f} | {p:.3f} |")
    return "\n".join(lines)


def _silent(rows: Sequence[Row]) -> str:
    lines = ["| inputs | units | law | networks | inactive | share [95% interval] |", "|---|---|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {_case(row)} | {_share(row)} |" for row in rows)])


def _sums(rows: Sequence[Row]) -> str:
    """How many decisions there are, and how many intervals hold their formula."""
    inside = 0
    for row in rows:
        interval = stats.binomtest(row["inactive"], row["networks"]).proportion_ci()
        inside += interval.low <= float(_probability(row)) <= interval.high
    wider = [row for row in rows if row["units"] > row["inputs"]]
    lines = [
        "| | decisions | inactive | expected | intervals that hold the formula |",
        "|---|---|---|---|---|",
        f"| one unit more than inputs | {_totals(wider)} | |",
        f"| all | {_totals(rows)} | {inside} of {len(rows)} |",
    ]
    return "\n".join(lines)


def _totals(rows: Sequence[Row]) -> str:
    mean = sum(row["networks"] * _probability(row) for row in rows)
    return f"{sum(r['networks'] for r in rows):,} | {sum(r['inactive'] for r in rows):,} | {float(mean):,.1f}"


def _probability(row: Row) -> Fraction:
    known = expected(row["inputs"], row["units"])
    assert known is not None
    return known


def _case(row: Row) -> str:
    return f"{row['inputs']} | {row['units']} | {row['law']} | {row['networks']:,} | {row['inactive']:,}"


def _share(row: Row) -> str:
    found = stats.binomtest(row["inactive"], row["networks"])
    interval = found.proportion_ci()
    return f"{found.statistic:.5f} [{interval.low:.5f}, {interval.high:.5f}]"


if __name__ == "__main__":
    main()
