"""Boxes with sides of length zero: the question in the other inputs, by hand and by independent arithmetic."""

import json
import zipfile
from dataclasses import replace
from fractions import Fraction as F

import naive_checker
import numpy as np
import pytest
import scipy.sparse
from engines import ENGINES
from independent.oracle import ORACLE
from narrowing import present
from public_data import ACASXU, acasxu_network, needs_acasxu
from typer.testing import CliRunner

from exactregions import (
    Box,
    Network,
    Polytope,
    RegionSet,
    Stage,
    compare,
    count_regions,
    enumerate_regions,
    load,
    resume_regions,
    save,
)
from exactregions.bounds import get_bound
from exactregions.certificate.checker import InvalidCertificate, check
from exactregions.cli import app
from exactregions.crosscheck import agree, spot_check, verify_region
from exactregions.crosscheck.convex import convex_cell
from exactregions.engines.rechecking import recheck
from exactregions.engines.registry import get_engine
from exactregions.errors import DomainError
from exactregions.exact.forms import ExactNetwork
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry import adjacency, bounded, domain_volume, linear_regions, plane_cells, vertices, volumes
from exactregions.geometry.graph import region_graph
from exactregions.importers.vnnlib import input_boxes
from exactregions.testing.trials.hostile_domains import hostile_domain, with_fixed_inputs
from exactregions.testing.trials.hostile_networks import FAMILIES, random_network

VALUES = [F(0), F(1, 3), F(1), F(-1, 2), F("0.1"), F(0.1), F("0.303529646039727"), F(-7, 11), F(1, 10**20)]
ALL_ENGINES = [*ENGINES, "milp"]


def hostile_question(seed):
    """Return a hostile network, and a hostile box or polytope that fixes some of its inputs, often all."""
    rng = np.random.default_rng(seed)
    network = random_network(list(FAMILIES)[seed % len(FAMILIES)], rng)
    return network, with_fixed_inputs(hostile_domain(network, rng), rng)


def patterns(regions):
    return {tuple(row) for row in regions.pattern_array().tolist()}


def found(network, domain, engine="tree", **options):
    """Search; None where the domain is empty."""
    if free_inputs(network, domain).domain.kind == "polytope" and not ORACLE.answer(network, domain).patterns:
        with pytest.raises(DomainError, match="empty"):
            enumerate_regions(network, domain, engine=engine, **options)
        return None
    regions = enumerate_regions(network, domain, engine=engine, **options)
    assert regions.exact
    return regions


@pytest.mark.parametrize("seed", range(0, 36))
def test_patterns_and_witnesses_of_hostile_questions(seed):
    network, domain = hostile_question(seed)
    truth = ORACLE.answer(network, domain)
    regions = found(network, domain, ALL_ENGINES[seed % len(ALL_ENGINES)])
    assert (patterns(regions) if regions else set()) == truth.patterns
    for region in regions or ():
        assert domain.contains(region.witness)
        assert truth.is_witness(tuple(region.pattern.tolist()), region.witness)


@pytest.mark.parametrize("seed", range(40, 64))
def test_certificates_pass_both_checkers(seed, tmp_path):
    network, domain = hostile_question(seed)
    truth = ORACLE.answer(network, domain)
    engine = ("tree", "rational")[seed % 2]
    if found(network, domain, engine, certificate=tmp_path / "count.cert") is None:
        assert not truth.patterns
        return
    verdict = check(tmp_path / "count.cert")
    assert (verdict.claim, verdict.regions) == ("exact", len(truth.patterns))
    assert "with inputs fixed" in verdict.sentence
    assert naive_checker.verify(tmp_path / "count.cert").regions == len(truth.patterns)


