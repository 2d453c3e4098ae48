"""Lower bounds of distances of cells by their tight halfspaces, against distances by all of them."""

from fractions import Fraction

import numpy as np
import pytest
from test_robust_radius import NORMS, drawn_case, float_distance, squared_distance

from exactregions import Ball
from exactregions.exact.forms import ExactNetwork
from exactregions.quantities.leaf_distances import LeafDistances
from exactregions.quantities.margins import Margins


def closed_rows(network, signs, unit):
    """The halfspaces of a cell of all stages but the last, and of a unit of that, composed in Fractions."""
    *stages, last = network.stages
    d, first, found = network.inputs, 0, []
    values = [[Fraction(int(i == j)) for j in range(d + 1)] for i in range(d)]
    for stage in (*stages, last):
        forms = [
            [sum((Fraction(w) * v[j] for w, v in zip(row, values, strict=True)), Fraction(0)) for j in range(d + 1)]
            for row in stage.weight.tolist()
        ]
        for form, b in zip(forms, stage.bias.tolist(), strict=True):
            form[-1] += Fraction(b)
        if stage is last:
            return [*found, forms[unit]]
        own = signs[first : first + len(forms)]
        first += len(forms)
        split = [k for k, splits in enumerate(stage.splits) if splits]
        found += [[int(own[k]) * v for v in forms[k]] for k in split]
        slopes = [
            Fraction(float(high if s > 0 else low)) for s, low, high in zip(own, stage.low, stage.high, strict=True)
        ]
        values = [[slope * v for v in form] for slope, form in zip(slopes, forms, strict=True)]


@pytest.mark.parametrize("norm", NORMS)
def test_bounds_are_at_most_the_distance_of_all_halfspaces_and_mostly_that(norm):
    told, asked = 0, 0
    for seed in range(12):
        network, center = drawn_case(seed)
        ball, rng = Ball(center, 1, norm), np.random.default_rng(seed)
        margins = Margins.at(network, ball).network
        leaves = LeafDistances(margins, ExactNetwork(margins), ball)
        near = [sum(values) for values in zip(ball.center_float, rng.normal(size=network.inputs), strict=True)]
        stages = zip(margins.stages[:-1], margins.pre_activations(np.array([near])), strict=False)
        signs = np.concatenate([np.where((z.ravel() > 0) | ~s.splits, 1, -1) for s, z in stages]).astype(np.int8)
        for unit in range(len(margins.stages[-1].bias)):
            rows = [row for row in closed_rows(margins, signs.tolist(), unit) if any(row[:-1]) or row[-1] < 0]
            if not all(any(row[:-1]) for row in rows):
                continue  # no point has these signs
            bound, _ = leaves.at_least(signs, unit, 1.0) or (None, None)
            if norm == 2:
                truth = squared_distance(rows, center)
                assert bound is None or truth is None or bound <= truth
                right = bound == truth
            else:
                truth = float_distance(rows, center, norm)
                assert bound is None or float(bound) <= truth * (1 + 1e-7) + 1e-9
                right = bound is not None and abs(float(bound) - truth) <= 1e-7 * (1 + truth)
            if truth not in (None, float("inf"), 0):
                asked, told = asked + 1, told + right
    assert told > 0.9 * asked > 5
