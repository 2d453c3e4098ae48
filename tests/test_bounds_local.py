"""Bounds that ask solvers, enumerations or samples: their parts proved, their values between their neighbours."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from oracles import exact_signs
from scipy.optimize import linprog
from test_bounds import domains, network_of, odd_network

from exactregions import (
    Ball,
    Box,
    ExactRegionsError,
    Network,
    Polytope,
    Stage,
    WholeSpace,
    count_regions,
    enumerate_regions,
)
from exactregions.bounds import (
    BallProfile,
    Hybrid,
    SampledPatterns,
    Serra2018,
    SerraRamalingam2020,
    get_bound,
    proved_signs,
)
from exactregions.bounds.sampling import sample_points
from exactregions.bounds.stability.activities import activities
from exactregions.bounds.stability.proved_maximum import Polyhedron, ProvedProgram
from exactregions.bounds.stability.relaxed_layers import relaxed_layers
from exactregions.cases.networks import generated, max_min, sawtooth
from exactregions.errors import NotExactError

CORNERS = [Ball([0.0, 0.0], 1.0), Ball([0.0, 0.0], 1.0, 1), Ball([0.0, 0.0], 1.0, math.inf)]


def cases(seeds):
    for seed in seeds:
        network = odd_network(seed) if seed % 2 else network_of(1 + seed % 3, (3, 3, 2), seed, 0.1 * (seed % 4 == 0))
        yield from ((network, domain) for domain in domains(network.inputs, seed))


def random_polyhedron(seed: int) -> Polyhedron:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 6)), int(rng.integers(0, 6))
    matrix, inside = rng.normal(size=(m, n)) * 10.0 ** rng.integers(-3, 4), rng.uniform(-1, 1, n)
    centre, room = matrix @ inside, np.abs(rng.normal(size=(2, m)))
    row_lower = np.where(rng.random(m) < 0.3, -math.inf, centre - room[0])
    row_upper = np.where(rng.random(m) < 0.3, math.inf, centre + room[1])
    return Polyhedron(np.full(n, -2.0), np.full(n, 1.5), matrix, row_lower, row_upper)


def believed_maximum(polyhedron: Polyhedron, cost: np.ndarray, lower=None, upper=None) -> float:
    rows = np.vstack([polyhedron.matrix, -polyhedron.matrix])
    rhs = np.r_[polyhedron.row_upper, -polyhedron.row_lower]
    keep = np.isfinite(rhs)
    ends = (polyhedron.lower if lower is None else lower), (polyhedron.upper if upper is None else upper)
    found = linprog(-cost, A_ub=rows[keep], b_ub=rhs[keep], bounds=list(zip(*ends, strict=True)), method="highs")
    return -found.fun if found.status == 0 else -math.inf


@pytest.mark.parametrize("seed", range(60))
def test_any_multipliers_prove_a_bound_and_those_of_the_solver_a_tight_one(seed):
    polyhedron, rng = random_polyhedron(seed), np.random.default_rng(seed)
    cost = rng.normal(size=len(polyhedron.lower))
    true = believed_maximum(polyhedron, cost)
    scale = 1 + abs(true)
    found = ProvedProgram(polyhedron).relaxed(cost)
    assert true - 1e-7 * scale <= found.bound <= true + 1e-6 * scale
    for _ in range(20):
        multipliers = rng.normal(size=len(polyhedron.row_lower)) * 10.0 ** rng.integers(-6, 6)
        multipliers[rng.random(len(multipliers)) < 0.1] = math.nan
        bound = polyhedron.proved(cost, multipliers, polyhedron.lower, polyhedron.upper)
        assert true - 1e-9 * scale <= bound < math.inf


@pytest.mark.parametrize("seed", range(20))
def test_a_bound_is_rounded_outward(seed):
    rng = np.random.default_rng(seed)
    cost, upper, row = rng.normal(size=(3, 30))
    upper = np.abs(upper)
    free = Polyhedron(-upper, upper, row[None, :], np.array([-math.inf]), np.array([0.1]))
    exact = [[Fraction(v) for v in vector.tolist()] for vector in (cost, upper, row)]
    for y in (0.0, 0.1):
        true = Fraction(y) * Fraction(0.1) + sum(abs(c - Fraction(y) * r) * u for c, u, r in zip(*exact, strict=True))
        bound = free.proved(cost, np.array([y]), -upper, upper)
        assert true <= Fraction(bound) <= true * (1 + Fraction(1, 10**12))


def test_emptiness_is_proved_and_not_believed():
    empty = Polyhedron(np.zeros(2), np.ones(2), np.ones((1, 2)), np.array([2.5]), np.array([math.inf]))
    assert ProvedProgram(empty).relaxed(np.ones(2)).bound == -math.inf
    # the solver drops an entry so small, and calls what is left empty
    entry = Polyhedron(np.zeros(1), np.full(1, 1e6), np.full((1, 1), 1e-13), np.full(1, 1e-9), np.full(1, math.inf))
    assert ProvedProgram(entry).relaxed(np.ones(1)).bound >= 1e6


@pytest.mark.parametrize("seed", range(25))
def test_branch_and_bound_meets_the_best_choice_of_switches(seed):
    rng = np.random.default_rng(seed)
    n, m = 5, 4
    matrix = rng.integers(-3, 4, size=(m, n)).astype(float)
    polyhedron = Polyhedron(np.zeros(n), np.ones(n), matrix, np.full(m, -math.inf), rng.integers(0, 4, m).astype(float))
    cost = rng.integers(-3, 6, n).astype(float)
    points = (np.array(p, dtype=float) for p in itertools.product((0, 1), repeat=n))
    best = max(cost @ p for p in points if (matrix @ p <= polyhedron.row_upper).all())
    program, switches = ProvedProgram(polyhedron), list(range(n))

    def never(point):
        return -math.inf

    full = program.maximum(cost, polyhedron.lower, polyhedron.upper, switches, 1000, never)
    assert full == best
    early = [program.maximum(cost, polyhedron.lower, polyhedron.upper, switches, k, never) for k in range(4)]
    assert all(a >= b >= best for a, b in itertools.pairwise(early))
    stopped = program.maximum(cost, polyhedron.lower, polyhedron.upper, switches, 1000, lambda point: float(best))
    assert stopped >= best


@pytest.mark.parametrize("seed", range(10))
def test_no_point_lies_outside_the_relaxation(seed):
    rng = np.random.default_rng(seed)
    given = odd_network(seed)
    plane = Stage.wires(rng.normal(size=(given.inputs, 2)), np.zeros(given.inputs))
    network = Network((plane, *given.stages), given.weight, given.bias)
    for domain in [*CORNERS, Box([-1, -0.5], [1, 2]), Polytope([[1.0, Fraction(1, 3)]], [1.0], Box([-1, -1], [1, 1]))]:
        points = [p for p in sample_points(domain, 40, rng).tolist() if domain.contains(p)]
        z = network.pre_activations(points)
        known = proved_signs(network, domain, "both")
        reached = 0
        for index, layer in enumerate(relaxed_layers(network, domain, known)):
            assert layer.index == index
            for unit in range(len(layer.stage.bias)):
                layer.improve(unit)
            values = z[layer.index]
            assert (values >= layer.lower - 1e-9).all()
            assert (values <= layer.upper + 1e-9).all()
            reached = index + 1
        assert reached == len(network.stages)


def true_signs(network: Network, domain) -> list[set[int]]:
    """For each splitting unit the signs that it takes inside the regions, from the exact enumeration."""
    regions = enumerate_regions(network, domain, engine="rational")
    signs = np.array([exact_signs(network, region.witness) for region in regions])
    return [set(s) - {0} for s in signs.T.tolist()]


@pytest.mark.parametrize("seed", range(8))
def test_the_exact_test_settles_what_keeps_its_sign_and_nothing_else(seed):
    for network, domain in cases([seed]):
        true = true_signs(network, domain)
        for test in ("both", "lp", "exact"):
            stages = zip(proved_signs(network, domain, test), network.stages, strict=True)
            found = np.concatenate([s[stage.splits] for s, stage in stages]).tolist()
            assert all(not f or t <= {f} for f, t in zip(found, true, strict=True)), (test, domain)
            assert test != "exact" or all(f or len(t) == 2 for f, t in zip(found, true, strict=True)), domain


def test_programs_see_what_intervals_do_not():
    # x + y - 1.125 is never positive in the ball of norm 1; neither a box nor a ball around the values knows
    first = Stage.relu([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]], [2.0, 2.0, 0.0])
    network = Network((first, Stage.relu([[1.0, 1.0, 0.0]], [-5.125])), [[1.0]], [0.0])
    diamond = Ball([0.0, 0.0], 1.0, 1)
    assert proved_signs(network, diamond, "both")[1].tolist() == [0]
    assert proved_signs(network, diamond, "lp")[1].tolist() == [-1]
    assert proved_signs(network, Ball([0.0, 0.0], 1.25, 1), "exact")[1].tolist() == [0]
    assert BallProfile("lp").evaluate(network, diamond) == count_regions(network, diamond, engine="rational") == 2


def test_the_exact_test_is_for_whole_domains():
    network = network_of(1, (2, 2))
    with pytest.raises(ExactRegionsError, match="whole domain"):
        proved_signs(network, Ball([0.0], 1.0), "exact", proved_signs(network, Ball([0.0], 1.0)))


@pytest.mark.parametrize("stability", ["both", "interval", "sphere", "lp"])
@pytest.mark.parametrize("seed", range(3))
def test_hybrid_goes_down_from_the_profile_to_the_count(seed, stability):
    for network, domain in cases([seed]):
        values = [Hybrid(m, stability, "rational").evaluate(network, domain) for m in range(len(network.stages) + 2)]
        assert values[0] == BallProfile(stability).evaluate(network, domain)
        assert all(a >= b for a, b in itertools.pairwise(values))
        assert values[-1] == values[-2] == count_regions(network, domain, engine="rational")


def test_hybrid_is_a_dial():
    network, domain = generated(3, 8, 8, 8, 1), Ball([0.0] * 3, 0.4)
    values = [Hybrid(m, engine="rational").evaluate(network, domain) for m in range(4)]
    assert values[0] > values[1] > values[2] > values[3]
    exact = Hybrid(1, "exact", "rational")
    assert exact.evaluate(network, domain) <= Hybrid(1, "lp", "rational").evaluate(network, domain) <= values[1]
    assert exact.name == "hybrid_1_exact"
    assert "exact count" in str(Hybrid(3).note(network, domain, values[3]))
    assert Hybrid(2).note(network, domain, values[2]) is None


@pytest.mark.parametrize("stability", ["both", "sphere", "interval", "lp", "exact"])
def test_a_coefficient_that_underflows_on_a_cell_cuts_it_all_the_same(stability):
    # on either cell the second stage is 1e-330 |x| or its negative, plus 1e-31; no float is near 1e-330
    stages = (Stage.relu([[1e-200], [-1e-200]], [0, 0]), Stage.relu([[1e-130, -1e-130]], [1e-31]))
    network, domain = Network(stages, np.ones((1, 1)), np.zeros(1)), Box([-1e300], [1e300])
    assert Hybrid(1, stability).evaluate(network, domain) >= count_regions(network, domain, engine="rational") == 3


def test_hybrid_refuses_what_it_cannot_mean():
    for wrong in (-1, 1.5, True):
        with pytest.raises(ExactRegionsError, match="enumerated stages"):
            Hybrid(wrong)  # type: ignore[arg-type]
    assert Hybrid(3).evaluate(Network.from_layers([[[1.0]]], [[0.0]]), Ball([0.0], 1.0)) == 1


def test_an_unfinished_enumeration_is_no_value(monkeypatch):
    import exactregions.bounds.stability.exact_signs as module

    def cut_short(network, domain, *, engine):
        return enumerate_regions(network, domain, engine="rational", max_regions=1)

    monkeypatch.setattr(module, "enumerate_regions", cut_short)
    with pytest.raises(NotExactError, match="not exact"):
        Hybrid(1).evaluate(network_of(2, (4, 4)), Ball([0.0, 0.0], 2.0))


@pytest.mark.parametrize("seed", range(6))
def test_serra_ramalingam_lies_between_the_count_and_the_profile(seed):
    for network, domain in cases([seed]):
        values = [SerraRamalingam2020(nodes).evaluate(network, domain) for nodes in (0, 10)]
        assert BallProfile().evaluate(network, domain) >= max(values)
        assert min(values) >= count_regions(network, domain, engine="rational")


def test_serra_ramalingam_knows_which_units_exclude_each_other():
    # of these two units one is on at most, so the image of every cell is a segment or a point
    first = Stage.relu([[1.0, 0.0], [-1.0, 0.0]], [-0.1] * 2)
    second = Stage.relu(np.random.default_rng(0).normal(size=(3, 2)), [0.5, -0.5, 0.25])
    network, box = Network((first, second), [[1.0] * 3], [0.0]), Box([-2, -2], [2, 2])
    activity = activities(network, box, 100)[0]
    assert activity.most(0) == 1
    assert activity.on == activity.off == [0] * 2
    sound = SerraRamalingam2020(100).evaluate(network, box)
    assert count_regions(network, box, engine="rational") <= sound < BallProfile("exact").evaluate(network, box)
    # without any program it is the profile
    assert SerraRamalingam2020(0).evaluate(network, box) <= BallProfile("lp").evaluate(network, box)


def test_fewer_units_on_than_the_most_does_not_mean_fewer_cells():
    # three lines about a triangle on which all units are off: of seven cells three have the most units on
    angles, rng = 2 * np.pi * np.arange(3) / 3, np.random.default_rng(1)
    first = Stage.relu(np.c_[np.cos(angles), np.sin(angles)], [-0.3] * 3)
    second = Stage.relu(rng.normal(size=(4, 3)), -np.abs(rng.normal(0, 0.5, 4)))
    network, box = Network((first, second), [[1.0] * 4], [0.0]), Box([-5, -5], [5, 5])
    one, two = activities(network, box, 100)
    assert (one.most(0), len(one.on), two.most(0) >= 0) == (2, 3, True)
    cells = enumerate_regions(Network((first,), [[1.0] * 3], [0.0]), box, engine="rational").pattern_array().sum(axis=1)
    assert sorted(cells.tolist()) == [0, 1, 1, 1, 2, 2, 2]
    unstable = [sum(max(p) <= k for p in zip(two.on, two.off, strict=True)) for k in range(3)]
    tempting = sum(math.comb(3, j) * sum(math.comb(unstable[2 - j], i) for i in range(3 - j)) for j in range(3))
    count = count_regions(network, box, engine="rational")
    assert tempting < count <= SerraRamalingam2020(100).evaluate(network, box)


def test_serra_ramalingam_without_bounds_is_the_global_bound():
    network = network_of(2, (4, 4))
    assert SerraRamalingam2020().evaluate(network, WholeSpace(2)) == Serra2018().evaluate(network, WholeSpace(2))
    assert SerraRamalingam2020().evaluate(Network.from_layers([[[1.0]]], [[0.0]]), Ball([0.0], 1.0)) == 1
    with pytest.raises(ExactRegionsError, match="nodes"):
        SerraRamalingam2020(-1)


@pytest.mark.parametrize("name", ["ball_profile_lp", "ball_profile_exact", "hybrid_1", "serra_ramalingam_2020"])
@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e200, 1e308])
@pytest.mark.parametrize("domain", [Ball([0.5, 0.5], 1e308), Ball([0.5, 0.5], 5e-324), Box([0, 0], [10**400, 1])])
def test_extreme_numbers_stay_sound(name, domain, scale):
    rng = np.random.default_rng(0)
    layers = [rng.normal(size=(3, 2)) * scale, rng.normal(size=(3, 3)), [[1.0] * 3]]
    network = Network.from_layers(layers, [np.zeros(3), rng.normal(size=3), [0.0]])
    bound = Hybrid(1, engine="rational") if name == "hybrid_1" else get_bound(name)
    assert bound.evaluate(network, domain) >= count_regions(network, domain, engine="rational")


@pytest.mark.parametrize("stability", ["both", "lp"])
def test_a_cell_whose_forms_no_float_holds_settles_nothing_more(stability):
    """Slopes of 1e300 twice over: the second stage sees the inputs with weights near 1e600."""
    stages = tuple(Stage([[1e300], [-1e300]][:n], [1.0] * n, [0.0] * n, [1e300] * n) for n in (1, 2))
    network = Network(stages, np.ones((1, 2)), np.zeros(1))
    domain = Box([-1], [1])
    count = count_regions(network, domain, engine="rational")
    values = [Hybrid(m, stability, "rational").evaluate(network, domain) for m in range(3)]
    assert values[0] >= values[1] >= values[2] == count


@pytest.mark.parametrize("sign", [1, -1])
def test_a_domain_beyond_floats_is_sampled_within_them(sign):
    domain = Ball([sign * 10**400], 2 * 10**400)
    assert 1 <= SampledPatterns(64).evaluate(network_of(1, (1,)), domain) <= 2


@pytest.mark.parametrize("seed", range(8))
def test_samples_are_distinct_regions(seed):
    for network, domain in cases([seed]):
        value = SampledPatterns(64).evaluate(network, domain)
        assert 1 <= value <= count_regions(network, domain, engine="rational")
        assert value == SampledPatterns(64).evaluate(network, domain)


def test_many_samples_see_every_large_region():
    network, box = sawtooth(2, 2, 2), Box([0, 0], [1, 1])
    assert SampledPatterns(2000).evaluate(network, box) == 16
    assert SampledPatterns(1).evaluate(network, box) == 1
    assert SampledPatterns(5, seed=1).evaluate(network, box) <= 5
    assert "2048" in str(SampledPatterns().note(network, box, 16))
    with pytest.raises(ExactRegionsError, match="samples"):
        SampledPatterns(0)


def test_a_unit_that_vanishes_on_a_cell_spoils_no_sample():
    # below zero the first unit is off and the second is zero everywhere: recorded as inactive
    network = Network((Stage.relu([[1.0]], [0.0]), Stage.relu([[1.0]], [0.0])), [[1.0]], [0.0])
    assert SampledPatterns(64).evaluate(network, Ball([0.0], 1.0)) == 2
    assert SampledPatterns(500).evaluate(max_min(), Ball([0.0, 0.0], 1.0)) == 5


def test_a_point_on_a_boundary_is_no_witness():
    # a few floats lie in this ball, zero among them, where both units are zero
    network = Network.from_layers([[[1.0], [-1.0]], [[1.0, 1.0]]], [[0.0, 0.0], [0.0]])
    tiny = Ball([0.0], 1e-323)
    assert SampledPatterns(200).evaluate(network, tiny) == count_regions(network, tiny, engine="rational") == 2


def test_a_point_beside_the_domain_is_no_witness():
    # one float lies in this box; what the others are rounded to lies on both sides of the hyperplane
    moved = Stage.wires([[1.0]], [-1.7])
    network = Network((moved, Stage.relu([[1.0]], [2.0**-56])), [[1.0]], [0.0])
    box = Box([Fraction(1.7) - Fraction(1, 2**62)], [Fraction(1.7) + Fraction(1, 2**62)])
    points = sample_points(box, 200, np.random.default_rng(0))
    assert len(np.unique(network.pattern(points), axis=0)) == 2
    assert SampledPatterns(200).evaluate(network, box) == count_regions(network, box, engine="rational") == 1


@pytest.mark.parametrize("d", [1, 3, 40])
def test_points_are_drawn_inside(d):
    rng = np.random.default_rng(0)
    kinds = [*(Ball([2.0] * d, 3.0, norm) for norm in (1, 2, math.inf)), Box([1] * d, [2] * d), WholeSpace(d)]
    row = Polytope([[1.0] * d], [1.0])
    for domain in [*kinds, row, Polytope([[1.0] * d], [1.5 * d], Box([1] * d, [2] * d))]:
        points = sample_points(domain, 300, rng)
        assert points.shape == (300, d)
        assert len(np.unique(points, axis=0)) == 300
        assert sum(domain.contains(p) for p in points.tolist()) >= 299
        if isinstance(domain, Ball) and d == 3:
            # uniform: within half the radius lies an eighth of the volume
            near = sum(domain.distance_power(p) < domain.radius**2 / 4 for p in points.tolist())
            near = near if domain.norm == 2 else sum(domain.distance_power(p) < 1.5 for p in points.tolist())
            assert 15 <= near <= 65
