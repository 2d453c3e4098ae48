"""Boxes around cells: they hold the cell, by vertices in fractions, and searches that use them count the same."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from numba import njit
from test_tree_proofs import state_of

from exactregions import Box, Network, enumerate_regions
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels import enclosure


@njit(error_model="numpy")
def enclose(state):
    enclosure.enclose(state)


@njit(error_model="numpy")
def range_of(state, row, error):
    return enclosure.range_of(state, row, error)


def vertices(rows, outer):
    """The vertices of the closed cell of the plane within |y_j| <= outer, in fractions."""
    walls = [(s, 0, outer) for s in (1, -1)] + [(0, s, outer) for s in (1, -1)]
    lines = [tuple(map(Fraction, row)) for row in [*rows.tolist(), *walls]]
    found = []
    for (a, b, c), (d, e, f) in combinations(lines, 2):
        det = a * e - b * d
        if det:
            x, y = (b * f - c * e) / det, (c * d - a * f) / det
            if all(g * x + h * y + i >= 0 for g, h, i in lines):
                found.append((x, y))
    return found


def cells(rng, count):
    """Rows about points of the square: generic, nearly parallel, of few digits, tiny, huge, and zero."""
    for case in range(count):
        rows = rng.normal(size=(1 + case % 5, 3))
        style = case % 6
        if style == 1:
            rows[1:] = -rows[0] + rng.normal(size=(len(rows) - 1, 3)) * 1e-9
        elif style == 2:
            rows = np.rint(2 * rows) / 2
        elif style == 3:
            rows *= 10.0 ** rng.integers(-160, -140, size=(len(rows), 1))
        elif style == 4:
            rows[:, rng.integers(2)] *= 1e-12
        elif style == 5:
            rows[rng.integers(len(rows))] = [0.0, 0.0, 1.0]
        point = rng.uniform(-1, 1, size=2)
        rows[rows[:, :2] @ point + rows[:, 2] < 0] *= -1
        yield rows


def test_boxes_hold_their_cells_and_ranges_hold_the_values_there():
    rng, tight = np.random.default_rng(3), 0
    for rows in cells(rng, 600):
        outer = float(rng.choice([1.0, 0.3, 1e3]))
        corners = vertices(rows, outer)
        if not corners:
            continue
        state = state_of(at.BOX, rows, np.zeros(len(rows)), outer)
        enclose(state)
        for j in range(2):
            low, high = Fraction(state.box_lows[j]), Fraction(state.box_highs[j])
            middle, half = Fraction(state.middles[j]), Fraction(state.halves[j])
            for corner in corners:
                assert low <= corner[j] <= high
                assert abs(corner[j] - middle) <= half
            tight += min(c[j] for c in corners) - low < Fraction(1, 10**6) * Fraction(outer) and low > -outer
        form = rng.normal(size=3)
        lowest, highest, _ = range_of(state, form, 0.0)
        values = [sum(Fraction(f) * v for f, v in zip(form.tolist(), (*c, 1), strict=True)) for c in corners]
        assert Fraction(lowest) <= min(values)
        assert max(values) <= Fraction(highest)
    assert tight > 100  # the boxes are not merely those of the domain


def test_deep_networks_need_fewer_programs_and_have_the_same_counts(tmp_path):
    shapes, programs = [(12, 4), (12, 12), (12, 12), (12, 12), (1, 12)], [0, 0]
    for seed in range(3):
        rng = np.random.default_rng(seed)
        network = Network.from_layers([(rng.normal(size=s) / np.sqrt(s[1]), rng.normal(size=s[0]) / 2) for s in shapes])
        box = Box([-1.0, -1.0, -1.0, 0.5], [1.0, 1.0, 1.0, 1.0])
        counted = enumerate_regions(network, box, engine="tree", store=False)
        recorded = enumerate_regions(network, box, engine="tree", store=False, certificate=tmp_path / f"{seed}.cert")
        assert len(counted) == len(recorded)
        programs[0] += counted.stats["programs"]
        programs[1] += recorded.stats["programs"]
    assert 10 * programs[0] < 9 * programs[1]  # a record asks programs in place of boxes


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_awkward_networks_count_as_in_fractions(scale):
    """Repeated and opposite rows, zero rows and units that vanish at corners, in later stages of narrow networks."""
    rng = np.random.default_rng(7)
    for _ in range(4):
        first = rng.integers(-1, 2, size=(4, 4)).astype(float)
        second = rng.integers(-1, 2, size=(4, 4)).astype(float)
        second[1], second[2] = -second[0], 0.0
        third = rng.integers(-1, 2, size=(3, 4)).astype(float)
        bias = rng.integers(-1, 2, size=4) * scale
        network = Network.from_layers([(first, bias), (second, np.zeros(4)), (third, bias[:3])])
        box = Box([-scale] * 4, [scale, scale, 2 * scale, scale / 2])
        counts = {engine: len(enumerate_regions(network, box, engine=engine)) for engine in ("tree", "rational")}
        assert counts["tree"] == counts["rational"]
