"""The comparison table: ratios, faults of bounds, falsified bounds, and what it looks like."""

import json
import math
from dataclasses import dataclass, replace
from fractions import Fraction
from io import BytesIO, StringIO, TextIOWrapper

import numpy as np
import pytest
from narrowing import present
from planted_bounds import Planted
from rich.console import Console

from exactregions import Ball, Comparison, ExactRegionsError, RegionSet, WholeSpace, agree, compare, curve, study
from exactregions.auditing import Audit, FamilyTally
from exactregions.bounds import standard_bounds
from exactregions.cases.networks import generated
from exactregions.support.screen_tables import ScreenTable
from exactregions.support.tables import exact_json, full_text, number_text, ratio_text

NETWORK = generated(2, 4, 4, 1)
BALL = Ball([0.0, 0.0], 1.0)


@dataclass(frozen=True)
class Noting(Planted):
    def note(self, network, domain, value):
        return f"a word on {value}"


def rows_of(*bounds, **limits) -> Comparison:
    return compare(NETWORK, BALL, engine="rational", bounds=bounds, **limits)


def printed(comparison: Comparison, width: int = 120) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(comparison)
    return console.export_text()


def test_every_standard_bound_has_its_row():
    found = compare(NETWORK, BALL, engine="rational")
    count = len(found.regions)
    assert found.regions.exact
    assert not found.falsified
    assert [row.name for row in found.rows] == [*(b.name for b in standard_bounds()), "minimum"]
    for row in found.rows:
        assert row.error is None
        assert isinstance(row.value, int)
        assert row.value >= count
        assert row.ratio == row.value / count
        assert row.log10 == pytest.approx(math.log10(row.value))
        assert row.seconds >= 0
    assert found.rows[-1].value == min(present(row.value) for row in found.rows)


def test_bounds_by_name_and_as_objects():
    found = rows_of("naive", Planted(10**9), "ball_profile_sphere")
    assert [row.name for row in found.rows] == ["naive", "planted", "ball_profile_sphere"]
    with pytest.raises(ExactRegionsError, match="there is no bound"):
        rows_of("nonsense")
    with pytest.raises(ExactRegionsError, match=r"is no bound; .*a function \(network, domain\) -> int"):
        rows_of(object())


def undecorated(network, domain):
    return network.units + domain.dim


def test_a_plain_function_is_an_upper_bound_of_its_name():
    found = rows_of(undecorated, lambda network, domain: 10**9, lambda: Planted(7))
    assert [(row.name, row.kind, row.value) for row in found.rows] == [
        ("undecorated", "upper", 10),
        ("<lambda>", "upper", 10**9),
        ("planted", "upper", 7),
    ]
    assert rows_of(f"{__name__}:undecorated").rows[0].value == 10
    with pytest.raises(ExactRegionsError, match=r"gives no bound: TypeError.*\(network, domain\) -> int"):
        rows_of(lambda network: 5)


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError


FAULTS = [
    (Planted(OSError("no file r\udce9sum")), r"OSError: no file r\udce9sum"),
    (Planted(Unspeakable()), "Unspeakable: it cannot say what is wrong: RuntimeError"),
    (Planted(ZeroDivisionError("in the bound")), "ZeroDivisionError: in the bound"),
    (Planted(float("nan")), "integer"),
    (Planted(12.0), "integer"),
    (Planted(np.float64(12.0)), "integer"),
    (Planted("12"), "integer"),
    (Planted(None), "integer"),
    (Planted(True), "integer"),
    (Planted(-1), "negative"),
    (Planted(-(10**5000)), "negative"),
    (Planted(math.nan, kind="expectation"), "finite"),
    (Planted(math.inf, kind="expectation"), "finite"),
    (Planted(12, kind="nonsense"), "kind"),
]


