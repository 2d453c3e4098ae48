"""The cross-check through cvxpy: closed forms, other programs, hard rows, and every status a solver may end with."""

import _thread
import itertools
import math
import pickle
import subprocess
import sys
import threading
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from narrowing import present
from oracles import distance, forms, linear_distance

from exactregions import Ball, Box, Network, Polytope, WholeSpace, enumerate_regions
from exactregions.cases.networks import generated, max_min, one_layer
from exactregions.crosscheck.convex import Estimate, Feasibility, Margin, convex_cell
from exactregions.crosscheck.convex_domains import rows_beside, unit_domain
from exactregions.errors import DomainError, EngineError
from exactregions.exact.shapes import Row, Shape, ShapeKind, shape_of
from exactregions.solvers.contract import Proven, Unknown
from exactregions.solvers.convex_solving import interruptible
from exactregions.solvers.statuses import CVXPY, cvxpy_status
from exactregions.testing.strategies import networks as small_networks

HALFPLANE = one_layer([[3.0, 4.0]], [-2.5])  # 3 x + 4 y > 2.5: at distance 1/2 from the origin
ORIGIN = [0.0, 0.0]


def value(estimate) -> float:
    assert isinstance(estimate, Estimate | Margin), estimate
    return estimate.value


def close(expected: float):
    return pytest.approx(expected, abs=1e-6)


# ---- closed forms


@pytest.mark.parametrize(("norm", "expected"), [(1, 2.5 / 4), (2, 0.5), (math.inf, 2.5 / 7)])
def test_distance_of_a_halfplane_is_its_offset_over_the_dual_norm(norm, expected):
    for domain in (Ball(ORIGIN, 3.0, norm), Ball(ORIGIN, 0.01, norm)):
        found = convex_cell(HALFPLANE, domain, [True]).distance()
        assert value(found) == close(expected)
        assert np.linalg.norm(present(found.point), norm) == close(expected)
    for domain in (WholeSpace(2), Box([-3, -4], [3, 4]), Polytope([[1, 1]], [5]), Ball(ORIGIN, 2, 2)):
        assert value(convex_cell(HALFPLANE, domain, [True]).distance(norm)) == close(expected)
        assert value(convex_cell(HALFPLANE, domain, [False]).distance(norm)) == close(0)


def test_distance_is_measured_from_the_centre_and_within_the_domain():
    assert value(convex_cell(HALFPLANE, Ball([1.0, 1.0], 1.0), [False]).distance()) == close(4.5 / 5)
    # the foot of the origin on the line is (0.3, 0.4); below y = 0 the nearest point is (2.5 / 3, 0)
    below = convex_cell(HALFPLANE, Polytope([[0, 1]], [0]), [True])
    assert value(below.distance(norm=2)) == close(2.5 / 3)
    assert value(convex_cell(HALFPLANE, Box([-1, -1], [0.1, 0.1]), [True]).distance(norm=2)) == math.inf


def test_the_measure_of_a_box_is_the_factor_to_which_it_may_shrink():
    box = Box([-1, -2], [1, 2])
    # 3 x + 4 y at the corner (t, 2 t) is 11 t
    assert value(convex_cell(HALFPLANE, box, [True]).distance()) == close(2.5 / 11)
    small = Box([-0.1, -0.1], [0.1, 0.1])
    assert value(convex_cell(HALFPLANE, small, [True]).distance()) == close(2.5 / 0.7)


