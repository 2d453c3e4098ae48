"""Activation histograms against real arrangements, and the bounds by widths that are built on them."""

import itertools
import math
from collections import Counter
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pytest

from exactregions import Ball, Box, ExactRegionsError, Network, Polytope, Stage, WholeSpace, compare
from exactregions.bounds import (
    HaninRolnick2019,
    HinzVanDeGeer,
    Montufar2014,
    Montufar2017,
    NotApplicableError,
    Serra2018,
    Serra2018Attainable,
    hinz_histogram,
    montufar_histogram,
    serra_histogram,
    standard_bounds,
    tangent_histogram,
)
from exactregions.bounds.arrangements import LayerCounts, arrangement_regions, profile_sum
from exactregions.bounds.expectation import volume
from exactregions.bounds.hinz import histogram_sum

HISTOGRAMS = [montufar_histogram, serra_histogram, hinz_histogram, tangent_histogram]


def network_of(inputs: int, widths, slope: float = 0.0) -> Network:
    rng = np.random.default_rng(0)
    sizes = [inputs, *widths, 1]
    weights = [rng.normal(size=(m, n)) for n, m in pairwise(sizes)]
    return Network.from_layers(weights, [rng.normal(size=m) for m in sizes[1:]], slope)


def value(bound, inputs: int, widths) -> int:
    return bound.evaluate(network_of(inputs, widths), WholeSpace(inputs))


def sums(histogram, units: int, dim: int) -> list[int]:
    return list(accumulate(histogram(units, dim)))


def cells(normals: np.ndarray, offsets: np.ndarray) -> set[tuple[bool, ...]]:
    """Sign vectors of a generic arrangement of n >= d hyperplanes: every cell has a vertex."""
    n, d = normals.shape
    found = set()
    for chosen in itertools.combinations(range(n), d):
        vertex = np.linalg.solve(normals[list(chosen)], -offsets[list(chosen)])
        on = normals @ vertex + offsets > 0
        for sides in itertools.product((False, True), repeat=d):
            on[list(chosen)] = sides
            found.add(tuple(on.tolist()))
    assert len(found) == arrangement_regions(n, d)
    return found


def units_off(normals: np.ndarray, offsets: np.ndarray) -> list[int]:
    """For each k the number of cells with k units off or fewer."""
    counts = Counter(pattern.count(False) for pattern in cells(normals, offsets))
    return list(accumulate(counts[k] for k in range(len(offsets) + 1)))


@pytest.mark.parametrize(("n", "d"), [(4, 1), (4, 2), (6, 2), (7, 2), (5, 3), (6, 3), (6, 4), (6, 5)])
def test_no_arrangement_exceeds_a_histogram(n, d):
    rng = np.random.default_rng(n * d)
    for spread in (0.0, 0.3, 1.0, 3.0) * 8:
        normals = rng.normal(size=(n, d))
        normals /= np.linalg.norm(normals, axis=1)[:, None]
        if d == 1:
            normals *= rng.uniform(0.5, 2, (n, 1))
        found = units_off(normals, rng.uniform(0, 1) + rng.normal(0, spread + 1e-3, n))
        for histogram in HISTOGRAMS:
            assert all(a <= b for a, b in zip(found, sums(histogram, n, d), strict=True)), (histogram, found)


def test_lines_about_a_circle_attain_the_planar_histogram():
    for n in range(3, 10):
        angles = 2 * np.pi * (np.arange(n) + 0.01 * np.random.default_rng(n).normal(size=n)) / n
        found = units_off(np.c_[np.cos(angles), np.sin(angles)], np.ones(n))
        assert found == sums(hinz_histogram, n, 2) == sums(tangent_histogram, n, 2)


def test_points_on_a_line_attain_the_histogram_of_one_dimension():
    for n in range(1, 9):
        toward = np.array([(-1.0) ** i for i in range(n)])
        found = units_off(toward[:, None], np.arange(1.0, n + 1))
        assert found == sums(hinz_histogram, n, 1)


def test_planes_about_a_sphere_attain_the_spatial_histogram():
    rng = np.random.default_rng(0)
    best = [0] * 7
    for _ in range(200):
        normals = rng.normal(size=(6, 3))
        found = units_off(normals / np.linalg.norm(normals, axis=1)[:, None], np.ones(6))
        best = list(map(max, best, found))
    assert best == sums(tangent_histogram, 6, 3) == [1, 7, 19, 33, 42, 42, 42]
    assert sums(hinz_histogram, 6, 3) == [1, 7, 22, 35, 42, 42, 42]


