"""The study of ACAS Xu: what it counts, what it refuses, and what is stored."""

import numpy as np
import pytest
from studies import acas_xu, random_networks
from studies.stored_rows import read_rows

from exactregions import Box, Network, count_regions


def test_a_box_is_scaled_about_its_centre():
    box = Box([-1.0, 2.0, 0.0], [3.0, 3.0, 0.5])
    assert acas_xu.scaled(box, 1.0) is box
    assert acas_xu.scaled(box, 0.25) == Box([0.5, 2.375, 0.1875], [1.5, 2.625, 0.3125])


def test_results_of_acas_xu_are_whole():
    rows = read_rows(acas_xu.PROTOCOL)
    assert [{name: row[name] for name in case.key} for row, case in zip(rows, acas_xu.cases(), strict=True)] == [
        case.key for case in acas_xu.cases()
    ]
    assert all(row["regions"] <= 10 ** (row[name] + 1e-4) for row in rows for name in acas_xu.BOUNDS)
    assert len({row["sha256"] for row in rows}) == len(rows)
    prints = {(row["network"], row["fingerprint"]) for row in rows}
    assert len(prints) == len(acas_xu.VALUES["pairs"])


@pytest.mark.skipif(not acas_xu.folder().exists(), reason="the networks of ACAS Xu are not here")
def test_a_count_of_acas_xu_is_proved_again():
    stored = {(row["network"], row["property"]): row for row in read_rows(acas_xu.PROTOCOL)}
    row = acas_xu.proved(acas_xu.Case("2_9", 4, 1, 1.0))
    # another machine may write another certificate of the same count
    same = {name: value for name, value in stored["2_9", 4].items() if name not in ("seconds", "bytes", "sha256")}
    assert row.items() >= same.items()


class Small(acas_xu.Case):
    """A case whose network is not read from a file."""

    def question(self) -> tuple[Network, Box]:
        return random_networks.drawn(2, 1, "normal", 0), Box([-1.0, -1.0], [1.0, 1.0])


def test_a_case_is_what_is_counted():
    case = Small("2_9", 4, 1, 1.0)
    network, box = case.question()
    row = acas_xu.proved(case)
    assert row["regions"] == count_regions(network, box, engine="rational") > 5
    assert row["fingerprint"] == network.fingerprint
    assert row["naive"] == pytest.approx(16 * np.log10(2), abs=1e-4)


@pytest.mark.parametrize("fault", ["count", "bound"])
def test_a_count_that_is_not_proved_and_a_bound_below_it_are_errors(fault, monkeypatch):
    class Wrong:
        regions = 1

        def evaluate(self, *_) -> int:
            return 1

    if fault == "count":
        monkeypatch.setattr(acas_xu, "check", lambda *_, **__: Wrong)
    else:
        monkeypatch.setattr(acas_xu, "get_bound", lambda _: Wrong())
    with pytest.raises(RuntimeError, match=r"property=4"):
        acas_xu.proved(Small("2_9", 4, 1, 1.0))


def test_counts_are_compared_with_the_stored_ones(capsys):
    row = read_rows(acas_xu.PROTOCOL)[0]
    acas_xu.compare([row, {**row, "sha256": "0"}])
    assert [line.split(", ")[-1] for line in capsys.readouterr().out.splitlines()] == [
        "the same certificate",
        "another certificate of the same count",
    ]
    with pytest.raises(RuntimeError, match="are stored"):
        acas_xu.compare([{**row, "regions": row["regions"] + 1}])
