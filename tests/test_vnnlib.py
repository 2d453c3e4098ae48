"""VNN-LIB: the box is exact, and what is no box is refused."""

import gzip
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from public_data import ACASXU, needs_acasxu
from typer.testing import CliRunner

from exactregions import Box, Network, save
from exactregions.cli import app, domain_options, reading
from exactregions.errors import DomainError, ExactRegionsError, FileFormatError
from exactregions.importers.vnnlib import input_box, input_boxes

DECLARED = "".join(f"(declare-const {name} Real)\n" for name in ("X_0", "X_1", "Y_0", "Y_1"))
UNIT = "(assert (<= X_1 1))(assert (>= X_1 0))"


def read(folder: Path, text: str, declared: str = DECLARED) -> Box:
    (folder / "a.vnnlib").write_text(declared + text)
    return input_box(folder / "a.vnnlib")


FORMS = {
    "two assertions": "(assert (>= X_0 -0.5)) (assert (<= X_0 0.1))",
    "one conjunction": "(assert (and (>= X_0 -0.5) (<= X_0 0.1)))",
    "nested conjunctions": "(assert (and (and (>= X_0 -0.5)) (and (and (<= X_0 0.1)) (<= Y_0 Y_1))))",
    "a disjunction of one": "(assert (or (and (>= X_0 -0.5) (<= X_0 0.1) (>= Y_0 1))))",
    "numbers first": "(assert (<= -0.5 X_0)) (assert (>= 0.1 X_0))",
    "a chain": "(assert (<= -0.5 X_0 0.1))",
    "strict": "(assert (> X_0 -0.5)) (assert (< X_0 0.1))",
    "the tightest": "(assert (>= X_0 -0.5)) (assert (>= X_0 -7)) (assert (<= X_0 0.1)) (assert (<= X_0 3))",
    "other literals": "(assert (>= X_0 (- 0.5))) (assert (<= X_0 (/ 1 10)))",
    "exponents": "(assert (>= X_0 -5e-1)) (assert (<= X_0 +1.E-1))",
    "comments": "; (assert (or\n(assert ; here )\n (>= X_0\n-.5)) (assert (<= X_0 0.1)) ; end\n",
    "outputs": "(assert (or (<= Y_0 1) (and (>= Y_1 2)))) (assert (>= X_0 -0.5)) (assert (<= X_0 0.1))",
    "a sum": "(assert (>= (+ X_0 1) 0.5)) (assert (<= (- X_0 0.1) 0))",
    "a product": "(assert (<= (* 2 X_0) 0.2)) (assert (>= (* X_0 4) -2))",
    "a product with a negation": "(assert (<= (* X_0 (- 2)) 1)) (assert (<= (* (- X_0) (/ -1 2)) (* 0.5 (/ 1 10))))",
    "quotients of quotients": "(assert (>= X_0 (/ (- (/ 1 4)) (/ 2 4)))) (assert (<= X_0 (- (/ (/ 1 -2) 5))))",
    "a negative factor": "(assert (<= (* -2 X_0) 1)) (assert (>= (- X_0) -0.1))",
    "an input on both sides": "(assert (<= (* 3 X_0) (+ X_0 0.2))) (assert (<= (- 1 1 0.5) X_0))",
    "the same box twice": "(assert (or (and (<= -0.5 X_0 0.1) (<= Y_0 1)) (and (<= -0.5 X_0 0.1) (<= Y_1 1))))",
    "a contradictory box beside it": "(assert (or (<= -0.5 X_0 0.1) (and (<= X_0 0) (>= X_0 1))))",
    "options": "(set-logic QF_LRA)(assert (>= X_0 -0.5)) (assert (<= X_0 0.1))(check-sat)(exit)",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_exact_box(tmp_path, form):
    assert read(tmp_path, FORMS[form] + UNIT) == Box([Fraction(-1, 2), 0], [Fraction(1, 10), 1])


def test_functions_without_arguments_are_variables(tmp_path):
    box = read(tmp_path, "(assert (<= 0 X_0 1))", "(declare-fun X_0 () Real)")
    assert box == Box([0], [1])


@given(low=st.decimals(-100, 100, places=9), width=st.decimals("0.000000001", 10, places=9))
def test_decimals_are_taken_exactly(tmp_path_factory, low, width):
    text = f"(assert (>= X_0 {low:f})) (assert (<= X_0 {low + width:f}))" + UNIT
    box = read(tmp_path_factory.mktemp("vnnlib"), text)
    assert (box.lower[0], box.upper[0]) == (Fraction(low), Fraction(low + width))


def test_inputs_are_ordered_by_number(tmp_path):
    declared = "".join(f"(declare-const X_{i} Real)" for i in reversed(range(12)))
    text = "".join(f"(assert (<= {i} X_{i} {i + 1}))" for i in range(12))
    assert read(tmp_path, text, declared).lower == tuple(range(12))


BOTH = "(assert (<= 0 X_0 1))" + UNIT
REFUSED = {
    "no upper bound": (UNIT + "(assert (>= X_0 0))", "X_0 has no upper bound"),
    "no lower bound": (UNIT + "(assert (<= X_0 0))", "X_0 has no lower bound"),
    "no bound": (UNIT, "X_0 has no lower bound"),
    "a disjunction": (BOTH + "(assert (or (<= X_0 0.5) (>= X_0 0.6)))", "disjunction over inputs"),
    "a mixed disjunction": (BOTH + "(assert (or (<= X_0 0.5) (>= Y_0 0.6)))", "disjunction over inputs"),
    "two inputs": (BOTH + "(assert (<= X_0 X_1))", "one input with a number"),
    "input and output": (BOTH + "(assert (<= X_0 Y_1))", "one input with a number"),
    "a sum": (BOTH + "(assert (<= (+ X_0 X_1) 1))", "one input with a number"),
    "a square": (BOTH + "(assert (<= (* X_0 X_0) 1))", "one input with a number"),
    "no number": (BOTH + "(assert (<= X_0 1_0))", "one input with a number"),
    "a huge exponent": (BOTH + "(assert (<= X_0 1e999999999))", "one input with a number"),
    "a division by zero": (BOTH + "(assert (<= X_0 (/ 1 0)))", "one input with a number"),
    "a division by zero below": (BOTH + "(assert (<= X_0 (/ 1 (/ 0 1))))", "one input with a number"),
    "a number of an input too long": (
        BOTH + f"(declare-const X_{'9' * 5000} Real)(assert (<= X_{'9' * 5000} 1))",
        "number",
    ),
    "one term": (BOTH + "(assert (<= X_0))", "no bound on an input"),
    "a negation": (BOTH + "(assert (not (<= X_0 1)))", "no bound on an input"),
    "a bare name": (BOTH + "(assert X_0)", "no bound on an input"),
    "not declared": (BOTH + "(assert (<= X_2 1))", "X_2"),
    "not an input name": (BOTH + "(assert (<= X_01 1))", "one input with a number"),
    "another command": (BOTH + "(define-fun f () Real 1)", "no command"),
    "assert of two": (BOTH + "(assert (<= X_0 1) (<= X_0 2))", "no command"),
    "open parenthesis": (BOTH + "(assert (<= X_0 1)", "truncated"),
    "closed parenthesis": (BOTH + ")", "never opened"),
    "prose": ("Dear reader,", "no command"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_box_is_refused(tmp_path, case):
    text, message = REFUSED[case]
    with pytest.raises(FileFormatError, match=message) as caught:
        read(tmp_path, text)
    assert "a.vnnlib" in str(caught.value)


@pytest.mark.parametrize("bounds", ["(= X_0 0.1)", "(and (<= X_0 0.1) (>= X_0 0.1))", "(= 1 (+ X_0 0.9))"])
def test_an_input_with_one_value_is_fixed(tmp_path, bounds):
    assert read(tmp_path, f"(assert {bounds})" + UNIT).fixed_inputs == {0: Fraction(1, 10)}


@pytest.mark.parametrize("bounds", ["(and (= X_0 0) (= X_0 1))", "(and (<= X_0 0) (>= X_0 1))"])
def test_empty_boxes_are_refused(tmp_path, bounds):
    with pytest.raises(DomainError, match=r"X_0.*empty"):
        read(tmp_path, f"(assert {bounds})" + UNIT)


def test_every_disjunct_is_a_box(tmp_path):
    disjuncts = "(assert (or (and (<= 0 X_0 1) (<= Y_0 0)) (and (<= 1 X_0 2) (<= Y_1 0)) (<= 1.5 X_0 3)))"
    (tmp_path / "a.vnnlib").write_text(DECLARED + disjuncts + UNIT)
    assert input_boxes(tmp_path / "a.vnnlib") == (
        Box([0, 0], [1, 1]), Box([1, 0], [2, 1]), Box([Fraction(3, 2), 0], [3, 1])
    )  # fmt: skip
    with pytest.raises(FileFormatError, match="3 boxes"):
        input_box(tmp_path / "a.vnnlib")


def test_disjunctions_are_multiplied_out_within_reason(tmp_path):
    halves = "".join(f"(assert (or (<= 0 X_{i} 1) (<= 1 X_{i} 2)))" for i in range(14))
    declared = "".join(f"(declare-const X_{i} Real)" for i in range(14))
    with pytest.raises(FileFormatError, match="more than 10,000 boxes"):
        read(tmp_path, halves, declared)


def test_packed_files_are_read(tmp_path):
    content = gzip.compress((DECLARED + FORMS["one conjunction"] + UNIT).encode())
    (tmp_path / "a.vnnlib.gz").write_bytes(content)
    assert input_box(tmp_path / "a.vnnlib.gz") == Box([Fraction(-1, 2), 0], [Fraction(1, 10), 1])
    (tmp_path / "a.vnnlib.gz").write_bytes(content[:-5])
    with pytest.raises(FileFormatError, match=r"no whole .gz file"):
        input_box(tmp_path / "a.vnnlib.gz")


def test_a_count_in_several_boxes(tmp_path):
    """|x| on (-1, 0) and (0, 2), and on (-1, 1) and (0, 2), which are not disjoint."""
    save(Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -1.0], [0.0]]), tmp_path / "net.npz")
    declared = "(declare-const X_0 Real)"
    for name, first, counts, total in (("apart", "-1 X_0 0", [1, 2], 3), ("over", "-1 X_0 1", [2, 2], None)):
        path = tmp_path / f"{name}.vnnlib"
        path.write_text(declared + f"(assert (or (<= {first}) (<= 0 X_0 2)))")
        arguments = ["count", str(tmp_path / "net.npz"), "--vnnlib", str(path)]
        answer = CliRunner().invoke(app, [*arguments, "--json"])
        data = json.loads(answer.output)
        assert [box["regions"] for box in data["boxes"]] == counts
        assert (data["sum"], data["exact"], answer.exit_code) == (total, True, 0)
        shown = CliRunner().invoke(app, arguments).output
        assert ("in all: the boxes are disjoint" in shown) == (total is not None)
        one = CliRunner().invoke(app, [*arguments[:-1], f"{path}#2", "--json"])
        assert json.loads(one.output)["regions"] == counts[1]
    wrong = CliRunner().invoke(app, [*arguments[:-1], f"{path}#3"])
    assert wrong.exit_code == 1
    assert "boxes 1 to 2" in wrong.output