@pytest.mark.parametrize(
    ("domain", "prefix", "expected"),
    [
        (Box([-1, -2], [1, 2]), [], 1.0),
        (Ball([5, 7], 3.0), [], 3.0),
        (Ball([5, 7], 3.0, 1), [], 3.0),
        (Ball(ORIGIN, 2.0), [True], 0.75),  # between the row at 1/2 and the sphere at 2, along the normal
        (Ball(ORIGIN, 0.3), [True], -0.1),
        (Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1]), [], 1 / (2 + math.sqrt(2))),
        (Polytope([[1, 0]], [1], Box([-1, -1], [3, 3])), [], 1.0),
        (WholeSpace(2), [], math.inf),
        (WholeSpace(2), [True], math.inf),
    ],
)
def test_margins_known_in_closed_form(domain, prefix, expected):
    found = convex_cell(HALFPLANE, domain, prefix).margin()
    assert value(found) == close(expected)
    if math.isfinite(expected):
        assert expected - 1e-6 < found.lower <= found.value + 1e-9
        assert found.upper >= found.value - 1e-9
    assert found.lower > 0 or found.upper < 0


def test_margin_of_a_strip_is_half_its_width():
    strip = one_layer([[5.0, 0.0], [-2.0, 0.0]], [5.0, 2.0])  # -1 < x < 1
    assert value(convex_cell(strip, WholeSpace(2), [True, True]).margin()) == close(1)
    assert value(convex_cell(strip, WholeSpace(2), [False, False]).margin()) == close(-1)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        # the centre gives 3 - 8, the radius 3 times the dual norm of (3, -4)
        (Ball([1, 2], 3.0), -5 + 3 * 5),
        (Ball([1, 2], 3.0, 1), -5 + 3 * 4),
        (Ball([1, 2], 3.0, math.inf), -5 + 3 * 7),
        (Box([-1, -1], [2, 5]), 6 + 4),
        (Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 2]), 6.0),
        (WholeSpace(2), math.inf),
    ],
)
def test_support_functions_are_dual_norms(domain, expected):
    assert value(convex_cell(HALFPLANE, domain, []).support([3.0, -4.0])) == close(expected)


def test_support_of_a_cell_is_cut_by_its_rows():
    ball = Ball(ORIGIN, 1.0)
    assert value(convex_cell(HALFPLANE, ball, [False]).support([3, 4])) == close(2.5)
    assert value(convex_cell(HALFPLANE, ball, [True]).support([3, 4])) == close(5)
    # along the row the chord counts: half its length is sqrt(1 - 1/4)
    assert value(convex_cell(HALFPLANE, ball, [True]).support([-0.8, 0.6])) == close(math.sqrt(0.75))
    assert value(convex_cell(HALFPLANE, Ball(ORIGIN, 0.1), [True]).support([1, 0])) == -math.inf
    assert value(convex_cell(HALFPLANE, ball, [True]).support([0, 0])) == close(0)


@pytest.mark.parametrize(
    "domain", [Ball(ORIGIN, 2.0), Ball(ORIGIN, 2.0, 1), Ball(ORIGIN, 2.0, math.inf), Box([-1, -2], [1, 2])]
)
def test_the_support_that_bounds_margins_is_that_of_the_solver(domain):
    """Of the domain, and of the domain by a slack smaller: how fast it falls is part of the bound."""
    space, direction = unit_domain(shape_of(domain), Fraction(1)), np.array([3.0, -4.0])
    whole, fall = space.support(direction)
    assert whole == close(value(convex_cell(HALFPLANE, domain, []).support(direction)))
    smaller = Ball(ORIGIN, 1.75, domain.norm) if isinstance(domain, Ball) else Box([-0.75, -1.75], [0.75, 1.75])
    assert whole - 0.25 * fall == close(value(convex_cell(HALFPLANE, smaller, []).support(direction)))
    assert math.inf == unit_domain(shape_of(WholeSpace(2)), Fraction(1)).support(direction)[0]
    deepest = value(convex_cell(HALFPLANE, domain, []).support([1.0, 0.0]))
    assert space.slack(np.array([deepest, 0.0])) == close(0)


# ---- against other programs


