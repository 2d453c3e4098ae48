"""Max-pooling, maxout, min and max: regions told by which value wins, against closed forms and exact clipping."""

import json
import time
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from zipfile import ZipFile

import numpy as np
import pytest
from engines import found
from independent import winners as clipped
from independent.clipping import points_of
from naive_checker import Refused, verify
from narrowing import present

from exactregions import (
    Ball,
    Box,
    Network,
    RegionSet,
    WholeSpace,
    agree,
    compare,
    count_regions,
    curve,
    enumerate_regions,
    linear_regions,
    resume_regions,
    spot_check,
    verify_region,
)
from exactregions.certificate.checker import InvalidCertificate, check
from exactregions.crosscheck.convex import Feasibility, convex_cell
from exactregions.engines.rational import RationalEngine
from exactregions.engines.tree import TreeEngine
from exactregions.errors import EngineError, FileFormatError
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.witnesses import cell_of_pattern
from exactregions.geometry import adjacency, plane_cells, volumes
from exactregions.network import Winner
from exactregions.progress import StopReason
from exactregions.testing.trials.winner_networks import dyadic, network_of, random_layers
from exactregions.winner_patterns import has_contests, winner_patterns

ENGINES = ("tree", "rational", "facets", "milp")


def tangents(k, d):
    """Affine functions that touch a paraboloid at k points in general position: each is largest somewhere."""
    points = dyadic(np.random.default_rng(k), k, d)
    return points, -(points**2).sum(axis=1) / 2


def maxout(k, d):
    return [("affine", *tangents(k, d)), ("max", [tuple(range(k))])]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("k", "d"), [(2, 1), (3, 1), (3, 2), (4, 2), (5, 1), (9, 2), (4, 3)])
def test_the_largest_of_k_generic_affine_functions_has_k_regions(engine, k, d):
    box = Box([-16] * d, [16] * d)
    regions = found(engine, network_of(d, maxout(k, d)), box)
    assert len(regions) == k
    assert sorted(region.winners() for region in regions) == [[i] for i in range(k)]


@pytest.mark.parametrize("k", [3, 6])
def test_the_smallest_has_as_many_as_the_largest(k):
    weight, bias = tangents(k, 2)
    network = network_of(2, [("affine", -weight, -bias), ("min", [tuple(range(k))])])
    assert count_regions(network, WholeSpace(2)) == k


@pytest.mark.parametrize("engine", ["tree", "rational"])
def test_pooling_of_independent_inputs_is_a_product(engine):
    # each unit pools four inputs of its own: 4 winners each, whatever the others do
    groups = [tuple(range(4 * i, 4 * i + 4)) for i in range(3)]
    assert len(found(engine, network_of(12, [("max", groups)]), Ball([0.0] * 12, 1))) == 4**3


def test_pooling_of_generic_forms_about_a_common_point_is_a_product():
    # eight forms of seven inputs, their differences independent: all combinations of winners meet at the origin
    rng = np.random.default_rng(0)
    layers = [("affine", dyadic(rng, 8, 7), np.zeros(8)), ("max", [(0, 1, 2, 3), (4, 5, 6, 7)])]
    assert count_regions(network_of(7, layers), Ball([0.0] * 7, Fraction(1, 10**9))) == 16


