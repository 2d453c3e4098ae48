"""Bounds over boxes, and certificates of them: two checkers, exact arithmetic, and planted faults."""

import json
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from output_instances import instance
from public_data import ACASXU, acasxu_network, needs_acasxu
from test_output_certificates import both, members, with_header, written

from exactregions import Ball, Box, Network
from exactregions.certificate import checker
from exactregions.certificate.checker import InvalidCertificate, check
from exactregions.certificate.part import BOUND, CUT, PartBuilder, Proof
from exactregions.certificate.writer import CertificateWriter, Property
from exactregions.stage import Stage
from exactregions.verification import (
    Halfspaces,
    Outcome,
    Unsafe,
    boxes,
    proving,
    resume_verification,
    verify,
    verify_file,
)
from exactregions.verification.box_bounds import STEEPEST
from exactregions.verification.box_tree import BoxTree
from exactregions.verification.boxes import BoxSearch
from exactregions.verification.linear_bounds import LinearBounds
from exactregions.verification.property_network import property_network
from exactregions.verification.recording import Kept

SIZES = (2, 5, 4, 2)


def random_network(rng, sizes=SIZES, slope=0.0):
    weights = [rng.standard_normal((m, n)) for n, m in pairwise(sizes)]
    biases = [rng.standard_normal(m) for m in sizes[1:]]
    return Network.from_layers(weights, biases, slope=slope)


def least(network, box, row, count=200):
    """About the least of row . outputs in a box."""
    ends = zip(box.lower, box.upper, strict=True)
    sides = np.meshgrid(*(np.linspace(float(low), float(up), count) for low, up in ends))
    points = np.stack([side.ravel() for side in sides], axis=1)
    return float((network.forward(points) @ row).min())


def proved(path, seed, gap=0.25, slope=0.0, domain=None, workers=1):
    """A certificate of a random network, whose two polyhedra are missed by a little."""
    rng = np.random.default_rng(seed)
    network, box = random_network(rng, slope=slope), domain or Box(-1, 1, dim=2)
    around = box.as_box() if isinstance(box, Ball) else box
    bounds = [least(network, around, np.array(row)) - gap for row in ([1.0, 0.0], [1.0, -2.0])]
    unsafe = [Halfspaces([[1, 0], [0, 1]], [bounds[0], 100]), Halfspaces([[1, -2]], [bounds[1]])]
    verdict = verify(network, box, unsafe, certificate=path, workers=workers)
    assert verdict.outcome is Outcome.SAFE
    return network


def events(data):
    return set(data["parts/0/events.u1"])


@pytest.mark.parametrize("slope", [0.0, 0.25, -1.0, 2.0])
def test_trees_of_boxes_are_confirmed_by_both_checkers(slope, tmp_path):
    seen = set()
    for seed in range(4):
        path = tmp_path / "boxes.cert"
        proved(path, seed, slope=slope)
        assert both(path) == "safe"
        assert check(path, rational=True).claim == "safe"
        data = members(path)
        seen |= events(data)
        assert json.loads(data["certificate.json"])["version"] == 5
    assert {12, 13} <= seen


def test_cubes_and_fixed_inputs_have_boxes_too(tmp_path):
    for domain in (Ball([0.25, 0], Fraction(1, 3), "inf"), Box([Fraction(1, 3), -1], [Fraction(1, 3), Fraction(1, 7)])):
        path = tmp_path / "boxes.cert"
        proved(path, 1, gap=0.05, domain=domain)
        assert both(path) == "safe"


@pytest.fixture(scope="module")
def safe(tmp_path_factory):
    path = tmp_path_factory.mktemp("boxes") / "safe.cert"
    proved(path, 3)
    data = members(path)
    assert {12, 13} <= events(data)
    assert both(path) == "safe"
    return path, data


def changed(data, name, change):
    """Return the members with a column changed."""
    kind = {"u1": np.uint8, "u2": "<u2", "f4": "<f4", "f8": "<f8"}[name[-2:]]
    column = np.frombuffer(data[f"parts/0/{name}"], kind).copy()
    return data | {f"parts/0/{name}": np.asarray(change(column), kind).tobytes()}


def at(place, value):
    def change(column):
        column[place] = value
        return column

    return change


