"""Euclidean balls of two and three inputs, searched by corners: against exact cells, other kernels, certificates."""

import numpy as np
import pytest
from hostile_planes import hostile_network, hostile_round_ball
from independent.oracle import ORACLE
from naive_checker import verify
from region_instances import patterns_of, wrong_regions

from exactregions import Ball, Network, enumerate_regions
from exactregions.cases.networks import generated
from exactregions.certificate.checker import check
from exactregions.engines.tree import scaled_problem
from exactregions.engines.tree.kernels import codes as at
from exactregions.exact.forms import ExactNetwork

CASES = {2: 50, 3: 16}


def question(seed, d):
    rng = np.random.default_rng(seed)
    network = hostile_network(rng, d)
    return network, hostile_round_ball(rng, network, d)


@pytest.mark.parametrize("d", [2, 3])
def test_hostile_balls_have_the_regions_and_the_entry_radii_of_exact_cells(d):
    for seed in range(CASES[d]):
        network, ball = question(seed, d)
        regions, truth = enumerate_regions(network, ball, engine="tree"), ORACLE.answer(network, ball)
        assert not [*wrong_regions(regions, truth)], seed


@pytest.mark.parametrize("d", [2, 3])
def test_certificates_hold(d, tmp_path):
    for seed in range(100, 100 + CASES[d] // 4):
        network, ball = question(seed, d)
        path = tmp_path / f"{seed}.cert"
        regions = enumerate_regions(network, ball, certificate=path)
        expected = len(ORACLE.answer(network, ball).patterns)
        assert check(path, fingerprint=network.fingerprint).regions == expected, seed
        assert verify(path).regions == regions.count == expected, seed


@pytest.mark.parametrize("widths", [(2, 16, 16, 1), (3, 12, 8, 1)])
def test_floats_prove_generic_networks_and_other_kernels_agree(widths, monkeypatch):
    question = generated(*widths), Ball([0.1] * widths[0], 0.9)
    regions = enumerate_regions(*question, engine="tree")
    assert regions.stats["settled_by_exact_basis"] == regions.stats["settled_by_exact_pivots"] == 0
    width = np.diff(np.asarray(regions.entry_bounds), axis=1)
    assert (width <= 1e-9).all()
    monkeypatch.setattr(scaled_problem, "FEW_INPUTS", {})
    assert patterns_of(enumerate_regions(*question, engine="tree")) == patterns_of(regions)


@pytest.mark.parametrize(("units", "kind"), [(2, at.PLANE_BALL), (3, at.SPACE_BALL)])
def test_networks_of_more_inputs_than_units_are_searched_in_as_many_coordinates(units, kind):
    """A ball projected on the rows of two or three units is a ball there: not one of the norm 1, a quarter as large."""
    rng = np.random.default_rng(units)
    network = Network.from_layers(
        [rng.normal(size=(units, 5)), rng.normal(size=(6, units)), np.ones((1, 6))],
        [np.zeros(units), rng.normal(size=6), np.zeros(1)],
    )
    ball = Ball(np.full(5, 0.25), 1.0)
    assert scaled_problem.scale_problem(network, ExactNetwork(network), ball).domain.kind == kind
    found = enumerate_regions(network, ball, engine="tree")
    assert patterns_of(found) == patterns_of(enumerate_regions(network, ball, engine="rational"))
