"""Searches that keep cells by their corners: against exact clipping, the other kernels, and what the proofs rest on."""

from fractions import Fraction

import numpy as np
import pytest
from hostile_planes import hostile_ball, hostile_domain, hostile_network
from independent.clipping import clipped, points_of, polygons
from independent.oracle import ORACLE
from independent.unrolled import integers
from naive_checker import verify
from region_instances import patterns_of, wrong_regions

from exactregions import Ball, Box, Network, Polytope, Stage, enumerate_regions, resume_regions
from exactregions.cases.networks import generated
from exactregions.certificate.checker import check
from exactregions.engines.tree import scaled_problem
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels.search import search
from exactregions.engines.tree.kernels.setup import FloatDomain, new_state
from exactregions.engines.tree.linked_units import chain

CASES = 100


def question(seed, d):
    rng = np.random.default_rng(seed)
    return hostile_network(rng, d), hostile_domain(rng, d)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_hostile_lines_are_counted_as_by_exact_clipping(d):
    for seed in range(CASES if d < 3 else CASES // 4):
        network, domain = question(seed, d)
        regions, truth = enumerate_regions(network, domain, engine="tree"), ORACLE.answer(network, domain)
        assert not [*wrong_regions(regions, truth)], seed


@pytest.mark.parametrize("d", [1, 2, 3])
def test_other_kernels_agree(d, monkeypatch):
    questions = [question(seed, d) for seed in range(CASES, CASES + 30)]
    questions.append((generated(d, 16, 12, 1), Box([-1] * d, [1] * d)))
    found = [patterns_of(enumerate_regions(*each, engine="tree")) for each in questions]
    monkeypatch.setattr(scaled_problem, "FEW_INPUTS", {})
    assert [patterns_of(enumerate_regions(*each, engine="tree")) for each in questions] == found


@pytest.mark.parametrize("d", [1, 2])
def test_balls_of_the_norm_1(d):
    for seed in range(CASES // 2):
        rng = np.random.default_rng(seed)
        network, domain = hostile_network(rng, d), hostile_ball(rng, d, 1)
        regions, truth = enumerate_regions(network, domain, engine="tree"), ORACLE.answer(network, domain)
        assert not [*wrong_regions(regions, truth)], seed


@pytest.mark.parametrize("d", [1, 2, 3])
def test_certificates_hold(d, tmp_path):
    for seed in range(0, CASES, 5 if d < 3 else 10):
        network, domain = question(seed, d)
        path = tmp_path / f"{seed}.cert"
        regions = enumerate_regions(network, domain, certificate=path)
        verdict, truth = check(path, fingerprint=network.fingerprint), ORACLE.answer(network, domain)
        assert (verdict.claim, verdict.regions) == ("exact", len(truth.patterns))
        assert verify(path).regions == regions.count == len(truth.patterns)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_a_search_goes_on_where_it_stopped_and_is_shared(d):
    network, domain = generated(d, 12, 12, 1), Box([-1] * d, [1] * d)
    whole = enumerate_regions(network, domain, engine="tree")
    regions = enumerate_regions(network, domain, engine="tree", max_regions=7)
    found = patterns_of(regions)
    while not regions.complete:
        regions = resume_regions(regions, max_regions=len(found) + 7)
        found |= patterns_of(regions)
    assert found == patterns_of(whole)
    shared = enumerate_regions(network, domain, engine="tree", workers=2)
    assert patterns_of(shared) == found
    assert shared.count == whole.count


def begun(rows, outer):
    """The state of a search in a box of two dimensions cut by rows: slot k has the corners for the first k of them."""
    network = chain(np.ones((1, 3)), np.zeros(1), [Stage.relu(np.ones((1, 2)), np.zeros(1))], True)
    domain = FloatDomain(at.POLYGON, outer, outer, rows, np.zeros(len(rows)), np.ones(len(rows)))
    state = new_state(network, domain, np.zeros(2))
    none = np.zeros((0, 1), dtype=np.uint8), np.zeros((0, 2)), np.zeros((0, 3)), np.zeros(0, dtype=np.int64)
    search(state, 1, *none)
    return state


def hostile_rows(rng):
    """Rows that are positive at the origin, or vanish there: through few points, in few directions, and slivers."""
    count = int(rng.integers(1, 40))
    normals = rng.normal(size=(count, 2)) if rng.random() < 0.5 else rng.integers(-2, 3, (count, 2)).astype(float)
    normals[~normals.any(axis=1)] = 1.0
    constants = rng.choice([0.0, 0.5, 0.25, 1.0, 1e-16, 0.5 + 2.0**-53], count) * np.abs(normals).max(axis=1)
    if rng.random() < 0.3:  # tangents of a circle
        normals /= np.sqrt((normals**2).sum(axis=1, keepdims=True))
        constants = np.full(count, 0.7)
    rows = np.column_stack([normals, constants])
    return rows / 2.0 ** np.floor(np.log2(np.abs(normals).max(axis=1, keepdims=True)))


def turn(p, q, r):
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])