def test_circles_cut_so_many_sets_off_points_on_a_sphere():
    rng = np.random.default_rng(1)
    for n in (4, 5, 7):
        points = rng.normal(size=(n, 3))
        points /= np.linalg.norm(points, axis=1)[:, None]
        cut = set()
        for chosen in itertools.combinations(range(n), 3):
            # planes through three points, moved to either side of each of them
            a, b, c = points[list(chosen)]
            normal = np.cross(b - a, c - a)
            above = (points - a) @ normal > 0
            for sides in itertools.product((False, True), repeat=3):
                above[list(chosen)] = sides
                cut |= {frozenset(np.flatnonzero(above).tolist()), frozenset(np.flatnonzero(~above).tolist())}
        sizes = Counter(map(len, cut))
        assert [sizes[j] for j in range(1, n)] == [2 * j * (n - j) - n + 2 for j in range(1, n)]


def by_recursion(histogram, base: int, n: int, d: int) -> list[int]:
    if n <= d or d <= base:
        return list(histogram(n, d))
    rest, cut = by_recursion(histogram, base, n - 1, d), by_recursion(histogram, base, n - 1, d - 1)
    return [a + b for a, b in zip([*rest, 0], [0, *cut], strict=True)]


@pytest.mark.parametrize(("histogram", "base"), [(serra_histogram, 0), (hinz_histogram, 2), (tangent_histogram, 3)])
def test_higher_dimensions_follow_by_adding_a_hyperplane(histogram, base):
    for n in range(1, 12):
        for d in range(n + 2):
            assert list(histogram(n, d)) == by_recursion(histogram, base, n, d), (n, d)


def test_histograms_are_ordered_and_count_every_cell():
    for n in range(14):
        for d in range(n + 2):
            rows = [sums(h, n, d) for h in HISTOGRAMS]
            assert all(row[-1] == arrangement_regions(n, d) for row in rows)
            assert all(a >= b for row, next_row in pairwise(rows) for a, b in zip(row, next_row, strict=True))
            assert all(min(h(n, d)) >= 0 and len(h(n, d)) == n + 1 for h in HISTOGRAMS)
            for h in HISTOGRAMS:
                assert all(a <= b for a, b in zip(sums(h, n, d), sums(h, n, d + 1), strict=True))


def forward(inputs: int, widths, gamma) -> int:
    """v_l = B v_{l-1} as the paper has it, and the sum of the entries."""
    v = Counter({inputs: 1})
    for n in widths:
        passed = Counter()
        for d, count in v.items():
            for off, cells_so in enumerate(gamma(n, d)):
                passed[min(d, n - off)] += count * cells_so
        v = passed
    return sum(v.values())


@pytest.mark.parametrize("gamma", HISTOGRAMS)
def test_the_bound_is_the_product_of_the_paper(gamma):
    rng = np.random.default_rng(0)
    for _ in range(40):
        inputs, widths = int(rng.integers(1, 8)), rng.integers(1, 8, size=rng.integers(1, 5)).tolist()
        assert value(HinzVanDeGeer(gamma), inputs, widths) == forward(inputs, widths, gamma)


def test_published_values():
    assert value(HinzVanDeGeer(serra_histogram), 3, (6, 6, 6)) == value(Serra2018(), 3, (6, 6, 6)) == 74088
    assert value(HinzVanDeGeer(), 3, (6, 6, 6)) == value(HinzVanDeGeer(hinz_histogram), 3, (6, 6, 6)) == 60228
    assert value(HinzVanDeGeer(tangent_histogram), 3, (6, 6, 6)) == 56628
    assert value(HinzVanDeGeer(montufar_histogram), 10, (3, 4, 5)) == value(Montufar2017(), 10, (3, 4, 5)) == 3120
    assert value(HinzVanDeGeer(serra_histogram), 10, (3, 4, 5)) == 869
    assert value(HinzVanDeGeer(), 1, (5, 6, 7)) == 336


@pytest.mark.parametrize("seed", range(80))
def test_with_the_gamma_of_serra_it_is_serra(seed):
    rng = np.random.default_rng(seed)
    layers = [LayerCounts(*rng.integers(0, 6, 3).tolist()) for _ in range(rng.integers(0, 4))]
    for d in range(7):
        values = [histogram_sum(layers, d, gamma) for gamma in HISTOGRAMS]
        assert values[1] == profile_sum(layers, d)
        assert all(a >= b for a, b in pairwise(values))


def test_one_hidden_layer_leaves_nothing_to_sharpen():
    assert {value(HinzVanDeGeer(g), 3, (9,)) for g in HISTOGRAMS} == {arrangement_regions(9, 3)}
    assert value(HinzVanDeGeer(), 3, ()) == 1


def test_names_tell_the_gamma():
    def mine(n, d):
        return [math.comb(n, j) for j in range(n + 1)]

    bound = HinzVanDeGeer(mine)
    assert bound.name == "hinz_van_de_geer_2019_mine"
    assert "mine" in bound.source
    assert value(bound, 2, (3, 3)) == forward(2, (3, 3), mine)
    assert HinzVanDeGeer(serra_histogram).name == "hinz_van_de_geer_2019"


