"""Every "nothing is beyond this row" of the exact cells comes with multipliers that prove it."""

import math
from fractions import Fraction

import flint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactregions import Ball, Box, Polytope, WholeSpace
from exactregions.exact.cells import BallCell, Cell, Refutation, root_cell
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


SIGNS = [[(-1) ** bin(i & j).count("1") for j in range(64)] for i in range(1, 4)]  # rows of a Hadamard matrix
in_three = st.builds(
    lambda a, b: (tuple(map(flint.fmpz, a)), flint.fmpz(b)),
    st.tuples(*[st.integers(-2, 2)] * 3),
    st.integers(-2, 2),
)


@given(rows=st.lists(in_three, min_size=2, max_size=8))
def test_what_three_directions_decide_is_the_same_in_64_inputs(rows):
    """Orthogonal rows of length 8 take the ball of radius 1/4 to that of radius 2 in three dimensions."""
    small, large = root_cell(Ball([0.0] * 3, 2)), root_cell(Ball([0.0] * 64, 0.25))
    for a, b in rows:
        form = Form(a, b)
        lifted = Form(
            tuple(sum((x * s[j] for x, s in zip(a, SIGNS, strict=True)), flint.fmpz(0)) for j in range(64)), b
        )
        found, same = small.sides(form), large.sides(lifted)
        assert [isinstance(side, Cell) for side in same] == [isinstance(side, Cell) for side in found]
        for side, target in zip(same, (lifted, lifted.negated()), strict=True):
            if isinstance(side, Refutation):
                weights = [side.rows.get(i, flint.fmpq(0)) for i in range(len(large.rows))]
                assert refutes(Ball([0.0] * 64, 0.25), [*large.rows, target], [*weights, side.form])
            else:
                assert all(row.at(side.witness) > 0 for row in side.rows)
        kept = [k for k, side in enumerate(found) if isinstance(side, Cell)]
        if kept:
            small, large = (sides[kept[-1]] for sides in (found, same))
            assert isinstance(small, BallCell)
            assert isinstance(large, BallCell)
            assert small.entry_squared == 64 * large.entry_squared
