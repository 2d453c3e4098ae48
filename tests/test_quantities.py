"""Exact quantities against closed pieces in fractions, and against attacks in floats."""

from fractions import Fraction

import pytest
import quantity_attacks
import quantity_instances
from quantity_instances import KINDS

from exactregions.exact.values import Value


def test_quantities_are_those_of_closed_pieces():
    kinds = set()
    for number in (*range(5, 25), 820):  # the last: a range that is wide beside its greatest value
        kind, faults = quantity_instances.faults_of(number)
        kinds.add(kind)
        assert not faults, number
    assert {kind.split(",")[0] for kind in kinds} == set(KINDS)
    assert len(kinds) > 10


def test_attacks_find_nothing_beyond_and_come_close():
    kinds = []
    for number in range(12):
        kind, faults = quantity_attacks.faults_of(number)
        kinds.append(kind)
        assert not faults, number
    assert {kind.split(",")[0] for kind in kinds if "within" in kind} >= {"radius", "maximum", "slope"}


@pytest.mark.parametrize("factor", [1 + Fraction(1, 2**40), 1 - Fraction(1, 2**40)])
def test_values_that_are_a_little_wrong_are_told(monkeypatch, factor):
    root, of = Value.root, Value.of
    monkeypatch.setattr(Value, "root", lambda square: root(square * factor))
    monkeypatch.setattr(Value, "of", lambda number: of(number * factor))
    told = [quantity_instances.faults_of(number) for number in (15, 11, 17, 23, 19)]
    assert [kind.split(",")[0] for kind, _ in told] == list(KINDS)
    assert all(faults for _, faults in told)
