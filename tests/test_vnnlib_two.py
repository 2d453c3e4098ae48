"""VNN-LIB 2.0: regions of the inputs of a declared network, exact; what is no region of inputs is refused."""

import gzip
import json
from fractions import Fraction

import pytest
from typer.testing import CliRunner

from exactregions import Box, Network, Polytope, count_regions, save
from exactregions.cli import app
from exactregions.errors import DomainError, ExactRegionsError, FileFormatError
from exactregions.importers import vnnlib_two
from exactregions.importers.vnnlib import input_box, input_boxes, input_regions

pytest.importorskip("vnnlib", minversion="1.0.2")

HEAD = "(vnnlib-version <2.0>)\n"
DECLARED = "(declare-network f (declare-input X float32 [1, 2]) (declare-output Y float32 [1, 2]))\n"
UNIT = "(assert (and (>= X[0,1] 0.0) (<= X[0,1] 1.0)))"
TENTH = Fraction(1, 10)
EXPECTED = Box([Fraction(-1, 2), 0], [TENTH, 1])


def regions(folder, text, declared=DECLARED):
    (folder / "a.vnnlib").write_text(HEAD + declared + text)
    return input_regions(folder / "a.vnnlib")


FORMS = {
    "two assertions": "(assert (>= X[0,0] -0.5)) (assert (<= X[0,0] 0.1))",
    "strict": "(assert (> X[0,0] -0.5)) (assert (< X[0,0] 0.1))",
    "numbers first": "(assert (<= -0.5 X[0,0])) (assert (>= 0.1 X[0,0]))",
    "the tightest": "(assert (and (>= X[0,0] -0.5) (>= X[0,0] -7.0) (<= X[0,0] 0.1) (<= X[0,0] 3.0)))",
    "negations": "(assert (>= X[0,0] (- 0.5))) (assert (>= (- X[0,0]) -0.1))",
    "sums": "(assert (>= (+ X[0,0] 1.0) 0.5)) (assert (<= (- X[0,0] 0.1) 0.0))",
    "products": "(assert (<= (* 2.0 X[0,0]) 0.2)) (assert (>= (* X[0,0] 2.0 2.0) -2.0))",
    "a negative factor": "(assert (<= (* (- 2.0) X[0,0]) 1.0)) (assert (<= (* 2.0 (+ X[0,0] 0.2)) 0.6))",
    "both sides": "(assert (<= (* 3.0 X[0,0]) (+ X[0,0] 0.2))) (assert (<= (- 1.0 1.0 0.5) X[0,0]))",
    "outputs beside": "(assert (or (<= Y[0,0] 1.0) (!= Y[0,1] 0.0))) (assert (and (>= X[0,0] -0.5) (<= X[0,0] 0.1)))",
    "one disjunct twice": "(assert (or (and (>= X[0,0] -0.5) (<= X[0,0] 0.1) (<= Y[0,0] 1.0)) "
    "(and (>= X[0,0] -0.5) (<= X[0,0] 0.1) (<= Y[0,1] 1.0))))",
    "a contradiction beside": "(assert (or (and (>= X[0,0] -0.5) (<= X[0,0] 0.1)) "
    "(and (<= X[0,0] 0.0) (>= X[0,0] 1.0))))",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_exact_box(tmp_path, form):
    assert regions(tmp_path, FORMS[form] + UNIT) == (EXPECTED,)
    assert input_box(tmp_path / "a.vnnlib") == EXPECTED


def test_inputs_are_one_vector_in_their_order(tmp_path):
    declared = (
        "; a comment (first\n(declare-network f (declare-input A float32 [2, 2]) (declare-input b real [])"
        " (declare-output Y float32 [1]))"
    )
    names = ["A[0,0]", "A[0,1]", "A[1,0]", "A[1,1]", "b"]
    bounds = "".join(f"(assert (and (>= {name} {i}.0) (<= {name} {i}.5)))" for i, name in enumerate(names))
    assert regions(tmp_path, bounds, declared) == (Box(range(5), [i + Fraction(1, 2) for i in range(5)]),)


def test_disjuncts_fixed_inputs_and_packed_files(tmp_path):
    text = "(assert (or (== X[0,0] 0.1) (and (>= X[0,0] 1.0) (<= X[0,0] 2.0))))" + UNIT
    both = (Box([TENTH, 0], [TENTH, 1]), Box([1, 0], [2, 1]))
    assert regions(tmp_path, text) == input_boxes(tmp_path / "a.vnnlib") == both
    assert both[0].fixed_inputs == {0: TENTH}
    (tmp_path / "b.vnnlib.gz").write_bytes(gzip.compress((HEAD + DECLARED + text).encode()))
    assert input_regions(tmp_path / "b.vnnlib.gz") == both


def test_inequalities_between_inputs_are_those_of_a_polytope(tmp_path):
    text = FORMS["two assertions"] + UNIT + "(assert (<= (+ X[0,0] (* 2.0 X[0,1])) 1.5)) (assert (> X[0,1] X[0,0]))"
    expected = Polytope([[1, 2], [1, -1]], [Fraction(3, 2), 0], EXPECTED)
    assert regions(tmp_path, text) == (expected,)
    with pytest.raises(FileFormatError, match="no boxes; use input_regions"):
        input_boxes(tmp_path / "a.vnnlib")
    network = Network.from_layers([[[1.0, 1.0], [1.0, -1.0]], [[1.0, 1.0]]], [[-0.5, 0.25], [0.0]])
    save(network, tmp_path / "net.npz")
    arguments = ["count", str(tmp_path / "net.npz"), "--vnnlib", str(tmp_path / "a.vnnlib"), "--json"]
    data = json.loads(CliRunner().invoke(app, arguments).output)
    assert (data["regions"], data["exact"]) == (count_regions(network, expected, engine="rational"), True)


BOTH = FORMS["two assertions"] + UNIT
REFUSED = {
    "no upper bound": (UNIT + "(assert (>= X[0,0] 0.0))", r"X\[0,0\] has no upper bound"),
    "no lower bound": (FORMS["two assertions"] + "(assert (<= X[0,1] 0.0))", r"X\[0,1\] has no lower bound"),
    "inputs and outputs": (BOTH + "(assert (<= X[0,0] Y[0,1]))", "compares inputs with outputs"),
    "a product of inputs": (BOTH + "(assert (<= (* X[0,0] X[0,1]) 1.0))", "not linear"),
    "an equation": (BOTH + "(assert (== X[0,0] X[0,1]))", "equation of several inputs"),
    "unequal": (BOTH + "(assert (!= X[0,0] 0.0))", "no inequality or equation"),
    "nothing": (BOTH + "(assert (<= X[0,0] X[0,0]))", "says nothing"),
    "out of range": (BOTH + "(assert (<= X[0,2] 1.0))", "line .*: Index out of bounds"),
    "another type": (BOTH + "(assert (<= X[0,0] 1))", "Type mismatch"),
    "not declared": (BOTH + "(assert (<= Z[0,0] 1.0))", "no VNN-LIB 2.0"),
    "truncated": (BOTH + "(assert (<= X[0,0]", "syntax error"),
    "too deep": (BOTH + "(assert " + "(and " * 50_000 + "(<= X[0,0] 1.0)" + ")" * 50_001, "deep"),
    "no assertion": ("", "syntax error|no lower bound"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_region_is_refused(tmp_path, case):
    text, message = REFUSED[case]
    with pytest.raises(FileFormatError, match=message) as caught:
        regions(tmp_path, text)
    assert "a.vnnlib" in str(caught.value)


def test_other_refusals(tmp_path, monkeypatch):
    with pytest.raises(DomainError, match=r"X\[0,0\] is above"):
        regions(tmp_path, "(assert (and (<= X[0,0] 0.0) (>= X[0,0] 1.0)))" + UNIT)
    second = DECLARED + DECLARED.replace("-network f", "-network g (equal-to f)").replace("X", "V").replace("Y", "W")
    with pytest.raises(FileFormatError, match=r"2 networks \(f, g\)"):
        regions(tmp_path, BOTH, second)
    (tmp_path / "a.vnnlib").write_text("(vnnlib-version <3.0>)" + DECLARED + BOTH)
    with pytest.raises(FileFormatError, match="Expected VNNLib version"):
        input_regions(tmp_path / "a.vnnlib")
    halves = "".join(f"(assert (or (<= X[{i}] 0.0) (>= X[{i}] 1.0)))" for i in range(14))
    with pytest.raises(FileFormatError, match="more than 10,000"):
        regions(tmp_path, halves, DECLARED.replace("[1, 2]", "[14]"))
    (tmp_path / "a.vnnlib").write_text(HEAD + DECLARED + BOTH)

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(vnnlib_two, "import_module", missing)
    with pytest.raises(ExactRegionsError, match=r'pip install "exactregions\[vnnlib\]"'):
        input_regions(tmp_path / "a.vnnlib")
