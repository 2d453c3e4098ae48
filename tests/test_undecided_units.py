"""Searches that look only at the units which the domain leaves undecided: the same regions, proved as before."""

import math
from fractions import Fraction

import numpy as np
import pytest

from exactregions import Ball, Box, Network, Polytope, enumerate_regions, resume_regions
from exactregions.cases.networks import generated
from exactregions.engines.tree import undecided
from exactregions.engines.tree.ranges import Ranges
from exactregions.engines.tree.scaled_problem import scale_problem
from exactregions.engines.tree.undecided_units import UndecidedUnits
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.walk import stage_forms


@pytest.fixture
def always(monkeypatch):
    """Small networks are searched as large ones are."""
    monkeypatch.setattr(undecided, "LARGE", 0)
    monkeypatch.setattr(undecided, "LARGE_BY_COLUMNS", 0)


def drawn(seed: int, kind: str) -> Network:
    """A network of one to three hidden layers; of small integers hyperplanes meet, coincide and vanish."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 8, size=rng.integers(3, 6)).tolist()
    draw = rng.normal if kind == "normal" else lambda size: rng.integers(-1, 2, size=size)
    weights = [np.asarray(draw(size=shape), dtype=float) for shape in zip(sizes[1:], sizes[:-1], strict=True)]
    biases = [np.zeros(m) if kind == "central" else np.asarray(draw(size=m), dtype=float) for m in sizes[1:]]
    return Network.from_layers(weights, biases, slope=[0.0, 0.1, -0.5][seed % 3])


CASES = [(kind, seed) for kind in ("normal", "integers", "central") for seed in range(4)]


@pytest.mark.parametrize(("kind", "seed"), CASES)
@pytest.mark.parametrize("norm", [2, math.inf, 1])
def test_the_regions_are_those_of_exact_arithmetic(always, kind, seed, norm):
    network = drawn(seed, kind)
    center = np.random.default_rng(seed).integers(-2, 3, size=network.inputs) / 4
    ball = Ball(center, [0.125, 0.5, 1.0][seed % 3], norm=norm)
    regions = enumerate_regions(network, ball, engine="tree")
    assert regions.exact
    assert regions.pattern_set() == enumerate_regions(network, ball, engine="rational").pattern_set()


def problem_of(network, domain):
    exact = ExactNetwork(network)
    return exact, scale_problem(network, exact, domain)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("norm", [2, math.inf, 1])
def test_settled_units_keep_their_sign_and_forms_are_within_their_errors(always, seed, norm):
    """At random points, in rationals: the signs, and the float forms of the undecided units with their links."""
    network = drawn(seed, "normal")
    rng = np.random.default_rng(seed)
    ball = Ball(rng.normal(size=network.inputs), 0.25, norm=norm)
    exact, problem = problem_of(network, ball)
    units, floats = problem.units, problem.network
    assert 0 < len(units.places) < network.units
    for _ in range(20):
        y = rng.normal(size=len(problem.domain.outer))
        y *= 0.99 * problem.domain.inner[0] * rng.random() / np.linalg.norm(y, {2: 2, 1: 1}.get(norm, np.inf))
        x = problem.to_input_exactly(y)
        signs = np.array(exact.signs_at(x))
        settled = units.signs[units.splits]
        assert (settled[settled != 0] == np.where(signs > 0, 1, -1)[settled != 0]).all()
        true = values_at(exact, x)
        exact_y, passed = [Fraction(v) for v in y.tolist()], []
        for unit, place in enumerate(units.places):
            row = [Fraction(v) for v in floats.bases[floats.base_places[unit]].tolist()]
            value = sum((a * b for a, b in zip(row, [*exact_y, 1], strict=True)), Fraction(0))
            links = slice(floats.link_starts[unit], floats.link_starts[unit + 1])
            for q, w in zip(floats.link_units[links].tolist(), floats.weights[links].tolist(), strict=True):
                value += Fraction(w) * passed[q]
            assert abs(value - true[place]) <= Fraction(float(floats.base_errors[unit]))
            slope = floats.highs[unit] if true[place] > 0 else floats.lows[unit]
            passed.append(Fraction(float(slope)) * true[place])


def values_at(exact, x):
    """The exact pre-activations of all units at a point."""
    signs = [sign > 0 for sign in exact.signs_at(x)]
    found = []
    for forms in stage_forms(exact, signs):
        for i in range(forms.matrix.nrows()):
            value = forms.row(i).at(x)
            found.append(Fraction(int(value.p), int(value.q)) / 2**forms.exponent)
    return found


def test_a_form_that_is_composed_alone_is_that_of_its_stage():
    network = drawn(1, "normal")
    exact, rng = ExactNetwork(network), np.random.default_rng(0)
    pattern = (rng.random(network.units) < 0.5).tolist()
    signs, unit = [1 if sign else -1 for sign in pattern], 0
    for forms in stage_forms(exact, pattern):
        for i in range(forms.matrix.nrows()):
            form, exponent = exact.unit_form(unit, signs)
            together, other = forms.row(i), forms.exponent
            for a, b in zip((*form.a, form.b), (*together.a, together.b), strict=True):
                assert int(a) << other == int(b) << exponent
            unit += 1


def test_ranges_that_are_too_short_lose_regions(always, monkeypatch):
    """The planted fault that the comparison with exact arithmetic is there to notice."""
    of = Ranges.of

    def short(self, forms, wanted):
        lower, upper = of(self, forms, wanted)
        middle = 0.5 * lower + 0.5 * upper
        return 0.5 * lower + 0.5 * middle, 0.5 * upper + 0.5 * middle

    monkeypatch.setattr(Ranges, "of", short)
    network = generated(3, 12, 12, 1, seed=0)
    ball = Ball([0.0, 0.0, 0.0], 0.5)
    found = [enumerate_regions(network, ball, engine=engine, store=False).count for engine in ("tree", "rational")]
    assert found[0] < found[1]


def test_an_interrupted_search_goes_on_where_it_was(always):
    network, ball = generated(3, 12, 12, 1, seed=0), Ball([0.1, 0.2, 0.3], 0.75)
    whole = enumerate_regions(network, ball, engine="rational")
    regions = enumerate_regions(network, ball, engine="tree", max_regions=5)
    assert not regions.complete
    assert regions.frontier
    while not regions.complete:
        regions = resume_regions(regions, max_regions=7)
    assert regions.exact
    assert regions.pattern_set() == whole.pattern_set()
    assert len(regions) == len(whole)


def test_workers_share_a_search(always):
    network, box = generated(3, 12, 12, 1, seed=1), Box([-0.5] * 3, [0.5] * 3)
    found = enumerate_regions(network, box, engine="tree", workers=2)
    assert found.pattern_set() == enumerate_regions(network, box, engine="rational").pattern_set()


def test_a_domain_that_no_unit_cuts_has_one_region(always):
    network = generated(3, 12, 12, 1, seed=2)
    found = enumerate_regions(network, Ball([0.3, 0.1, 0.2], 2.0**-40), engine="tree")
    assert (found.count, found.exact) == (1, True)
    assert (found.pattern_array()[0] == network.pattern([0.3, 0.1, 0.2])).all()


def test_inequalities_of_a_polytope_count_though_its_box_alone_is_looked_at(always):
    network = drawn(2, "normal")
    d = network.inputs
    polytope = Polytope([[1.0] * d], [0.1], box=Box([-1.0] * d, [0.5] * d))
    found = enumerate_regions(network, polytope, engine="tree")
    assert found.pattern_set() == enumerate_regions(network, polytope, engine="rational").pattern_set()


def test_contests_of_units_that_are_off_are_settled(always):
    """max(relu(x - 2), relu(y - 2)) below 2: the contest of two zeros vanishes, exactly, and is no unit to look at."""
    first = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    network = Network.from_layers([first, [[-1.0, 1.0, 0.0]], [[1.0]]], [[-2.0, -2.0, 0.0], [0.0], [0.0]])
    ball = Ball([0.0, 0.0], 1.0)
    _, problem = problem_of(network, ball)
    assert problem.units.places.tolist() == [2]
    assert enumerate_regions(network, ball, engine="tree").count == 2


def test_prefixes_of_the_network_and_of_the_search_are_each_other():
    splits = np.array([True, False, True, True, True])
    units = UndecidedUnits(np.array([2, 4]), np.array([1, 1, 0, -1, 0], dtype=np.int8), splits)
    assert units.prefix(np.array([1, 1, -1, -1], dtype=np.int8)).tolist() == [-1]
    assert units.prefix(np.array([-1], dtype=np.int8)) is None
    assert units.full_prefix(np.array([-1], dtype=np.int8)).tolist() == [1, 1, -1]
    assert units.full_prefix(np.array([-1, 1], dtype=np.int8)).tolist() == [1, 1, -1, -1, 1]
    assert units.full_prefix(np.zeros(0, dtype=np.int8)).tolist() == []
    packed = np.packbits([[False, True]], axis=1, bitorder="little")
    assert np.unpackbits(units.full_patterns(packed), count=4, bitorder="little").tolist() == [1, 0, 0, 1]


def test_huge_and_tiny_numbers_are_left_to_the_whole_search(always):
    """Where floats do not hold the forms, nothing is settled beforehand."""
    network = Network.from_layers(
        [[[1e-300, 1.0], [1e300, 1.0]], [[1e300, -1e300]], [[1.0]]], [[0.0, 1.0], [1.0], [0.0]]
    )
    for radius in (1e-200, 1.0, 1e200):
        ball = Ball([0.25, 0.5], radius)
        found = enumerate_regions(network, ball, engine="tree")
        assert found.pattern_set() == enumerate_regions(network, ball, engine="rational").pattern_set()
