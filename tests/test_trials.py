"""The model-based tester: its oracles are right, it passes, and it finds and shrinks planted faults."""

import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import faulty
import numpy as np
import pytest
from faulty import Faulty
from independent import ORACLE
from independent import winners as clipped
from independent.oracle import entry_of

from exactregions import Ball, Box, Network, Polytope, RegionSet, WholeSpace
from exactregions.cases import networks as nets
from exactregions.comparison.all_radii.curve import Curve
from exactregions.fixed_inputs import free_network, question
from exactregions.geometry.volume import Volumes
from exactregions.testing.trials import ReferenceOracle, run_trials
from exactregions.testing.trials.hostile_networks import FAMILIES
from exactregions.testing.trials.running import random_trial
from exactregions.testing.trials.winner_networks import network_of, random_layers

ORACLES = {"independent": ORACLE, "rational": ReferenceOracle()}

# the oracles, against closed forms


@pytest.mark.parametrize(
    ("network", "domain", "count"),
    [
        (nets.max_min(), WholeSpace(2), 5),
        (nets.braid(3), WholeSpace(3), 6),
        (nets.braid(3), Ball([0, 0, 0], 1, 1), 6),
        (nets.braid(3), Ball([0, 0, 0], 1), 6),
        (nets.braid(4), Box([-1] * 4, [1] * 4), 24),
        (nets.one_layer(np.eye(3)), Ball([1, 1, 1], Fraction(3, 2)), 7),
        (nets.one_layer(np.eye(3)), Ball([1, 1, 1], 1), 1),
        (nets.one_layer([[3, 4], [1, 0]], [-25, 0]), Ball([0, 0], 5), 2),
        (nets.one_layer([[3, 4], [1, 0]], [-25, 0]), Ball([0, 0], 5 + Fraction(1, 10**30)), 3),
        (nets.sawtooth(2, 3, 1), Box([0], [1]), 8),
        (nets.sawtooth(2, 2, 2), Box([0, 0], [1, 1]), 16),
        (nets.one_layer([[1, 0], [0, 1], [1, 1]], [0, 0, -1e-26]), WholeSpace(2), 7),
        (nets.one_layer([[1, 0], [0, 1], [1, 1]], [0, 0, -1e-26]), Polytope([[1, 0], [-1, 0]], [1, 1]), 7),
        (nets.one_layer([[1, 0], [0, 1]]), Polytope([[1, 0], [-1, 0]], [0, 0]), 0),
    ],
)
def test_oracles_count_what_is_known(network, domain, count):
    for oracle in ORACLES.values():
        assert len(oracle.answer(network, domain).patterns) == count


def test_the_independent_oracle_knows_radii_areas_facets_and_maps():
    cross = nets.one_layer([[1, 0], [0, 2]], [-1, -4])
    found = ORACLE.answer(cross, Box([0, 0], [4, 4]))
    assert found.areas == {(False, False): 2, (False, True): 2, (True, False): 6, (True, True): 6}
    assert found.entries == {
        (False, False): Fraction(1, 2),
        (False, True): Fraction(1, 2),
        (True, False): 0,
        (True, True): 0,
    }
    assert len(found.neighbours()) == 4
    assert ORACLE.answer(cross, Ball([0, 0], 3)).entries[True, True] == 5
    assert ORACLE.answer(cross, Ball([0, 0], 4, 1)).entries[True, True] == 3
    assert ORACLE.answer(cross, Ball([0, 0], 4, "inf")).entries[True, True] == 2
    deep = nets.one_layer([[1, 0, 0], [0, 2, 0]], [-1, -4])
    for norm, entry in ((2, 5), (1, 3), (math.inf, 2)):
        assert ORACLE.answer(deep, Ball([0, 0, 0], 4, norm)).entries[True, True] == entry
    # one of the facets between quadrants lies outside the disc
    assert len(ORACLE.answer(cross, Ball([0, 0], Fraction(5, 2))).neighbours()) == 4
    assert len(ORACLE.answer(cross, Ball([0, 0], 2)).neighbours()) == 1
    hat = Network.from_layers([[[1.0]] * 3, [[1.0, -2.0, 1.0]]], [[0.0, -1.0, -2.0], [0.0]])
    assert len(set(ORACLE.answer(hat, WholeSpace(1)).maps.values())) == 3


