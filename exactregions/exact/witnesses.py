"""The judge of disputes: is a point a witness of a region, and has a pattern a region at all; in exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from exactregions.domain import Domain
from exactregions.exact.cells import Cell, root_cell
from exactregions.exact.forms import ExactNetwork, Form
from exactregions.exact.numbers import Point, as_fractions
from exactregions.exact.walk import chosen_forms, unit_forms
from exactregions.exact.winner_cells import told


def is_witness(exact: ExactNetwork, domain: Domain, point: Point, pattern: Sequence[bool]) -> bool:
    """Decide exactly whether a point lies strictly inside the domain and the region of a pattern.

    A unit may be zero there only if it is zero on the whole region; a winner may equal another value only if it does
    on the whole region.
    """
    if not domain.contains(as_fractions(point)):
        return False
    signs = exact.signs_at(point)
    if told(exact, [sign > 0 for sign in signs]) != list(pattern):
        return False
    if exact.winners:
        rows = zip(unit_forms(exact, pattern), pattern, strict=True)
        return all(_has_sign(row, point, sign) for row, sign in rows)
    if all(signs):
        return True
    return all(sign or row.is_constant for sign, row in zip(signs, unit_forms(exact, pattern), strict=True))


def _has_sign(form: Form, point: Point, sign: bool) -> bool:
    value = form.at(point)
    return value > 0 if sign else value < 0 or (form.is_constant and not form.b)


def cell_of_pattern(
    exact: ExactNetwork, domain: Domain, pattern: Sequence[bool], chosen: Sequence[int] | None = None
) -> Cell | None:
    """Return the exact cell of a full pattern (wires left out), or None when it is empty.

    Parameters
    ----------
    exact : ExactNetwork
    domain : Domain
    pattern : sequence of bool
    chosen : sequence of int, optional
        Places in the pattern of units that cut the domain, where the others are known to keep their sign on it.
    """
    cell: Cell | None = root_cell(domain)
    rows = unit_forms(exact, pattern) if chosen is None else chosen_forms(exact, pattern, chosen)
    signs = pattern if chosen is None else [pattern[place] for place in chosen]
    for form, sign in zip(rows, signs, strict=True):
        if form.is_constant:
            # one that vanishes identically belongs to an inactive unit
            cell = cell if (form.b > 0) == sign else None
        else:
            cell = cell.part(form if sign else form.negated())
        if cell is None:
            return None
    return cell
