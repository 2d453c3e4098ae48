"""Strategies for networks and domains: what they draw is valid, exact in floats, and degenerate now and then."""

import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from oracles import exact_signs

from exactregions import Ball, Box, Polytope, WholeSpace, count_regions
from exactregions.cases.networks import one_layer
from exactregions.testing.strategies import balls, boxes, domains, networks, polytopes, questions


def drawn(strategy, count=150) -> list:
    """Examples, the same ones every time."""
    found = []

    @settings(max_examples=count, derandomize=True, database=None)
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return found


def test_networks_are_small_and_their_floats_exact():
    nets = drawn(networks(largest_units=5, largest_inputs=2))
    assert {net.inputs for net in nets} == {1, 2}
    assert {len(net.stages) for net in nets} == {1, 2, 3}
    assert max(sum(len(s.bias) for s in net.stages) for net in nets) == 5
    for net in nets:
        point = [Fraction(k, 4) for k in range(net.inputs)]
        signs = net.pattern(np.array(point, dtype=float))
        assert [sign > 0 for sign in exact_signs(net, point)] == signs.tolist()


def test_networks_are_degenerate_now_and_then():
    nets = drawn(networks())
    stages = [stage for net in nets for stage in net.stages]
    rows = [np.column_stack([s.weight, s.bias]) for s in stages]
    assert any(not s.splits.all() for s in stages)
    assert any(0 < low < 1 for s in stages for low in s.low)
    assert any(not row.any() for stage in rows for row in stage)
    assert any(not stage.bias.any() and stage.weight.any() for stage in stages)
    pairs = [(a, b) for stage in rows for i, a in enumerate(stage) for b in stage[:i] if a.any()]
    assert any((a == -b).all() for a, b in pairs)
    assert any((a == 2 * b).all() for a, b in pairs)


@pytest.mark.parametrize("dim", [1, 3])
def test_domains_of_every_kind(dim):
    found = drawn(domains(dim))
    assert {type(d) for d in found} == {Ball, Box, Polytope, WholeSpace}
    assert {d.norm for d in found if isinstance(d, Ball)} == {1, 2, float("inf")}
    assert {d.dim for d in found} == {dim}
    assert {type(d) for d in drawn(balls(dim, norms=(1,)), 10)} == {Ball}
    assert {d.norm for d in drawn(balls(dim, norms=(1,)), 10)} == {1}
    assert all(isinstance(d, Box) for d in drawn(boxes(dim), 10))


def test_no_polytope_is_empty():
    for polytope in drawn(polytopes(2), 60):
        assert count_regions(one_layer([[0.0, 0.0]]), polytope, engine="rational") == 1


def test_questions_fit_together_and_touch_now_and_then():
    touching = 0
    for network, domain in drawn(questions()):
        assert domain.dim == network.inputs
        if isinstance(domain, Ball):
            row, b = network.stages[0].weight, network.stages[0].bias
            for w, c in zip(row.tolist(), b.tolist(), strict=True):
                value = abs(sum((Fraction(a) * x for a, x in zip(w, domain.center, strict=True)), Fraction(c)))
                sizes = [abs(Fraction(a)) for a in w]
                dual = {1: max(sizes), float("inf"): sum(sizes)}.get(domain.norm)
                touching += dual is not None and dual > 0 and value == dual * domain.radius
    assert touching > 3


def test_without_hypothesis_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "exactregions.testing.strategies")
    with pytest.raises(ImportError, match="needs hypothesis; install it: pip install hypothesis"):
        import exactregions.testing.strategies  # noqa: F401