@pytest.mark.parametrize("text", ["(assert (<= 0 X_0 2))", "(assert (or (<= -1 X_0 0) (<= 0 X_0 2)))"])
def test_a_count_reads_each_file_once(tmp_path, monkeypatch, text):
    save(Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -1.0], [0.0]]), tmp_path / "net.npz")
    (tmp_path / "a.vnnlib").write_text("(declare-const X_0 Real)" + text)
    read_files = []
    for place, name in ((domain_options, "input_regions"), (reading, "load")):
        function = getattr(place, name)
        monkeypatch.setattr(
            place, name, lambda path, _f=function, **more: read_files.append(path.name) or _f(path, **more)
        )
    answer = CliRunner().invoke(
        app, ["count", str(tmp_path / "net.npz"), "--vnnlib", str(tmp_path / "a.vnnlib"), "--engine", "rational"]
    )
    assert answer.exit_code == 0
    assert sorted(read_files) == ["a.vnnlib", "net.npz"]


@pytest.mark.parametrize("declared", ["", "(declare-const Y_0 Real)"])
def test_files_without_inputs_are_refused(tmp_path, declared):
    with pytest.raises(FileFormatError, match="declares no input"):
        read(tmp_path, "", declared)


def test_gaps_in_the_numbering_are_refused(tmp_path):
    with pytest.raises(FileFormatError, match="not X_1"):
        read(tmp_path, "(assert (<= 0 X_0 1))", "(declare-const X_0 Real)(declare-const X_2 Real)")


