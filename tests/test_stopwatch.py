"""What an answer's seconds leave out: the time in which kernels are loaded or compiled."""

import threading
import time

import pytest

from exactregions import Box, Network, count_regions, lipschitz, robust_radius
from exactregions.engines.tree import run
from exactregions.support.stopwatch import Stopwatch, preparing

WAIT = 0.5
HAT = Network.from_layers([[[1.0]] * 3, [[1.0, -2.0, 1.0], [0.5, 0.0, 0.0]]], [[0.0, -1.0, -2.0], [0.0, 0.0]])


@pytest.fixture
def slow_kernels(monkeypatch):
    """Kernels that take a while to load, in every search."""
    load = run.load_kernels

    def slowly(*kind):
        load(*kind)
        with preparing():
            time.sleep(WAIT)

    monkeypatch.setattr(run, "load_kernels", slowly)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: robust_radius(HAT, [0.25], "inf"),
        lambda: robust_radius(HAT, [0.25], 2, engine="tree"),
        lambda: lipschitz(HAT, Box([-1.0], [3.0])),
        lambda: lipschitz(HAT, Box([-1.0], [3.0])).regions,
    ],
)
def test_loading_kernels_is_no_part_of_an_answer(slow_kernels, ask):
    count_regions(HAT, Box([-1.0], [3.0]))  # what is loaded in truth
    start = time.perf_counter()
    found = ask()
    assert 0.0 < found.seconds <= time.perf_counter() - start - WAIT


def test_threads_that_prepare_at_once_are_left_out_once():
    watch, start, begun = Stopwatch(), time.perf_counter(), threading.Barrier(2)

    def prepare():
        with preparing():
            begun.wait()
            time.sleep(0.05)

    threads = [threading.Thread(target=prepare) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(0.02)
    assert 0.02 <= watch.seconds <= time.perf_counter() - start - 0.05


def test_a_stopwatch_stands_still_while_code_is_made_ready():
    watch = Stopwatch()
    with preparing():
        first = watch.seconds
        time.sleep(0.01)
        assert watch.seconds == first
    time.sleep(0.01)
    assert watch.seconds >= first + 0.01
