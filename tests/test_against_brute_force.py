"""Every engine against all sign vectors, decided one at a time through scipy, in every domain."""

import numpy as np
import pytest
from engines import ENGINES, found
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import Ambiguous, brute_force

from exactregions import Ball, Box, Polytope, WholeSpace
from exactregions.cases import networks as nets
from exactregions.errors import DomainError
from exactregions.exact.cells import root_cell
from exactregions.testing.strategies import networks as small_networks

NORMS = (2, 1, np.inf)
quarters = st.integers(-12, 12).map(lambda k: k / 4)


def vectors(d):
    return st.lists(quarters, min_size=d, max_size=d)


@st.composite
def ball(draw, d, norm):
    # the origin and the coordinate hyperplanes are likely centres: that is where degenerate networks are hard
    center = draw(st.one_of(st.just([0.0] * d), vectors(d)))
    return Ball(center, draw(st.integers(1, 20)) / 4, norm)


@st.composite
def box(draw, d):
    lower = draw(vectors(d))
    return Box(lower, [lo + draw(st.integers(1, 16)) / 4 for lo in lower])


@st.composite
def polytope(draw, d, boxed):
    rows = draw(st.lists(vectors(d), min_size=1, max_size=4))
    b = draw(st.lists(st.integers(-2, 12).map(lambda k: k / 4), min_size=len(rows), max_size=len(rows)))
    return Polytope(rows, b, draw(box(d)) if boxed else None)


DOMAINS = {
    **{f"ball {norm}": lambda d, norm=norm: ball(d, norm) for norm in NORMS},
    "box": box,
    "polytope": lambda d: polytope(d, False),
    "polytope in a box": lambda d: polytope(d, True),
    "whole space": lambda d: st.just(WholeSpace(d)),
}


def compare(network, domain):
    try:
        truth = brute_force(network, domain)
    except Ambiguous:
        assume(False)
    for engine in ENGINES:
        patterns = {tuple(row) for row in found(engine, network, domain).pattern_array().tolist()}
        assert patterns == truth, f"{engine}: {len(patterns)} for {len(truth)} in {domain}"


@pytest.mark.parametrize("kind", DOMAINS)
@settings(max_examples=150)
@given(data=st.data())
def test_small_networks(kind, data):
    network = data.draw(small_networks())
    domain = data.draw(DOMAINS[kind](network.inputs))
    if isinstance(domain, Polytope):
        try:
            root_cell(domain)
        except DomainError:
            # test_domain holds the empty polytopes; here the oracle must agree that nothing is left
            assert brute_force(network, domain) == set()
            return
    compare(network, domain)


@pytest.mark.parametrize("kind", DOMAINS)
@settings(max_examples=12)
@given(data=st.data())
def test_generic_networks(kind, data):
    shape = data.draw(st.sampled_from([(1, 3, 3, 1), (2, 7, 1), (2, 3, 4, 1), (3, 4, 3, 1), (2, 3, 2, 2, 1)]))
    network = nets.generated(*shape, seed=data.draw(st.integers(0, 10**6)), bits=8)
    domain = data.draw(DOMAINS[kind](network.inputs))
    if isinstance(domain, Polytope):
        try:
            root_cell(domain)
        except DomainError:
            assume(False)
    compare(network, domain)


@pytest.mark.parametrize("domain", [Ball([0.25, -0.5], 1.5), Box([-1.0, -1.0], [1.0, 2.0])], ids=["ball", "box"])
@pytest.mark.parametrize("shape", [(2, 6, 5, 1), (2, 4, 4, 3, 1)], ids=str)
def test_a_dozen_units(shape, domain):
    compare(nets.generated(*shape, seed=5, bits=8), domain)


def test_the_oracle_counts_what_is_known():
    assert len(brute_force(nets.max_min(), WholeSpace(2))) == 5
    assert len(brute_force(nets.braid(3), Ball([0.0] * 3, 1))) == 6
    assert len(brute_force(nets.one_layer(np.eye(4)), Ball([1.0] * 4, 2))) == 15