def test_binary_and_missing_files_are_refused(tmp_path):
    (tmp_path / "a.vnnlib").write_bytes(b"\xff\xfe\x00(")
    with pytest.raises(FileFormatError, match="no text"):
        input_box(tmp_path / "a.vnnlib")
    with pytest.raises(FileNotFoundError):
        input_box(tmp_path / "missing.vnnlib")


DEPTH = 50_000
DEEP = {
    "conjunctions": "(assert " + "(and " * DEPTH + "(<= 0 X_0 1)" + ")" * DEPTH + ")",
    "negations": "(assert (<= 0 X_0 " + "(- " * DEPTH + "1" + ")" * DEPTH + "))",
    "negations of an input": "(assert (<= 0 " + "(- " * DEPTH + "X_0" + ")" * DEPTH + " 1))",
    "quotients": "(assert (<= 0 X_0 " + "(/ " * DEPTH + "1" + " 1)" * DEPTH + "))",
    "products": "(assert (<= 0 " + "(* -1 (- " * DEPTH + "X_0" + "))" * DEPTH + " 1))",
}


@pytest.mark.parametrize("kind", DEEP)
def test_deep_nesting_is_read(tmp_path, kind):
    assert read(tmp_path, DEEP[kind] + UNIT) == Box([0, 0], [1, 1])


@given(data=st.data())
def test_truncated_files_are_refused(tmp_path_factory, data):
    text = DECLARED + FORMS["one conjunction"] + UNIT
    path = tmp_path_factory.mktemp("vnnlib") / "a.vnnlib"
    path.write_text(text[: data.draw(st.integers(0, len(text) - 1))])
    with pytest.raises(ExactRegionsError):
        input_box(path)


@needs_acasxu
def test_acasxu_properties():
    box = input_box(ACASXU / "prop_3.vnnlib")
    assert box.dim == 5
    assert (box.lower[0], box.upper[0]) == (Fraction("-0.303531156"), Fraction("-0.298552812"))
    assert (box.lower[4], box.upper[4]) == (Fraction(3, 10), Fraction(1, 2))
    left, right = input_boxes(ACASXU / "prop_6.vnnlib")
    assert (left.upper[1], right.upper[1]) == (Fraction("0.499999896"), Fraction("-0.11140846"))
    assert input_box(ACASXU / "prop_4.vnnlib").fixed_inputs == {2: 0}