@pytest.mark.parametrize("seed", range(70, 90))
def test_what_is_asked_of_regions(seed):
    network, domain = hostile_question(seed)
    truth = ORACLE.answer(network, domain)
    regions = found(network, domain, entry_radii=domain.kind == "box")
    if regions is None:
        return
    free = len(domain.fixed_inputs) < domain.dim
    if free and domain.kind == "box":
        for region in regions:
            low, high = map(float, present(region.entry_bounds))
            entry = truth.entries[tuple(region.pattern.tolist())]
            assert F(low) <= entry
            assert high == float("inf") or entry <= F(high)
    links = adjacency(regions)
    pairs = {tuple(sorted(tuple(regions[i].pattern.tolist()) for i in edge)) for edge in links.edges.tolist()}
    assert pairs == (truth.neighbours() if free else set())
    assert all(domain.contains(point) for point in links.witnesses())
    assert linear_regions(links, "R6").count == len(set(truth.maps.values()))
    recheck(regions)


# By hand: three inputs, one of them fixed, in small integers.

FIRST, BIAS = (
    np.array([[1.0, 2.0, 3.0], [2.0, -1.0, 6.0], [1.0, 1.0, -3.0], [0.0, 0.0, 3.0]]),
    np.array([1.0, 0.0, -1.0, 1.0]),
)
SECOND = np.array([[1.0, -2.0, 1.0, 1.0], [1.0, 1.0, 1.0, -1.0], [2.0, 1.0, 0.0, 1.0]])
DEEP = Network((Stage.relu(FIRST, BIAS), Stage.relu(SECOND, [-1.0, -2.0, 1.0])), [[1.0, 1.0, -1.0]], [2.0])
TIMES = {F(1): 1, F(1, 3): 1, F(-2, 3): 1, F(1, 7): 7, F(2, 5): 5}  # what makes an integer of 3 v


def restricted(value):
    """Return DEEP with its third input at a value, by integers: every number that is not multiplied by one times n."""
    n = TIMES[value]
    column = [int(n * w * value) for w in FIRST[:, 2].astype(int).tolist()]
    assert [F(c, n) for c in column] == [F(w) * value for w in FIRST[:, 2].tolist()]
    first = Stage.relu(n * FIRST[:, :2], np.array(column) + n * BIAS)
    return Network((first, Stage.relu(SECOND, n * np.array([-1.0, -2.0, 1.0]))), [[1.0, 1.0, -1.0]], [2.0 * n])


def slab(value):
    return Box([-2, F(-3, 2), value], [2, F(5, 3), value])


SQUARE = Box([-2, F(-3, 2)], [2, F(5, 3)])
BOUNDS = [
    "naive", "montufar_2017", "serra_2018", "hinz_2021", "hinz_tangent", "ball_propagation", "ball_profile",
    "ball_profile_lp", "ball_profile_exact", "hybrid_1", "serra_ramalingam_2020", "montufar_2014", "hanin_rolnick_2019",
]  # fmt: skip


@pytest.mark.parametrize("value", TIMES)
def test_bounds_are_those_of_the_network_restricted_by_hand(value):
    hand, fixed = restricted(value), slab(value)
    assert patterns(enumerate_regions(DEEP, fixed)) == patterns(enumerate_regions(hand, SQUARE))
    for name in BOUNDS:
        assert get_bound(name).evaluate(DEEP, fixed) == get_bound(name).evaluate(hand, SQUARE), name
    table = compare(DEEP, fixed, bounds=[*BOUNDS, "sampled_patterns"])
    assert not table.falsified
    assert not any(row.error for row in table.rows)


@pytest.mark.parametrize("value", TIMES)
def test_geometry_is_that_of_the_network_restricted_by_hand(value):
    regions, hand = enumerate_regions(DEEP, slab(value)), enumerate_regions(restricted(value), SQUARE)
    at = {pattern: row for row, pattern in enumerate(map(tuple, hand.pattern_array().tolist()))}
    rows = [at[tuple(pattern)] for pattern in regions.pattern_array().tolist()]
    assert volumes(regions).values == pytest.approx(volumes(hand).values[rows], rel=1e-9)
    assert domain_volume(slab(value)) == domain_volume(SQUARE) == pytest.approx(4 * 19 / 6)
    assert [cell.area for cell in plane_cells(regions)] == pytest.approx([plane_cells(hand)[row].area for row in rows])
    assert [linear_regions(regions, k).count for k in ("R4", "R6")] == [
        linear_regions(hand, k).count for k in ("R4", "R6")
    ]
    assert bounded(regions).tolist() == bounded(hand)[rows].tolist()
    lifted = [{(*corner, value) for corner in vertices(hand, row)} for row in rows]
    assert [set(vertices(regions, row)) for row in range(len(regions))] == lifted
    graph = region_graph(regions)
    assert all(slab(value).contains(graph.nodes[node]["witness"]) for node in graph)