def test_planted_faults_are_refused(safe, tmp_path):
    _, data = safe
    faults = {
        "a slope above 1": ("slopes.u1", at(0, STEEPEST + 1)),
        "a slope too many": ("slopes.u1", lambda c: [*c, 0]),
        "a slope too few": ("slopes.u1", lambda c: c[:-1]),
        "no multiplier": ("singles.f4", at(slice(0, 2), 0)),
        "a negative multiplier": ("singles.f4", lambda c: np.where(np.arange(len(c)) == 0, -1, c)),
        "a multiplier of the other row": ("singles.f4", lambda c: c.reshape(-1, 3)[:, [1, 0, 2]].ravel()),
        "a multiplier that is not finite": ("singles.f4", at(0, np.nan)),
        "a cut at an end": ("doubles.f8", at(0, 1.0)),
        "a cut outside": ("doubles.f8", at(0, 7.0)),
        "a cut of no input": ("units.u2", at(0, 2)),
        "a side that is dropped": ("events.u1", lambda c: c[:-1]),
        "all in one": ("events.u1", lambda c: [13]),
        "a side left to nobody": ("events.u1", at(-1, 11)),
    }
    for fault, (name, change) in faults.items():
        assert both(written(tmp_path / "fault.cert", changed(data, name, change))) is None, fault


def test_the_proof_of_another_set_domain_or_network_is_refused(safe, tmp_path):
    path, data = safe
    changes = {
        "an open bound read as a closed one": lambda h: h["unsafe"][0].update(above=h["unsafe"][0]["h"]),
        "a polyhedron that was dropped": lambda h: h["unsafe"].append({"G": [[1.0, 0.0]], "h": [9.0], "above": [9.5]}),
        "a row that was dropped": lambda h: h["unsafe"][0].update(G=h["unsafe"][0]["G"][1:], h=[100.0], above=[101.0]),
        "a larger set": lambda h: h["unsafe"][1].update(h=["9"], above=["10"]),
        "another row": lambda h: h["unsafe"][1].update(G=[[-40.0, 40.0]]),
        "a larger domain": lambda h: h["domain"].update(upper=[4.0, 4.0]),
        "a domain without ends": lambda h: h.update(domain={"kind": "whole-space", "dim": 2}),
        "a round domain": lambda h: h.update(domain={"kind": "ball", "center": [0, 0], "radius": 1, "norm": 2}),
        "another version": lambda h: h.update(version=4),
    }
    for change, make in changes.items():
        assert both(with_header(data, tmp_path / "changed.cert", make)) is None, change
    weight = np.frombuffer(data["network/0.weight.f8"], "<f8").copy()
    weight[0] *= 2
    assert both(written(tmp_path / "other.cert", data | {"network/0.weight.f8": weight.tobytes()})) is None
    with pytest.raises(InvalidCertificate, match="another network"):
        check(path, fingerprint="0" * 64)


def test_mutated_proofs_are_judged_alike(safe, tmp_path):
    _, data = safe
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(60):
        name = str(rng.choice([n for n in data if n.startswith("parts/")]))
        content = bytearray(data[name])
        place = int(rng.integers(len(content)))
        if name.endswith("events.u1"):
            content[place] = int(rng.integers(15))
        elif name.endswith("slopes.u1"):
            content[place] = int(rng.integers(140))
        else:
            content[place] ^= 1 << int(rng.integers(8))
        refused += both(written(tmp_path / "mutated.cert", data | {name: bytes(content)})) is None
    assert 20 < refused < 60


def test_what_touches_is_left_to_a_search_for_regions_in_a_box(tmp_path):
    """A kink that the set misses by 1e-30: parts below cuts."""
    network = Network.from_layers([[[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0]], [[1.0, 1.0, 0.5]]], [[0.0] * 3, [0.0]])
    tiny, path = Fraction(1, 10**30), tmp_path / "thin.cert"
    box = Box([-1, Fraction(-1, 3)], [2, 1])
    assert verify(network, box, Halfspaces([[1]], [-tiny]), certificate=path).outcome == "safe"
    assert both(path) == "safe"
    data = members(path)
    summary = json.loads(data["summary.json"])
    assert {12, 11, 13} <= events(data)
    assert len(summary["parts"]) > 1
    assert all(";" in part["prefix"] for part in summary["parts"][1:])
    # a part that is not there, one of another box, and one twice
    for prefix in ("0<7/1;", "", summary["parts"][-1]["prefix"]):
        summary = json.loads(data["summary.json"])
        summary["parts"][1]["prefix"] = prefix
        if len(summary["parts"]) > 2 or prefix != summary["parts"][-1]["prefix"]:
            changed = data | {"summary.json": json.dumps(summary).encode()}
            assert both(written(tmp_path / "missing.cert", changed)) is None
    assert verify(network, box, Halfspaces([[1]], [0])).margin == 0


