"""Second opinions on whole searches: right answers pass, and every planted fault is found and judged exactly."""

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import exact_signs

from exactregions import Ball, Box, Network, Polytope, Region, RegionSet, Stage, WholeSpace, enumerate_regions
from exactregions.cases.networks import braid, generated, max_min, one_layer
from exactregions.crosscheck import Opinion, spot_check, verify_region
from exactregions.crosscheck.convex import ConvexCell, Margin
from exactregions.crosscheck.fraction_pass import in_fractions, splitting_values
from exactregions.crosscheck.refuted_patterns import refuted_patterns
from exactregions.errors import DomainError, EngineError, NetworkError
from exactregions.importers import load
from exactregions.regions import pack_patterns
from exactregions.solvers.contract import Unknown
from exactregions.testing.strategies import networks as small_networks

DATA = Path(__file__).parents[1] / "data"
NETWORK = generated(2, 4, 3, 1, seed=11)
BALL = Ball([0.1, -0.2], 1.0)


def searched(network: Network, domain, engine: str = "tree", **options) -> RegionSet:
    regions = enumerate_regions(network, domain, engine=engine, **options)
    assert regions.exact
    return regions


@pytest.fixture(scope="module")
def regions() -> RegionSet:
    found = searched(NETWORK, BALL)
    assert 8 < len(found) < 30
    return found


def column(values, keep):
    return None if values is None else values[keep].copy()


def without(regions: RegionSet, row: int) -> RegionSet:
    """The set as a search that loses one region would give it."""
    keep = np.arange(regions.count) != row
    exact = {r - (r > row): w for r, w in regions.exact_witnesses.items() if r != row}
    return replace(
        regions,
        count=regions.count - 1,
        patterns=column(regions.patterns, keep),
        witnesses=column(regions.witnesses, keep),
        entry_radii=column(regions.entry_radii, keep),
        entry_bounds=column(regions.entry_bounds, keep),
        exact_witnesses=exact,
    )


def with_row(regions: RegionSet, pattern, witness, entry: float) -> RegionSet:
    return replace(
        regions,
        count=regions.count + 1,
        patterns=np.concatenate([regions.patterns, pack_patterns(np.array([pattern], dtype=bool))]),
        witnesses=np.concatenate([regions.witnesses, [witness]]),
        entry_radii=None if regions.entry_radii is None else np.append(regions.entry_radii, entry),
        entry_bounds=None,
    )


def as_tuple(pattern) -> tuple[bool, ...]:
    return tuple(bool(v) for v in pattern)


# ---- right answers


@pytest.mark.parametrize(
    "domain",
    [
        BALL,
        Ball([0.1, -0.2], 1.0, 1),
        Ball([0.1, -0.2], 1.0, math.inf),
        Box([-1, -1], [1, 2]),
        Polytope([[1, 1], [-1, 0]], [1, 1]),
        WholeSpace(2),
    ],
    ids=["l2", "l1", "linf", "box", "polytope", "space"],
)
def test_a_right_answer_is_agreed_with(domain):
    regions = searched(NETWORK, domain, entry_radii=isinstance(domain, Ball | Box))
    report = spot_check(regions, sample=16)
    assert report.ok, report
    assert not report.contradictions
    assert (report.found, report.refuted) == (min(16, len(regions)), 16)
    # thin cells are few in a random network
    assert report.agreed >= report.found + report.refuted - 2, report
    for region in itertools.islice(regions, 5):
        told = verify_region(region, domain)
        assert told.witness_fault is None
        assert not told.contradicts
        if region.entry_radius is None:
            assert told.entry is None


@pytest.mark.parametrize(("name", "radius"), [("moons", 0.7), ("iris", 1.0), ("wine", 0.7)])
def test_trained_networks_are_agreed_with(name, radius):
    point = np.load(DATA / f"{name}_points.npy")[0]
    regions = searched(load(DATA / f"{name}.safetensors"), Ball(point, radius))
    report = spot_check(regions, sample=12)
    assert report.ok, report
    assert report.agreed >= report.found + report.refuted - 2, report