@pytest.mark.parametrize("wrong", [[1, 2], [2, -1, 1, 5], []])
def test_a_gamma_that_is_no_histogram_is_refused(wrong):
    with pytest.raises(ExactRegionsError, match="n \\+ 1 entries"):
        value(HinzVanDeGeer(lambda n, d: wrong), 2, (3, 3))


def test_closed_forms_of_ten_layers_of_512():
    network = network_of(512, (512,) * 10)
    bounds = [b for b in (*standard_bounds(), Montufar2014()) if b.scope == "global"]
    values = {b.name: b.evaluate(network, WholeSpace(512)) for b in bounds}
    assert values["naive"] >= values["montufar_2017"] >= values["serra_2018"] > values["hinz_2021"] > 10**1500
    assert values["montufar_2014"] == arrangement_regions(512, 512)


@pytest.mark.parametrize(
    ("bound", "inputs", "widths", "expected"),
    [
        (Montufar2014(), 1, (5, 6, 7), 5 * 6 * 8),
        (Montufar2014(), 2, (4, 5, 3), 2**2 * 2**2 * 7),
        (Montufar2014(), 2, (), 1),
        (Serra2018Attainable(), 1, (5, 6, 7), 336),
        (Serra2018Attainable(), 2, (7, 6), 4**2 * 22),
    ],
)
def test_attainable_numbers(bound, inputs, widths, expected):
    assert value(bound, inputs, widths) == expected <= value(HinzVanDeGeer(tangent_histogram), inputs, widths)
    assert bound.kind == "attainable"


@pytest.mark.parametrize(
    ("bound", "inputs", "widths", "slope", "message"),
    [
        (Montufar2014(), 3, (4, 2), 0.0, "layer 1 has 2 units; the construction needs n_0 = 3 or more"),
        (Serra2018Attainable(), 2, (6, 5), 0.0, "needs 3 n_0 = 6"),
        (Montufar2014(), 1, (4,), 0.1, "two nonzero slopes"),
        (Serra2018Attainable(), 1, (4,), 1.0, "wires"),
    ],
)
def test_what_asks_for_other_networks_says_so(bound, inputs, widths, slope, message):
    with pytest.raises(NotApplicableError, match=message):
        bound.evaluate(network_of(inputs, widths, slope), WholeSpace(inputs))


def test_attainable_numbers_are_never_held_against_a_network():
    network = Network((Stage.relu([[0.0], [0.0], [0.0]], [1.0, 1.0, 1.0]),), [[1.0] * 3], [0.0])
    found = compare(network, Ball([0.0], 1.0), engine="rational", bounds=["montufar_2014", "serra_2018_attainable"])
    assert [row.value for row in found.rows] == [4, 4]
    assert len(found.regions) == 1
    assert not found.falsified


def test_hanin_rolnick_is_an_average_for_each_unit_of_volume():
    network = network_of(2, (5, 5))
    bound = HaninRolnick2019()
    assert bound.kind == "expectation"
    assert bound.evaluate(network, Box([0, 0], [1, 3])) == 3 * 10**2 / 2
    assert HaninRolnick2019(2).evaluate(network, Box([0, 0], [1, 1])) == 20**2 / 2
    assert bound.evaluate(network_of(3, (2,)), Box([0] * 3, [9] * 3)) == 2**2
    assert bound.evaluate(network_of(2, ()), WholeSpace(2)) == 1
    large = bound.evaluate(network_of(300, (2000,)), Box([0] * 300, [1] * 300))
    assert large == Fraction(2000**300) // math.factorial(300)
    assert "T = 1" in str(bound.note(network, Box([0, 0], [1, 1]), 1))


@pytest.mark.parametrize("domain", [WholeSpace(2), Polytope([[1.0, 0.0]], [1.0], Box([0, 0], [1, 1]))])
def test_without_a_volume_there_is_no_average(domain):
    with pytest.raises(NotApplicableError, match="ball or a box"):
        HaninRolnick2019().evaluate(network_of(2, (3,)), domain)


@pytest.mark.parametrize("scale", [0, -1.0, math.nan, math.inf])
def test_a_scale_must_be_positive(scale):
    with pytest.raises(ExactRegionsError, match="scale"):
        HaninRolnick2019(scale)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (Box([0, 1], [Fraction(1, 3), 3]), 2 / 3),
        (Ball([0.0], 2), 4),
        (Ball([0.0, 0.0], 2), 4 * math.pi),
        (Ball([0.0] * 3, 2), 32 * math.pi / 3),
        (Ball([0.0] * 4, 1), math.pi**2 / 2),
        (Ball([0.0] * 3, 2, 1), 8 * 8 / 6),
        (Ball([0.0] * 3, 2, math.inf), 64),
    ],
)
def test_volumes(domain, expected):
    assert float(volume(domain)) == pytest.approx(expected, rel=1e-14)