def test_bounds_below_splits_use_the_signs(tmp_path):
    """relu(x) - 2 relu(-x) is at least -2: with both signs known that is what the bounds say, without them it is -3."""
    network = Network.from_layers([[[1.0], [-1.0]], [[1.0, -2.0]]], [[0.0, 0.0], [0.0]])
    told = Property(Unsafe([Halfspaces([[1]], [Fraction(-5, 2)])]), ((Fraction(-9, 4),),), boxes=True)
    whole, halves = PartBuilder(), PartBuilder()
    whole.boxes([BOUND], [], np.full((1, 2), STEEPEST, dtype=np.uint8), np.ones((1, 1)))
    halves.split(0, positive_first=True)
    for positive in (False, True):
        halves.sign(1, positive, Proof([0], [Fraction(1)] * 2))
        halves.boxes([BOUND], [], np.zeros((1, 0), dtype=np.uint8), np.ones((1, 1)))
    sides = PartBuilder()
    none, one = np.zeros((0, 2), dtype=np.uint8), np.ones((1, 1))
    sides.boxes([CUT], [(0, 0.0)], none, one[:0])
    sides.sign(0, False, Proof([], [Fraction(1)]))
    sides.boxes([BOUND], [], np.zeros((1, 1), dtype=np.uint8), one)
    sides.boxes([BOUND], [], np.zeros((1, 2), dtype=np.uint8), one)
    for builder, claim in ((whole, None), (halves, "safe"), (sides, "safe")):
        path = tmp_path / "made.cert"
        with CertificateWriter(path, network, Box([-1], [1]), told=told) as file:
            file.add(builder.finish("", True, None, {}))
            file.close(complete=True)
        assert both(path) == claim


def test_a_sum_of_rows_is_nowhere_positive_where_each_row_is(tmp_path):
    """No x has both x and -x above 1/4: half of each row is -1/4, whatever x is, and one box is enough."""
    network = Network.from_layers([[[1.0], [-1.0]], np.diag([1.0, 1.0]) - np.eye(2)[::-1]], [[0.0] * 2, [0.0] * 2])
    path = tmp_path / "sum.cert"
    verdict = verify(network, Box([-1], [1]), Halfspaces([[-1, 0], [0, -1]], [Fraction(-1, 4)] * 2), certificate=path)
    assert verdict.outcome == both(path) == "safe"
    assert verdict.stats["boxes_bounded"] == 1
    data = members(path)
    assert np.frombuffer(data["parts/0/singles.f4"], "<f4").tolist() == [0.5, 0.5]
    for place in (0, 1):
        assert both(written(tmp_path / "one.cert", changed(data, "singles.f4", at(place, 0.0)))) is None


def test_a_box_is_cut_where_units_bend():
    """The lines around |x| and |2x| are level, and those of the other input are not, but only cuts of x help."""
    first = [[1.0, 0.0], [-1.0, 0.0], [2.0, 0.0], [-2.0, 0.0], [0.0, 1.0]]
    network = Network.from_layers([first, [[1.0, 1.0, -1.0, -1.0, 0.01]]], [[0.0] * 4 + [2.0], [0.0]])
    verdict = verify(network, Box(-1, 1, dim=2), Halfspaces([[-1]], [Fraction(-1, 2)]))
    assert verdict.outcome == "safe"
    assert verdict.stats["boxes_bounded"] == 3


def test_a_long_search_looks_at_faces_too(monkeypatch):
    """Only points with x_1 = 1 are unsafe."""
    monkeypatch.setattr(BoxSearch, "_tried", lambda self, batch, *_: (np.zeros(len(batch.nodes)), None))
    monkeypatch.setattr(BoxSearch, "_sampled", lambda _: None)
    monkeypatch.setattr(boxes, "FACES_AFTER", 1)
    network = Network.from_layers([[[0.0, 1.0], [1.0, 0.0]], np.eye(2)], [[1.0, 0.0], [0.0, 0.0]])
    unsafe = Halfspaces([[-1, 0], [0, -1], [0, 1]], [-2, Fraction(-1, 2), Fraction(3, 5)])  # x_1 = 1, x_0 about 1/2
    verdict = verify(network, Box(-1, 1, dim=2), unsafe)
    assert verdict.outcome == "unsafe"
    assert verdict.exact_input[1] == 1
    assert 0.5 <= verdict.exact_input[0] <= 0.6