@pytest.mark.parametrize("network", [generated(2, 3, 2, 1), generated(1, 4, 1, 1, seed=3)], ids=["plane", "line"])
@pytest.mark.parametrize("kind", ["ball", "box", "cross-polytope", "polytope", "space"])
def test_a_prefix_is_feasible_where_a_region_begins_with_it(network, kind):
    d = network.inputs
    domain = {
        "ball": Ball([0.1] * d, 1.0),
        "box": Box([-1] * d, [1] * d),
        "cross-polytope": Ball([0.1] * d, 1.5, 1),
        "polytope": Polytope([[1.0] * d, [-1.0] * d], [1.0, 2.0]),
        "space": WholeSpace(d),
    }[kind]
    patterns = [tuple(p) for p in enumerate_regions(network, domain, engine="rational").pattern_array().tolist()]
    lengths = (1, 3, network.units)
    for prefix in itertools.chain.from_iterable(itertools.product((False, True), repeat=k) for k in lengths):
        expected = any(pattern[: len(prefix)] == prefix for pattern in patterns)
        told = convex_cell(network, domain, prefix).feasibility()
        assert told is (Feasibility.NONEMPTY if expected else Feasibility.EMPTY), prefix


def test_distances_agree_with_least_distance_programming():
    network = generated(4, 6, 5, 1)
    centre = np.array([0.1, -0.2, 0.3, 0.0])
    seen = 0
    for region in itertools.islice(enumerate_regions(network, Ball(centre, 2.0), engine="tree"), 7):
        rows = np.where(region.pattern, 1.0, -1.0)[:, None] * forms(network, region.pattern)
        flat = {norm: linear_distance(rows, centre, norm) for norm in (1, math.inf)}
        expected = {2: distance(rows, centre), **flat}
        for norm, known in expected.items():
            cell = convex_cell(network, Ball(centre, 2.0, norm), region.pattern)
            assert value(cell.distance()) == pytest.approx(known, abs=1e-6)
            seen += known > 0.01
    assert seen > 10


def test_both_solvers_give_the_same_optima():
    network = generated(3, 5, 4, 1)
    box = Box([-1, -1, -2], [1, 2, 1])
    for region in itertools.islice(enumerate_regions(network, box, engine="tree"), 8):
        cells = [convex_cell(network, box, region.pattern, solver=name) for name in ("HIGHS", "clarabel")]
        for ask in (lambda c: c.margin(), lambda c: c.distance(), lambda c: c.support([1.0, -2.0, 0.5])):
            first, second = (ask(cell) for cell in cells)
            assert (first.solver, second.solver) == ("HIGHS", "CLARABEL")
            assert first.value == close(second.value)


# ---- hard rows


SPACES = [Ball(ORIGIN, 1.0), Box([-1, -1], [1, 1]), WholeSpace(2)]


def thin(width: float) -> Network:
    """0 < x < width, with a third row that gives the problem its size."""
    return one_layer([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], [0.0, width, 0.5])


@pytest.mark.parametrize("domain", SPACES, ids=["ball", "box", "space"])
def test_what_is_too_thin_for_floats_cannot_be_told(domain):
    crossing = one_layer([[1.0, 2.0], [2.0, 4.0]])
    assert convex_cell(thin(1e-17), domain, [True, True, True]).feasibility() is Feasibility.CANNOT_TELL
    assert convex_cell(thin(-1e-17), domain, [True, True, True]).feasibility() is not Feasibility.NONEMPTY
    assert convex_cell(crossing, domain, [True, False]).feasibility() is Feasibility.CANNOT_TELL
    for far, told in ((1e-3, Feasibility.NONEMPTY), (-1e-3, Feasibility.EMPTY)):
        if domain.kind != "whole-space":
            assert convex_cell(thin(far), domain, [True, True, True]).feasibility() is told


