"""The bound holds: on chosen cases, on drawn ones, on a golden set, and wherever an audit looks."""

import pytest
from hypothesis import given, settings
from my_bounds import interval_product, my_network

from exactregions import Ball, WholeSpace
from exactregions.auditing import audit
from exactregions.testing.assertions import assert_bound_holds, assert_exact_count
from exactregions.testing.strategies import questions


def test_it_holds_for_my_network():
    """Pairs of a network and a domain."""
    assert_bound_holds(interval_product, [(my_network(), Ball([0, 0, 0], radius)) for radius in (0.1, 0.25, 0.5)])


@settings(max_examples=50, deadline=None)
@given(questions())
def test_it_holds_for_drawn_networks(question):
    """A failing network is shrunk by hypothesis."""
    assert_bound_holds(interval_product, [question])


@pytest.mark.exactregions_golden(largest=100)
def test_golden_counts(golden_case):
    """Runs once for each case of the golden set with at most 100 regions."""
    assert_exact_count(golden_case.network, golden_case.domain, golden_case.regions)


@pytest.mark.exactregions_golden(only="corner*")
def test_it_holds_on_golden_cases(golden_case):
    """A golden case has a network and a domain, so it is a case for a bound."""
    assert_bound_holds(interval_product, [golden_case])


def test_an_audit_does_not_break_it():
    """Hundreds of cases, made from those where the bound is tightest."""
    found = audit(interval_product, cases=100, seed=0)
    assert found.complete, found


def test_the_whole_space_is_no_trouble():
    """Where intervals have no end, all units count."""
    assert interval_product(my_network(), WholeSpace(3)) == 697**2
