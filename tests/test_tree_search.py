"""The search of the tree engine as data: workers, frontiers, interrupts, memory, entry radii."""

import os
import signal
import threading
import time
import tracemalloc

import numpy as np
import pytest
from engines import found

from exactregions import Ball, Box, count_regions, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.engines.contract import Limits
from exactregions.engines.tree import TreeEngine
from exactregions.engines.tree.worker import Worker
from exactregions.progress import StopReason
from exactregions.regions import RegionSet

NETWORK, BOX = nets.generated(4, 16, 16, 1), Box([-1] * 4, [1] * 4)
DEGENERATE, CUBE = nets.type_b(4), Ball([0, 0, 0, 0], 1)
LONG, LONG_BOX = nets.generated(8, 20, 20, 1), Box([-1] * 8, [1] * 8)


@pytest.fixture(scope="module")
def everything() -> set[bytes]:
    return found("tree", NETWORK, BOX).pattern_set()


def below(network, domain, frontier, **limits):
    prefixes = [np.array(prefix, dtype=np.int8) for prefix in frontier]
    return TreeEngine().search_below(network, domain, prefixes, Limits(**limits), None)


def assert_parts_make_the_whole(parts, whole):
    assert sum(len(part) for part in parts) == len(whole)
    assert set().union(*(part.pattern_set() for part in parts)) == whole


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_find_the_same_set(everything, workers):
    regions = enumerate_regions(NETWORK, BOX, engine="tree", workers=workers)
    assert regions.exact
    assert_parts_make_the_whole([regions], everything)
    assert count_regions(DEGENERATE, CUBE, engine="tree", workers=workers) == 2**4 * 24
    assert all(BOX.contains(region.witness) for region in regions)


@pytest.mark.parametrize("most", [1, 700, 5230])
def test_a_frontier_holds_the_rest(everything, most, tmp_path):
    parts = [enumerate_regions(NETWORK, BOX, engine="tree", max_regions=most)]
    assert len(parts[0]) == most
    parts[0].save(tmp_path / "part.npz")
    loaded = RegionSet.load(tmp_path / "part.npz")
    assert loaded.frontier == parts[0].frontier
    parts.append(below(NETWORK, BOX, loaded.frontier))
    assert parts[-1].exact
    assert_parts_make_the_whole(parts, everything)


@pytest.mark.parametrize("limits", [{"regions": 900}, {"seconds": 0.01}, {"regions": 900, "workers": 2}], ids=str)
def test_pieces_until_all_is_done(everything, limits):
    parts, frontier = [], ((),)
    while frontier:
        parts.append(below(NETWORK, BOX, frontier, **limits))
        assert parts[-1].complete == (not parts[-1].frontier)
        frontier = parts[-1].frontier
    assert len(parts) > 1
    assert_parts_make_the_whole(parts, everything)


@pytest.mark.parametrize("store", [True, False])
def test_an_observer_can_interrupt_a_long_search(store):
    asked = []

    def interrupt(progress):
        if progress.regions:
            asked.append(time.perf_counter())
            raise KeyboardInterrupt

    regions = enumerate_regions(LONG, LONG_BOX, engine="tree", store=store, progress=interrupt)
    assert time.perf_counter() - asked[0] < 1
    assert regions.stopped == "interrupted"
    assert 0 < len(regions) < 6_477_919
    assert len(regions.patterns) == (len(regions) if store else 0)
    assert regions.frontier


@pytest.mark.usefixtures("hearing_ctrl_c")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("delay", [0.005, 0.02, 0.05])
def test_a_true_interrupt_loses_nothing(everything, workers, delay):
    """Ctrl-C comes when it likes: what was found and the frontier together are still everything."""
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        parts = [enumerate_regions(NETWORK, BOX, engine="tree", workers=workers)]
        timer.join()
        time.sleep(0.01)
    except KeyboardInterrupt:
        pytest.skip("the signal came before the search began or after its end")
    parts.append(below(NETWORK, BOX, parts[0].frontier))
    assert_parts_make_the_whole(parts, everything)


def test_the_error_of_an_observer_ends_the_threads():
    def fail(progress):
        raise ZeroDivisionError

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        enumerate_regions(LONG, LONG_BOX, engine="tree", store=False, workers=2, progress=fail)
    time.sleep(0.2)
    assert threading.active_count() == before


def test_counting_takes_no_memory_per_region():
    peaks = []
    for shape in ((4, 16, 16, 1), (10, 12, 12, 1)):
        tracemalloc.start()
        regions = enumerate_regions(
            nets.generated(*shape), Box([-1] * shape[0], [1] * shape[0]), engine="tree", store=False
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert regions.patterns.size == regions.witnesses.size == 0
    assert peaks[1] < peaks[0] + 200_000  # 91,421 regions against 5,231: two bytes a region would show


def test_entry_radii_count_every_smaller_ball():
    network, center = nets.generated(4, 12, 12, 1), [0.1, -0.2, 0.3, 0.05]
    entries = found("tree", network, Ball(center, 1.5)).entry_radii
    for radius in (0.05, 0.3, 0.7, 1.1, 1.5):
        assert (entries < radius).sum() == count_regions(network, Ball(center, radius), engine="tree")


def test_entry_radii_agree_with_exact_ones():
    network, domain = nets.generated(3, 8, 6, 1, seed=1), Ball([0.1, 0.2, 0.3], 2)
    entries = []
    for engine in ("tree", "rational"):
        regions = found(engine, network, domain)
        order = np.lexsort(regions.pattern_array().T)
        entries.append(regions.entry_radii[order])
    np.testing.assert_allclose(*entries, rtol=1e-12)


def test_no_worker_reads_the_search_of_another_that_goes_on(monkeypatch):
    """What is left is asked of the workers that have paused; the state of one in a kernel changes meanwhile."""
    at_work: set[Worker] = set()
    run, frontier = Worker.run, Worker.frontier

    def running(worker, *given):
        at_work.add(worker)
        try:
            return run(worker, *given)
        finally:
            at_work.discard(worker)

    def read(worker):
        assert worker not in at_work
        return frontier(worker)

    monkeypatch.setattr(Worker, "run", running)
    monkeypatch.setattr(Worker, "frontier", read)
    for most in range(1, 1500, 50):
        part = enumerate_regions(NETWORK, BOX, engine="tree", max_regions=most, workers=2)
        assert part.stop_reason is StopReason.MAX_REGIONS