def test_second_opinions():
    third = slab(F(1, 7))
    regions = enumerate_regions(DEEP, third)
    report = spot_check(regions, sample=20)
    assert not report.doubts, report.doubts
    assert verify_region(regions[0], third).agrees
    assert agree(DEEP, third, ALL_ENGINES).exact
    assert convex_cell(DEEP, third, ()).margin().value == pytest.approx(19 / 12, rel=1e-6)
    with pytest.raises(DomainError, match="give the Network itself"):
        convex_cell(ExactNetwork(DEEP), third, ())


def test_the_answer_says_which_inputs_are_fixed():
    regions = enumerate_regions(DEEP, slab(F(1, 7)))
    assert regions.describe()["fixed_inputs"] == {"2": "1/7"}
    assert "with 1 of 3 inputs fixed" in repr(regions)
    assert "input 2 fixed at" in regions._repr_html_()
    assert enumerate_regions(DEEP, Box([0] * 3, [1] * 3)).describe()["fixed_inputs"] == {}
    assert "3 of 5 inputs fixed" not in Box([0] * 5, [0, 0, 0, 1, 1]).words(str)
    assert "5 of 6 inputs fixed" in Box([0] * 6, [0] * 5 + [1]).words(str)


def test_saved_and_resumed(tmp_path):
    domain = slab(F(1, 7))
    whole = enumerate_regions(DEEP, domain)
    part = enumerate_regions(DEEP, domain, max_regions=2)
    assert not part.complete
    part.save(tmp_path / "part.npz")
    again = RegionSet.load(tmp_path / "part.npz")
    assert [region.witness for region in again] == [region.witness for region in part]
    assert patterns(resume_regions(again, check=True)) == patterns(whole)


def test_shards(tmp_path):
    domain, files = slab(F(1, 7)), []
    for k in (1, 2):
        files.append(tmp_path / f"{k}.cert")
        enumerate_regions(DEEP, domain, certificate=files[-1], shard=(k, 2))
    assert check(files).regions == count_regions(DEEP, domain, engine="rational")


def test_a_certificate_is_of_its_value(tmp_path):
    """Another value of the fixed input is another question, and the proofs do not hold for it."""
    path = tmp_path / "count.cert"
    enumerate_regions(DEEP, slab(F(1, 3)), certificate=path)
    assert check(path).regions == count_regions(restricted(F(1, 3)), SQUARE)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members["certificate.json"])
    header["domain"]["lower"][2] = header["domain"]["upper"][2] = -1
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (members | {"certificate.json": json.dumps(header).encode()}).items():
            archive.writestr(name, data)
    with pytest.raises(InvalidCertificate):
        check(path)


# Points, and units that are constant on the slice.


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_all_inputs_fixed_is_a_point(engine, tmp_path):
    """+ where a unit is positive at the point, - where it is negative or zero."""
    network = Network((Stage.relu([[1.0, 0.0], [1.0, 1.0], [-1.0, 0.0]], [0.0, -1.0, 0.0]),), [[1.0, 1.0, 1.0]], [0.0])
    for point, signs in (((1, 0), "+--"), ((F(1, 3), F(2, 3)), "+--"), ((0, 2), "-+-"), ((F(-1, 7), F(9, 7)), "-++")):
        regions = present(found(network, Box(point, point), engine))
        assert ["".join("-+"[sign] for sign in region.pattern.tolist()) for region in regions] == [signs]
        assert regions[0].witness == point
        assert (volumes(regions).total, len(adjacency(regions)), bounded(regions).tolist()) == (1.0, 0, [True])
        assert vertices(regions, 0) == [point]
    assert compare(network, Box((1, 0), (1, 0))).rows[-1].value == 1
    if engine in ("tree", "rational"):
        found(network, Box(point, point), engine, certificate=tmp_path / "point.cert")
        assert check(tmp_path / "point.cert").regions == naive_checker.verify(tmp_path / "point.cert").regions == 1


