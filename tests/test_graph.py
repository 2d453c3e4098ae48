"""The region graph against closed forms, against a decision of every pair in Fractions, and by its own witnesses."""

import contextlib
import itertools
import math
import pickle
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import networkx as nx
import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import zaslavsky

from exactregions import Ball, Box, Network, Polytope, Stage, WholeSpace, enumerate_regions
from exactregions.cases.networks import (
    braid,
    central_general,
    direct_sum,
    generated,
    hat,
    max_min,
    moment_curve,
    one_layer,
    sawtooth,
    type_b,
    widened,
)
from exactregions.errors import EngineError, ExactRegionsError, FileFormatError, NotExactError
from exactregions.geometry import Adjacency, adjacency, region_graph, volumes, write_graph
from exactregions.geometry import crossings as crossings_module
from exactregions.testing.strategies import networks as small_networks

Row = tuple[Fraction, ...]  # (a, b), for a.x + b


def box(d: int) -> Box:
    return Box([-1] * d, [1] * d)


def domains(d: int) -> list:
    """One of each kind, all about the origin and none of them symmetric."""
    center = [Fraction(1, 8)] * d
    simplex = [[1] * d, *(-np.eye(d, dtype=int)).tolist()]
    return [
        *(Ball(center, Fraction(9, 4), norm) for norm in (1, 2, math.inf)),
        Box([-2] * d, [Fraction(3, 2)] * d),
        Polytope(simplex, [2] * (d + 1)),
        WholeSpace(d),
    ]


def neighbours(network: Network, domain, engine: str = "auto") -> Adjacency:
    found = adjacency(enumerate_regions(network, domain, engine=engine))
    assert found.components() == 1
    assert found.degrees.sum() == 2 * len(found)
    return found


# The truth, in Fractions.


def fraction_rows(network: Network, pattern) -> list[Row]:
    """Pre-activations of the splitting units on a region."""
    d = network.inputs
    values = [tuple(Fraction(int(i == j)) for j in range(d + 1)) for i in range(d)]
    signs, rows = iter(pattern), []
    for stage in network.stages:
        passed = []
        for weights, bias, low, high in zip(stage.weight, stage.bias, stage.low, stage.high, strict=True):
            row = [
                sum((Fraction(float(w)) * v[k] for w, v in zip(weights, values, strict=True)), Fraction(0))
                for k in range(d + 1)
            ]
            row[d] += Fraction(float(bias))
            slope = high
            if low != high:
                rows.append(tuple(row))
                slope = high if next(signs) else low
            passed.append(tuple(Fraction(float(slope)) * v for v in row))
        values = passed
    return rows


def inward_rows(network: Network, pattern) -> list[Row]:
    """The halfspaces of a region, positive inside it."""
    rows = fraction_rows(network, pattern)
    turned = [r if sign else tuple(-v for v in r) for r, sign in zip(rows, pattern, strict=True)]
    return [row for row in turned if any(row[:-1])]


def proportional(p: Row, q: Row) -> bool:
    return all(p[i] * q[j] == p[j] * q[i] for i, j in itertools.combinations(range(len(p)), 2))


def value(row: Row, point) -> Fraction:
    return sum((a * x for a, x in zip(row, point, strict=False)), row[-1])


def on_hyperplane(row: Row, plane: Row, lead: int) -> Row:
    """A row as a function of the other coordinates, on a hyperplane with a nonzero coefficient at `lead`."""
    factor = row[lead] / plane[lead]
    return tuple(v - factor * p for k, (v, p) in enumerate(zip(row, plane, strict=True)) if k != lead)


def has_point(rows: list[Row]) -> bool:
    """Whether { row > 0 for all rows } has a point, by elimination (Fourier, Motzkin)."""
    if not rows:
        return True
    if len(rows[0]) == 1:
        return all(row[0] > 0 for row in rows)
    above, below = [r for r in rows if r[0] > 0], [r for r in rows if r[0] < 0]
    rest = {r[1:] for r in rows if r[0] == 0}
    for p, q in itertools.product(above, below):
        rest.add(tuple(v / p[0] - w / q[0] for v, w in zip(p[1:], q[1:], strict=True)))
    return has_point(sorted(rest))