def judge_of(stages, unsafe, above):
    """The checker's own bounds of single rows, and a multiplier for each."""
    arrays = [array for stage in stages[:-2] for array in (stage.weight, stage.bias, stage.low, stage.high)]
    arrays += [stages[-2].weight, stages[-2].bias]
    rows = []
    for polyhedron, bounds in zip(unsafe.polyhedra, above, strict=True):
        for (g, _), b in zip(polyhedron, bounds, strict=True):
            ratios = tuple(v.as_integer_ratio() for v in g)
            rows.append(((ratios, (0, 1), b.as_integer_ratio()),))
    return checker._Bounds(arrays, rows, rational=True), [[(1, 1)]] * len(rows)


def test_bounds_of_sums_are_above_exact_ones():
    """The rows of sums are rounded too."""
    mixed = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        network = random_network(rng, (3, 6, 5, 3))
        unsafe = Unsafe([Halfspaces(rng.standard_normal((3, 3)).tolist(), [-2.0, -1.0, 0.5])]).in_floats()
        asked = property_network(network, unsafe, [[Fraction(1, 1 << 20)] * 3])
        lower = rng.uniform(-1, 0, (4, 3))
        upper = lower + 0.7 * rng.random((4, 3))
        sums = LinearBounds(asked.network.stages, [slice(0, 3)])
        bounds, plain = sums.over(lower, upper), sums._along(lower, upper)
        single = LinearBounds(asked.network.stages)._along(lower, upper).tops.min(axis=1, keepdims=True)
        assert (plain.tops <= single + 1e-10).all()
        assert (bounds.tops <= plain.tops).all()
        arrays = [a for stage in asked.network.stages[:2] for a in (stage.weight, stage.bias, stage.low, stage.high)]
        arrays += [asked.network.stages[2].weight, asked.network.stages[2].bias]
        rows = zip(unsafe.polyhedra[0].G, asked.above[0], strict=True)
        polyhedron = tuple((tuple(v.as_integer_ratio() for v in g), (0, 1), b.as_integer_ratio()) for g, b in rows)
        judge = checker._Bounds(arrays, [polyhedron], rational=True)
        for lo, up, slopes, y, top in zip(lower, upper, bounds.slopes, bounds.multipliers, bounds.tops, strict=True):
            assert (y == y.astype(np.float32)).all()
            ends = [[Fraction(v) for v in values.tolist()] for values in (lo, up)]
            job = (*ends, b"?" * 11, bytes(slopes[:11]), [[v.as_integer_ratio() for v in y.tolist()]])
            [[exact]] = judge.tops([job], checker._Fractions)
            assert exact < Fraction(top[0]) < exact + Fraction(1, 10**10)
            mixed += (y > 0).sum() > 1
    assert mixed > 3


