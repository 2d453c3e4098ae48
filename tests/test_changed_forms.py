"""Forms that are changed by the units that have changed their sign: within their bounds of exact ones, in fractions."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numba import njit

from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels import forms
from exactregions.engines.tree.kernels.passed_units import MOST_CHANGES
from exactregions.engines.tree.kernels.setup import FloatDomain, new_state
from exactregions.engines.tree.linked_units import chain
from exactregions.network import Stage

INPUTS, WIDTHS = 3, (16, 6, 5)
STYLES = ("generic", "unequal", "tiny", "sparse", "dead", "slopes")


@njit(error_model="numpy")
def compose(state, layer):
    forms.compose(state, layer)


def drawn(style, rng):
    """A state, and the exact first forms: those of the state moved by as much as their error bounds allow."""
    first = rng.normal(size=(WIDTHS[0], INPUTS + 1))
    errors = rng.choice([0.0, 1e-13, 1e-6], size=WIDTHS[0])
    stages = [Stage.relu(np.ones((WIDTHS[0], INPUTS)), np.zeros(WIDTHS[0]))]
    for m, n in zip(WIDTHS[1:], WIDTHS, strict=False):
        weight = rng.normal(size=(m, n))
        if style == "unequal":
            weight *= 10.0 ** rng.integers(-12, 13, size=n)
        elif style == "tiny":
            weight *= 10.0 ** rng.integers(-200, -140, size=(m, 1))
        elif style == "sparse":
            weight *= rng.random((m, n)) < 0.5
        elif style == "dead":
            weight[:, rng.integers(n, size=3)], weight[0] = 0.0, 0.0
        stages.append(Stage.relu(weight, rng.normal(size=m)))
    if style == "tiny":
        first *= 1e-160
        errors *= 1e-160
    if style == "slopes":
        stages[0] = replace(stages[0], low=np.array([0.5, -1.0, 0.25, *[0.0] * (WIDTHS[0] - 3)]))
    sides = rng.choice([1.0, 0.3, 2.0**-20], size=INPUTS)
    domain = FloatDomain(at.BOX, sides, sides, np.zeros((0, INPUTS + 1)), np.zeros(0), np.zeros(0))
    state = new_state(chain(first, errors, stages, few_digits=False), domain, np.zeros(INPUTS))
    exact = [list(map(Fraction, row)) for row in first.tolist()]
    for row, error, sign in zip(exact, errors.tolist(), rng.choice([-1, 1], size=WIDTHS[0]).tolist(), strict=True):
        row[-1] += sign * Fraction(error)
    return state, exact, stages


def passed(rows, signs, stage):
    slopes = np.where(signs > 0, stage.high, stage.low).tolist()
    return [[Fraction(slope) * v for v in row] for row, slope in zip(rows, slopes, strict=True)]


def stage_of(stage, rows):
    weights = [[Fraction(w) for w in row] for row in stage.weight.tolist()]
    found = [[sum((w * row[j] for w, row in zip(line, rows, strict=True)), Fraction(0)) for j in range(INPUTS + 1)]
             for line in weights]  # fmt: skip
    for row, bias in zip(found, stage.bias.tolist(), strict=True):
        row[-1] += Fraction(bias)
    return found


def is_within(state, begin, rows):
    """Whether each form is as near to the exact one, at every point within reach, as its bound says."""
    within = [*map(Fraction, state.within.tolist()), Fraction(1)]
    for unit, row in enumerate(rows, begin):
        form = list(map(Fraction, state.forms[unit].tolist()))
        off = sum(abs(f - v) * w for f, v, w in zip(form, row, within, strict=True))
        if not off <= Fraction(float(state.form_errors[unit])):
            return False
    return True


@pytest.mark.parametrize("style", STYLES)
def test_forms_stay_within_their_bounds_of_exact_ones(style):
    rng, changed = np.random.default_rng([*style.encode()]), 0
    for _ in range(4):
        state, exact, stages = drawn(style, rng)
        begins = np.cumsum([0, *WIDTHS])
        signs = rng.choice([-1, 1], size=sum(WIDTHS))
        compose(state, 0)
        for step in range(2 * MOST_CHANGES):
            turned = rng.integers(begins[1 if step % 3 else 0], begins[2], size=int(rng.integers(1, 4)))
            signs[turned] *= -1
            if step == MOST_CHANGES:
                signs[: WIDTHS[0]] = -1  # nothing is passed: then the forms are constants without an error
            state.signs[:] = signs
            rows = exact
            for layer in (1, 2):
                compose(state, layer)
                changed += state.changes[layer] > 0
                begin = begins[layer - 1 : layer + 1]
                rows = stage_of(stages[layer], passed(rows, signs[begin[0] : begin[1]], stages[layer - 1]))
                assert is_within(state, begins[layer], rows)
                if step == MOST_CHANGES and layer == 1 and style != "slopes":
                    assert not state.form_errors[begins[1] : begins[2]].any()
                    assert not state.forms[begins[1] : begins[2], :-1].any()
    assert changed > 40


def test_a_stage_that_was_left_half_done_is_composed_anew():
    state, _, _ = drawn("generic", np.random.default_rng(0))
    state.signs[:] = 1
    compose(state, 0)
    compose(state, 1)
    whole = state.forms.copy()
    state.signs[2], state.stop = -1, 1
    compose(state, 1)
    state.signs[2], state.stop = 1, 0
    compose(state, 1)
    assert state.changes[1] == 0
    assert np.array_equal(state.forms, whole)


def test_many_changes_are_ended_by_a_composition_of_its_own():
    state, _, _ = drawn("generic", np.random.default_rng(1))
    state.signs[:] = 1
    compose(state, 0)
    counts = []
    for step in range(MOST_CHANGES + 3):
        state.signs[step % 5] *= -1
        compose(state, 1)
        counts.append(int(state.changes[1]))
    assert counts[: MOST_CHANGES + 2] == [0, *range(1, MOST_CHANGES + 1), 0]
