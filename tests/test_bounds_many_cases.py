"""Thousands of small cases: every sound upper bound >= exact >= every lower bound, and the bounds in their order."""

import pytest

pytest.importorskip("benchmarks", reason="benchmarks/ lies beside the package and is not installed with it")

import benchmarks.bounds as module
from benchmarks.bounds import CHEAP, COSTLY, held, questions, timings
from exactregions.bounds import Serra2018


def test_two_thousand_cases():
    record = held(2_000, costly_every=13)
    assert record.wrong == []
    costly = {bound.name for bounds in COSTLY for bound in bounds}
    assert {bound.name for bound in CHEAP} | costly == set(record.tallies)
    assert all(record.tallies[bound.name].cases == 2_000 for bound in CHEAP)
    assert all(record.tallies[name].cases >= 19 for name in costly)
    # cases in which bounds are tight, so that a wrong one would show
    assert all(tally.tight for tally in record.tallies.values())
    assert record.tallies["hybrid_9_lp"].largest == 1


class TooLow(Serra2018):
    name = "ball_profile"

    def evaluate(self, network, domain):
        return max(1, super().evaluate(network, domain) // 8)


def test_a_wrong_bound_is_noticed(monkeypatch):
    monkeypatch.setattr(module, "CHEAP", (TooLow(), *CHEAP[:3]))
    assert any("ball_profile gives" in line for line in held(60).wrong)
    monkeypatch.setattr(module, "CHEAP", (TooLow(), *CHEAP[-2:-1]))
    assert any("< ball_profile" in line or "gives" in line for line in held(60).wrong)


def test_questions_are_repeatable():
    one, other = questions(5), questions(5)
    for _ in range(12):
        a, b = next(one), next(other)
        assert (a.network, a.domain, a.count) == (b.network, b.domain, b.count)


def test_timings_name_the_closed_forms():
    found = timings(6, 6, 2)
    assert list(found) == ["naive", "montufar_2017", "serra_2018", "hinz_2021", "montufar_2014"]
    assert found["naive"][1] == 4  # 2^12 = 4096
    assert all(digits <= 4 for _, digits in found.values())