def test_rows_that_meet_only_far_away_are_not_empty_in_the_whole_space():
    """In floats the two rows are opposite and two apart; exactly they meet about 1e16 away."""
    network = one_layer([[1.0, 0.0], [-1.0, 2.0**-53]], [-1.0, -1.0])
    cell = convex_cell(network, WholeSpace(2), [True, True])
    assert cell.feasibility() is Feasibility.CANNOT_TELL
    assert len(enumerate_regions(network, WholeSpace(2), engine="rational")) == 4
    assert convex_cell(network, Ball(ORIGIN, 100.0), [True, True]).feasibility() is Feasibility.EMPTY
    # three rows about a triangle that is not there stay so when they are turned a little
    triangle = one_layer([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]], [-1.0, -1.0, 1.0])
    assert convex_cell(triangle, WholeSpace(2), [True, True, True]).feasibility() is Feasibility.EMPTY


def nearly_parallel(seed: int) -> tuple[Network, float]:
    """Rows at tiny angles and distances, at wildly different sizes, and a radius of any size."""
    rng = np.random.default_rng(seed)
    d, n = int(rng.integers(1, 4)), int(rng.integers(2, 6))
    rows, bias = rng.normal(size=(n, d)), rng.normal(size=n) * 10.0 ** rng.integers(-12, 7)
    for i in range(1, n):
        if rng.random() < 0.5:
            j, sign = rng.integers(i), rng.choice([-1, 1])
            rows[i] = sign * rows[j] + rng.normal(size=d) * 10.0 ** rng.integers(-14, -2)
            bias[i] = sign * bias[j] + rng.normal() * 10.0 ** rng.integers(-14, 0)
    sizes = 10.0 ** rng.integers(-8, 8, size=n)
    return one_layer(rows * sizes[:, None], bias * sizes), 10.0 ** rng.integers(-6, 10)


@pytest.mark.parametrize("kind", ["ball", "cross-polytope", "box", "space"])
def test_a_told_cell_is_never_told_wrongly(kind):
    """Where exact arithmetic and an opinion can be compared, the opinion is right or none."""
    told = {feasibility: 0 for feasibility in Feasibility}
    for seed in range(11):
        network, radius = nearly_parallel(seed)
        d = network.inputs
        domain = {
            "ball": Ball([0.0] * d, radius),
            "cross-polytope": Ball([0.0] * d, radius, 1),
            "box": Box([-radius] * d, [radius] * d),
            "space": WholeSpace(d),
        }[kind]
        regions = {tuple(p) for p in enumerate_regions(network, domain, engine="rational").pattern_array().tolist()}
        rng = np.random.default_rng(seed)
        patterns = [*list(regions)[:3], *(tuple(p) for p in (rng.random((3, network.units)) < 0.5).tolist())]
        for pattern in patterns:
            feasibility = convex_cell(network, domain, pattern).feasibility()
            told[feasibility] += 1
            assert feasibility is not (Feasibility.EMPTY if pattern in regions else Feasibility.NONEMPTY), seed
    assert all(told.values()), told


@given(small_networks(), st.lists(st.booleans(), min_size=6, max_size=6), st.sampled_from([1, 3]))
@settings(max_examples=30)
def test_degenerate_networks_are_never_told_wrongly(network, pattern, radius):
    pattern = pattern[: network.units]
    ball = Ball([0.0] * network.inputs, radius)
    is_region = pattern in enumerate_regions(network, ball, engine="rational").pattern_array().tolist()
    wrong = Feasibility.EMPTY if is_region else Feasibility.NONEMPTY
    assert convex_cell(network, ball, pattern).feasibility() is not wrong


def test_small_far_and_large_domains_have_units_of_their_own():
    cross = one_layer([[1.0, 0.0], [0.0, 1.0]], [-1e6, 0.0])
    for radius in (1e-7, 1e-3):
        cell = convex_cell(cross, Ball([1e6, 0.0], radius), [True, True])
        assert cell.feasibility() is Feasibility.NONEMPTY
        # the largest ball in a quarter of a disc
        assert value(cell.margin()) == pytest.approx(radius / (1 + math.sqrt(2)), rel=1e-6)
    far = convex_cell(HALFPLANE, Ball(ORIGIN, 1e6), [False])
    assert far.feasibility() is Feasibility.NONEMPTY


