"""Properties of VNN-LIB files, and the command that decides them."""

import json
from fractions import Fraction

import pytest
from public_data import ACASXU, acasxu_network, needs_acasxu
from typer.testing import CliRunner

from exactregions import Box, Network, save
from exactregions.cli import app
from exactregions.errors import DomainError, FileFormatError, PropertyError
from exactregions.importers.vnnlib import input_regions, output_properties
from exactregions.unsafe import Halfspaces, Unsafe
from exactregions.verification import verify_file

HEAD = """
(declare-const X_0 Real) (declare-const X_1 Real)
(declare-const Y_0 Real) (declare-const Y_1 Real)
"""
SQUARE = HEAD + "(assert (and (>= X_0 0) (<= X_0 1) (>= X_1 0) (<= X_1 0.5)))"


def read(tmp_path, text):
    path = tmp_path / "p.vnnlib"
    path.write_text(text)
    return output_properties(path)


def test_disjunctions_over_outputs_are_one_union(tmp_path):
    text = SQUARE + "(assert (or (<= Y_0 (* 2 Y_1)) (and (>= Y_0 0.1) (= Y_1 (- 3)))))"
    [(domain, unsafe)] = read(tmp_path, text)
    assert domain == Box([0, 0], [1, Fraction(1, 2)])
    first, second = Halfspaces([[1, -2]], [0]), Halfspaces([[-1, 0], [0, 1], [0, -1]], [Fraction(-1, 10), -3, 3])
    assert unsafe == Unsafe([first, second])


def test_mixed_disjunctions_belong_to_their_regions(tmp_path):
    text = (
        HEAD
        + """
    (assert (or (and (>= X_0 0) (<= X_0 1) (>= X_1 0) (<= X_1 1) (<= Y_0 0))
                (and (>= X_0 2) (<= X_0 3) (>= X_1 0) (<= X_1 1) (or (>= Y_0 5) (>= Y_1 6)))
                (and (>= X_0 2) (<= X_0 3) (>= X_1 0) (<= X_1 1))))
    """
    )
    (first, low), (second, high) = read(tmp_path, text)
    assert (first, second) == (Box([0, 0], [1, 1]), Box([2, 0], [3, 1]))
    assert low == Unsafe([Halfspaces([[1, 0]], [0])])
    assert [p.h for p in high.polyhedra] == [(-5,), (-6,), (0,)]
    assert high.polyhedra[2].contains([10**9, -(10**9)])
    assert len(input_regions(tmp_path / "p.vnnlib")) == 2


def test_the_second_version_says_the_same(tmp_path):
    pytest.importorskip("vnnlib")
    text = """(vnnlib-version <2.0>)
    (declare-network f (declare-input X real [2]) (declare-output Y real [1,2]))
    (assert (>= X[0] 0.0)) (assert (<= X[0] 1.0)) (assert (>= X[1] 0.0)) (assert (<= X[1] 0.5))
    (assert (or (<= Y[0,0] (* 2.0 Y[0,1])) (and (>= Y[0,0] 0.1) (== Y[0,1] -3.0))))
    """
    [(domain, unsafe)] = read(tmp_path, text)
    assert [(domain, unsafe)] == list(
        read(tmp_path, SQUARE + "(assert (or (<= Y_0 (* 2 Y_1)) (and (>= Y_0 0.1) (= Y_1 -3))))")
    )
    for wrong, words in {"(< Y[0,0] 1.0)": "strict", "(<= Y[0,0] X[0])": "compares inputs with outputs"}.items():
        with pytest.raises(FileFormatError, match=words):
            read(tmp_path, text + f"(assert {wrong})")


@pytest.mark.parametrize(
    ("assertion", "error", "words"),
    [
        ("(<= Y_2 0)", FileFormatError, "declare-const Y_2"),
        ("(<= Z 0)", FileFormatError, "not linear"),
        ("(<= (* Y_0 Y_1) 0)", FileFormatError, "not linear"),
        ("(< Y_0 0)", FileFormatError, "strict"),
        ("(<= Y_0 X_0)", FileFormatError, "X_0"),
        ("(distinct Y_0 Y_1)", FileFormatError, "no inequality of outputs"),
        ("(>= X_0 2)", DomainError, "X_0"),
        ("(or)", DomainError, "empty disjunctions"),
    ],
)
def test_what_is_no_property_is_refused(tmp_path, assertion, error, words):
    with pytest.raises(error, match=words):
        read(tmp_path, SQUARE + f"(assert {assertion})")