@pytest.mark.parametrize("engine", ["rational", "facets", "tree"])
def test_degenerate_networks_get_exact_verdicts(engine):
    for network, domain in ((max_min(), WholeSpace(2)), (braid(3), Ball([0.0] * 3, 1.0))):
        report = spot_check(searched(network, domain, engine))
        # flipping one of several units that belong to one line leaves a cell without interior
        assert report.ok, report
        assert report.doubts
        assert not report.contradictions
        assert all(doubt.opinion is Opinion.CANNOT_TELL for doubt in report.doubts)
        assert all(doubt.listed == doubt.is_region for doubt in report.doubts)


def test_slivers_cannot_be_told_and_are_judged_exactly():
    width = 2.0**-70
    network = one_layer([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0.0, width, 0.5])
    regions = searched(network, Ball([0.0, 0.0], 1.0), "rational")
    assert len(regions) == 6
    report = spot_check(regions)
    assert report.ok, report
    thin = [doubt for doubt in report.doubts if doubt.listed]
    assert {doubt.pattern[:2] for doubt in thin} == {(False, True)}
    assert len(thin) == 2
    assert all(doubt.opinion is Opinion.CANNOT_TELL and doubt.is_region for doubt in thin)
    # and where one of them is lost, floats do not see it and the exact verdict does
    lost = next(row for row, region in enumerate(regions) if as_tuple(region.pattern[:2]) == (False, True))
    report = spot_check(without(regions, lost))
    (fault,) = report.faults
    assert (fault.pattern, fault.listed, fault.is_region) == (as_tuple(regions[lost].pattern), False, True)
    assert fault.opinion is Opinion.CANNOT_TELL


def test_no_unit_and_no_region():
    affine = searched(Network((), [[1.0, 2.0]], [0.0]), BALL, "rational")
    report = spot_check(affine)
    assert (report.found, report.refuted, report.ok, report.doubts) == (1, 0, True, ())
    (fault,) = spot_check(without(affine, 0)).faults
    assert (fault.pattern, fault.is_region) == ((), True)


def test_an_unfinished_set_claims_nothing_of_what_it_does_not_list(regions):
    part = enumerate_regions(NETWORK, BALL, engine="rational", max_regions=3)
    report = spot_check(part)
    assert (report.found, report.refuted, report.ok) == (3, 0, True)
    none = {name: getattr(part, name)[:0] for name in ("patterns", "witnesses")}
    stopped = replace(part, count=0, **none, entry_radii=None, entry_bounds=None)
    assert spot_check(stopped).found == 0


def test_a_seed_repeats_the_sample(regions):
    drawn = [list(refuted_patterns(regions, 9, np.random.default_rng(seed))) for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1] != drawn[2]
    listed = {as_tuple(pattern) for pattern in regions.pattern_array()}
    for patterns in drawn:
        assert len(set(patterns)) == 9
        assert not listed & set(patterns)


def test_most_refuted_patterns_are_neighbours_and_all_are_drawn_where_they_are_few(regions):
    listed = {as_tuple(pattern) for pattern in regions.pattern_array()}

    def near(pattern) -> bool:
        return any(sum(a != b for a, b in zip(pattern, other, strict=True)) == 1 for other in listed)

    few = list(refuted_patterns(regions, 40, np.random.default_rng(0)))
    assert sum(map(near, few)) >= 30
    every = list(refuted_patterns(regions, 1000, np.random.default_rng(0)))
    assert set(every) == set(itertools.product((False, True), repeat=NETWORK.units)) - listed


# ---- planted faults


def test_a_lost_region_is_found(regions):
    row = len(regions) // 2
    report = spot_check(without(regions, row))
    assert not report.ok
    (fault,) = report.faults
    assert fault.pattern == as_tuple(regions[row].pattern)
    assert (fault.listed, fault.is_region, fault.opinion) == (False, True, Opinion.CONTRADICTS)
    for words in ("not listed", "the set is wrong", "1 WRONG"):
        assert words in repr(report)