def nearest_square(plane: Row, rows: list[Row], center) -> Fraction:
    """Squared distance from a centre to { plane = 0, rows >= 0 }: the least over the feet on all flats of rows."""
    squares = []
    for size in range(len(center)):
        for chosen in itertools.combinations(rows, size):
            flat = [plane, *chosen]
            gram = [[value((*p[:-1], Fraction(0)), q[:-1]) for q in flat] for p in flat]
            weights = oracles.solve(gram, [value(row, center) for row in flat])
            if weights is None:
                continue
            foot = [c - sum(w * row[j] for w, row in zip(weights, flat, strict=True)) for j, c in enumerate(center)]
            if all(value(row, foot) >= 0 for row in rows):
                squares.append(sum((x - c) ** 2 for x, c in zip(foot, center, strict=True)))
    return min(squares)


def share_facet(first: list[Row], second: list[Row], domain) -> bool:
    """Whether two regions have a common face of dimension d - 1 that meets the domain."""
    flat = [tuple(Fraction(v) for v in row) for row in oracles.halfspaces(domain).rows.tolist()]
    round_ball = domain if isinstance(domain, Ball) and domain.norm == 2 else None
    for plane in first:
        if not any(proportional(plane, row) for row in second):
            continue
        lead = next(k for k, v in enumerate(plane) if v)
        others = [row for row in (*first, *second) if not proportional(row, plane)]
        if has_point([on_hyperplane(row, plane, lead) for row in (*others, *flat)]) and (
            round_ball is None or nearest_square(plane, others, round_ball.center) < round_ball.radius**2
        ):
            return True
    return False


def true_pairs(regions) -> set[tuple[int, int]]:
    patterns = regions.pattern_array().tolist()
    rows = [inward_rows(regions.network, pattern) for pattern in patterns]
    pairs = itertools.combinations(range(len(rows)), 2)
    return {(i, j) for i, j in pairs if share_facet(rows[i], rows[j], regions.domain)}


def assert_witness(regions, edge, flipped, point) -> None:
    """Whether a point lies inside the common facet of two regions and in the domain, and its sides have their signs."""
    assert regions.domain.contains(point)
    patterns = [regions[int(i)].pattern for i in edge]
    assert tuple(np.flatnonzero(patterns[0] != patterns[1]).tolist()) == flipped
    planes = []
    for pattern in patterns:
        rows = inward_rows(regions.network, pattern.tolist())
        assert all(value(row, point) >= 0 for row in rows)
        tight = [row for row in rows if value(row, point) == 0]
        assert tight
        assert all(proportional(tight[0], row) for row in tight), "the point lies on two hyperplanes"
        planes.append(tight[0])
    assert proportional(*planes)
    normal = planes[0][:-1]
    for pattern, side in zip(patterns, (1, -1), strict=True):
        assert steps_into(regions.network, pattern, point, [side * v for v in normal])


def steps_into(network: Network, pattern, point, direction) -> bool:
    """Whether all small steps from a point lead into a region: forward passes in Fractions."""
    step = Fraction(1) / max(abs(v) for v in direction)
    for _ in range(40):
        signs = oracles.exact_signs(network, [p + step * v for p, v in zip(point, direction, strict=True)])
        if all(
            sign == (1 if wanted else -1) or (sign == 0 and not wanted)
            for sign, wanted in zip(signs, pattern, strict=True)
        ):
            return True
        step /= 2**40
    return False


def assert_witnesses(found: Adjacency, edges=None) -> None:
    chosen = range(len(found)) if edges is None else edges
    for edge, point in zip(chosen, found.witnesses(chosen), strict=True):
        assert_witness(found.regions, found.edges[edge], found.flipped(edge), point)


# Every pair, decided.


@pytest.mark.parametrize("kind", range(6))
@settings(max_examples=20)
@given(data=st.data())
def test_the_edges_are_the_common_facets(kind, data):
    network = data.draw(small_networks(largest_units=5))
    found = neighbours(network, domains(network.inputs)[kind])
    assert {tuple(edge) for edge in found.edges.tolist()} == true_pairs(found.regions)
    assert_witnesses(found)


def test_regions_that_differ_in_one_unit_need_not_share_a_facet():
    found = neighbours(generated(2, 3, 2, 1, seed=10, bits=4), box(2))
    patterns = found.regions.pattern_array()
    close = {
        (i, j) for i, j in itertools.combinations(range(len(patterns)), 2) if (patterns[i] != patterns[j]).sum() == 1
    }
    edges = {tuple(edge) for edge in found.edges.tolist()}
    assert edges == true_pairs(found.regions)
    assert close - edges, "the example has lost its point"


