"""A network followed unit by unit under given signs, or under signs that are decided on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import flint

from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.numbers import Point
from exactregions.exact.winner_cells import decisive, told, winner_forms


def stage_forms(exact: ExactNetwork, pattern: Sequence[bool], inputs: Forms | None = None) -> list[Forms]:
    """Return the pre-activations of each stage under a full pattern, from the forms of the inputs.

    A winner pattern has the forms of its cell: see `winner_forms`.
    """
    forms = list(islice(exact.stages_under(_given(exact, pattern), inputs), len(exact.stages)))
    return winner_forms(exact, pattern, forms)


def unit_forms(exact: ExactNetwork, prefix: Sequence[bool]) -> Iterator[Form]:
    """Return the pre-activations of the units of a sign prefix, wires left out, each under the signs before it.

    A full pattern of a network with winner units is a winner pattern: see `winner_forms`.
    """
    full = exact.winners and len(prefix) == sum(sum(stage.splits) for stage in exact.stages)
    every = stage_forms(exact, prefix) if full else exact.stages_under(_given(exact, prefix))
    return islice(_rows(exact, every), len(prefix))


def _rows(exact: ExactNetwork, stages: Iterable[Forms]) -> Iterator[Form]:
    """Yield the forms of the units that split."""
    for stage, forms in zip(exact.stages, stages, strict=False):
        yield from (forms.row(row) for row, splits in enumerate(stage.splits) if splits)


def chosen_forms(exact: ExactNetwork, pattern: Sequence[bool], chosen: Sequence[int]) -> Iterator[Form]:
    """Yield the pre-activations of some units under a full pattern, each composed for itself.

    Parameters
    ----------
    chosen : sequence of int
        Places in the pattern.
    """
    splitting = [unit for unit, splits in enumerate(s for stage in exact.stages for s in stage.splits) if splits]
    signs = [1] * sum(len(stage.splits) for stage in exact.stages)
    for unit, sign in zip(splitting, pattern, strict=True):
        signs[unit] = 1 if sign else -1
    for place in chosen:
        yield exact.unit_form(splitting[place], signs)[0]


def signed_rows(exact: ExactNetwork, pattern: Sequence[bool], stages: Sequence[Forms] | None = None) -> list[Form]:
    """Return the rows of a region, positive inside it, in the order of its pattern; constant forms are left out.

    Parameters
    ----------
    stages : sequence of Forms, optional
        The pre-activations of each stage under these signs where they are known, as `ExactNetwork.forms_of` gives them.
    """
    told = stage_forms(exact, pattern) if stages is None else winner_forms(exact, pattern, stages)
    signed = zip(_rows(exact, told), pattern, strict=True)
    return [row if sign else row.negated() for row, sign in signed if not row.is_constant]


def decided_forms(
    exact: ExactNetwork, inputs: Forms | None, decide: Callable[[int, Forms, int], bool]
) -> tuple[list[bool], list[Forms]]:
    """Follow a network from the forms of its inputs, one unit after the other.

    Parameters
    ----------
    inputs : Forms or None
        None for the inputs themselves.
    decide : callable
        Is given the unit, the forms of its stage under the signs decided so far and its row there, and
        returns its sign.

    Returns
    -------
    pattern : list of bool, length units
    forms : list of Forms
        Pre-activations of each stage.
    """
    pattern: list[bool] = []

    def choose(index: int, forms: Forms) -> list[bool]:
        first = len(pattern)
        for row, splits in enumerate(exact.stages[index].splits):
            if splits:
                pattern.append(decide(len(pattern), forms, row))
        return pattern[first:]

    found = list(islice(exact.stages_under(choose, inputs), len(exact.stages)))
    return pattern, found


def germ(exact: ExactNetwork, inputs: Forms, point: Point, direction: Point) -> tuple[list[bool], list[Forms]] | None:
    """Return the region that holds point + t direction for all small t > 0, by its pattern and forms.

    A unit that is zero at the point takes the sign of its slope along the direction. None when a form vanishes
    at the point and along the direction without vanishing identically: the direction lies in a hyperplane. Contests of
    winner units in which the winner has no part are no hyperplanes of the region, and either sign will do for them.
    """
    along: list[int] = []  # units whose hyperplane holds the direction

    def decide(unit: int, forms: Forms, row: int) -> bool:
        form = forms.row(row)
        value = form.at(point) or Form(form.a, flint.fmpz(0)).at(direction)
        if not value and not (form.is_constant and not form.b):
            along.append(unit)
        return value > 0

    signs, forms = decided_forms(exact, inputs, decide)
    if not exact.winners:
        return None if along else (signs, forms)
    if decisive(exact, signs).intersection(along):
        return None
    pattern = told(exact, signs)
    return pattern, stage_forms(exact, pattern, inputs)


def pattern_at(exact: ExactNetwork, point: Point, free: Sequence[int]) -> list[bool] | None:
    """Return the pattern of the region that holds a point, None where the point lies on a boundary of regions.

    A unit that is zero at the point vanishes on the whole region, and is off there, if no free input enters its form.

    Parameters
    ----------
    free : sequence of int
        The inputs that are not fixed.
    """
    signs = exact.signs_at(point)
    if all(signs):
        return told(exact, [sign > 0 for sign in signs])
    on_boundary: list[int] = []

    def decide(unit: int, forms: Forms, row: int) -> bool:
        form = forms.row(row)
        value = form.at(point)
        if not value and any(form.a[i] for i in free):
            on_boundary.append(unit)
        return value > 0

    pattern, _ = decided_forms(exact, None, decide)
    if on_boundary and decisive(exact, pattern).intersection(on_boundary):
        return None
    return told(exact, pattern)


def _given(exact: ExactNetwork, signs: Sequence[bool]) -> Callable[[int, Forms], list[bool]]:
    """Return the choice of signs that are given, stage after stage."""
    left = iter(signs)
    return lambda index, forms: list(islice(left, sum(exact.stages[index].splits)))