def test_constant_rows_are_decided_by_their_exact_sign():
    network = one_layer([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]], [1e-300, 0.0, 0.0])
    domain = Ball(ORIGIN, 1.0)
    for prefix in itertools.product((False, True), repeat=2):
        cell = convex_cell(network, domain, [*prefix, True])
        right = prefix == (True, False)  # a unit that vanishes identically is inactive
        assert cell.feasibility() is (Feasibility.NONEMPTY if right else Feasibility.EMPTY)
        if not right:
            assert (cell.margin().solver, value(cell.distance())) == ("none", math.inf)
            assert value(cell.support([1, 0])) == -math.inf


def test_forms_of_deep_units_follow_the_signs_before_them():
    """Where x > 0 > y the second layer reads x - y, which cannot be negative there, and elsewhere can."""
    ball = Ball([2.0, -2.0], 1.0)
    assert convex_cell(max_min(), ball, [True, False, True, True]).feasibility() is Feasibility.NONEMPTY
    assert convex_cell(max_min(), ball, [True, False, True, False]).feasibility() is Feasibility.EMPTY
    ball = Ball([1.0, 2.0], 0.5)
    assert convex_cell(max_min(), ball, [True, True, False, False]).feasibility() is Feasibility.NONEMPTY
    # both ways the three rows meet in the origin only, and by how much they miss each other floats cannot tell
    cone = convex_cell(max_min(), WholeSpace(2), [True, False, True, False])
    assert cone.feasibility() is Feasibility.CANNOT_TELL


def test_no_layer_no_row_and_many_inputs():
    affine = Network((), [[1.0]], [0.0])
    assert value(convex_cell(affine, Ball([0.0], 2.0), []).margin()) == close(2)
    wide = one_layer(np.ones((1, 784)), [-28.0])
    assert value(convex_cell(wide, Ball([0.0] * 784, 2.0), [True]).distance()) == close(1)


def test_numbers_beyond_floats_are_unknown_not_empty():
    huge = one_layer([[1e-300, 0.0]], [1e300])
    for cell in (
        convex_cell(huge, Ball(ORIGIN, 1.0), [True]),
        convex_cell(HALFPLANE, Ball(ORIGIN, Fraction(10) ** 400), []),
        convex_cell(HALFPLANE, Ball([Fraction(10) ** 400, 0], 1.0), []),
    ):
        assert isinstance(cell.margin(), Unknown)
        assert isinstance(cell.support([1.0, 0.0]), Unknown)
        assert cell.feasibility() is Feasibility.CANNOT_TELL


# ---- statuses


def every_status() -> set[str]:
    """All that cvxpy's settings call a status, and all that its interfaces to our solvers can answer."""
    import clarabel
    import cvxpy.settings as s
    import highspy
    from cvxpy.reductions.solvers.conic_solvers.clarabel_conif import CLARABEL
    from cvxpy.reductions.solvers.conic_solvers.highs_conif import HIGHS

    named = {*s.SOLUTION_PRESENT, *s.INF_OR_UNB, *s.INACCURATE, *s.ERROR}
    highs = {HIGHS.STATUS_MAP.get(name, s.UNKNOWN) for name in highspy.HighsModelStatus.__members__}
    ours = {name for name in dir(clarabel.SolverStatus) if name[0].isupper()}
    assert len(ours) > 8
    return named | highs | {CLARABEL.STATUS_MAP.get(name, s.SOLVER_ERROR) for name in ours}


def test_the_map_of_statuses_is_total():
    statuses = every_status()
    assert len(statuses) > 9
    assert statuses == set(CVXPY)
    believed = {status for status in statuses if isinstance(cvxpy_status(status), Proven)}
    assert believed == {"optimal", "infeasible", "unbounded"}
    assert all(meaning.reason for status in statuses - believed for meaning in [cvxpy_status(status)])


@pytest.mark.parametrize("status", ["a new one", "", None])
def test_a_status_that_is_not_listed_means_nothing(status):
    assert isinstance(cvxpy_status(status), Unknown)
    assert repr(status) in cvxpy_status(status).reason