def test_several_units_flip_at_one_facet():
    """Crossing y = 0 flips the units y and -y, and the unit of the second layer that vanishes on one side."""
    for domain in (*domains(2)[:-2], WholeSpace(2)):
        found = neighbours(max_min(), domain)
        assert {tuple(edge) for edge in found.edges.tolist()} == true_pairs(found.regions)
        assert sorted(found.flipped(k) for k in range(5)) == [(0,), (0,), (1, 2), (1, 2, 3), (3,)]
        assert_witnesses(found)


def test_repeated_negated_and_scaled_units_change_no_edge():
    plain = neighbours(generated(2, 4, 3, 1, seed=2), box(2))
    rows = np.c_[plain.regions.network.stages[0].weight, plain.regions.network.stages[0].bias]
    twins = neighbours(widened(plain.regions.network, [rows[0], -rows[1], 4 * rows[0]]), box(2))
    assert sorted(plain.degrees) == sorted(twins.degrees)
    lengths = {len(twins.flipped(k)) for k in range(len(twins))}
    assert lengths == {1, 2, 3}
    assert_witnesses(twins)


# Closed forms.


@pytest.mark.parametrize(
    ("network", "facets"),
    [
        # the facets on each hyperplane are the regions of the arrangement that the others cut out of it
        *((moment_curve(n, d), n * zaslavsky(n - 1, d - 1)) for n, d in [(5, 1), (7, 2), (6, 3)]),
        (central_general(6, 3), 6 * 2 * zaslavsky(4, 1)),
        # reflection arrangements: every region has as many facets as the group has generators
        (braid(4), math.factorial(4) * 3 // 2),
        (type_b(3), 2**3 * math.factorial(3) * 3 // 2),
        (one_layer([[1.0, 0.0]] * 3, [0.0, 1.0, 2.0]), 3),
        (hat(), 3),
        (Network((), [[1.0, 2.0]], [0.0]), 0),
    ],
)
def test_facets_of_arrangements(network, facets):
    found = neighbours(network, WholeSpace(network.inputs))
    assert len(found) == facets
    assert_witnesses(found)


@pytest.mark.parametrize(("p", "layers", "d"), [(2, 3, 1), (2, 2, 2), (3, 1, 3)])
def test_the_sawtooth_is_a_grid(p, layers, d):
    side = p**layers
    found = neighbours(sawtooth(p, layers, d), Box([0] * d, [1] * d))
    assert len(found) == d * (side - 1) * side ** (d - 1)
    assert nx.is_isomorphic(region_graph(found), nx.grid_graph([side] * d))
    assert_witnesses(found, range(0, len(found), 7))


def test_a_direct_sum_gives_the_product_of_the_graphs():
    first, second = generated(1, 3, 2, 1, seed=1), generated(2, 3, 2, 1, seed=2)
    graphs = [region_graph(enumerate_regions(net, box(net.inputs))) for net in (first, second)]
    product = region_graph(enumerate_regions(direct_sum(first, second), box(3)))
    assert nx.is_isomorphic(product, nx.cartesian_product(*graphs))


@pytest.mark.parametrize("shape", [(2, 9), (3, 8), (4, 7), (2, 5, 3), (3, 5, 2)])
def test_generic_regions_of_the_whole_space_have_few_facets(shape):
    """On average at most 2 n_0 (Gaines, Bi 2026)."""
    found = neighbours(generated(*shape, 1), WholeSpace(shape[0]), engine="facets")
    assert found.degrees.mean() <= 2 * shape[0]
    assert found.degrees.min() >= 1


# Hard inputs.


@pytest.mark.parametrize("domain", [Ball([0.0] * 3, 1.0), Ball([0.0] * 3, 1.0, 1), box(3)])
def test_random_networks(domain):
    found = neighbours(generated(3, 8, 6, 1, seed=4), domain)
    assert_witnesses(found, range(0, len(found), 29))


@pytest.mark.parametrize("radius", [Fraction(1, 10**30), Fraction(10) ** 30, Fraction(1, 10**320)])
@pytest.mark.parametrize("norm", [1, 2])
def test_size_does_not_matter_at_the_origin(radius, norm):
    found = neighbours(braid(3), Ball([0] * 3, radius, norm))
    assert len(found) == 6
    assert_witnesses(found)


def test_slivers_share_facets_too():
    """Lines through the origin whose slopes differ by 2**-60, seen from far off: floats do not tell them apart."""
    network = one_layer([[1.0, 0.0], [1.0, 2.0**-60], [1.0, 2.0**-59]])
    for domain in (Ball([1, 0], 2), Ball([0, 0], Fraction(1, 3), 1), box(2)):
        found = neighbours(network, domain)
        assert len(found) == 6
        assert set(found.degrees.tolist()) == {2}
        assert_witnesses(found)


def test_a_tiny_ball_far_from_the_origin():
    """Floats of the inputs cannot tell the facets apart; exact points stand in."""
    center = [Fraction(1, 3), Fraction(1, 7)]
    rows = [[1.0, 0.0], [0.0, 1.0]]
    ball = Ball([Fraction(1, 2), Fraction(1, 4)], Fraction(1, 2**80))
    found = neighbours(one_layer(rows, [-0.5, -0.25]), ball)
    assert len(found) == 4
    assert_witnesses(found)
    assert len(found.exact_points) == 4
    assert len(neighbours(one_layer(rows), Ball(center, Fraction(1, 2**80)))) == 0


def test_bias_free_networks_at_the_origin():
    network = Network.from_layers([generated(3, 5, 4, 1).stages[0].weight, np.ones((2, 5)), [[1.0, -1.0]]], [None] * 3)
    found = neighbours(network, Ball([0.0] * 3, 0.5))
    assert len(found) == len(neighbours(network, WholeSpace(3)))
    assert_witnesses(found)


def test_wires_and_leaky_units():
    stage = Stage([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0.0, 0.0, 0.0], [0.25, 1.0, -0.5], [1.0, 1.0, 1.0])
    network = Network((stage, Stage.relu([[1.0, -1.0, 0.5]], [-0.25])), [[1.0]], [0.0])
    for domain in domains(2):
        found = neighbours(network, domain)
        assert {tuple(edge) for edge in found.edges.tolist()} == true_pairs(found.regions)


def test_many_inputs():
    rng = np.random.default_rng(0)
    found = neighbours(one_layer(rng.normal(size=(5, 40)), rng.normal(size=5)), Ball([0.0] * 40, 10.0))
    assert len(found) == 5 * 2**4
    assert_witnesses(found, range(0, len(found), 40))


def test_what_floats_do_not_decide_rationals_do(monkeypatch):
    """With no float proof of any facet the graph is the same, and all its points are exact."""
    regions = enumerate_regions(generated(3, 5, 3, 1, seed=2), Ball([0.0] * 3, 1.0))
    usual = adjacency(regions)
    monkeypatch.setattr(crossings_module, "proves_facets", lambda rows, targets, *_: np.zeros(len(targets), dtype=bool))
    exact = adjacency(regions)
    assert np.array_equal(usual.edges, exact.edges)
    assert len(usual.exact_points) == 0
    assert len(exact.exact_points) == len(exact)
    assert_witnesses(exact, range(0, len(exact), 11))


def test_a_wrong_proposal_proves_nothing():
    """A point of the hyperplane beside the facet, one at its edge and one outside the domain are all refused."""
    regions = enumerate_regions(one_layer([[1.0, 0.0], [0.0, 1.0]]), box(2))
    crossings = crossings_module.Crossings(regions)
    patterns = regions.pattern_array().tolist()
    rows = crossings.halfspaces(patterns.index([True, True]))
    space, slack = crossings_module.float_domain(box(2)), np.zeros(1)
    target = np.array([0])

    def proved(point, slack=slack):
        return bool(crossings_module.proves_facets(rows, target, np.array([point]), slack, space)[0])

    assert proved([0.0, 0.5])
    assert proved([1e-12, 0.5])
    assert not proved([0.0, 0.5], slack=np.array([0.3]))
    assert not proved([0.0, -0.5])
    assert not proved([0.0, 0.0])
    assert not proved([1e-12, 1e-13])
    assert not proved([0.0, 1.0])
    assert not proved([0.25, 0.5])
    assert not proved([np.nan, 0.5])


# The arrays.


def test_compressed_rows_and_labels():
    found = neighbours(generated(2, 5, 4, 1), box(2))
    matrix = found.matrix()
    assert (matrix != matrix.T).nnz == 0
    assert matrix.nnz == 2 * len(found)
    for region in range(len(found.regions)):
        facets = found.facets(region)
        assert len(facets) == found.degrees[region]
        assert [f.neighbour for f in facets] == sorted(f.neighbour for f in facets)
        for facet in facets:
            assert {region, facet.neighbour} == set(found.edges[facet.edge].tolist())
            assert facet.units == found.flipped(facet.edge)
            assert found.units[facet.edge] in facet.units
    bits = np.unpackbits(found.flips, axis=1, bitorder="little").sum(axis=1)
    assert bits.tolist() == [len(found.flipped(k)) for k in range(len(found))]
    with pytest.raises(IndexError):
        found.facets(len(found.regions))


def test_results_pickle():
    found = neighbours(max_min(), box(2))
    twin = pickle.loads(pickle.dumps(found))
    assert np.array_equal(found.edges, twin.edges)
    assert twin.witnesses([0]) == found.witnesses([0])


def test_graph_attributes_and_files(tmp_path):
    regions = enumerate_regions(max_min(), Ball([0.0, 0.0], 1.0))
    graph = region_graph(regions)
    assert nx.is_connected(graph)
    for node, attributes in graph.nodes(data=True):
        region = regions[node]
        assert attributes["pattern"] == "".join("01"[s] for s in region.pattern.astype(int))
        assert tuple(Fraction(v) for v in attributes["witness"]) == region.witness
        assert attributes["entry_radius"] == region.entry_radius
    for suffix, read in ((".graphml", nx.read_graphml), (".gexf", nx.read_gexf)):
        path = tmp_path / f"regions{suffix}"
        write_graph(graph, path)
        again = nx.relabel_nodes(read(path), {str(node): node for node in graph})
        assert {frozenset(e) for e in again.edges} == {frozenset(e) for e in graph.edges}
        assert {n: a["pattern"] for n, a in again.nodes(data=True)} == dict(graph.nodes(data="pattern"))
        for first, second, attributes in graph.edges(data=True):
            written = again.edges[first, second]
            assert tuple(map(int, written["units"].split())) == attributes["units"]
            assert tuple(map(float, written["witness"].split())) == attributes["witness"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["regions.gexf", "regions.graphml"]


def test_the_heavy_libraries_wait():
    heavy = ["scipy", "networkx", "highspy"]
    program = f"import sys, exactregions.geometry; print([name in sys.modules for name in {heavy}])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[False, False, False]"


# Bad input.


def test_unfinished_sets_are_refused_or_taken_in_part():
    network = generated(2, 5, 4, 1)
    whole, part = enumerate_regions(network, box(2)), enumerate_regions(network, box(2), max_regions=9)
    with pytest.raises(NotExactError, match="max_regions"):
        adjacency(part)
    found = adjacency(part, partial=True)
    rows = {pattern.tobytes(): row for row, pattern in enumerate(part.patterns)}
    places = [rows.get(pattern.tobytes()) for pattern in whole.patterns]
    expected = {
        frozenset((places[i], places[j]))
        for i, j in adjacency(whole).edges.tolist()
        if places[i] is not None and places[j] is not None
    }
    assert {frozenset(edge) for edge in found.edges.tolist()} == expected
    assert region_graph(part, partial=True).number_of_nodes() == 9


def test_a_set_without_regions_is_refused():
    with pytest.raises(EngineError, match="store=True"):
        adjacency(enumerate_regions(hat(), WholeSpace(1), store=False))


def test_damaged_sets_are_noticed():
    regions = enumerate_regions(hat(), WholeSpace(1))
    twice = replace(regions, patterns=regions.patterns[[0, 1, 1, 2]].copy())
    with pytest.raises(EngineError, match="twice"):
        adjacency(twice)
    order = np.argsort([float(w) for (w,) in regions.witnesses])
    torn = replace(
        regions,
        count=2,
        patterns=regions.patterns[order[[0, 2]]].copy(),
        witnesses=regions.witnesses[order[[0, 2]]].copy(),
        exact_witnesses={},
    )
    with pytest.raises(EngineError, match="are missing"):
        adjacency(torn)


@pytest.mark.parametrize("domain", [Ball([0, 0], 1), Box([-1, -1], [1, 1])])
@pytest.mark.parametrize("row", range(5))
def test_a_witness_that_is_not_in_its_region_is_an_error_of_ours(domain, row):
    network = one_layer([[1.0, 0.5], [0.25, 1.0], [1.0, -1.0]], [0.125, -0.25, 0.0])
    regions = enumerate_regions(network, domain)
    witnesses = regions.witnesses.copy()
    witnesses[row] = witnesses[(row + 1) % len(regions)]
    damaged = replace(regions, witnesses=witnesses, exact_witnesses={})
    with contextlib.suppress(ExactRegionsError):  # or the answer, where nothing needs the witness
        assert len(adjacency(damaged)) == len(adjacency(regions))
    with contextlib.suppress(ExactRegionsError):
        assert volumes(damaged).total == pytest.approx(volumes(regions).total)


def test_an_unknown_file_format_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match=r"\.graphml or \.gexf"):
        write_graph(nx.Graph(), tmp_path / "regions.dot")