@pytest.mark.parametrize("seed", range(24))
def test_cutting_tournaments_is_cutting_layers(seed):
    """Two oracles of winner units: from the tournament that lowers one, and from the layers that it was made of."""
    rng = np.random.default_rng(seed)
    dim = 1 + seed % 2
    layers = random_layers(rng, dim, coincident=seed % 3 == 0)
    domain = Box([-2] * dim, [3] * dim) if seed % 4 < 2 else Ball([Fraction(1, 3)] * dim, 2)
    truth, found = clipped.parts(layers, domain), ORACLE.answer(network_of(dim, layers), domain)
    own = Counter((part.cell.area, entry_of(domain, part.cell, ()), part.values) for part in truth.values())
    assert Counter((found.areas[p], found.entries[p], found.maps[p]) for p in found.patterns) == own


def test_the_independent_oracle_knows_inputs_that_are_fixed():
    """x + y > 1/3 and x > y at y = 1/3: cuts of x at 0 and at 1/3."""
    network = nets.one_layer([[3, 3], [1, -1]], [-1, 0])
    box = Box([-1, Fraction(1, 3)], [1, Fraction(1, 3)])
    found = ORACLE.answer(network, box)
    assert found.areas == {(False, False): 1, (True, False): Fraction(1, 3), (True, True): Fraction(2, 3)}
    assert found.entries == {(False, False): 0, (True, False): 0, (True, True): Fraction(1, 3)}
    assert len(found.neighbours()) == 2
    assert found.affine_map((True, True)) == ((4, 2, -1),)
    assert found.is_witness((True, True), (Fraction(1, 2), Fraction(1, 3)))
    assert not found.is_witness((True, True), (Fraction(1, 2), Fraction(0.3333333333333333)))
    assert not found.is_witness((True, True), (Fraction(1, 4), Fraction(1, 3)))


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize("family", FAMILIES)
def test_trials_pass(family, oracle):
    found = run_trials(4, seed=7, family=family, oracle=ORACLES[oracle], shrinking=5)
    assert not found.failed, found.failed[0].script
    assert found.questions.total() > 20


def test_a_trial_comes_again_from_its_seed():
    first, again = random_trial(3, 5), random_trial(3, 5)
    assert (first.network, first.domain, first.operations) == (again.network, again.domain, again.operations)
    assert random_trial(3, 6).operations != first.operations
    alone = run_trials(1, seed=3, first=5, oracle=ORACLE)
    assert alone.questions == run_trials(1, seed=3, first=5, oracle=ORACLE).questions


# planted faults: each is found, and shrunk to what a person reads

ENGINE_FAULTS = {
    "a region is dropped": Faulty("tree", faulty.drop_a_region),
    "a region comes twice": Faulty("tree", faulty.repeat_a_region),
    "a region is invented": Faulty("tree", faulty.invent_a_region),
    "slivers are lost": Faulty("rational", faulty.tolerate),
    "one unit flips at a facet": Faulty("tree", faulty.flip_one_unit),
    "null units are lost": Faulty("rational", faulty.lose_null_units),
    "a witness lies on a hyperplane": Faulty("tree", faulty.witness_on_a_hyperplane),
    "the domain is closed": Faulty("tree", question=faulty.closed),
    "a part passes for the whole": Faulty("rational", faulty.pretend_complete),
}


def _radii_are_halved(regions):
    return regions if regions.entry_radii is None else replace(regions, entry_radii=regions.entry_radii / 2)


