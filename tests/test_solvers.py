"""The numerical solvers behind their contract, against scipy."""

import subprocess
import sys

import numpy as np
import pytest
from oracles import distance
from scipy.optimize import linprog

from exactregions.solvers.active_set import Nearest, nearest_point
from exactregions.solvers.contract import Proposal, Unknown
from exactregions.solvers.highs import LinearProgram

SQUARE = np.array([-1.0, -1.0]), np.array([1.0, 1.0])
FREE = np.array([-np.inf, -np.inf]), np.array([np.inf, np.inf])


def test_linear_programs_agree_with_scipy():
    rng = np.random.default_rng(0)
    program = LinearProgram(*SQUARE)
    for _ in range(20):
        matrix, offsets = rng.normal(size=(8, 2)), rng.uniform(0.1, 1, 8)
        program.load(matrix, offsets)
        for cost in rng.normal(size=(5, 2)):
            mine = program.minimise(cost)
            assert isinstance(mine, Proposal)
            other = linprog(cost, A_ub=-matrix, b_ub=offsets, bounds=[(-1, 1)] * 2, method="highs")
            assert mine.value == pytest.approx(other.fun)
            assert cost @ mine.point == pytest.approx(mine.value)
            assert (mine.multipliers >= -1e-9).all()
            assert (matrix @ mine.point + offsets >= -1e-9).all()


def test_multipliers_and_basis_describe_the_optimum():
    program = LinearProgram(*FREE)
    program.load(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.0, 0.0, 5.0]))
    found = program.minimise(np.array([2.0, 3.0]))
    assert isinstance(found, Proposal)
    assert found.multipliers.tolist() == [2.0, 3.0, 0.0]
    assert program.basis() == ([0, 1], [0, 1])


def test_a_demand_is_relaxed_and_restored():
    program = LinearProgram(*SQUARE)
    program.load(np.array([[1.0, 0.0]]), np.array([0.25]))
    cost = np.array([1.0, 0.0])
    values = []
    for least in (0.0, -0.5, -np.inf, 0.0):
        program.demand(0, least)
        found = program.minimise(cost)
        assert isinstance(found, Proposal)
        values.append(found.value)
    assert values == pytest.approx([-0.25, -0.75, -1.0, -0.25])


@pytest.mark.parametrize(
    ("matrix", "offsets", "why"),
    [([[1.0, 0.0], [-1.0, 0.0]], [0.0, -1.0], "nfeasible"), ([[1.0, 0.0]], [0.0], "nbounded")],
)
def test_what_is_no_optimum_is_unknown(matrix, offsets, why):
    program = LinearProgram(*FREE)
    program.load(np.array(matrix), np.array(offsets))
    found = program.minimise(np.array([0.0, 1.0]))
    assert isinstance(found, Unknown)
    assert why in found.reason


def unit_rows(rng, m, d):
    normals = rng.normal(size=(m, d))
    return normals / np.linalg.norm(normals, axis=1)[:, None]


@pytest.mark.parametrize(("m", "d"), [(3, 2), (8, 3), (12, 5), (6, 40)])
def test_nearest_points_agree_with_scipy(m, d):
    rng = np.random.default_rng(m)
    reached = 0
    for _ in range(30):
        normals = unit_rows(rng, m, d)
        offsets = rng.exponential(0.3, m) - normals @ rng.normal(size=d)
        found = nearest_point(normals @ normals.T, offsets, np.inf)
        assert isinstance(found, Nearest)
        assert found.reached
        assert found.distance == pytest.approx(distance(np.c_[normals, offsets], np.zeros(d)), abs=1e-9)
        point = found.multipliers @ normals
        assert np.linalg.norm(point) == pytest.approx(found.distance)
        assert (normals @ point + offsets >= -1e-9).all()
        reached += found.distance > 0
    assert reached > 5


def test_nearest_points_stop_at_the_reach_with_a_proof():
    normals, offsets = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([-3.0, -4.0])
    found = nearest_point(normals @ normals.T, offsets, 4.5)
    assert isinstance(found, Nearest)
    assert not found.reached
    # y.(A z + b) <= |A^T y| |z| + y.b < 0 for all |z| < 4.5
    weights = found.multipliers
    assert np.linalg.norm(weights @ normals) * 4.5 + weights @ offsets <= 1e-12


def test_rows_that_contradict_each_other_are_proved_to():
    normals, offsets = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]), np.array([-1.0, -1.0, 0.0])
    found = nearest_point(normals @ normals.T, offsets, np.inf)
    assert isinstance(found, Nearest)
    assert not found.reached
    assert found.distance == np.inf
    assert (found.multipliers >= 0).all()
    assert found.multipliers @ normals == pytest.approx(0)
    assert found.multipliers @ offsets < 0


def test_a_dropped_row_does_not_count():
    gram, offsets = np.eye(2), np.array([-1.0, np.inf])
    found = nearest_point(gram, offsets, np.inf)
    assert isinstance(found, Nearest)
    assert found.distance == 1.0


QUIET = """
from exactregions import Ball, Network, count_regions
from exactregions.bounds import get_bound
network = Network.from_layers([[[1.0, 0.5], [1.0, -1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
"""


@pytest.mark.parametrize(
    "program",
    [
        "count_regions(network, Ball([0, 0], 1, 1), engine='facets')",
        "count_regions(network, Ball([0, 0], 1, 1), engine='milp')",
        "get_bound('serra_ramalingam_2020').evaluate(network, Ball([0, 0], 1, 1))",
    ],
)
def test_solvers_write_nothing_to_standard_output(program):
    done = subprocess.run([sys.executable, "-c", QUIET + program], capture_output=True, check=True)
    assert done.stdout == b""
