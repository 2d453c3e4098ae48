"""Limits and interrupts end a search with what it has, and never with a count that looks final."""

import itertools
import threading
import time

import numpy as np
import pytest
from engines import found

from exactregions import (
    Ball,
    Box,
    Network,
    compare,
    count_regions,
    curve,
    engine_names,
    enumerate_regions,
    resume_regions,
)
from exactregions.cases import networks as nets
from exactregions.engines.tree.kernels.setup import new_state
from exactregions.errors import DomainError, EngineError, NotExactError
from exactregions.progress import StopReason
from exactregions.regions import RegionSet

# more regions than any engine finds in the seconds given here
ENDLESS = 5_000_000
NETWORK = nets.generated(8, 32, 32, 1)
BOX = Box([-1.0] * 8, [1.0] * 8)
SMALL = nets.generated(2, 6, 1)
SQUARE = Box([-1.0] * 2, [1.0] * 2)


def test_time_limit(engine):
    start = time.perf_counter()
    regions = enumerate_regions(NETWORK, BOX, engine=engine, time_limit=1.5)
    assert time.perf_counter() - start < 5
    assert 0 < len(regions) < ENDLESS
    assert not regions.complete
    assert not regions.exact
    assert "time limit" in regions.stopped


@pytest.mark.parametrize("most", [1, 7])
def test_max_regions(engine, most):
    regions = enumerate_regions(NETWORK, BOX, engine=engine, max_regions=most)
    assert len(regions) == most == len(regions.pattern_set())
    assert not regions.exact
    assert str(most) in regions.stopped


def test_max_regions_that_is_just_enough(engine):
    everything = found(engine, SMALL, SQUARE)
    assert enumerate_regions(SMALL, SQUARE, engine=engine, max_regions=len(everything)).exact


def test_an_interrupt_keeps_the_regions(engine):
    def interrupt(progress):
        if progress.regions >= 5:
            raise KeyboardInterrupt

    regions = enumerate_regions(NETWORK, BOX, engine=engine, progress=interrupt)
    assert 5 <= len(regions) < ENDLESS
    assert regions.stopped == "interrupted"
    assert not regions.exact
    assert len(regions.pattern_set()) == len(regions)
    assert all(BOX.contains(regions[row].witness) for row in range(0, len(regions), 1 + len(regions) // 50))


def test_other_errors_are_not_swallowed(engine):
    def fail(progress):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enumerate_regions(NETWORK, BOX, engine=engine, progress=fail)


def test_progress_counts_up(engine):
    seen = []
    enumerate_regions(NETWORK, BOX, engine=engine, progress=seen.append, time_limit=1.0)
    assert seen
    assert all(a.regions <= b.regions and a.seconds < b.seconds for a, b in itertools.pairwise(seen))


def test_counting_keeps_nothing(engine):
    regions = enumerate_regions(SMALL, SQUARE, engine=engine, store=False)
    assert len(regions) == len(found(engine, SMALL, SQUARE))
    assert regions.exact
    assert not regions.stored
    assert regions.patterns.shape[0] == 0
    with pytest.raises(IndexError, match="store=True"):
        regions[0]


def test_count_regions(engine):
    assert count_regions(SMALL, SQUARE, engine=engine) == len(found(engine, SMALL, SQUARE))


def test_count_regions_refuses_a_count_that_is_not_exact():
    class Interrupted:
        name = "interrupted"

        def supports(self, network, domain):
            return None

        def search(self, network, domain, limits, observer) -> RegionSet:
            return enumerate_regions(network, domain, engine="rational", max_regions=2)

    with pytest.raises(NotExactError, match="at least 2") as caught:
        count_regions(SMALL, SQUARE, engine=Interrupted())
    assert isinstance(caught.value.regions, RegionSet)
    assert len(caught.value.regions) == 2


@pytest.mark.parametrize(
    "limits", [{"time_limit": -1}, {"time_limit": float("nan")}, {"max_regions": 0}, {"workers": 0}], ids=str
)
def test_limits_without_a_meaning(limits):
    with pytest.raises(EngineError):
        enumerate_regions(SMALL, SQUARE, engine="rational", **limits)


def test_unknown_engine():
    with pytest.raises(EngineError, match=r"no engine 'simplex'.*rational"):
        enumerate_regions(SMALL, SQUARE, engine="simplex")


def test_auto_is_an_engine():
    regions = enumerate_regions(SMALL, SQUARE)
    assert regions.exact
    assert regions.engine in set(engine_names()) - {"auto"}


def test_a_domain_of_another_dimension(engine):
    with pytest.raises(DomainError, match="dimension 3 and the network 2 inputs"):
        enumerate_regions(SMALL, Ball([0.0] * 3, 1), engine=engine)


def test_a_limit_ends_while_a_large_state_is_written(monkeypatch):
    """Whoever waits does not wait for that; what was to be searched stays in the frontier."""
    written = threading.Event()

    def slowly(*arguments):
        written.wait(60)
        return new_state(*arguments)

    monkeypatch.setattr("exactregions.engines.tree.worker.new_state", slowly)
    regions = enumerate_regions(SMALL, SQUARE, engine="tree", time_limit=0.2)
    assert not written.is_set()
    assert (regions.count, regions.frontier, regions.stop_reason) == (0, ((),), StopReason.TIME_LIMIT)
    written.set()
    monkeypatch.undo()
    assert resume_regions(regions).pattern_set() == found("rational", SMALL, SQUARE).pattern_set()


@pytest.mark.parametrize("norm", [1, 2, float("inf")])
def test_a_limit_is_heard_in_hundreds_of_dimensions(norm):
    """By processor time, which others who use the machine do not lengthen; some factor above what is measured."""
    rng = np.random.default_rng(0)
    widths = [784, 64, 64, 10]
    weights = [rng.uniform(-1, 1, (b, a)).astype(np.float32) / a**0.5 for a, b in itertools.pairwise(widths)]
    network = Network.from_layers(weights, [np.zeros(b) for b in widths[1:]])
    start = time.process_time()
    regions = enumerate_regions(network, Ball([0.125] * 784, 3.0, norm), engine="tree", time_limit=0.5)
    assert time.process_time() - start < 3.0
    assert not regions.exact
    assert regions.stop_reason is StopReason.TIME_LIMIT


def test_a_comparison_and_a_curve_have_one_limit_for_all():
    start = time.process_time()
    compared = compare(NETWORK, BOX, time_limit=0.5)
    assert compared.regions.stopped == "time limit of 0.5 s reached"
    # a busy machine may leave no time for any bound, and then they have no minimum either
    errors = {row.name: row.error for row in compared.rows if row.value is None}
    assert errors.pop("minimum", "") in ("", "no upper bound gave a value")
    assert set(errors.values()) <= {"not evaluated: time limit of 0.5 s reached"}
    drawn = curve(NETWORK, [0.0] * 8, 3.0, 1, time_limit=0.5)
    assert not drawn.exact
    assert time.process_time() - start < 6.0
