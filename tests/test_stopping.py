"""The scope that stops long work: its deadline, its flag, threads, and Ctrl-C once and often."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from exactregions.progress import StopReason
from exactregions.support.stopping import Stopped, check, in_scope, limited, remaining, sheltered


def _turns_until_stopped() -> StopReason:
    try:
        while True:
            check()
            time.sleep(0.001)
    except Stopped as stopped:
        return stopped.stop.reason


def test_outside_of_every_scope_nothing_is_stopped() -> None:
    check()
    assert remaining() == float("inf")


def test_a_deadline_is_heard_and_told() -> None:
    with limited(0.01):
        time.sleep(0.011)
        with pytest.raises(Stopped, match=r"time limit of 0\.01 s reached"):
            check()
    check()


def test_an_inner_scope_ends_no_later_than_the_outer_one() -> None:
    with limited(0.02), limited(1000.0) as inner:
        assert inner.remaining() <= 0.02
        assert _turns_until_stopped() is StopReason.TIME_LIMIT
        assert remaining() == 0.0


def test_an_outer_scope_outlives_an_inner_one() -> None:
    with limited(1000.0):
        with limited(0.0), pytest.raises(Stopped):
            check()
        check()


def test_the_first_reason_stays() -> None:
    with limited() as outer, limited() as inner:
        outer.stop(StopReason.INTERRUPTED)
        outer.stop(StopReason.FAILED, "something else")
        with pytest.raises(Stopped, match="interrupted"):
            inner.check()


def test_stopped_passes_whoever_takes_everything_for_a_failure() -> None:
    assert not issubclass(Stopped, Exception)


def test_threads_hear_the_scope_of_the_one_who_started_them() -> None:
    heard: list[StopReason] = []
    with limited() as scope:
        work = in_scope(lambda: heard.append(_turns_until_stopped()))
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        scope.stop(StopReason.INTERRUPTED)
        for thread in threads:
            thread.join(20)
    assert heard == [StopReason.INTERRUPTED] * 3


@pytest.fixture
def ctrl_c() -> object:
    """Hear Ctrl-C as a program does that a terminal started."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield None
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_is_heard_at_the_next_check_and_no_earlier() -> None:
    with limited() as scope:
        signal.raise_signal(signal.SIGINT)
        assert scope.stopped is not None
        assert scope.stopped.reason is StopReason.INTERRUPTED
        with limited(), pytest.raises(Stopped, match="interrupted"):
            check()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("ctrl_c")
def test_a_second_ctrl_c_is_absorbed_and_a_third_ends_the_process() -> None:
    with limited():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("ctrl_c")
def test_the_end_of_a_scope_gives_ctrl_c_back() -> None:
    with limited(), limited():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_handler_of_the_program_stays(number: signal.Signals) -> None:
    heard: list[int] = []
    before = signal.signal(number, lambda got, _: heard.append(got))
    try:
        with limited() as scope:
            signal.raise_signal(number)
            assert scope.stopped is None
    finally:
        signal.signal(number, before)
    assert heard == [number]


def test_sigterm_is_heard_where_the_program_takes_it_for_ctrl_c() -> None:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with limited() as scope:
            signal.raise_signal(signal.SIGTERM)
            assert scope.stopped is not None
            assert scope.stopped.reason is StopReason.INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_scope_of_another_thread_leaves_signals_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def work() -> None:
        with limited():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert seen == [before]


@pytest.mark.usefixtures("ctrl_c")
def test_a_shelter_is_not_stopped_itself_and_absorbs_what_comes_after_the_work() -> None:
    with sheltered():
        with limited() as work:
            signal.raise_signal(signal.SIGINT)
            assert work.stopped is not None
        check()
        signal.raise_signal(signal.SIGINT)
        check()


@pytest.mark.usefixtures("ctrl_c")
def test_before_the_work_a_shelter_lets_ctrl_c_through() -> None:
    with sheltered(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_part_of_a_limit_is_that_part_of_its_seconds():
    with limited(100.0, 0.25) as scope:
        assert 20.0 < scope.remaining() <= 25.0
