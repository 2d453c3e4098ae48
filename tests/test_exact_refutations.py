"""Every "nothing is beyond this row" of the exact cells comes with multipliers that prove it."""

import math
from fractions import Fraction

import flint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactregions import Ball, Box, Polytope, WholeSpace
from exactregions.exact.cells import Cell, Refutation, root_cell
from exactregions.exact.farkas import refutes
from exactregions.exact.forms import Form

THIRD = Fraction(1, 3)
DOMAINS = {
    "box": Box([-1.0, -1.0], [1.0, 2.0]),
    "euclidean": Ball([0.0, 0.5], 1.5),
    "taxicab": Ball([0.25, THIRD], 1, norm=1),
    "maximum": Ball([0.0, 0.0], THIRD, norm=math.inf),
    "polytope": Polytope([[1, 1], [-1, THIRD], [0.0, -1.0]], [1, 1, 1], Box([-2.0, -2.0], [2.0, 2.0])),
    "cone": Polytope([[-1, 0], [0, -1], [-1, -1]], [0, 0, 5]),
    "plane": WholeSpace(2),
}
# few values, so that rows repeat, oppose each other, pass through one point, and touch the domain
forms = st.builds(
    lambda a, b, c: Form((flint.fmpz(a), flint.fmpz(b)), flint.fmpz(c)),
    *(st.integers(-2, 2), st.integers(-2, 2), st.integers(-3, 3)),
)


@pytest.mark.parametrize("kind", DOMAINS)
@given(rows=st.lists(forms, min_size=1, max_size=7))
def test_a_missing_side_is_refuted_by_its_multipliers(kind, rows):
    domain = DOMAINS[kind]
    cell = root_cell(domain)
    for k, form in enumerate(rows):
        sides = cell.sides(form)
        for side, target in zip(sides, (form, form.negated()), strict=True):
            if isinstance(side, Refutation):
                everything = [*cell.rows, target]
                weights = [side.rows.get(i, flint.fmpq(0)) for i in range(len(cell.rows))]
                assert refutes(domain, everything, [*weights, side.form])
            else:
                assert all(row.at(side.witness) > 0 for row in side.rows)
        kept = [side for side in sides if isinstance(side, Cell)]
        if kept:
            cell = kept[k % len(kept)]