@pytest.mark.parametrize(("bound", "message"), FAULTS)
def test_a_faulty_bound_costs_its_own_row_only(bound, message):
    found = rows_of("naive", bound, "serra_2018")
    good, bad, other = found.rows
    assert bad.value is None
    assert bad.ratio is None
    assert message in str(bad.error)
    assert not found.falsified
    assert good.error is None
    assert other.error is None
    assert "failed" in printed(found)
    assert "failed" in found._repr_html_()
    json.dumps(found.describe(), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("given", ["naive", Planted(5)])
def test_a_single_bound_is_no_list(given):
    with pytest.raises(ExactRegionsError, match="give a list"):
        compare(NETWORK, BALL, bounds=given)


def test_an_interrupt_is_no_fault_of_the_bound():
    found = rows_of(Planted(KeyboardInterrupt()), Planted(99))
    assert [row.error for row in found.rows] == ["not evaluated: interrupted"] * 2
    assert found.regions.exact


def test_numpy_integers_and_expectations_are_numbers():
    found = rows_of(Planted(np.int64(99)), Planted(3.5, kind="expectation"), Planted(7, kind="expectation"))
    assert [row.value for row in found.rows] == [99, 3.5, 7]
    assert type(found.rows[0].value) is int


def test_a_bound_on_the_wrong_side_is_falsified_loudly():
    count = len(rows_of().regions)
    found = rows_of(Planted(count - 1), Planted(count), Planted(count + 1, kind="lower"), Planted(count, kind="lower"))
    assert [row.falsified for row in found.rows] == [True, False, True, False]
    assert found.falsified
    assert sum("FALSIFIED" in text for text in found.warnings()) == 2
    assert "FALSIFIED" in printed(found)
    assert "FALSIFIED" in found._repr_html_()
    assert "FALSIFIED" in repr(found)
    assert found.describe()["falsified"]


@pytest.mark.parametrize("kind", ["attainable", "expectation"])
def test_other_kinds_are_never_held_against_the_count(kind):
    assert not rows_of(Planted(0, kind=kind), Planted(10**9, kind=kind)).falsified


def test_a_partial_count_falsifies_upper_bounds_only():
    found = rows_of(Planted(2), Planted(10**6, kind="lower"), "naive", max_regions=3)
    assert not found.regions.exact
    assert [row.falsified for row in found.rows] == [True, False, False]
    assert found.rows[2].ratio == 2**8 / 3
    text = printed(found)
    assert "at least 3 regions" in text
    assert "NOT EXACT: max_regions 3 reached" in text
    assert "exact count" not in text


def test_nothing_found_gives_no_ratio():
    empty = RegionSet(NETWORK, BALL, "none", 0, np.zeros((0, 1), np.uint8), np.zeros((0, 2)), complete=False)

    class Stopped:
        name = "stopped"

        def supports(self, network, domain):
            return None

        def search(self, network, domain, limits, observer):
            return empty

    found = compare(NETWORK, BALL, engine=Stopped(), bounds=["naive", Planted(0)])
    assert [row.ratio for row in found.rows] == [None, None]
    assert not found.falsified
    assert "naive" in printed(found)


def test_huge_values_stay_exact():
    huge = 7**20000
    found = rows_of(Planted(huge))
    (row,) = found.rows
    assert row.value == huge
    assert row.ratio == math.inf
    assert row.log10 == pytest.approx(20000 * math.log10(7))
    assert "10^16901" in printed(found)
    plain = json.loads(json.dumps(found.describe(), allow_nan=False))["bounds"][0]
    assert len(plain["value"]) == 16902
    assert Fraction(int(plain["value"][:30]), 1) // 10 == huge // 10 ** (16902 - 29)
    assert plain["ratio"] is None
    assert plain["log10"] == row.log10


def test_describe_is_that_of_the_regions_and_the_bounds():
    found = compare(NETWORK, BALL, engine="rational")
    plain = json.loads(json.dumps(found.describe()))
    assert {key: plain[key] for key in ("regions", "exact", "engine")} == {
        "regions": len(found.regions),
        "exact": True,
        "engine": "rational",
    }
    assert [bound["value"] for bound in plain["bounds"]] == [row.value for row in found.rows]


def test_notes_stand_below_the_table():
    found = rows_of(Noting(100))
    assert found.rows[0].note == "a word on 100"
    assert "planted: a word on 100" in printed(found)
    wide = compare(generated(9, 4, 1), WholeSpace(9), engine="rational")
    assert "degenerates to 2^4" in printed(wide)


LINES = [["[name]", "bound / count", "time [s]"], ["montufar_2017", "4,294,967,296", "0.001"], ["x[red]", "1", "2"]]


@pytest.mark.parametrize("width", [40, 44, 200])
def test_no_name_and_no_number_is_broken(width):
    console = Console(width=width, record=True, file=StringIO())
    console.print(ScreenTable(LINES, ["", ""], text_columns=1))
    shown = console.export_text()
    assert max(map(len, shown.splitlines())) <= width
    assert all(shown.split().count(cell) == 1 for line in LINES[1:] for cell in line[1:])
    assert shown.split().count("montufar_2017") == (2 if width == 40 else 1)


@pytest.mark.parametrize("width", [10, 20, 25])
def test_on_the_narrowest_screen_no_character_is_lost(width):
    console = Console(width=width, record=True, file=StringIO())
    console.print(ScreenTable(LINES, ["", ""], text_columns=1))
    tables = console.export_text().replace("┃", "│").split("┏")[1:]
    rows = [[line.split("│")[1:-1] for line in table.splitlines() if "│" in line] for table in tables]
    columns = [["".join(column).replace(" ", "") for column in zip(*table, strict=True)] for table in rows]
    told = ["".join(column).replace(" ", "") for column in zip(*LINES, strict=True)]
    assert columns == [[told[0], text] for text in told[1:]]


def test_text_takes_lines_where_there_is_no_room_and_breaks_between_words():
    source = "Hinz and van de Geer 2019, theorem 1"
    console = Console(width=44, record=True, file=StringIO())
    console.print(ScreenTable([["bound", "source", "value"], ["hinz_2021", source, "4,294,967,296"]], [""], 2))
    shown = console.export_text()
    assert shown.count("┏") == 1
    assert [word for word in shown.split() if word in source.split()] == source.split()


@pytest.mark.parametrize("name", ["compare", "curve", "study", "agree", "audit"])
def test_printing_an_answer_shows_its_table_whole_on_80_columns(name, monkeypatch):
    """Each cell of the table is a word of what is printed, whatever the width."""
    found = {
        "compare": lambda: compare(NETWORK, BALL, engine="rational"),
        "curve": lambda: curve(NETWORK, [0, 0], 1, engine="rational", radii=[0.5, 1]),
        "study": lambda: study(NETWORK, [[0, 0]], [0.5, 1], engine="rational", progress=False),
        "agree": lambda: agree(NETWORK, BALL, ["rational", "facets"]),
        "audit": lambda: Audit("planted", "upper", 0, 2, (FamilyTally("wide trees", 2),)),
    }[name]()
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        shown = str(found)
        assert max(map(len, shown.splitlines())) <= width
        words = shown.split()
        header, *lines = found.table().lines
        assert {word for cell in header for word in cell.split()} <= set(words)
        assert {word for line in lines for cell in line for word in cell.split()} <= set(words)
        assert all(warning.split()[0] in words for warning in found.warnings())


def test_a_page_without_box_characters_gets_a_table(monkeypatch):
    found = rows_of(Planted(10**9, name="größer"))
    page = TextIOWrapper(BytesIO(), "ascii")
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", page)
        print(found)  # noqa: T201
    page.seek(0)
    assert "gr??er" in page.read()


def test_a_partial_answer_says_not_exact_wherever_it_is_shown():
    cut = compare(NETWORK, BALL, engine="rational", max_regions=2, bounds=[])
    assert not cut.regions.exact
    for shown in (str(cut), cut._repr_html_(), repr(cut), cut.regions._repr_html_(), repr(cut.regions)):
        assert "NOT EXACT" in shown
    assert "color:red" in cut.regions._repr_html_()
    assert "color:red" not in rows_of().regions._repr_html_()
    odd = replace(cut.regions, stopped="a < b")
    assert "a &lt; b" in odd._repr_html_()


def test_text_of_numbers():
    assert number_text(None) == ""
    assert number_text(999_999_999_999) == "999,999,999,999"
    assert number_text(10**12) == "10^12.00"
    assert number_text(0.125) == "0.125"
    assert [ratio_text(v) for v in (None, 0.0, 3.0, 6.5)] == ["", "1.00", "1,000", "10^6.5"]
    assert exact_json(2**53 - 1) == 2**53 - 1
    assert exact_json(2**53) == "9007199254740992"


def test_values_in_full():
    assert [full_text(v) for v in (0, 999, 1000, 10**6 + 1)] == ["0", "999", "1,000", "1,000,001"]
    assert full_text(10**5000) == "100," + ",".join(["000"] * 1666)
    assert rows_of(Planted(2**60)).in_full() == ["planted = 1,152,921,504,606,846,976"]
    assert rows_of(Planted(2**30)).in_full() == []


def test_html_escapes_what_a_bound_says():
    found = rows_of(Planted(5, name="<script>"))
    assert "<script>" not in found._repr_html_()