@pytest.mark.parametrize("status", [*CVXPY, "a new one"])
@pytest.mark.parametrize("domain", [Ball(ORIGIN, 2.0), Box([-2, -2], [2, 2]), Polytope([[1, 0]], [3])])
def test_only_an_optimum_decides_a_cell(status, domain, monkeypatch):
    from cvxpy.reductions.solvers.conic_solvers.clarabel_conif import CLARABEL

    monkeypatch.setitem(CLARABEL.STATUS_MAP, "Solved", status)
    monkeypatch.setitem(CLARABEL.STATUS_MAP, "DualInfeasible", status)
    cell = convex_cell(HALFPLANE, domain, [True], solver="CLARABEL")
    decides = status == "optimal" and domain.kind != "polytope"  # whose margin has no bound
    assert cell.feasibility() is (Feasibility.NONEMPTY if decides else Feasibility.CANNOT_TELL)
    distances = {"optimal": 0.5, "infeasible": math.inf}
    found = cell.distance(2)
    assert (value(found) == close(distances[status])) if status in distances else isinstance(found, Unknown)
    supports = {"infeasible": -math.inf} | ({"unbounded": math.inf} if domain.kind == "polytope" else {})
    found = cell.support([3.0, 4.0])
    if status != "optimal":
        assert (value(found) == supports[status]) if status in supports else isinstance(found, Unknown)


def test_a_point_that_misses_its_claims_is_unknown(monkeypatch):
    import cvxpy as cp

    honest = cp.Problem.unpack

    def moved(problem, solution):
        honest(problem, solution)
        for variable in problem.variables():
            variable.value = variable.value + 1e-3

    monkeypatch.setattr(cp.Problem, "unpack", moved)
    found = convex_cell(HALFPLANE, Ball(ORIGIN, 2.0), [True]).margin()
    assert isinstance(found, Unknown)
    assert "misses its own claims" in found.reason


# ---- limits, interrupts, missing solvers, bad input


@pytest.fixture(scope="module")
def large():
    rng = np.random.default_rng(0)
    return one_layer(rng.normal(size=(250, 80)), rng.normal(size=250))


@pytest.mark.parametrize("solver", ["HIGHS", "CLARABEL"])
def test_a_time_limit_ends_a_solve_without_an_answer(large, solver):
    cell = convex_cell(large, Box([-1] * 80, [1] * 80), [True] * 250, solver=solver, time_limit=1e-3)
    found = cell.margin()
    assert isinstance(found, Unknown)
    assert "time_limit" in found.reason
    assert cell.feasibility() is Feasibility.CANNOT_TELL


