"""The Euclidean distance of a region from the origin in rationals, in as few variables as rows are active.

The nearest point is a combination sum_i y_i n_i of the active rows' normals, so the dual active-set method of Goldfarb
and Idnani (1983) needs nothing but inner products of rows: once these integers are there, a step costs the same in 784
dimensions as in two. In rationals the method is finite without any tolerance: every full step increases the distance,
every partial step drops a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import flint

from exactregions.exact.numbers import ZERO
from exactregions.geometry.distances.centred import Rows
from exactregions.support.stopping import check

if TYPE_CHECKING:
    from exactregions.exact.numbers import Rational


def nearest_by_rows(rows: Rows, guess: Sequence[int]) -> tuple[Rational, list[Rational]]:
    """Return the exact squared distance of a region that is not empty, and the point of its closure that has it.

    Parameters
    ----------
    rows : Rows
    guess : sequence of int
        Rows that may be tight at the nearest point, at which the method begins; a wrong guess costs steps.
    """
    nearest = _Nearest(rows, guess)
    while (violated := nearest.violated()) is not None:
        check()
        nearest.satisfy(violated)
    return nearest.distance_squared, nearest.point()


class _Nearest:
    """The point sum_i y_i n_i nearest to the origin on which the active rows vanish, y >= 0."""

    def __init__(self, rows: Rows, guess: Sequence[int]) -> None:
        self._rows = rows
        self._columns: dict[int, list[flint.fmpz]] = {}
        self._active, self._multipliers = self._begin(list(guess))

    def _column(self, row: int) -> list[flint.fmpz]:
        """Return the inner products of all rows with one."""
        if row not in self._columns:
            exact = self._rows.exact
            normal = flint.fmpz_mat(exact.ncols(), 1, [exact[row, j] for j in range(exact.ncols())])
            self._columns[row] = (exact * normal).entries()
        return self._columns[row]

    def _solve(self, active: Sequence[int], rhs: Sequence[flint.fmpz]) -> list[Rational]:
        """Solve for the combination of active rows with given inner products with each of them."""
        k = len(active)
        gram = flint.fmpz_mat(k, k, [self._column(j)[i] for i in active for j in active])
        return gram.solve(flint.fmpz_mat(k, 1, list(rhs))).entries() if k else []

    def _begin(self, active: list[int]) -> tuple[list[int], list[Rational]]:
        """Return the part of a guess that is independent and has no negative multiplier."""
        while active:
            check()
            try:
                found = self._solve(active, [-self._rows.constants[i] for i in active])
            except ZeroDivisionError:
                active.pop()
                continue
            least = min(range(len(active)), key=found.__getitem__)
            if found[least] >= 0:
                return active, found
            del active[least]
        return [], []

    @property
    def distance_squared(self) -> Rational:
        """Squared length of the point: by y, for the active rows vanish there."""
        pairs = zip(self._active, self._multipliers, strict=True)
        return sum((-self._rows.constants[i] * y for i, y in pairs), ZERO)

    def point(self) -> list[Rational]:
        """Return the point itself."""
        exact = self._rows.exact
        y = flint.fmpq_mat(1, len(self._active), self._multipliers)
        normals = [exact[i, j] for i in self._active for j in range(exact.ncols())]
        return (y * flint.fmpq_mat(flint.fmpz_mat(len(self._active), exact.ncols(), normals))).entries()

    def violated(self) -> int | None:
        """Return a row that is negative at the point."""
        common = flint.fmpz(1)
        for y in self._multipliers:
            common = common.lcm(y.q)
        weights = [(self._column(i), (y * common).p) for i, y in zip(self._active, self._multipliers, strict=True)]
        for row, constant in enumerate(self._rows.constants):
            if row not in self._active and sum((c[row] * w for c, w in weights), constant * common) < 0:
                return row
        return None

    def satisfy(self, violated: int) -> None:
        """Move to the nearest point on which the violated row vanishes too, dropping rows on the way."""
        column, mine = self._column(violated), ZERO
        while True:
            check()
            dual = self._solve(self._active, [column[i] for i in self._active])
            pairs = list(zip(self._active, dual, strict=True))
            length = column[violated] - sum((r * column[i] for i, r in pairs), ZERO)
            terms = zip(self._active, self._multipliers, strict=True)
            value = sum((y * column[i] for i, y in terms), self._rows.constants[violated] + mine * column[violated])
            full = -value / length if length else None
            blocked = [(y / r, i) for i, (y, r) in enumerate(zip(self._multipliers, dual, strict=True)) if r > 0]
            partial, drop = min(blocked, default=(None, -1))
            assert full is not None or partial is not None, "a proved region is empty: a proof is wrong"
            step = partial if full is None or (partial is not None and partial < full) else full
            assert step is not None
            self._multipliers = [y - step * r for y, r in zip(self._multipliers, dual, strict=True)]
            mine += step
            if full is not None and step == full:
                self._active.append(violated)
                self._multipliers.append(mine)
                return
            del self._active[drop], self._multipliers[drop]
