"""Bounds by forms that are composed through units without a kink, against exact values."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from exactregions.stage import Stage
from exactregions.verification import composed_forms
from exactregions.verification.box_bounds import STEEPEST
from exactregions.verification.linear_bounds import LinearBounds


def exact_top(stages, lower, upper):
    """Return the largest value of the only output of wires with one input, in fractions."""
    values = []
    for x in (lower, upper):
        h = [Fraction(x)]
        for stage in stages:
            rows = zip(stage.weight.tolist(), stage.bias.tolist(), strict=True)
            h = [sum((Fraction(w) * v for w, v in zip(row, h, strict=True)), Fraction(b)) for row, b in rows]
        values.append(h[0])
    return max(values)


def gaps_of_cancelling_rows(cases):
    """Return by how much bounds are above exact values that are tiny beside what they are the difference of."""
    gaps = []
    for seed in range(cases):
        rng = np.random.default_rng(seed)
        first, second = rng.standard_normal((2, 1)), rng.standard_normal((3, 2))
        values = (second @ first)[:, 0]
        # the whole is zero but for roundings, and so are the terms of the form of the last row
        third = np.array([[values[1], -values[0], 0.0]])
        stages = [Stage.wires(weight, np.zeros(len(weight))) for weight in (first, second, third)]
        ends = np.array([[1.0]]), np.array([[1.5]])
        [[top]] = LinearBounds(stages)._along(*ends).tops
        gaps.append(float(Fraction(top) - exact_top(stages, 1.0, 1.5)))
    return np.array(gaps)


def test_what_composing_takes_is_added():
    gaps = gaps_of_cancelling_rows(60)
    assert (gaps > 0.0).all()
    assert (gaps < 1e-11).all()


def test_bounds_without_what_composing_takes_would_be_wrong(monkeypatch):
    real = composed_forms.Chain.rows

    def forgetful(self, weight, bias):
        found = real(self, weight, bias)
        return composed_forms.Rows(found.forms, found.mass, 0.0 * found.error)

    monkeypatch.setattr(composed_forms.Chain, "rows", forgetful)
    assert (gaps_of_cancelling_rows(60) < 0.0).any()


def test_roundings_do_not_grow_with_the_number_of_stages(monkeypatch):
    """Forms that have become inexact are written down by themselves; else their errors would add up."""
    rng = np.random.default_rng(5)
    turns = [np.linalg.qr(rng.standard_normal((6, 6)))[0] for _ in range(60)]
    stages = [Stage.wires(turn, np.zeros(6)) for turn in turns]
    lower, upper = np.full((3, 6), -1e-3), np.full((3, 6), 1e-3)
    exact = upper[0] @ np.abs(np.linalg.multi_dot(turns[::-1])).T
    near = LinearBounds(stages)._along(lower, upper).tops
    assert (near > exact - 1e-15).all()
    assert near == pytest.approx(np.tile(exact, (3, 1)), abs=1e-9)
    monkeypatch.setattr(composed_forms, "INEXACT", np.inf)
    assert (LinearBounds(stages)._along(lower, upper).tops > exact + 1e-6).all()


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_bounds_are_those_of_lines_for_all_units(slope, monkeypatch):
    """Units that have no kink may be kept or put into others: in exact arithmetic it is the same."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        sizes = (3, 8, 8, 8, 4)
        stages = []
        for n, m in pairwise(sizes):
            weight, bias = rng.standard_normal((m, n)), rng.standard_normal(m)
            stages.append(Stage(weight, bias, np.where(rng.random(m) < 0.2, 1.0, slope), np.ones(m)))
        lower = rng.uniform(-1, 0, (9, 3))
        upper = lower + rng.uniform(0, 1.0, (9, 1))
        slopes = rng.integers(0, STEEPEST + 1, (9, sum(sizes[1:-1]))).astype(np.uint8)
        composed = LinearBounds(stages)._along(lower, upper, slopes)
        with monkeypatch.context() as patched:
            patched.setattr(composed_forms, "INEXACT", -1.0)
            kept = LinearBounds(stages)._along(lower, upper, slopes)
        assert composed.tops == pytest.approx(kept.tops, rel=1e-9, abs=1e-9)
        assert (composed.undecided == kept.undecided).all()
        assert composed.influence == pytest.approx(kept.influence, rel=1e-6, abs=1e-9)


def test_boxes_whose_numbers_overflow_are_not_decided_and_others_are():
    stages = [Stage.relu(np.array([[1e200], [1.0]]), np.zeros(2)), Stage.relu(np.array([[1e200, 1.0]]), np.zeros(1))]
    stages.append(Stage.wires(np.array([[-1.0]]), np.array([-1.0])))
    decided = LinearBounds(stages).over(np.array([[1.0], [-2e-150]]), np.array([[2.0], [-1e-150]])).decided
    assert decided.tolist() == [False, True]