@pytest.mark.parametrize("engine", ALL_ENGINES)
@pytest.mark.parametrize("value", [F(1, 4), F(1, 3)])
def test_units_that_are_constant_on_the_slice(engine, value):
    """Zero throughout is -, a positive constant +, and neither splits; with a zero first column too."""
    weight, bias = (
        [[0.0, 12.0], [0.0, 12.0], [0.0, -12.0], [1.0, 12.0], [0.0, 0.0]],
        [-12.0 * value, 0, 0, -12.0 * value, 1],
    )
    network = Network((Stage.relu(weight, np.array(bias, dtype=float)),), [[1.0] * 5], [0.0])
    regions = found(network, Box([-1, value], [2, value]), engine)
    assert sorted("".join("-+"[sign] for sign in region.pattern.tolist()) for region in regions) == ["-+-++", "-+--+"]
    beside = present(found(network, Box([0, value], [2, value]), engine))
    assert len(beside) == 1, "touching is no cut"


def test_a_polytope_within_a_box_that_fixes_inputs():
    """x + y < 1 at y = 1/3 ends x at 2/3, where the unit at 1/2 still cuts and the one at 2/3 does not."""
    network = Network((Stage.relu([[2.0, 0.0], [3.0, 0.0]], [-1.0, -2.0]),), [[1.0, 1.0]], [0.0])
    domain = Polytope([[1, 1]], [1], Box([0, F(1, 3)], [1, F(1, 3)]))
    assert domain.contains([F(1, 2), F(1, 3)])
    assert not domain.contains([F(2, 3), F(1, 3)])
    for engine in ALL_ENGINES:
        assert len(present(found(network, domain, engine))) == 2
    assert domain_volume(domain) == pytest.approx(2 / 3)
    with pytest.raises(DomainError, match="empty"):
        enumerate_regions(network, Polytope([[0, 3]], [1], Box([0, F(1, 3)], [1, F(1, 3)])))


def test_wires_winners_and_slopes_stay():
    """Leaky units, wires and a stage of wires alone in front: places in patterns and prefixes are those of before."""
    first = Stage.wires([[1.0, 1.0], [0.0, 1.0]], [0.0, 1.0])
    second = Stage([[1.0, 0.0], [0.0, 3.0], [1.0, -1.0]], [0.0, 0.0, 0.5], [0.25, 1.0, 0.0], [1.0, 1.0, 1.0])
    network = Network((first, second, Stage.relu([[1.0, -1.0, 1.0]], [1.0])), [[1.0]], [0.0])
    domain = Box([-4, F(1, 3)], [4, F(1, 3)])
    truth = ORACLE.answer(network, domain)
    for engine in ALL_ENGINES:
        assert patterns(found(network, domain, engine)) == truth.patterns
    part = enumerate_regions(network, domain, max_regions=1)
    assert patterns(resume_regions(part)) == truth.patterns


def test_a_network_without_units():
    affine = Network((), [[1.0, 1.0]], [0.0])
    for v in (F(1, 3), 1):
        assert [len(present(found(affine, Box([0, v], [1, v]), engine))) for engine in ALL_ENGINES] == [1] * 4


def test_values_with_very_many_digits():
    """Denominators of hundreds of digits are exact; beyond what sums of floats hold they are refused by name."""
    network = Network((Stage.relu([[1.0, 1.0], [1.0, -1.0]], [0.0, 0.5]),), [[1.0, 1.0]], [0.0])
    for value in (F(1, 10**300), F(10**200 + 1, 3), F(2) ** -1500, F(1e308), F(5e-324)):
        domain = Box([-1, value], [1, value])
        assert patterns(found(network, domain)) == ORACLE.answer(network, domain).patterns
    with pytest.raises(DomainError, match="too many digits"):
        enumerate_regions(network, Box([-1, F(1, 3**800)], [1, F(1, 3**800)]))