def test_a_pattern_that_is_no_region_is_found(regions):
    listed = regions.pattern_set()
    for row, unit in itertools.product(range(4), range(NETWORK.units)):
        pattern = regions[row].pattern.copy()
        pattern[unit] ^= True
        if pack_patterns(pattern[None])[0].tobytes() in listed:
            continue
        wrong = with_row(regions, pattern, regions.witnesses[row], regions.entry_radii[row])
        report = spot_check(wrong, sample=len(wrong))
        (fault,) = report.faults
        assert fault.pattern == as_tuple(pattern)
        assert (fault.listed, fault.is_region, fault.opinion) == (True, False, Opinion.CONTRADICTS)
        assert "unit" in fault.witness_fault
        return
    pytest.fail("no neighbour is left out")


def test_one_unit_flipped_where_several_flip_is_found():
    """A repeated unit flipped alone: the cell has no interior, which only exact arithmetic can say."""
    network = one_layer([[1.0, 0.5], [2.0, 1.0], [0.0, 1.0]], [0.25, 0.5, 0.0])
    regions = searched(network, BALL, "rational")
    pattern = regions[0].pattern.copy()
    pattern[1] ^= True
    report = spot_check(with_row(regions, pattern, regions.witnesses[0], 0.0))
    (fault,) = report.faults
    assert (fault.pattern, fault.is_region) == (as_tuple(pattern), False)


@pytest.mark.parametrize("norm", [1, 2, math.inf, None])
@pytest.mark.parametrize("factor", [1 - 1e-4, 1 + 1e-4])
def test_a_wrong_entry_radius_is_found(norm, factor):
    domain = Box([-1, -1], [1, 2]) if norm is None else Ball([0.1, -0.2], 1.0, norm)
    regions = searched(NETWORK, domain, entry_radii=True)
    radii = regions.entry_radii.copy()
    row = int(np.argsort(radii)[-2])
    assert radii[row] > 0.1
    radii[row] *= factor
    report = spot_check(replace(regions, entry_radii=radii, exact_entries=None), sample=len(regions))
    (fault,) = report.faults
    assert fault.pattern == as_tuple(regions[row].pattern)
    assert fault.is_region
    assert fault.opinion is Opinion.CONTRADICTS
    assert ("too large" if factor > 1 else "too small") in fault.entry_fault


@pytest.mark.parametrize("radius", [math.nan, math.inf, -0.5])
def test_an_entry_radius_that_is_no_distance_is_found(regions, radius):
    radii = regions.entry_radii.copy()
    radii[2] = radius
    (fault,) = spot_check(replace(regions, entry_radii=radii), sample=len(regions)).faults
    assert "no distance" in fault.entry_fault


def test_a_misplaced_witness_is_found_though_the_region_is_there(regions):
    witnesses = regions.witnesses.copy()
    witnesses[0], witnesses[1] = [50.0, 50.0], regions.witnesses[2]
    report = spot_check(replace(regions, witnesses=witnesses), sample=len(regions))
    faults = {fault.pattern: fault for fault in report.faults}
    assert set(faults) == {as_tuple(regions[0].pattern), as_tuple(regions[1].pattern)}
    assert all(fault.is_region and fault.opinion is Opinion.CONTRADICTS for fault in faults.values())
    assert "outside the open domain" in faults[as_tuple(regions[0].pattern)].witness_fault
    assert "which its sign denies" in faults[as_tuple(regions[1].pattern)].witness_fault


def test_a_pattern_that_is_listed_twice_is_counted(regions):
    twice = with_row(regions, regions[0].pattern, regions.witnesses[0], regions.entry_radii[0])
    report = spot_check(twice, sample=len(twice))
    assert (report.duplicates, report.faults, report.ok) == (1, (), False)
    assert "1 listed more than once" in repr(report)


def test_where_cvxpy_is_wrong_the_set_is_not_blamed(regions, monkeypatch):
    wrong = Margin(-1.0, -1.0, -1.0, None, "CLARABEL")
    monkeypatch.setattr(ConvexCell, "margin", lambda cell: wrong)
    report = spot_check(regions, sample=5)
    assert len(report.contradictions) == 5
    assert report.ok
    assert "the set is right" in repr(report)
    monkeypatch.setattr(ConvexCell, "margin", lambda cell: Unknown("no solver today"))
    report = spot_check(regions, sample=5)
    assert (report.agreed, len(report.doubts), report.contradictions, report.ok) == (0, 10, (), True)
    assert all("no solver today" in str(doubt) for doubt in report.doubts)
    monkeypatch.setattr(ConvexCell, "margin", lambda cell: replace(wrong, value=1.0, lower=1.0, upper=1.0))
    report = spot_check(regions, sample=5)
    refuted = [doubt for doubt in report.contradictions if not doubt.listed]
    assert len(refuted) == 5
    assert not any(doubt.is_region or doubt.set_is_wrong for doubt in refuted)