@pytest.mark.parametrize("slope", [0.0, 0.3, 2.0])
def test_lines_that_are_turned_to_the_worst_corner_decide_more_boxes(slope):
    """More are left by the lines that leave least room, and no bound becomes worse."""
    rng, left = np.random.default_rng(1), np.zeros(2, dtype=int)
    for _ in range(10):
        network = random_network(rng, (3, 10, 10, 10, 1), slope)
        lower = rng.uniform(-1, 0, (50, 3))
        upper = lower + 0.5
        least = network.forward(rng.uniform(lower, upper, (2000, 50, 3)).reshape(-1, 3)).reshape(2000, 50).min(axis=0)
        stages = (*network.stages, Stage.wires(-network.weight, -network.bias + np.median(least) - 0.5))
        turned, plain = LinearBounds(stages).over(lower, upper), LinearBounds(stages)._along(lower, upper)
        assert (turned.tops <= plain.tops).all()
        left += [(~turned.decided).sum(), (~plain.decided).sum()]
    assert left[0] < left[1]


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_float_bounds_are_above_exact_ones_and_near(slope):
    """Every rounding goes outwards: in the search and in the checker, each against fractions."""
    rng = np.random.default_rng(11)
    for sizes, side in (((1, 3, 1), 0.5), ((3, 6, 5, 2), 0.5), ((4, 5, 5, 4, 3), 0.5), ((16, 12, 2), 1e-9)):
        network = random_network(rng, sizes, slope)
        unsafe = Unsafe([Halfspaces(rng.standard_normal((2, sizes[-1])).tolist(), [0.5, -0.25])]).in_floats()
        asked = property_network(network, unsafe, [[Fraction(1, 1 << 20)] * 2])
        stages = asked.network.stages
        lower = rng.uniform(-1, 0, (5, sizes[0]))
        upper = lower + side * rng.random((5, sizes[0]))
        bounds = LinearBounds(stages).over(lower, upper)
        judge, multipliers = judge_of(stages, unsafe, asked.above)
        units = sum(sizes[1:-1])
        jobs = [
            ([Fraction(v) for v in lo], [Fraction(v) for v in up], b"?" * units, bytes(s[:units]), multipliers)
            for lo, up, s in zip(lower.tolist(), upper.tolist(), bounds.slopes, strict=True)
        ]
        exact = np.array([judge.tops([job], checker._Fractions)[0] for job in jobs])
        for found in (bounds.tops, judge.tops(jobs, checker._Floats)):
            gaps = np.array(
                [[Fraction(v) - w for v, w in zip(*rows, strict=True)] for rows in zip(found, exact, strict=True)]
            )
            assert (gaps > 0).all()
            assert (gaps < 1e-10).all()
        inside = rng.uniform(lower[:, None], upper[:, None], (5, 200, sizes[0]))
        values = asked.network.pre_activations(inside.reshape(-1, sizes[0]))[-1].reshape(5, 200, -1)
        assert (values.max(axis=1) <= bounds.tops + 1e-12).all()


class Bare(checker._Floats):
    """Floats whose roundings are forgotten."""

    unit = tiny = 0.0


def test_the_checker_adds_every_rounding_to_bounds_in_floats():
    """Where all units are active the bound is the largest value itself; floats alone are often below it."""
    too_low = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        d, m = 3, 200
        first, biases, last = rng.standard_normal((m, d)), rng.standard_normal(m), rng.standard_normal(m)
        arrays = [first, biases, np.zeros(m), np.ones(m), last[None], np.zeros(1)]
        bounds = checker._Bounds(arrays, [((((1, 1),), (0, 1), (0, 1)),)], rational=False)  # of 0 - f
        ends = ([Fraction(v) for v in rng.uniform(low, low + 1, d)] for low in (-1, 0))
        asked = [(*ends, bytes([checker.PLUS]) * m, bytes(m), [[(1, 1)]])]
        exact = [
            [-Fraction(w) * Fraction(v) for w, v in zip(last, column, strict=True)] for column in (biases, *first.T)
        ]
        offset, *form = (sum(terms) for terms in exact)
        top = offset + sum(max(a * lo, a * up) for a, lo, up in zip(form, *asked[0][:2], strict=True))
        assert bounds.tops(asked, checker._Fractions)[0, 0] == top
        assert top < Fraction(bounds.tops(asked, checker._Floats)[0, 0]) < top + Fraction(1, 10**9)
        too_low += Fraction(bounds.tops(asked, Bare)[0, 0]) < top
    assert too_low > 5


@needs_acasxu
@pytest.mark.parametrize(("name", "number"), [("1_3", 3), ("2_3", 3), ("5_3", 2), ("1_9", 7)])
def test_verdicts_on_acasxu_have_certificates(name, number, tmp_path):
    path, net = tmp_path / "acasxu.cert", acasxu_network(name)
    verdict = verify_file(net, ACASXU / f"prop_{number}.vnnlib", certificate=path)
    assert verdict.outcome == ("unsafe" if number in (2, 7) else "safe")
    assert check(path).claim == verdict.outcome


def test_several_workers_prove_the_same(tmp_path):
    path = tmp_path / "boxes.cert"
    for workers in (1, 3):
        proved(path, 2, workers=workers)
        assert both(path) == "safe"