def test_engines_themselves_refuse_what_has_no_interior():
    for engine in ALL_ENGINES:
        with pytest.raises(DomainError, match=r"fixes the inputs \(2,\)"):
            get_engine(engine).search(DEEP, slab(F(1)), _limits(), None)


def _limits():
    from exactregions.engines.contract import Limits

    return Limits()


def test_nothing_changes_without_fixed_inputs():
    question = free_inputs(DEEP, Box([0] * 3, [1] * 3))
    assert question.is_given
    assert question.network is DEEP
    mixed = free_inputs(DEEP, Box([0, 0], [0, 1]))
    assert mixed.is_given, "of another dimension: others refuse it"


def test_equal_questions_keep_their_own_notes_and_shapes():
    box = Box([0, 0, 0, 1], [1, 1, 1, 1])
    first = Network.from_layers([np.ones((2, 4)), [[1.0, 1.0]]], [[-0.5, 0.5], None])
    second = replace(first, notes=("as read",), input_shape=(2, 2))
    images = replace(box, lower=np.array(box.lower).reshape(2, 2), upper=np.array(box.upper).reshape(2, 2))
    for network, domain in ((first, box), (second, images), (first, box)):
        assert free_inputs(network, domain).given == (network, domain)
        regions = enumerate_regions(network, domain)
        assert (regions.network.notes, regions.network.input_shape) == (network.notes, network.input_shape)
        assert regions.domain.input_shape == domain.input_shape


def test_sixty_thousand_inputs_of_which_one_is_fixed():
    """What follows from one third takes a wire for each input: a square matrix of them would be 29 GB."""
    d = 60_000
    weight = scipy.sparse.csr_array(([1.0, 2.0, 3.0, 1.0], ([0, 0, 1, 2], [0, d - 1, 1, d - 1])), shape=(3, d))
    network = Network((Stage.relu(weight, [0.5, 0.25, 1.0]),), np.ones((1, 3)), [0.0])
    question = free_inputs(network, Box([0] * (d - 1) + [F(1, 3)], [1] * (d - 1) + [F(1, 3)]))
    assert question.network.inputs == d - 1
    at_zero = question.network.pre_activations(np.zeros(d - 1))[1][:3] / float(question.factor)
    assert at_zero == pytest.approx([0.5 + 2 / 3, 0.25, 1 + 1 / 3], abs=1e-14)


# The command line and files.


def told(*arguments):
    answer = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    return json.loads(answer.output), answer.exit_code


def written(path, *bounds):
    names = "".join(f"(declare-const X_{i} Real)" for i in range(3))
    path.write_text(names + "".join(f"(assert {bound})" for bound in bounds))
    return path


def test_the_command_line(tmp_path):
    save(DEEP, tmp_path / "deep.npz")
    box = written(tmp_path / "a.vnnlib", "(<= -2 X_0 2)", "(<= -1.5 X_1 1.5)", "(= X_2 0.1)")
    domain = Box([-2, F(-3, 2), F(1, 10)], [2, F(3, 2), F(1, 10)])
    assert input_boxes(box) == (domain,)
    count = count_regions(DEEP, domain, engine="rational")
    data, code = told("count", tmp_path / "deep.npz", "--vnnlib", box, "--output", tmp_path / "found.npz")
    assert (data["regions"], data["fixed_inputs"], code) == (count, {"2": "1/10"}, 0)
    assert RegionSet.load(tmp_path / "found.npz").domain == domain
    assert told("compare", tmp_path / "deep.npz", "--vnnlib", box)[0]["regions"] == count
    told("prove", tmp_path / "deep.npz", "--vnnlib", box, "--output", tmp_path / "a.cert")
    assert told("check", tmp_path / "a.cert", "--network", tmp_path / "deep.npz")[0]["regions"] == count
    shown = CliRunner().invoke(app, ["count", str(tmp_path / "deep.npz"), "--vnnlib", str(box)]).output
    assert "input 2 fixed at" in shown
    for name in ("a.png", "a.html"):
        drawn = told("plot", "regions", tmp_path / "deep.npz", "--vnnlib", box, "--output", tmp_path / name)
        assert (drawn[0]["regions"], drawn[1], (tmp_path / name).exists()) == (count, 0, True)
    point = told("count", tmp_path / "deep.npz", "--box", "1,1")[0]
    assert (point["regions"], list(point["fixed_inputs"])) == (1, ["0", "1", "2"])