def test_outputs_are_numbered_and_declared(tmp_path):
    with pytest.raises(FileFormatError, match="no output Y_0"):
        read(tmp_path, "(declare-const X_0 Real)(assert (<= X_0 1))(assert (>= X_0 0))")
    with pytest.raises(FileFormatError, match="not Y_1"):
        read(tmp_path, SQUARE.replace("Y_1", "Y_2"))


@pytest.fixture
def absolute(tmp_path):
    """A file of |x_0| + |x_1| and x_0."""
    weights = [[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [[1.0] * 4, [1.0, -1.0, 0.0, 0.0]]]
    path = tmp_path / "net.npz"
    save(Network.from_layers(weights, [[0.0] * 4, [0.0, 0.0]]), path)
    return path


def run(*arguments, code):
    result = CliRunner().invoke(app, ["verify", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.stdout


def check(*arguments, code=0):
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


def test_a_file_is_decided_and_its_proof_checked(tmp_path, absolute):
    prop, proof = tmp_path / "p.vnnlib", tmp_path / "v.cert"
    prop.write_text(SQUARE + "(assert (>= Y_0 1.5))")
    assert "unsafe" in run(absolute, prop, "--certificate", proof, code=7)
    assert "unsafe" in check(proof, "--property", prop, "--network", absolute)
    assert run(absolute, prop, "--competition", code=7).split() == [
        *("sat", "((X_0", "1.0)", "(X_1", "0.5)", "(Y_0", "1.5)", "(Y_1", "1.0))")
    ]
    told = json.loads(run(absolute, prop, "--json", code=7))
    assert told["verdict"] == "unsafe"
    assert told["cases"][0]["margin"] == 0
    prop.write_text(SQUARE + "(assert (>= Y_0 1.50000000000000000000000001))")
    assert "is not about" in check(proof, "--property", prop, code=1)
    assert run(absolute, prop, "--competition", "--certificate", proof, code=0) == "unsat\n"
    assert "safe" in check(proof, "--property", prop)
    assert json.loads(check(proof, "--json"))["claim"] == "safe"
    assert run(absolute, prop, "--competition", "--time-limit", 0, code=3) == "timeout\n"
    assert "error" in json.loads(run(absolute, tmp_path / "none.vnnlib", "--json", code=1))


def test_a_file_of_several_regions_has_several_proofs(tmp_path, absolute):
    prop, proof = tmp_path / "p.vnnlib", tmp_path / "v.cert"
    boxes = "(assert (or (and (>= X_0 0) (<= X_0 1)) (and (>= X_0 2) (<= X_0 3))))"
    prop.write_text(HEAD + boxes + "(assert (>= X_1 0))(assert (<= X_1 1))(assert (>= Y_0 5))")
    found = verify_file(absolute, prop, certificate=proof)
    assert found.outcome == "safe"
    assert "2 regions" in found.sentence
    for k in (1, 2):
        assert "safe" in check(tmp_path / f"v-{k}.cert", "--property", prop)
    prop.write_text(HEAD + boxes + "(assert (>= X_1 0))(assert (<= X_1 1))(assert (>= Y_0 2))")
    assert verify_file(absolute, prop, engine="rational").deciding.exact_input[1] == 1
    prop.write_text(HEAD.replace("Y_1", "Y_2 Real) (declare-const Y_1") + SQUARE[len(HEAD) :] + "(assert (>= Y_0 2))")
    with pytest.raises(PropertyError, match="3 outputs"):
        verify_file(absolute, prop)


@needs_acasxu
@pytest.mark.parametrize(
    ("network", "prop", "verdict"),
    [("3_3", 4, "safe"), ("2_3", 4, "safe"), ("1_9", 4, "unsafe"), ("1_9", 3, "unsafe"), ("2_3", 2, "unsafe")],
)
def test_collision_avoidance_is_decided_as_published(network, prop, verdict, tmp_path):
    found = verify_file(acasxu_network(network), ACASXU / f"prop_{prop}.vnnlib", certificate=tmp_path / "v.cert")
    assert found.outcome == verdict
    assert verdict in check(tmp_path / "v.cert")