def test_a_large_tree_is_told_in_parts(tmp_path, monkeypatch):
    """Each part begins at a cut that another one has left, and workers share them."""
    monkeypatch.setattr(proving, "BOXES_OF_PART", 3)
    path = tmp_path / "parts.cert"
    proved(path, 3, gap=0.02)
    assert both(path) == "safe"
    assert check(path, workers=2).claim == "safe"
    data = members(path)
    parts = json.loads(data["summary.json"])["parts"]
    assert len(parts) > 3
    for change in (lambda p: p.pop(), lambda p: p[1].update(prefix=p[2]["prefix"]), lambda p: p[-1].update(prefix="")):
        summary = json.loads(data["summary.json"])
        change(summary["parts"])
        summary["regions"] = sum(part["leaves"] for part in summary["parts"])
        kept = {k: v for k, v in data.items() if not k.startswith(f"parts/{len(summary['parts'])}/")}
        kept["summary.json"] = json.dumps(summary).encode()
        assert both(written(tmp_path / "changed.cert", kept)) is None


def test_pieces_of_a_tree_are_all_of_it():
    rng = np.random.default_rng(2)
    for most in (2, 5, 40):
        tree, ends = BoxTree(Box(0, 1, dim=1)), [0]
        for _ in range(60):
            node = ends.pop(int(rng.integers(len(ends))))
            first = int(tree.cut([node], [0], [0.5])[0])
            ends += [first, first + 1]
        roots = tree.parts(most)
        pieces = [list(tree.walk(root, set(roots))) for root in roots]
        assert sorted(node for piece in pieces for node in piece) == sorted([*range(121), *roots[1:]])
        assert all(most <= len(piece) for piece in pieces[1:])
        assert all(len([n for n in piece[1:] if n not in roots]) < 2 * most for piece in pieces)


def test_a_tree_of_boxes_that_are_all_left_is_written(tmp_path):
    network, domain, _, _, polyhedra = instance(20141)
    path = tmp_path / "left.cert"
    assert verify(network, domain, [Halfspaces(*p) for p in polyhedra], certificate=path).outcome == "safe"
    assert both(path) == "safe"
    assert 13 not in events(members(path))


def test_boxes_that_were_searched_for_regions_are_not_searched_again(tmp_path, monkeypatch):
    """What is kept is what a second search writes, which is made where nothing fits that is kept."""
    monkeypatch.setattr(boxes, "MOST_CUTS", 2)
    calls, again, files = [], proving.recorded, []

    def counted(*given):
        calls.append(given)
        return again(*given)

    monkeypatch.setattr(proving, "recorded", counted)
    for known in (boxes.recorded_safe, lambda _: None, lambda _: Kept(b"", [])):
        monkeypatch.setattr(boxes, "recorded_safe", known)
        files.append((len(calls), tmp_path / f"{len(files)}.cert"))
        proved(files[-1][1], 3, gap=0.01)
    assert [before for before, _ in files[:2]] == [0, 0]
    assert files[2][0] == len(calls) / 2 > 0
    first, *others = (members(path) for _, path in files)
    assert both(files[0][1]) == "safe"
    assert all(other == first for other in others)


def test_an_incomplete_search_of_boxes_goes_on(tmp_path):
    rng = np.random.default_rng(5)
    network, box = random_network(rng, (3, 12, 12, 2)), Box(-1, 1, dim=3)
    unsafe = Halfspaces([[1, 0]], [least(network, box, np.array([1.0, 0.0]), 30) - 0.5])
    stopped = verify(network, box, unsafe, time_limit=0, certificate=tmp_path / "none.cert")
    assert stopped.outcome == "incomplete"
    assert stopped.describe()["open"] == 1
    path = tmp_path / "whole.cert"
    assert resume_verification(stopped, certificate=path).outcome == "safe"
    assert check(path).claim == "safe"


def test_an_empty_set_whose_search_is_not_at_its_end_gets_no_certificate(tmp_path, monkeypatch):
    """The verdict needs no search, and its certificate does; both checkers refuse a tree that leaves a box out."""
    monkeypatch.setattr("exactregions.verification.boxes.affordable", lambda _: False)
    monkeypatch.setattr(BoxSearch, "_in_regions", lambda _: None)  # as a limit would end it
    network, path = random_network(np.random.default_rng(0)), tmp_path / "empty.cert"
    verdict = verify(network, Box(-1, 1, dim=2), Unsafe([]), certificate=path)
    assert verdict.outcome is Outcome.SAFE
    assert verdict.certificate is None
    assert "no certificate" in verdict.reason
    assert not path.exists()