ENGINE_FAULTS["entry radii are halved"] = Faulty("tree", _radii_are_halved)


def _found(seed=2, **given):
    found = run_trials(400, seed=seed, oracle=ORACLE, shrinking=30, **given)
    assert found.failed, "the fault is not found"
    return found.failed[0]


def _is_small(failed):
    network = failed.trial.network
    assert len(failed.trial.operations) <= 3
    assert sum(len(stage.bias) for stage in network.stages) <= 5, failed.script
    assert network.inputs <= 2, failed.script


@pytest.mark.parametrize("fault", ENGINE_FAULTS)
def test_a_fault_of_an_engine_is_found_and_shrunk(fault):
    failed = _found(seed=1, engines=["ENGINE"], names={"ENGINE": ENGINE_FAULTS[fault]})
    _is_small(failed)


def _counted_in_floats(self, radius):
    return int(np.searchsorted(np.sort(self.entries.values), float(self._checked(radius))))


def _joined_without_the_last(self, more, joined=RegionSet.joined):
    return faulty.kept(joined(self, more), range(self.count + more.count - 1))


def _without_exact_witnesses(path, load=RegionSet.load):
    found = load(path)
    return replace(found, witnesses=found.witnesses.astype(np.float32).astype(np.float64))


def _told_by_contests(self, network):
    return replace(self, network=network)


def test_contests_that_decide_nothing_are_found(monkeypatch):
    monkeypatch.setattr(RegionSet, "told_by_winners", _told_by_contests)
    failed = _found(family="winners", engines=['"tree"'])
    assert len(failed.trial.operations) <= 2
    assert failed.trial.network.inputs == 1
    with pytest.raises(AssertionError):
        exec(failed.script, {"__name__": "script"})


def _as_it_was(self, made=Polytope.free_part):
    return replace(made(self), b=self.b)


def _without_the_constant(matrix, bias, fixed, made=free_network._constants):
    return [c - Fraction(b) for c, b in zip(made(matrix, bias, fixed), bias.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("owner", "name", "fault"),
    [(Polytope, "free_part", _as_it_was), (free_network, "_constants", _without_the_constant)],
    ids=["inequalities keep their right side", "a bias is lost"],
)
def test_a_fault_of_fixed_inputs_is_found_and_shrunk(monkeypatch, owner, name, fault):
    monkeypatch.setattr(owner, name, fault)
    question._on_slice.cache_clear()
    try:
        failed = _found(engines=['"tree"'])
    finally:
        question._on_slice.cache_clear()
    assert failed.trial.domain.fixed_inputs
    _is_small(failed)


@pytest.mark.parametrize(
    ("owner", "name", "fault", "kind"),
    [
        (Curve, "count", _counted_in_floats, "count of a curve"),
        (RegionSet, "joined", _joined_without_the_last, "count"),
        (RegionSet, "load", staticmethod(_without_exact_witnesses), "file"),
        (Volumes, "total", property(lambda self: 1.01 * math.fsum(self.values)), "sum of volumes"),
    ],
    ids=["curve", "resume", "file", "volumes"],
)
def test_a_fault_beyond_the_engines_is_found_and_shrunk(monkeypatch, owner, name, fault, kind):
    monkeypatch.setattr(owner, name, fault)
    failed = _found(engines=['"tree"'])
    assert failed.kind == kind
    _is_small(failed)
    # the script is all that is needed to see it again
    with pytest.raises(AssertionError):
        exec(failed.script, {"__name__": "script"})


def test_an_exception_is_a_failure_and_a_script(monkeypatch):
    def broken(self, path):
        raise IndexError("list index out of range")

    monkeypatch.setattr(RegionSet, "save", broken)
    failed = _found(engines=['"rational"'])
    assert failed.kind == "IndexError in regions.save"
    with pytest.raises(IndexError):
        exec(failed.script, {"__name__": "script"})
