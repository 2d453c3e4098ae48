"""Agreement of engines: what they differ on, and the exact verdict that tells who is wrong."""

import io
import json
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from faulty import Faulty, drop_a_region, flip_one_unit, invent_a_region, kept, repeat_a_region, tolerate
from narrowing import present
from oracles import exact_signs
from rich.console import Console

from exactregions import Ball, Box, Network, Polytope, WholeSpace, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.crosscheck.agreement import Agreement, agree, pattern_text
from exactregions.crosscheck.engine_opinions import SHOWN
from exactregions.engines.registry import engines_supporting
from exactregions.errors import DomainError, EngineError

NETWORK = nets.generated(2, 5, 4, 1, seed=4)
BALL = Ball([0, 0], 2)
COUNT = len(enumerate_regions(NETWORK, BALL, engine="rational"))


def test_engines_that_agree():
    found = agree(NETWORK, BALL)
    assert [o.engine for o in found.opinions] == ["tree", "facets", "rational"]
    assert found.agreed
    assert found.exact
    assert found.wrong == ()
    assert {o.regions.count for o in found.opinions} == {COUNT}
    assert repr(found) == f"<Agreement: exactly {COUNT} regions by tree, facets, rational>"
    assert found.warnings() == []


def test_all_built_in_engines_agree():
    found = agree(NETWORK, BALL, engines_supporting(NETWORK, BALL))
    assert len(found.opinions) >= 3
    assert found.agreed
    assert found.exact


@pytest.mark.parametrize("other", ["tree", "facets"])
def test_a_lost_region_is_named_and_blamed(other):
    found = agree(NETWORK, BALL, [Faulty("rational", drop_a_region), other])
    lost = enumerate_regions(NETWORK, BALL, engine="rational")[0]
    (dispute,) = found.disputes
    assert dispute.pattern == "|".join("".join("-+"[int(b)] for b in layer) for layer in lost.layers())
    assert (dispute.found_by, dispute.denied_by) == ((other,), ("faulty",))
    assert dispute.is_region
    assert dispute.wrong == found.wrong == ("faulty",)
    assert [s > 0 for s in exact_signs(NETWORK, dispute.witness)] == lost.pattern.tolist()
    assert BALL.contains(present(dispute.witness))
    assert not found.agreed
    assert found.exact


def test_an_invented_region_is_named_and_blamed():
    found = agree(NETWORK, BALL, ["rational", Faulty("tree", invent_a_region)])
    (dispute,) = found.disputes
    assert not dispute.is_region
    assert dispute.found_by == found.wrong == ("faulty",)
    assert dispute.witness is None


def test_a_region_beyond_the_domain_is_no_region_in_it():
    tangent = nets.one_layer([[3, 4]], [-25])
    wide = Faulty("rational", question=lambda ball: Ball([0, 0], 5 + Fraction(1, 10**30)))
    found = agree(tangent, Ball([0, 0], 5), [wide, "rational"])
    assert [(d.pattern, d.is_region, d.wrong) for d in found.disputes] == [("+", False, ("faulty",))]


def test_where_both_are_wrong_both_are_blamed():
    first, last = (Faulty("rational", fault, name=name) for name, fault in (
        ("no first", drop_a_region), ("no last", lambda r: kept(r, range(len(r) - 1)))))  # fmt: skip
    found = agree(NETWORK, BALL, [first, last])
    assert {d.wrong for d in found.disputes} == {("no first",), ("no last",)}
    assert found.wrong == ("no first", "no last")


@pytest.mark.parametrize("gap", [1e-9, 1e-26, 1e-200])
def test_the_verdict_sees_what_no_float_sees(gap):
    strips = nets.one_layer([[1, 0], [1, 0], [1, -1]], [0, -gap, 0])
    found = agree(strips, BALL, [Faulty("rational", tolerate), "tree"])
    assert len(found.disputes) == 2
    assert all(d.is_region and 0 < d.witness[0] < Fraction(gap) for d in found.disputes)
    assert found.wrong == ("faulty",)


def test_one_unit_flips_at_facets_where_several_flip():
    found = agree(nets.max_min(), BALL, [Faulty("tree", flip_one_unit), "facets", "rational"])
    assert found.wrong == ("faulty",)
    assert all(d.denied_by == ("faulty",) for d in found.disputes)


def test_a_region_reported_twice_is_a_contradiction():
    found = agree(NETWORK, BALL, [Faulty("rational", repeat_a_region), "tree"])
    assert not found.disputes
    assert not found.agreed
    assert found.wrong == ("faulty",)
    assert "1 region reported twice" in found.opinions[0].verdict


@dataclass(frozen=True)
class Limited:
    """The rational engine, stopped after some regions."""

    most: int
    name: str = "limited"

    def supports(self, network, domain):
        return None

    def search(self, network, domain, limits, observer):
        return enumerate_regions(network, domain, engine="rational", max_regions=self.most)


def test_what_was_cut_short_denies_nothing():
    found = agree(NETWORK, BALL, [Limited(3), "rational"])
    assert found.agreed
    assert not found.exact
    assert "cut short: max_regions 3 reached" in found.opinions[0].verdict
    assert found.warnings() == ["NOT EXACT: nothing final from limited."]
    assert "not exact" in repr(found)


def test_what_is_undecided_denies_nothing():
    unsure = Faulty("rational", lambda regions: replace(drop_a_region(regions), undecided=1))
    found = agree(NETWORK, BALL, [unsure, "tree"])
    assert found.agreed
    assert not found.exact
    assert found.opinions[0].verdict == "1 undecided"