# ---- one region


def test_a_region_outside_the_domain_is_contradicted(regions):
    far = max(regions, key=lambda region: region.entry_radius)
    told = verify_region(far, Ball([0.1, -0.2], far.entry_radius / 2))
    assert told.opinion is Opinion.CONTRADICTS
    assert told.entry is Opinion.CONTRADICTS or told.distance.value == pytest.approx(far.entry_radius)
    assert told.contradicts
    assert not told.agrees
    assert "outside the open domain" in told.witness_fault
    assert "contradicts" in repr(told)


def test_a_witness_on_the_boundary_is_none():
    network = one_layer([[1.0, 0.0], [0.0, 1.0]])
    inside = Region(network, np.array([True, False]), (Fraction(1, 3), Fraction(-1, 10**30)), None)
    assert verify_region(inside, BALL).agrees
    edge = replace(inside, witness=(Fraction(1, 3), Fraction(0)))
    assert "on the boundary: unit 1" in verify_region(edge, BALL).witness_fault
    wrong_side = replace(edge, pattern=np.array([False, False]))
    assert "unit 0 is 0.333" in verify_region(wrong_side, BALL).witness_fault
    short = replace(inside, witness=(Fraction(1, 3),))
    assert "1 coordinates" in verify_region(short, BALL).witness_fault


def test_a_unit_that_vanishes_is_no_boundary():
    network = one_layer([[0.0, 0.0], [1.0, 0.0]])
    region = Region(network, np.array([False, True]), (Fraction(1, 2), Fraction(0)), None)
    assert verify_region(region, BALL).agrees
    assert not verify_region(replace(region, pattern=np.array([True, True])), BALL).agrees


@given(small_networks(), st.lists(st.fractions(-3, 3, max_denominator=7), min_size=3, max_size=3))
@settings(max_examples=40)
def test_the_pass_in_fractions_gives_the_exact_signs(network, point):
    point = point[: network.inputs]
    values = splitting_values(in_fractions(network), point)
    assert [(v > 0) - (v < 0) for v in values] == exact_signs(network, point)


def test_the_pass_in_fractions_knows_leaks_and_wires():
    first = Stage([[1.0], [-2.0], [3.0]], [0.5, 0.0, 0.0], [0.25, 0.0, 1.0], [1.0, 1.0, 1.0])
    network = Network((first, Stage.relu([[4.0, 1.0, 1.0]], [0.125])), [[1.0]], [0.0])
    assert network.units == 3
    # at -1: leaky(-1/2) = -1/8, relu(2) = 2, wire -3; then -1/2 + 2 - 3 + 1/8
    assert splitting_values(in_fractions(network), [Fraction(-1)]) == [Fraction(-1, 2), 2, Fraction(-11, 8)]


# ---- bad input


def test_what_cannot_be_checked_is_refused(regions):
    counted = enumerate_regions(NETWORK, BALL, engine="tree", store=False)
    with pytest.raises(EngineError, match=f"of {len(regions)} regions only the count was kept.*store=True"):
        spot_check(counted)
    for sample in (0, -1, 2.5, True):
        with pytest.raises(EngineError, match="sample is"):
            spot_check(regions, sample=sample)  # pyright: ignore[reportArgumentType]
    with pytest.raises(DomainError, match="dimension 3 and the network 2 inputs"):
        verify_region(regions[0], WholeSpace(3))
    with pytest.raises(NetworkError, match="3 signs; the network has 7 units"):
        verify_region(replace(regions[0], pattern=regions[0].pattern[:3]), BALL)
    with pytest.raises(EngineError, match="solver is 'SCS'"):
        spot_check(regions, solver="SCS")
    with pytest.raises(EngineError, match="time_limit is -1"):
        verify_region(regions[0], BALL, time_limit=-1)