def test_boxes_with_the_same_fixed_input_are_told_apart_by_its_value(tmp_path):
    save(DEEP, tmp_path / "deep.npz")
    sides = ("(<= 0 X_0 1)", "(<= 0 X_1 1)")
    for values, disjoint in (((0, 1), True), ((0, 0), False)):
        ways = "".join(f"(and (= X_2 {v}) (<= {k} X_0 {k + 1}.5))" for k, v in enumerate(values))
        path = written(tmp_path / "b.vnnlib", *(sides[1:]), f"(or {ways})")
        assert (told("count", tmp_path / "deep.npz", "--vnnlib", path)[0]["sum"] is not None) == disjoint


def test_colours_show_the_outputs_of_the_network_itself():
    """At a value that is no float the forms are multiplied by a factor, which pictures must not show."""
    from exactregions.plot.affine_grid import values_on_grid
    from exactregions.plot.colouring import paint

    third = slab(F(1, 7))
    assert free_inputs(DEEP, third).factor != 1
    regions = enumerate_regions(DEEP, third)
    painted, pieces = present(paint(regions, "output", 0).affine), plane_cells(regions)
    slopes = paint(regions, "slope", 0).values
    for row, (piece, cell) in enumerate(zip(painted, pieces, strict=True)):
        x = [F(v) for v in cell.corners.mean(axis=0).tolist()]
        slope, offset = regions[row].affine_map()
        value = slope[0] @ [float(x[0]), float(x[1]), 1 / 7] + offset[0]
        shown = values_on_grid([piece], np.array([float(x[0])]), np.array([float(x[1])]), 1.0)
        assert shown[0, 0] == pytest.approx(value, abs=1e-9)
        assert slopes[row] == pytest.approx(np.hypot(*slope[0, :2]), abs=1e-12)


def test_the_region_graph_is_drawn():
    pytest.importorskip("matplotlib")
    from exactregions.plot import plot_graph, plot_regions

    regions = enumerate_regions(DEEP, replace(slab(F(1, 7)), lower=(F(-2), F(-1), F(1, 7))))
    for figure in (plot_graph(regions), plot_regions(regions, "class")):
        axes = figure.axes[0]
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("input 0", "input 1")
        assert "1 of 3 inputs fixed" in axes.get_title(loc="left")


@needs_acasxu
def test_the_fourth_property_of_acas_xu():
    """Its third input is fixed at zero: the network restricted by hand has the same regions."""
    network = load(acasxu_network("1_1"))
    (box,) = input_boxes(ACASXU / "prop_4.vnnlib")
    assert box.fixed_inputs == {2: 0}
    by_wires = network.restrict([0.0] * 5, np.delete(np.eye(5), 2, axis=0))
    other = enumerate_regions(by_wires, box.without([i == 2 for i in range(5)]))
    regions = enumerate_regions(network, box)
    assert len(regions) == len(other) == 19_143
    assert regions.pattern_set() == other.pattern_set()


@pytest.mark.parametrize("engine", ["rational", "facets", "milp"])
@pytest.mark.parametrize("value", [F(1, 3), F(0.1), F("0.1"), F(-7, 11)])
def test_what_follows_from_a_value_is_not_rounded(engine, value):
    """relu(x + c) with c = 0.3 v + 0.7, then - 0.9: cut where they are zero, to less than a float tells."""
    network = Network((Stage.relu([[1.0, 0.3]], [0.7]), Stage.relu([[1.0]], [-0.9])), [[1.0]], [0.0])
    zero = -(F(0.3) * value + F(0.7))
    for end in (zero, zero + F(0.9)):
        hair = F(1, 2**80)
        assert len(found(network, Box([end, value], [end + F(1, 8), value]), engine)) == 1
        assert len(found(network, Box([end - hair, value], [end + F(1, 8), value]), engine)) == 2
