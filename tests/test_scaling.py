"""The simulation of many workers, where its answer is known."""

import pytest

from benchmarks.scaling import Costs, Piece, simulate

BUDGET = (0.2, 10.0)
LONE = {b"": Piece(1.0, 5, ())}


def test_equal_tasks_take_turns():
    run = simulate(LONE, 8, 4, Costs(0.0, 0.0, 0.0), BUDGET)
    assert (run.seconds, run.tasks, run.regions, run.busy) == (2.0, 8, 40, 8.0)
    assert simulate(LONE, 9, 4, Costs(0.0, 0.0, 0.0), BUDGET).seconds == 3.0
    assert simulate(LONE, 8, 4, Costs(0.03125, 0.0, 0.0), BUDGET).seconds == 2.0625


def test_messages_are_waited_for_at_both_ends():
    assert simulate(LONE, 4, 4, Costs(0.0, 0.0, 0.25), BUDGET).seconds == 1.5


def test_the_driver_does_one_thing_after_the_other():
    """Tasks that take no time are given and taken as fast as it can, whatever workers there are."""
    instant = {b"": Piece(0.0, 1, ())}
    for workers in (1, 4, 100):
        assert simulate(instant, 64, workers, Costs(0.0, 0.5, 0.0), (0.0, 0.0)).seconds == pytest.approx(
            0.5 * simulate(instant, 64, workers, Costs(0.0, 0.0, 0.0), (0.0, 0.0)).tasks
        )


def test_what_a_budget_leaves_becomes_tasks():
    """A chain of ten pieces of a second has nothing to share; a fan of ten has."""
    chain = {bytes(range(k)): Piece(1.0, 1, (bytes(range(k + 1)),) if k < 9 else ()) for k in range(10)}
    fan = {b"": Piece(0.0, 0, tuple(bytes([k]) for k in range(10)))} | {
        bytes([k]): Piece(1.0, 1, ()) for k in range(10)
    }
    free = Costs(0.0, 0.0, 0.0)
    assert simulate(chain, 1, 10, free, (0.5, 0.5)).seconds == 10.0
    assert simulate(chain, 1, 10, free, (0.5, 0.5)).tasks == 10
    assert simulate(chain, 1, 10, free, (99.0, 99.0)).tasks == 1
    assert simulate(fan, 1, 1, free, (0.5, 0.5)).seconds == 10.0
    assert simulate(fan, 1, 10, free, (0.5, 0.5)).seconds == pytest.approx(2.0)