def test_what_was_cut_short_is_held_to_what_it_found():
    unsure = Faulty("rational", lambda regions: replace(invent_a_region(regions), complete=False, stopped="limit"))
    found = agree(NETWORK, BALL, [unsure, "tree"])
    assert found.wrong == ("faulty",)
    assert [d.is_region for d in found.disputes] == [False]


def test_the_time_limit_is_for_each_engine():
    endless = nets.generated(8, 32, 32, 1)
    found = agree(endless, Box([-1] * 8, [1] * 8), ["tree", "rational"], time_limit=0.2)
    assert ["time limit" in o.verdict for o in found.opinions] == [True, True]
    assert found.agreed
    assert not found.exact


@dataclass(frozen=True)
class Picky:
    """Supports nothing, or fails."""

    reason: str | None = "only odd dimensions"
    name: str = "picky"

    def supports(self, network, domain):
        return self.reason

    def search(self, network, domain, limits, observer):
        raise ZeroDivisionError("a bug")


def test_engines_that_give_no_answer_say_why():
    found = agree(NETWORK, BALL, [Picky(), Picky(None, "broken"), "tree", "rational"])
    assert [o.verdict for o in found.opinions] == [
        "no answer: does not support the question: only odd dimensions",
        "no answer: failed with ZeroDivisionError: a bug",
        "exact",
        "exact",
    ]
    assert found.agreed
    assert not found.exact


def test_an_interrupt_ends_the_asking():
    def interrupt(progress):
        if progress.regions:
            raise KeyboardInterrupt

    endless = nets.generated(8, 32, 32, 1)
    found = agree(endless, Box([-1] * 8, [1] * 8), ["rational", "facets", "tree"], progress=interrupt)
    assert found.opinions[0].regions.stopped == "interrupted"
    assert [o.silence for o in found.opinions[1:]] == ["not asked any more after the interrupt"] * 2


def test_progress_names_the_engine():
    told = []
    endless = nets.generated(8, 32, 32, 1)
    agree(endless, Box([-1] * 8, [1] * 8), ["rational", "facets"], time_limit=0.4, progress=told.append)
    assert {t.note for t in told} == {"rational", "facets"}
    told.clear()
    agree(NETWORK, BALL, [Faulty("rational", drop_a_region), "rational"], progress=told.append)
    assert told[-1].note == "of 1 in dispute judged"


@pytest.mark.parametrize(
    ("engines", "message"),
    [
        (["tree"], "needs two or more"),
        ([], "needs two or more"),
        (["tree", "rational", "tree"], "tree is named more than once"),
        ("tree,facets", r"give a list of names: \['tree', 'facets'\]"),
        (["tree", "auto"], "'auto' only passes the question on"),
        (["tree", "simplex"], "no engine 'simplex'"),
    ],
)
def test_engines_that_cannot_be_asked(engines, message):
    with pytest.raises(EngineError, match=message):
        agree(NETWORK, BALL, engines)


def test_questions_without_a_meaning():
    with pytest.raises(DomainError, match="dimension 3"):
        agree(NETWORK, Ball([0] * 3, 1))
    with pytest.raises(DomainError, match="empty"):
        agree(NETWORK, Polytope([[1, 0], [-1, 0]], [0, 0]))
    with pytest.raises(EngineError, match="time_limit is -1"):
        agree(NETWORK, BALL, time_limit=-1)


def test_no_hidden_layer():
    network = Network.from_layers([[[1.0, 2.0]]], [None])
    assert repr(agree(network, WholeSpace(2))).startswith("<Agreement: exactly 1 region by")
    found = agree(network, BALL, [Faulty("rational", drop_a_region), "tree"])
    assert [(d.pattern, d.wrong) for d in found.disputes] == [("", ("faulty",))]
    assert "the empty pattern is a region" in shown(found)


def test_wires_are_left_out_of_patterns():
    stage = nets.generated(2, 3, 1).stages[0]
    wired = replace(stage, low=[0, 1, 0])
    network = Network((wired, stage_of(2, 3)), [[1.0, 1.0]], [0.0])
    assert pattern_text(network, bytes([0b1001])) == "+-|-+"


def stage_of(out: int, fan_in: int):
    return nets.generated(fan_in, out, 1, seed=1).stages[0]


def shown(found: Agreement) -> str:
    out = io.StringIO()
    Console(width=200, file=out).print(found)
    return out.getvalue()


def test_data_and_text():
    found = agree(NETWORK, BALL, [Faulty("rational", lambda r: kept(r, range(0))), "tree", Picky()])
    data = json.loads(json.dumps(found.describe(), allow_nan=False))
    assert data["agreed"] is False
    assert data["wrong"] == ["faulty"]
    assert data["domain"] == BALL.describe()
    assert [e["regions"] for e in data["engines"]] == [0, COUNT, None]
    assert len(data["disputes"]) == COUNT
    patterns = {pattern_text(NETWORK, p) for p in enumerate_regions(NETWORK, BALL).pattern_set()}
    assert {d["pattern"] for d in data["disputes"]} == patterns
    text = shown(found)
    assert text.count("is a region: found by tree, not by faulty; wrong: faulty") == min(SHOWN, COUNT)
    assert f".. and {COUNT - SHOWN} patterns more" in text or COUNT <= SHOWN
    assert f"DISAGREEMENT on {COUNT} patterns; proved wrong: faulty." in text
    assert "only odd dimensions" in text
    assert text.count("exact, proved wrong") == 1
    assert "DISAGREEMENT" in found._repr_html_()


def test_a_wrapper_without_a_fault_agrees():
    """It is the faults that the tests above notice."""
    assert agree(NETWORK, BALL, [Faulty("rational"), "tree"]).agreed