@pytest.mark.usefixtures("hearing_ctrl_c")
def test_an_interrupt_ends_a_wait_for_a_solver_at_once():
    start = time.perf_counter()
    threading.Timer(0.2, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        interruptible(lambda: time.sleep(3))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("solver", ["HIGHS", "CLARABEL"])
def test_solvers_let_other_threads_run(solver):
    """Else nothing could answer Ctrl-C while they solve."""
    import cvxpy as cp

    rng = np.random.default_rng(0)
    x = cp.Variable(150)
    problem = cp.Problem(cp.Maximize(rng.normal(size=150) @ x), [rng.normal(size=(500, 150)) @ x <= 1])
    data, chain, _ = problem.get_problem_data(solver)
    ended, ticks = threading.Event(), []

    def tick() -> None:
        while not ended.wait(0.002):
            ticks.append(time.perf_counter())

    clock = threading.Thread(target=tick)
    clock.start()
    start = time.perf_counter()
    interruptible(lambda: chain.solve_via_data(problem, data))
    seconds = time.perf_counter() - start
    ended.set()
    clock.join()
    assert seconds > 0.05, "too short to see anything"
    during = [t for t in ticks if start + 0.2 * seconds < t < start + 0.8 * seconds]
    assert len(during) >= 3


@pytest.mark.parametrize(("module", "package"), [("clarabel", "clarabel"), ("highspy", "highspy"), ("cvxpy", "cvxpy")])
def test_what_is_not_installed_is_named_with_its_command(module, package, monkeypatch):
    domain = Ball(ORIGIN, 1.0) if module == "clarabel" else Box([-1, -1], [1, 1])
    cell = convex_cell(HALFPLANE, domain, [True])
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineError, match=f"pip install {package}"):
        cell.margin()
    name = {"clarabel": "CLARABEL", "highspy": "HIGHS", "cvxpy": "HIGHS"}[module]
    with pytest.raises(EngineError, match=f"pip install {package}"):
        convex_cell(HALFPLANE, domain, [True], solver=name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prefix": [True, True]}, "2 signs; the network has 1 units"),
        ({"prefix": [-1]}, "sign 0 of the prefix is -1; give True"),
        ({"prefix": [0.5]}, "sign 0 of the prefix is 0.5"),
        ({"solver": "SCS"}, "solver is 'SCS'; give 'CLARABEL', 'HIGHS'"),
        ({"time_limit": 0}, "time_limit is 0"),
        ({"time_limit": math.nan}, "time_limit is nan"),
        ({"time_limit": math.inf}, "time_limit is inf"),
    ],
)
def test_bad_options_are_refused(options, message):
    given = {"prefix": [True], **options}
    with pytest.raises(EngineError, match=message):
        convex_cell(HALFPLANE, Ball(ORIGIN, 1.0), given.pop("prefix"), **given)


def test_bad_questions_are_refused():
    with pytest.raises(DomainError, match="dimension 3 and the network 2 inputs"):
        convex_cell(HALFPLANE, WholeSpace(3), [True])
    with pytest.raises(EngineError, match="use solver='CLARABEL'"):
        convex_cell(HALFPLANE, Ball(ORIGIN, 1.0), [True], solver="HIGHS").margin()
    cell = convex_cell(HALFPLANE, WholeSpace(2), [True])
    with pytest.raises(DomainError, match="norm is 3"):
        cell.distance(norm=3)
    with pytest.raises(DomainError, match="in a whole-space give 1, 2 or inf"):
        cell.distance()
    for direction in ([1.0], [1.0, math.nan], [[1.0, 0.0]]):
        with pytest.raises(DomainError, match="give 2 finite numbers"):
            cell.support(direction)


def test_answers_hold_no_solver_and_pickle():
    cell = convex_cell(HALFPLANE, Ball(ORIGIN, 1.0), [True])
    margin = cell.margin()
    assert pickle.loads(pickle.dumps(margin)).value == margin.value
    assert pickle.loads(pickle.dumps(cell)).feasibility() is cell.feasibility()
    assert not margin.point.flags.writeable


def test_importing_loads_no_solver():
    code = "import sys, exactregions, exactregions.crosscheck; print({'cvxpy', 'clarabel'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


@pytest.mark.parametrize("seed", range(20))
def test_unit_domains_and_the_rows_beside_them_are_the_domain(seed):
    """Also of boxes that have some of their ends only."""
    rng = np.random.default_rng(seed)
    lower, upper = (tuple(Fraction(sign) if rng.random() < 0.7 else None for _ in range(3)) for sign in (-1, 1))
    rows = (Row((1, 1, 1), 1),) if rng.random() < 0.5 else ()
    shape = Shape(ShapeKind.BOX, lower, upper, rows)
    space = unit_domain(shape, Fraction(1))
    for point in rng.uniform(-2, 2, (50, 3)).tolist():
        exact = [Fraction(v) for v in point]
        beside = all(row.at(exact) > 0 for row in rows_beside(shape))
        gap = np.array([float(v - c) for v, c in zip(exact, shape.center, strict=True)])
        assert shape.contains(exact) == (beside and space.slack(gap) > 0)