IDENTICAL = {
    "max(x, x, y)": (2, [("max", [(0, 0, 1)])], 2),
    "max(x, y, x)": (2, [("max", [(0, 1, 0)])], 2),
    "max(x)": (1, [("max", [(0,)])], 1),
    "equal forms": (2, [("affine", [[1, 0], [1, 0], [0, 1], [1, 0]], [0] * 4), ("max", [(0, 1, 2, 3)])], 2),
    "all are equal": (1, [("affine", [[1]] * 5, [1] * 5), ("max", [(0, 1, 2, 3, 4)])], 1),
    "constants": (1, [("affine", [[0], [0], [1]], [1, 2, 0]), ("max", [(0, 1, 2)])], 2),
    "equal in one part only": (1, [("affine", [[1], [-1]], [0, 0]), ("units", [0, 0], [1, 1]), ("max", [(0, 1)])], 2),
    "three that vanish": (
        2,
        [("affine", [[1, 0], [1, 1], [1, -1]], [0] * 3), ("units", [0] * 3, [1] * 3), ("max", [(0, 1, 2)])],
        7,  # six sectors, one of them cut where x + y and x - y are equal
    ),
    "the absolute value": (1, [("affine", [[1], [-1]], [0, 0]), ("max", [(0, 1)])], 2),
    "a clip": (1, [("affine", [[1], [0], [0]], [0, -1, 1]), ("max", [(0, 1), (2,)]), ("min", [(0, 1)])], 3),
    "a winner that always wins": (1, [("affine", [[1], [1], [1]], [0, 1, 2]), ("max", [(0, 1, 2)])], 1),
    "of one hyperplane": (1, [("affine", [[1], [2], [3], [0]], [0] * 4), ("max", [(0, 1, 2, 3)])], 2),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", IDENTICAL)
def test_identical_inputs_of_a_winner_unit_count_once(engine, case):
    inputs, layers, count = IDENTICAL[case]
    assert len(found(engine, network_of(inputs, layers), Ball([0.0] * inputs, 4))) == count


def told_patterns(network):
    """All winner patterns that a network could have."""
    for signs in product([False, True], repeat=network.units):
        pattern = np.array([signs])
        if np.array_equal(winner_patterns(network.winners, pattern), pattern):
            yield list(signs)


IDENTICAL_LATER = {
    "max(x, y, y)": (2, [("affine", [[1, 0], [0, 1], [0, 1]], [0] * 3), ("max", [(0, 1, 2)])], 2),
    "max(y, x, z, y)": (3, [("affine", np.eye(3)[[1, 0, 2, 1]], [0] * 4), ("max", [(0, 1, 2, 3)])], 3),
}


@pytest.mark.parametrize("case", IDENTICAL | IDENTICAL_LATER)
def test_a_pattern_has_a_cell_exactly_where_it_is_one_of_a_region(case):
    """Of equal values the first wins: the pattern of a later one is none."""
    inputs, layers, count = (IDENTICAL | IDENTICAL_LATER)[case]
    network, ball = network_of(inputs, layers), Ball([0.0] * inputs, 4)
    exact, regions = ExactNetwork(network), enumerate_regions(network, ball, engine="rational")
    patterns = {tuple(pattern) for pattern in regions.pattern_array().tolist()}
    assert len(patterns) == count
    for pattern in told_patterns(network):
        assert (cell_of_pattern(exact, ball, pattern) is not None) == (tuple(pattern) in patterns)
    assert not [doubt for doubt in spot_check(regions).doubts if "WRONG" in str(doubt)]


SEEDS = range(40)
DOMAINS = (
    lambda d: Ball([Fraction(1, 3)] * d, 2),
    lambda d: Box([-2] * d, [3] * d),
    lambda d: Ball([0] * d, 1, norm=1),
    lambda d: WholeSpace(d),
)


def question(seed):
    rng = np.random.default_rng(seed)
    dim = int(rng.integers(1, 3))
    layers = random_layers(rng, dim, coincident=not seed % 2)
    domain = DOMAINS[seed % 4](dim)
    return network_of(dim, layers), layers, domain, clipped.parts(layers, domain)


@pytest.mark.parametrize("seed", SEEDS)
def test_regions_are_those_of_exact_clipping(seed):
    network, layers, domain, truth = question(seed)
    for engine in ("tree", "rational", "facets"):
        regions = found(engine, network, domain)
        patterns = [clipped.pattern_at(layers, region.witness) for region in regions]
        assert len(patterns) == len(truth)
        assert set(patterns) == set(truth)
    for region, pattern in zip(regions, patterns, strict=True):
        matrix, shift = region.affine_map()
        rows = [[*map(Fraction, row), Fraction(c)] for row, c in zip(matrix.tolist(), shift.tolist(), strict=True)]
        assert rows == [[Fraction(float(v)) for v in row] for row in truth[pattern].values]
        a, b = region.polyhedron()
        assert (a @ np.array([float(v) for v in region.witness]) <= b + 1e-9).all()


@pytest.mark.parametrize("seed", [s for s in SEEDS if s % 4 == 0])
@pytest.mark.parametrize("engine", ["tree", "rational"])
def test_entry_radii_are_those_of_whole_cells(seed, engine):
    network, layers, domain, truth = question(seed)
    regions = found(engine, network, domain)
    for region in regions:
        lower, upper = map(Fraction, present(region.entry_bounds))
        entry = truth[clipped.pattern_at(layers, region.witness)].cell.entry(tuple(domain.center), 2)
        assert lower**2 <= entry <= upper**2
    for radius in (Fraction(1, 2), Fraction(1)):
        within = sum(part.cell.entry(tuple(domain.center), 2) < radius**2 for part in truth.values())
        assert curve(network, domain.center, 2, bounds=(), radii=[radius]).count(radius) == within


@pytest.mark.parametrize("seed", [s for s in SEEDS if s % 4 == 2])
def test_entry_radii_in_other_norms(seed):
    network, layers, domain, truth = question(seed)
    for region in enumerate_regions(network, domain, entry_radii=True):
        lower, upper = map(Fraction, present(region.entry_bounds))
        assert lower <= truth[clipped.pattern_at(layers, region.witness)].cell.entry(tuple(domain.center), 1) <= upper


def test_an_unfinished_search_tells_the_distance_of_whole_cells():
    """What was found first of a region need not be its nearest part."""
    asked = 0
    for seed in (s for s in SEEDS if s % 4 == 0):
        network, layers, domain, truth = question(seed)
        if len(truth) > 4:
            asked += 1
            part = curve(network, domain.center, 2, bounds=(), max_regions=len(truth) - 2)
            assert not part.exact
            for region in part.regions:
                lower, upper = map(Fraction, present(region.entry_bounds))
                entry = truth[clipped.pattern_at(layers, region.witness)].cell.entry(tuple(domain.center), 2)
                assert lower**2 <= entry <= upper**2
    assert asked > 2


def neighbours(truth):
    """Return the pairs of patterns whose polygons, or intervals, have more than a corner in common."""
    return {
        frozenset((p, q)) for p, q in combinations(truth, 2) if _touch(truth[p].cell.pieces[0], truth[q].cell.pieces[0])
    }


def _touch(one, other):
    """Whether two convex cells share an edge of positive length: all of the one lies on a line through two corners."""
    shared = []
    for cell, against in ((one, other), (other, one)):
        shared += [point for point in points_of(cell) if _holds(points_of(against), point)]
    return len({tuple(point) for point in shared}) >= len(one[0]) - 1


def _holds(corners, point):
    if len(point) == 1:
        return min(corners)[0] <= point[0] <= max(corners)[0]
    sides = zip(corners, [*corners[1:], corners[0]], strict=True)
    turns = [(q[0] - p[0]) * (point[1] - p[1]) - (q[1] - p[1]) * (point[0] - p[0]) for p, q in sides]
    return all(t >= 0 for t in turns) or all(t <= 0 for t in turns)


@pytest.mark.parametrize("seed", [s for s in SEEDS if s % 4 == 1])
def test_volumes_facets_and_pictures_are_those_of_whole_cells(seed):
    network, layers, domain, truth = question(seed)
    regions = found("tree", network, domain)
    patterns = [clipped.pattern_at(layers, region.witness) for region in regions]
    areas = [float(present(truth[pattern].cell.area)) for pattern in patterns]
    assert volumes(regions).values == pytest.approx(areas)
    links = adjacency(regions)
    assert {frozenset((patterns[i], patterns[j])) for i, j in links.edges.tolist()} == neighbours(truth)
    assert linear_regions(links, "R6").count == len({part.values for part in truth.values()})
    if network.inputs == 2:
        assert [cell.area for cell in plane_cells(regions)] == pytest.approx(areas)


@pytest.mark.parametrize("seed", SEEDS[::3])
def test_certificates_prove_the_number_of_winner_patterns(seed, tmp_path):
    network, _, domain, truth = question(seed)
    for engine in ("tree", "rational"):
        for claim in ("exact", "upper", "lower"):
            path = tmp_path / f"{engine}-{claim}"
            regions = enumerate_regions(network, domain, engine=engine, certificate=path, claim=claim, store=False)
            assert regions.exact
            assert regions.count == check(path).regions == verify(path).regions == len(truth)


def pooled():
    """A network of more leaves than regions: two pools that overlap, a smallest value behind them, and units."""
    rng = np.random.default_rng(5)
    layers = [
        ("affine", dyadic(rng, 8, 3), dyadic(rng, 8, 1)[:, 0]),
        ("max", [(0, 1, 2, 3, 4), (3, 4, 5, 6, 7)]),
        ("affine", dyadic(rng, 4, 2), dyadic(rng, 4, 1)[:, 0]),
        ("units", [0, 0, 0, 1], [1, 1, 1, 1]),
        ("min", [(0, 1, 2, 3)]),
    ]
    return network_of(3, layers)


POOLED_BALL = Ball([0.25, 0, -0.5], 3)


def test_shards_may_find_one_region_twice(tmp_path):
    network, paths, parts = pooled(), [], []
    for number in (1, 2, 3):
        paths.append(tmp_path / str(number))
        parts.append(enumerate_regions(network, POOLED_BALL, certificate=paths[-1], shard=(number, 3)))
        assert parts[-1].entry_radii is None
    whole = count_regions(network, POOLED_BALL, engine="rational")
    assert check(paths).regions == whole
    assert len(set().union(*(part.pattern_set() for part in parts))) == whole < sum(map(len, parts))


def test_a_certificate_says_which_units_are_contests(tmp_path):
    network = pooled()
    enumerate_regions(network, POOLED_BALL, certificate=tmp_path / "a")
    lowered = replace(network, winners=())
    enumerate_regions(lowered, POOLED_BALL, certificate=tmp_path / "b")
    assert check(tmp_path / "a").regions < check(tmp_path / "b").regions
    with pytest.raises(InvalidCertificate, match="another network"):
        check(tmp_path / "a", fingerprint=lowered.fingerprint)


FORGED = {
    "not there": lambda header: header.pop("winners"),
    "version": lambda header: header.update(version=2),
    "none": lambda header: header.update(winners=[]),
    "no list": lambda header: header.update(winners={}),
    "no pair": lambda header: header["winners"][0].append([]),
    "no numbers": lambda header: header["winners"][0][0].__setitem__(0, "0"),
    "a truth value": lambda header: header["winners"][0][1][0].__setitem__(0, False),
    "no unit": lambda header: header["winners"][0][0].__setitem__(0, 10**6),
    "before all units": lambda header: header["winners"][0][0].__setitem__(0, -1),
    "a unit twice": lambda header: header["winners"].append(header["winners"][0]),
    "a contest too few": lambda header: header["winners"][0][1].pop(),
    "no contests": lambda header: header["winners"].append([[], []]),
    "a value twice": lambda header: header["winners"][0][1].__setitem__(0, [1, 1]),
    "later winners first": lambda header: header["winners"][0][1].reverse(),
    "three sides": lambda header: header["winners"][0][1][0].append(2),
    "another tournament": lambda header: header["winners"][0][1][0].reverse(),
    "another order": lambda header: header["winners"].reverse(),
}


@pytest.mark.parametrize("fault", FORGED)
def test_forged_winner_units_are_refused(fault, tmp_path):
    path, wrong = tmp_path / "a", tmp_path / "b"
    enumerate_regions(pooled(), Box([0] * 3, [1] * 3), engine="rational", certificate=path)
    with ZipFile(path) as archive, ZipFile(wrong, "w") as other:
        for member in archive.infolist():
            data = archive.read(member)
            if member.filename == "certificate.json":
                header = json.loads(data)
                FORGED[fault](header)
                data = json.dumps(header)
            other.writestr(member, data)
    with pytest.raises(InvalidCertificate):
        check(wrong)
    with pytest.raises(Refused):
        verify(wrong)


def test_engines_agree_and_second_opinions_too():
    network = pooled()
    answer = agree(network, POOLED_BALL, engines=("tree", "facets"))
    assert answer.agreed
    assert answer.exact
    regions = found("tree", network, POOLED_BALL)
    assert count_regions(replace(network, winners=()), POOLED_BALL) > len(regions) > 15
    assert all(verify_region(region, POOLED_BALL).agrees for region in list(regions)[::5])
    report = spot_check(regions, sample=4)
    assert report.ok
    assert not report.contradictions


def test_a_search_is_stopped_and_resumed(tmp_path):
    network, whole = pooled(), count_regions(pooled(), POOLED_BALL)
    assert whole < count_regions(replace(network, winners=()), POOLED_BALL) / 2
    for engine, numbers in {"tree": (1, 7, whole - 1), "rational": (7, whole - 1), "facets": (7,)}.items():
        for most in numbers:
            part = enumerate_regions(network, POOLED_BALL, engine=engine, max_regions=most)
            assert (len(part), part.exact) == (most, False)
    part = enumerate_regions(network, POOLED_BALL, max_regions=whole // 2)
    part.save(tmp_path / "part.npz")
    again = RegionSet.load(tmp_path / "part.npz")
    more = resume_regions(again, max_regions=5, check=True)
    assert len(more) == whole // 2 + 5
    done = resume_regions(more)
    assert done.exact
    assert len(done) == len(done.pattern_set()) == whole
    bare = enumerate_regions(network, POOLED_BALL, max_regions=whole // 2, store=False)
    with pytest.raises(EngineError, match="only the number"):
        resume_regions(bare)


def test_a_forged_set_is_found_out(tmp_path):
    part = enumerate_regions(pooled(), POOLED_BALL, max_regions=12)
    keep = np.arange(1, 12)
    less = replace(part, count=11, patterns=part.patterns[keep], witnesses=part.witnesses[keep], exact_witnesses={})
    with pytest.raises(FileFormatError, match="missing"):
        resume_regions(less, check=True)
    wrong = part.pattern_array().copy()
    # a contest that no winner has a part in
    units = [unit for winner in part.network.winners for unit in winner.units]
    row, unit = next((r, u) for r in range(12) for u in units if not wrong[r, u] and _undecided(part, r, u))
    wrong[row, unit] = True
    replace(part, patterns=np.packbits(wrong, axis=1, bitorder="little")).save(tmp_path / "a.npz")
    with pytest.raises(FileFormatError, match="do not decide"):
        RegionSet.load(tmp_path / "a.npz")


def _undecided(regions, row, unit):
    pattern = regions[row].pattern.copy()
    before = [winner.wins(pattern) for winner in regions.network.winners]
    pattern[unit] ^= True
    return before == [winner.wins(pattern) for winner in regions.network.winners]


def test_workers_and_counting_alone_give_the_same_number():
    network, whole = pooled(), count_regions(pooled(), POOLED_BALL, engine="rational")
    assert count_regions(network, POOLED_BALL, workers=2) == whole
    assert enumerate_regions(network, POOLED_BALL, store=False).count == whole


@pytest.mark.parametrize("seed", SEEDS[::4])
def test_bounds_hold_for_winner_units(seed):
    network, _, domain, truth = question(seed)
    names = ["naive", "montufar_2017", "serra_2018", "ball_profile", "hybrid_1", "hybrid_9", "sampled_patterns"]
    answer = compare(network, domain, bounds=names)
    assert not answer.falsified
    assert any("contest" in text for text in answer.remarks()) == has_contests(network)
    assert all(row.value >= len(truth) for row in answer.rows if row.kind == "upper" and row.value is not None)
    assert all(row.value <= len(truth) for row in answer.rows if row.kind == "lower" and row.value is not None)


def test_a_misplaced_witness_is_told_truly():
    """At the witness the value 0 wins; 3 is above 2, which decides nothing."""
    domain = Ball([0.0] * 4, 1)
    regions = enumerate_regions(network_of(4, [("max", [(0, 1, 2, 3)])]), domain)
    (last,) = (region for region in regions if region.winners() == [3])
    point = tuple(Fraction(n, 8) for n in (2, 1, 0, 1))
    fault = present(
        verify_region(replace(last, witness=point, entry_radius=None, entry_bounds=None), domain).witness_fault
    )
    winner = present(regions.network.winners[0])
    contest = winner.units[winner.contests.index((2, 3))]
    assert fault == f"unit {contest} is a contest that the winner at the witness has no part in, which its sign denies"


def test_a_unit_of_two_values_is_told_by_its_sign():
    plain = Network.from_layers([[[1.0], [2.0]], [[1.0, 1.0]]], [None, [0.5]])
    network = replace(plain, winners=(Winner((1,), ((0, 1),)),))
    assert count_regions(network, Ball([0.0], 1)) == count_regions(plain, Ball([0.0], 1))


def test_contests_of_units_that_are_off_are_proved_in_floats():
    """Such a contest vanishes on the whole region, and no margin tells its sign."""
    rng = np.random.default_rng(1)
    layers = [
        ("affine", dyadic(rng, 6, 2), dyadic(rng, 6, 1)[:, 0]),
        ("units", [0] * 6, [1] * 6),
        ("max", [(0, 1, 2), (3, 4, 5)]),
        ("affine", dyadic(rng, 2, 2), [0, 1]),
        ("units", [0, 0], [1, 1]),
    ]
    regions = found("tree", network_of(2, layers), Ball([0, 0], 3))
    assert len(regions) == len(clipped.parts(layers, Ball([0, 0], 3)))
    assert regions.stats["witnesses_by_exact_check"] == 0


def three_pools():
    rng = np.random.default_rng(1)
    groups = [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11)]
    return network_of(3, [("affine", dyadic(rng, 12, 3), dyadic(rng, 12, 1)[:, 0] / 8), ("max", groups)])


@pytest.mark.parametrize("engine", ["tree", "rational", "facets"])
def test_the_limit_that_was_asked_for_is_the_one_that_is_told(engine):
    part = enumerate_regions(three_pools(), Ball([0, 0, 0], 2), engine=engine, max_regions=30)
    assert (part.count, part.stopped) == (30, "max_regions 30 reached")


def test_a_resumed_search_has_one_time_limit(monkeypatch):
    """Each round asks the engine for what is lacking, and takes a second: there is time for one."""
    part, rounds = enumerate_regions(three_pools(), Ball([0, 0, 0], 2), engine="tree", max_regions=10), []
    searched = TreeEngine.search_below

    def slow(*given):
        rounds.append(given)
        time.sleep(1.0)
        return searched(*given)

    monkeypatch.setattr(TreeEngine, "search_below", slow)
    assert not resume_regions(part, max_regions=30, time_limit=0.9).exact
    assert len(rounds) == 1


def test_counting_makes_no_witnesses(monkeypatch):
    def refuse(*given):
        raise AssertionError("nobody asked for witnesses")

    monkeypatch.setattr("exactregions.engines.tree.found_regions._as_inputs", refuse)
    assert enumerate_regions(three_pools(), Ball([0, 0, 0], 2), engine="tree", store=False).exact
    part = enumerate_regions(three_pools(), Ball([0, 0, 0], 2), engine="tree", max_regions=20)
    assert resume_regions(part).exact


def test_ctrl_c_while_regions_are_proved_again_is_a_keyboard_interrupt(monkeypatch):
    part = enumerate_regions(three_pools(), Ball([0, 0, 0], 2), engine="tree", max_regions=20)
    stopped = replace(part, complete=False, stopped="interrupted", stop_reason=StopReason.INTERRUPTED)
    monkeypatch.setattr(RationalEngine, "search", lambda *given: stopped)
    with pytest.raises(KeyboardInterrupt):
        resume_regions(part, check=True)


def test_all_signs_at_a_point_stand_for_the_cell_of_the_values_that_win():
    network = network_of(1, [("affine", [[0], [1], [2]], [0] * 3), ("max", [(0, 1, 2)])])
    signs = network.pattern([[1.0]])[0]
    assert signs.tolist() == [True, True]  # 0 loses to x, which loses to 2 x: told as -+
    assert convex_cell(network, Ball([0.75], 0.5), signs).feasibility() is Feasibility.NONEMPTY
