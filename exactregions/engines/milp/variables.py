"""Domains for the model: bounded, in coordinates of unit size, written over columns with bounds."""

from __future__ import annotations

from dataclasses import replace

import flint

from exactregions.exact.dyadic import exponent_of, power
from exactregions.exact.forms import Form
from exactregions.exact.numbers import Number, Rational
from exactregions.exact.shapes import Shape
from exactregions.exact.shapes.columns import Columns


def domain_columns(shape: Shape) -> Columns:
    """Write down a bounded domain, its own inequalities among the rows."""
    body = Columns.of(shape)
    lifted = (body.lift(form.a, form.b) for form in domain_forms(shape))
    return replace(body, rows=[*body.rows, *(_scaled(a, b) for a, b in lifted)])


def _scaled(a: list[Number], b: Rational) -> tuple[list[Rational], Rational]:
    """Divide a row by a power of two near its largest coefficient."""
    grain = power(-exponent_of(flint.fmpq(max(abs(v) for v in a))))
    return [v * grain for v in a], b * grain


def domain_forms(shape: Shape) -> list[Form]:
    """Return the inequalities of a domain, which proofs take as rows like any other; none without a normal."""
    return [form for form in shape.forms() if not form.is_constant]
