"""The nearest point of a polyhedron to a centre, exactly: the dual active-set method of Goldfarb and Idnani (1983).

With the identity as Hessian the method needs only inner products of the active rows, and each added halfspace
starts from the optimum before it. In rationals it is finite without any tolerance: every full step increases the
distance, every partial step drops a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import flint

from exactregions.exact.common_denominators import combination
from exactregions.exact.forms import Form
from exactregions.exact.linear_systems import solve
from exactregions.exact.numbers import ZERO, Number, Point, Rational
from exactregions.support.stopping import check


class NearestPoint:
    """The point of {x : f(x) >= 0 for all rows f} nearest to the centre.

    All that is asked on the way are values of rows at points centre + sum_i w_i a_i, which inner products of the
    normals a_i give: a step costs the same in any number of inputs, and a product is made once.

    Attributes
    ----------
    center : list of fmpq
    rows : list of Form
    active : list of int
        Rows with their multipliers in `multipliers`: point = center + sum_i multiplier_i a_i.
    """

    __slots__ = ("_at_center", "_point", "_products", "active", "center", "multipliers", "rows")

    def __init__(self, center: Point) -> None:
        self.center = center
        self.rows: list[Form] = []
        self.active: list[int] = []
        self.multipliers: list[Rational] = []
        self._at_center: list[Rational] = []
        self._products: dict[tuple[int, int], Rational] = {}
        self._point: Point | None = center

    @property
    def point(self) -> Point:
        """The point itself."""
        if self._point is None:
            self._point = combination(self.center, self.multipliers, [self.rows[i].a for i in self.active])
        return self._point

    @property
    def combined(self) -> Mapping[int, Rational]:
        """The multiplier of each active row."""
        return dict(zip(self.active, self.multipliers, strict=True))

    @property
    def distance_squared(self) -> Rational:
        """Squared Euclidean distance from the centre to the point."""
        return sum((u * self.slope(i, self.combined) for i, u in self.combined.items()), ZERO)

    def value(self, k: int) -> Rational:
        """Return the value of a row at the point."""
        return self._at_center[k] + self.slope(k, self.combined)

    def slope(self, k: int, weights: Mapping[int, Rational]) -> Rational:
        """Return the inner product of the normal of a row and a combination of normals."""
        return sum((w * self.product(i, k) for i, w in weights.items() if w), ZERO)

    def product(self, i: int, k: int) -> Rational:
        """Return the inner product of the normals of two rows."""
        pair = (i, k) if i < k else (k, i)
        known = self._products.get(pair)
        if known is None:
            check()
            known = self._products[pair] = flint.fmpq(self.rows[i].dot(self.rows[k]))
        return known

    def of_active(self, rhs: Sequence[Rational]) -> list[Rational]:
        """Return the weights of active normals whose combination has these inner products with them."""
        return solve([[self.product(i, j) for j in self.active] for i in self.active], rhs)

    def with_row(self, row: Form) -> NearestPoint | None:
        """Return the nearest point after one more halfspace, or None when nothing is left."""
        found = self.with_row_or_proof(row)
        return found if isinstance(found, NearestPoint) else None

    def with_row_or_proof(self, row: Form) -> NearestPoint | dict[int, Rational]:
        """Return the nearest point after one more halfspace, or a proof that nothing is left.

        Returns
        -------
        NearestPoint, or dict of int to fmpq
            Multipliers y >= 0 of rows f, the new one last, whose combination sum y f is a negative constant.
        """
        child = object.__new__(NearestPoint)
        child.center, child._point = self.center, self._point
        child.rows, child._at_center = [*self.rows, row], [*self._at_center, row.at(self.center)]
        child.active, child.multipliers = list(self.active), list(self.multipliers)
        child._products = dict(self._products)  # rows of this number differ from child to child
        while (violated := child._first_violated()) is not None:
            check()
            proof = child._satisfy(violated)
            if proof is not None:
                return proof
        return child

    def _first_violated(self) -> int | None:
        for i in range(len(self.rows) - 1, -1, -1):
            check()
            if i not in self.active and self.value(i) < 0:
                return i
        return None

    def _satisfy(self, violated: int) -> dict[int, Rational] | None:
        """Move to the nearest point that also satisfies the violated row; where there is none, say why."""
        multiplier, own = ZERO, self.product(violated, violated)
        self._point = None
        while True:
            check()
            # the change of the active multipliers, and how fast the row grows, per unit of its own multiplier
            dual = self.of_active([self.product(i, violated) for i in self.active])
            growth = own - self.slope(violated, dict(zip(self.active, dual, strict=True)))
            full = -(self.value(violated) + multiplier * own) / growth if growth else None
            partial, drop = self._first_blocked(dual)
            if full is None and partial is None:
                # the normal of the row is a combination of active ones with no positive coefficient
                return {violated: flint.fmpq(1)} | {i: -r for i, r in zip(self.active, dual, strict=True) if r}
            step = partial if full is None or (partial is not None and partial < full) else full
            assert step is not None
            self.multipliers = [u - step * r for u, r in zip(self.multipliers, dual, strict=True)]
            multiplier += step
            if full is not None and step == full:
                self.active.append(violated)
                self.multipliers.append(multiplier)
                return None
            del self.active[drop], self.multipliers[drop]

    def _first_blocked(self, dual: Sequence[Rational]) -> tuple[Rational | None, int]:
        best, index = None, -1
        for i, (u, r) in enumerate(zip(self.multipliers, dual, strict=True)):
            if r > 0 and (best is None or u / r < best):
                best, index = u / r, i
        return best, index


def solve_gram(normals: Sequence[Sequence[Number]], rhs: Sequence[Rational]) -> list[Rational]:
    """Solve (N N^T) y = rhs for linearly independent rows N."""
    k = len(normals)
    gram: list[list[Rational]] = [[ZERO] * k for _ in range(k)]
    for i, p in enumerate(normals):
        check()
        for j in range(i + 1):
            products = (x * y for x, y in zip(p, normals[j], strict=True) if x and y)
            gram[i][j] = gram[j][i] = flint.fmpq(sum(products, ZERO))
    return solve(gram, rhs)
