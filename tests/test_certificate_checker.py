"""What the checker of certificates accepts, and how it says so."""

import ast
import json
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import certificate_files as cf
import naive_checker
import numpy as np
import pytest
from certificate_files import Draft, Event, PartDraft
from oracles import general_position_count, zaslavsky

from exactregions import Ball, Box, Network, WholeSpace
from exactregions.cases import networks as nets
from exactregions.certificate import checker
from exactregions.certificate.checker import IncompleteCertificate, InvalidCertificate, check, main

SOURCE = Path(checker.__file__)
ALLOWED = {*sys.stdlib_module_names, "numpy", "flint"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "count.cert"


def handmade(network: Network, domain, walks: dict[str, list[Event]], claim="exact") -> Draft:
    """A certificate whose parts have these prefixes and events."""
    parts = [PartDraft(prefix, events, sum(e.code in cf.LEAVES for e in events)) for prefix, events in walks.items()]
    return Draft(cf.header_of(network, domain, claim), cf.arrays_of(network), parts)


def split(unit, first="-"):
    return Event("-+".index(first), unit)


def sign(unit, which, rows=(), numbers=()):
    return Event(2 + "-+".index(which), unit, list(rows), list(numbers))


def leaf(*point):
    return Event(8, numbers=list(point))


ELSEWHERE, BARE = Event(cf.ELSEWHERE), Event(10)


# What is accepted.


@pytest.mark.parametrize("name", cf.CASES)
def test_certificates_of_every_kind(name, path):
    draft = cf.case(name)
    verdict = check(draft.write(path))
    assert verdict.regions == cf.true_count(*cf.CASES[name][:2])
    assert verdict.claim == draft.header["claim"]
    assert verdict.fingerprint == cf.CASES[name][0].fingerprint
    assert naive_checker.verify(path).regions == verdict.regions


@pytest.mark.parametrize(
    ("network", "domain", "regions"),
    [
        (nets.braid(4), WholeSpace(4), 24),
        (nets.type_b(2), Ball([0, 0], Fraction(1, 10**9)), 8),
        (nets.shifted_braid(3, (0, 1)), WholeSpace(3), 16),
        (nets.sawtooth(2, 2, 2), Box([0, 0], [1, 1]), 16),
        (nets.sawtooth(2, 3, 2), Ball([0.5, 0.5], 0.5), 60),
        (nets.one_layer(np.eye(4)), Ball([1] * 4, 2), 15),
        (nets.one_layer(np.eye(4)), Ball([1] * 4, 2 + Fraction(1, 10**40)), 16),
        (nets.moment_curve(5, 2), Ball([0.3, 0.1], 1e300), zaslavsky(5, 2)),
        (nets.one_layer([[1e150, 2e150], [3e150, -1e150], [1e-150, 1e-150]]), WholeSpace(2), 6),
        (Network.from_layers([np.eye(2)] * 2, [None] * 2, slope=1.0), Box([0, 0], [1, 1]), 1),
    ],
)
def test_known_counts(network, domain, regions, path):
    verdict = check(cf.drafted(network, domain).write(path))
    assert (verdict.claim, verdict.regions) == ("exact", regions)


def test_many_inputs_and_the_faster_product(path, monkeypatch):
    """784 inputs; with python-flint and without it the answers are the same."""
    rng = np.random.default_rng(1)
    weight, bias = np.round(rng.normal(size=(4, 784)) * 64) / 64, np.round(rng.normal(size=4) * 64) / 64
    center = [Fraction(k % 8, 8) for k in range(784)]
    count = general_position_count(nets.one_layer(weight, bias), center, Fraction(1, 2))
    deep = Network.from_layers([weight, np.eye(4), np.ones((1, 4))], [bias, [0.0] * 4, [0.0]])
    cf.drafted(deep, Ball(center, Fraction(1, 2))).write(path)
    assert checker.fmpz_mat is not None
    products = []
    monkeypatch.setattr(checker, "fmpz_mat", lambda rows, real=checker.fmpz_mat: products.append(rows) or real(rows))
    assert check(path).regions == count
    assert products, "the product of large matrices goes through python-flint"
    monkeypatch.setattr(checker, "fmpz_mat", None)
    assert check(path).regions == count


def test_deep_trees_and_networks_need_no_recursion(path):
    """2000 splits on a path, and 1500 stages."""
    lines = nets.one_layer(np.ones((2000, 1)), -np.arange(2000))
    downhill = handmade(lines, WholeSpace(1), {"": [*(split(u, "+") for u in range(2000)), leaf(5000)]}, "lower")
    downhill.parts[0].complete = downhill.complete = False
    assert check(downhill.write(path)).regions == 1
    chain = Network.from_layers([np.eye(1)] * 1501, [None] * 1501)
    alive = [split(0, "+"), *(sign(u, "+", [0], [1, 1]) for u in range(1, 1500)), leaf(0.5)]
    dead = [*(sign(u, "-") for u in range(1, 1500)), leaf(-0.5)]
    assert check(handmade(chain, Box([-1], [1]), {"": alive + dead}).write(path)).regions == 2


def test_a_sign_against_the_prefix_ends_its_side_alone(path):
    """Units x and x + 1/2 on (-1, 1); the part + splits the second unit first, and one of its sides is empty."""
    network, domain = nets.one_layer([[1], [1]], [0, 0.5]), Box([-1], [1])
    first = [split(0, "+"), ELSEWHERE, split(1), leaf(-0.75), leaf(-0.25)]
    empty = [split(1), sign(0, "-", [0], [1, 1])]
    assert check(handmade(network, domain, {"": first, "+": [*empty, split(0), leaf(0.5)]}).write(path)).regions == 3
    with pytest.raises(InvalidCertificate, match="stops in the middle"):
        check(handmade(network, domain, {"": first, "+": empty}).write(path))


def test_a_domain_that_a_part_misses(path):
    """Unit x on (1, 2), split all the same: for an upper bound the empty side may be left to a part with no leaf."""
    draft = handmade(
        nets.one_layer([[1], [1]], [0, -1.5]),
        Box([1], [2]),
        {"": [split(0), split(1), BARE, ELSEWHERE, split(1), BARE, BARE], "-+": [sign(0, "+")]},
        "upper",
    )
    assert check(draft.write(path)).regions == 3


# What must not be accepted: each of these was a gap in some reading of the format.


def test_a_form_that_vanishes_cannot_be_split(path):
    """Its row 0 > 0 would refute anything: units 0, x, x - 1/2 have 3 regions, and this says at most 2."""
    network = nets.one_layer([[0], [1], [1]], [0, 0, -0.5])
    side = [sign(1, "-", [0], [1, 0]), sign(2, "-", [0], [1, 0]), BARE]
    draft = handmade(network, Box([-1], [1]), {"": [split(0), *side, *side]}, "upper")
    with pytest.raises(InvalidCertificate, match="unit 0: a form that vanishes"):
        check(draft.write(path))


CROSS = nets.one_layer(np.eye(2)), Box([-1, -1], [1, 1])
QUADRANTS = {signs: leaf(*(0.5 if s == "+" else -0.5 for s in signs)) for signs in ("--", "-+", "+-", "++")}


@pytest.mark.parametrize("claim", ["exact", "lower", "upper"])
def test_a_side_left_below_a_split_of_a_later_unit(claim, path):
    """The part "-" would walk both sides of the second unit, of which one is walked here: 5 leaves, 4 regions."""
    first = [split(1), split(0), ELSEWHERE, QUADRANTS["+-"], split(0), QUADRANTS["-+"], QUADRANTS["++"]]
    other = [split(0), split(1), QUADRANTS["--"], QUADRANTS["-+"]]
    with pytest.raises(InvalidCertificate, match="below a split of a later unit"):
        check(handmade(*CROSS, {"": first, "-": other}, claim).write(path))


@pytest.mark.parametrize("claim", ["exact", "lower"])
def test_a_side_left_within_the_prefix(claim, path):
    """The part "+-" leaves "+", the part that holds itself: 5 leaves, 4 regions."""
    walks = {
        "": [split(0), split(1), QUADRANTS["--"], QUADRANTS["-+"], split(1, "+"), QUADRANTS["++"], ELSEWHERE],
        "+-": [split(0), ELSEWHERE],
        "+": [split(0), split(1), QUADRANTS["+-"], QUADRANTS["++"]],
    }
    with pytest.raises(InvalidCertificate, match="of the part's own prefix"):
        check(handmade(*CROSS, walks, claim).write(path))


@pytest.mark.parametrize("claim", ["exact", "upper"])
def test_a_part_that_no_other_has_left(claim, path):
    """A walk of all four quadrants, and two of them once more."""
    whole = [split(0), split(1), QUADRANTS["--"], QUADRANTS["-+"], split(1), QUADRANTS["+-"], QUADRANTS["++"]]
    half = [split(0), split(1), QUADRANTS["--"], QUADRANTS["-+"]]
    assert check(handmade(*CROSS, {"": whole}, claim).write(path)).regions == 4
    with pytest.raises(InvalidCertificate, match="left by two others, or by none"):
        check(handmade(*CROSS, {"": whole, "-": half}, claim).write(path))


@pytest.mark.parametrize("number", [-1, -1.5])
@pytest.mark.parametrize("code", [2, 4, 6])
def test_a_negative_multiplier(number, code, path):
    """Units x and x - 1/2 on (-1, 1): -x + (x - 1/2) is never positive, and proves nothing where x is."""
    forged = Event(code, 1, [0], [number, -number])
    walk = {"": [split(0), sign(1, "-", [0], [1, 1]), BARE, forged, BARE]}
    network = nets.one_layer([[1], [1]], [0, -0.5])
    with pytest.raises(InvalidCertificate, match="unit 1: a multiplier is negative"):
        check(handmade(network, Box([-1], [1]), walk, "upper").write(path))


@pytest.mark.parametrize(
    ("walk", "why"),
    [
        ([split(0), split(1), ELSEWHERE, *[leaf(0, 0)] * 3], "the prefix .* is not there"),
        ([split(1), ELSEWHERE], "an earlier unit is not settled"),
        ([split(0), sign(1, "-", [0], [1, 1])], "do not prove"),
        ([ELSEWHERE], "not at its beginning"),
        ([leaf(0, 0)], "before all units are settled"),
        ([split(0), split(0)], "is settled"),
        ([split(2)], "is settled, or not one"),
        ([split(0), split(1), leaf(0, -0.5)], "row 0 is not positive"),
        ([split(0), split(1), leaf(-0.5, -1)], "not in the domain"),
        ([Event(12)], "unknown"),
        ([split(0), split(1), BARE], "has no witness"),
    ],
)
def test_the_first_thing_wrong_and_its_place(walk, why, path):
    if why.startswith("the prefix"):
        walk = [split(0), split(1), ELSEWHERE, QUADRANTS["-+"], split(1), QUADRANTS["+-"], QUADRANTS["++"]]
    with pytest.raises(InvalidCertificate, match=why) as error:
        check(handmade(*CROSS, {"": walk}).write(path))
    if "prefix" not in why:
        last = len(walk) - 1
        assert str(error.value).startswith(f"{path}: part 0 (''): event {last}")


# Claims, parts, shards.


def test_a_claim_may_be_weakened_and_never_strengthened(path):
    for name, allowed in {"box": {"exact", "lower", "upper"}, "upper": {"upper"}}.items():
        cf.case(name).write(path)
        for claim in ("exact", "lower", "upper"):
            if claim in allowed:
                assert check(path, claim=claim).claim == claim
            else:
                with pytest.raises(InvalidCertificate, match="does not prove"):
                    check(path, claim=claim)
    lower = cf.case("box").about({"claim": "lower"})
    assert check(lower.write(path)).sentence == "verified: at least 7 activation regions meet the open box"
    with pytest.raises(InvalidCertificate, match="does not prove"):
        check(path, claim="exact")
    with pytest.raises(InvalidCertificate, match="is not exact, lower, upper, safe or unsafe"):
        check(path, claim="almost")


def test_a_search_that_was_stopped_proves_a_lower_bound_only(path):
    whole = cf.case("box")
    for events in (0, 5, 20, len(whole.parts[0].events) - 1):
        short = cf.truncated(whole, events)
        short.write(path)
        with pytest.raises(IncompleteCertificate, match="'lower'"):
            check(path)
        with pytest.raises(IncompleteCertificate):
            check(path, claim="upper")
        assert check(path, claim="lower").regions == short.parts[0].leaves <= 7
        short.complete = short.parts[0].complete = True
        with pytest.raises(InvalidCertificate, match="stops in the middle"):
            check(short.write(path), claim="lower")


def shards(draft: Draft, path: Path, count: int) -> list[Path]:
    """The parts dealt out to files."""
    parts = [draft.parts[i::count] for i in range(count)]
    return [
        Draft(draft.header, draft.arrays, mine).write(path.with_suffix(f".{i}.cert")) for i, mine in enumerate(parts)
    ]


@pytest.mark.parametrize("name", ["parts", "nested parts", "parts, upper"])
def test_shards(name, path):
    draft = cf.case(name)
    count, word = draft.summary()["regions"], checker.WORDS[draft.header["claim"]]
    files = shards(draft, path, 3)
    assert check(files).sentence.startswith(f"verified: {word} {count} ")
    assert check(files[::-1]).regions == count
    for missing in range(3):
        with pytest.raises(IncompleteCertificate, match="is not there"):
            check(files[:missing] + files[missing + 1 :])
    with pytest.raises(InvalidCertificate, match="the same prefix"):
        check([*files, files[1]])
    if word == "exactly":
        bounds = [check(file, claim="lower").regions for file in files]
        assert sum(bounds) == count
        assert check(files[1:], claim="lower").regions == count - bounds[0]
        with pytest.raises(InvalidCertificate, match="the same prefix"):
            check([files[0], files[0]], claim="lower")


def test_shards_of_different_questions(path):
    one, other = cf.case("parts"), cf.case("box")
    files = [one.write(path), other.write(path.with_suffix(".2"))]
    for changed in (other.about({"domain": Ball([0, 0], 1).describe()}), other.about({"claim": "lower"})):
        changed.write(files[1])
        with pytest.raises(InvalidCertificate, match="not that of the first file"):
            check(files)


def test_a_part_within_another_that_has_not_left_it(path):
    draft = cf.case("box").about({"claim": "lower"})
    part = cf.case("parts").parts[1]
    with pytest.raises(InvalidCertificate, match="lies within the part ''"):
        check(Draft(draft.header, draft.arrays, [*draft.parts, part]).write(path))


def test_the_network_it_must_be_about(path):
    cf.case("box").write(path)
    assert check(path, fingerprint=cf.SMALL.fingerprint).regions == 7
    with pytest.raises(InvalidCertificate, match="about another network"):
        check(path, fingerprint=nets.hat().fingerprint)


# Workers, the command line, and what it imports.


def test_workers_give_the_same_answer(path):
    draft = cf.case("nested parts")
    one, two = (check(draft.write(path), workers=workers) for workers in (1, 2))
    assert one == two
    broken = draft.with_events(5, draft.parts[5].events[:-1])
    broken.write(path)
    messages = []
    for workers in (1, 2):
        with pytest.raises(InvalidCertificate) as error:
            check(path, workers=workers)
        messages.append(str(error.value))
    assert messages[0] == messages[1]


def test_no_workers_check_nothing(path):
    cf.case("box").write(path)
    for workers in (0, -1):
        with pytest.raises(InvalidCertificate, match="workers"):
            check(path, claim="lower", workers=workers)
    with pytest.raises(InvalidCertificate, match="no file"):
        check([])


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_reaches_the_end(workers, path):
    draft = cf.case("parts")
    told = []
    check(draft.write(path), workers=workers, progress=lambda done, total: told.append((done, total)))
    events = sum(len(part.events) for part in draft.parts)
    assert told[-1] == (events, events)
    assert told == sorted(told)


def test_the_command_line(path, capsys):
    cf.case("affine").write(path)
    assert main([str(path)]) == 0
    out, err = capsys.readouterr()
    assert out == "verified: exactly 1 activation region meets the open ball\n"
    assert "1 of 1 events" in err
    assert main([str(path), "--quiet", "--json", "--claim", "upper"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["verified"], told["claim"], told["regions"], err) == (True, "upper", 1, "")
    assert main([str(path), "--fingerprint", "00"]) == 1
    assert capsys.readouterr().out.startswith("not verified: it is about another network")
    assert main([str(path.with_name("none.cert"))]) == 1
    capsys.readouterr()
    cf.truncated(cf.case("box"), 9).write(path)
    assert main([str(path), "--workers", "2"]) == 3
    assert capsys.readouterr().out.startswith("incomplete: ")
    assert main([str(path), "--claim", "lower"]) == 0


def test_it_imports_nothing_but_numpy_and_the_standard_library():
    names = set()
    for node in ast.walk(ast.parse(SOURCE.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            names.add(str(node.module).partition(".")[0])
    assert names <= ALLOWED | {"__future__"}
    assert not {"importlib", "ctypes", "pickle"} & names
    package = ast.parse((SOURCE.parent / "__init__.py").read_text())
    assert len(package.body) == 1, "importing the checker must run nothing but its own file"


ALONE = """
import sys
class Guard:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "numpy"}:
            raise ImportError(name)
sys.meta_path.insert(0, Guard())
import runpy
sys.argv = ["checker.py", *sys.argv[1:]]
runpy.run_path("checker.py", run_name="__main__")
"""


def test_it_works_alone(tmp_path):
    """A copy of the file in an empty folder, where nothing but numpy can be imported."""
    shutil.copy(SOURCE, tmp_path / "checker.py")
    cf.case("nested parts").write(tmp_path / "count.cert")
    command = [sys.executable, "-c", ALONE, "count.cert", "--quiet"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "verified: exactly 7 activation regions meet the open ball\n"