def in_hull(point, corners):
    """Whether a point is in the convex hull of others: no line through it has them all strictly on one side."""
    directions = [[c - x for c, x in zip(corner, point, strict=True)] for corner in corners]
    zero = [0, 0]
    return any(d == zero for d in directions) or not any(
        all(turn(zero, a, b) > 0 or (turn(zero, a, b) == 0 and a[0] * b[0] + a[1] * b[1] > 0) for b in directions)
        for a in directions
    )


@pytest.mark.parametrize("seed", range(60))
def test_corners_are_around_the_cell(seed):
    rng = np.random.default_rng(seed)
    rows, outer = hostile_rows(rng), rng.choice([1.0, 0.75, 0.1], 2)
    state = begun(rows, outer)
    sides = [[-1.0, 0.0, outer[0]], [0.0, -1.0, outer[1]], [1.0, 0.0, outer[0]], [0.0, 1.0, outer[1]]]
    lines = [[Fraction(float(v)) for v in line] for line in [*sides, *rows]]
    cell = polygons(Box(list(-outer), list(outer))).pieces[0]
    for k in range(len(rows) + 1):
        count = state.corner_counts[k]
        corners = [[Fraction(v) for v in state.corners[k, [i, state.room + i]].tolist()] for i in range(count)]
        for i, line in enumerate(state.edges[k, :count].tolist()):
            for x, y in (corners[i], corners[(i + 1) % count]):
                assert lines[line][0] * x + lines[line][1] * y + lines[line][2] <= 0
        if k:
            cell = clipped(cell, integers(lines[3 + k]))
        if cell is None:
            break
        assert all(in_hull(point, corners) for point in points_of(cell))


def test_more_corners_than_there_is_room_for():
    """Tangents of a circle: a cell with more sides than are kept is larger in floats, and the count is exact."""
    n = 160
    angles = 2 * np.pi * np.arange(n) / n
    weight = np.column_stack([np.cos(angles), np.sin(angles)])
    network = Network.from_layers([weight, np.ones((1, n))], [np.full(n, -0.9), np.zeros(1)])
    domain = Polytope(weight[::2], np.full(n // 2, 0.9003), box=Box([-1, -1], [1, 1]))
    regions = enumerate_regions(network, domain, engine="tree")
    assert patterns_of(regions) == ORACLE.answer(network, domain).patterns


def test_what_is_wrong_with_regions_is_told():
    network, ball = generated(2, 5, 1), Ball([0.1, 0.2], 1.0)
    regions, truth = enumerate_regions(network, ball, engine="tree"), ORACLE.answer(network, ball)
    assert not [*wrong_regions(regions, truth)]
    first, second = (tuple(regions[i].pattern.tolist()) for i in (0, 1))
    truth.entries[first], truth.entries[second] = truth.entries[second] + 1, truth.entries[first] + 1
    assert [fault for fault in wrong_regions(regions, truth) if "does not begin" in fault]
    del truth.entries[first]
    assert [fault for fault in wrong_regions(regions, truth) if "or others" in fault]
    assert [fault for fault in wrong_regions(regions, truth) if "witness" in fault]
