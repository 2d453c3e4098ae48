"""One search shared out: the answer is that of a single search, whoever does it and whatever is lost on the way."""

import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from itertools import count, pairwise

import numpy as np
import pytest
from at_once import AtOnce

from exactregions import (
    Ball,
    Box,
    Network,
    RegionSet,
    WholeSpace,
    enumerate_regions,
    resume_regions,
)
from exactregions.cases.networks import largest_of
from exactregions.certificate.checker import check
from exactregions.engines.distributed import driving, task
from exactregions.engines.distributed.scheduler import Scheduler
from exactregions.engines.rechecking import recheck
from exactregions.errors import EngineError, FileFormatError, FileWriteError

ROOT = b""


def network_of(seed, *widths, bias=0.3):
    rng = np.random.default_rng(seed)
    sizes = list(pairwise(widths))
    weights = [rng.integers(-8, 9, (n, m)) / 8.0 if seed % 3 == 0 else rng.normal(size=(n, m)) for m, n in sizes]
    return Network.from_layers(weights, [bias * rng.normal(size=n) for _, n in sizes])


NETWORK, DOMAIN = network_of(1, 4, 9, 8, 1), Box([-1.0] * 4, [1.0] * 4)


@pytest.fixture(scope="module")
def expected():
    return enumerate_regions(NETWORK, DOMAIN, engine="tree")


def end_after(regions, monkeypatch):
    plain = task.answer
    monkeypatch.setattr(driving, "answer", lambda packed, signs, seconds, most: plain(packed, signs, None, regions))


@pytest.fixture
def _tiny(monkeypatch):
    """Tasks that end after a few regions, so that small searches become many tasks."""
    end_after(7, monkeypatch)


@pytest.fixture
def _small(monkeypatch):
    """The same for NETWORK."""
    end_after(90, monkeypatch)


def domain_of(rng, dim):
    return [
        Box([-1.0] * dim, [1.0] * dim),
        Ball(rng.normal(size=dim) * 0.2, 1.0),
        Ball([0.0] * dim, 0.7, 1),
        WholeSpace(dim),
        Box([-1.0] * (dim - 1) + [0.25], [1.0] * (dim - 1) + [0.25]) if dim > 1 else Box([-3.0], [2.0]),
    ][int(rng.integers(5))]


def random_question(seed):
    rng = np.random.default_rng(seed)
    dim = int(rng.integers(1, 4))
    widths = [dim, *rng.integers(1, 6, size=int(rng.integers(1, 4))), 1]
    network = network_of(seed, *(int(n) for n in widths), bias=float(rng.choice([0.0, 0.3])))
    return network, domain_of(rng, dim)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.usefixtures("_tiny")
def test_the_answer_is_that_of_a_single_search(seed):
    network, domain = random_question(seed)
    single = enumerate_regions(network, domain, engine="tree")
    shared = enumerate_regions(network, domain, executor=AtOnce(), workers=1 + seed % 5)
    assert shared.exact
    assert shared.count == single.count == len(shared.pattern_set())
    assert shared.pattern_set() == single.pattern_set()
    assert enumerate_regions(network, domain, executor=AtOnce(), store=False).count == single.count
    if shared.count < 40:
        recheck(shared)  # its witnesses, in rationals


def test_exact_witnesses_stay_with_their_regions(monkeypatch):
    """No float lies between k and the next one, for k from 1 to 8."""
    end_after(3, monkeypatch)
    places = [v for k in range(1, 9) for v in (float(k), np.nextafter(k, np.inf))]
    network = Network.from_layers([[[1.0]] * 16, [[1.0] * 16]], [[-v for v in places], [0.0]])
    shared = enumerate_regions(network, Box([0.0], [9.0]), executor=AtOnce())
    assert shared.count == 17
    assert len(shared.exact_witnesses) == 8
    recheck(shared)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("norm", [2, "inf"])
@pytest.mark.usefixtures("_tiny")
def test_entry_radii_are_those_of_a_single_search(seed, norm):
    network, ball = network_of(seed, 3, 6, 5, 1), Ball([0.1, 0.2, -0.1], 1.5, norm)

    def by_pattern(regions):
        rows = zip(regions.patterns, regions.entry_bounds.tolist(), strict=True)
        return {pattern.tobytes(): bounds for pattern, bounds in rows}

    one = by_pattern(enumerate_regions(network, ball, engine="tree", entry_radii=True))
    two = by_pattern(enumerate_regions(network, ball, executor=AtOnce(), entry_radii=True))
    assert one.keys() == two.keys()
    for pattern, (lower, upper) in one.items():
        assert two[pattern][0] <= upper
        assert lower <= two[pattern][1]


@pytest.mark.usefixtures("_tiny")
def test_regions_of_winner_units_are_joined():
    """The largest of the six tangents of a circle has six regions, whose contests cut the plane more often."""
    turns = 2 * np.pi * np.arange(6) / 6
    hexagon = largest_of(np.stack([np.cos(turns), np.sin(turns)], axis=1), np.zeros(6), [range(6)])
    assert enumerate_regions(replace(hexagon, winners=()), WholeSpace(2)).count > 6
    shared = enumerate_regions(hexagon, WholeSpace(2), executor=AtOnce())
    assert shared.exact
    assert shared.count == 6
    assert shared.pattern_set() == enumerate_regions(hexagon, WholeSpace(2)).pattern_set()


@pytest.mark.parametrize("claim", ["exact", "upper"])
def test_workers_write_the_parts_of_a_certificate(tmp_path, expected, claim):
    path = tmp_path / "count.cert"
    pool = ThreadPoolExecutor(2)
    shared = enumerate_regions(NETWORK, DOMAIN, executor=pool, certificate=path, claim=claim, store=False)
    assert shared.exact
    verdict = check(path)
    assert verdict.regions == shared.count == expected.count
    assert verdict.complete
    assert verdict.parts > 8


def test_processes(expected):
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        shared = enumerate_regions(NETWORK, DOMAIN, executor=pool)
        assert shared.exact
        assert shared.pattern_set() == expected.pattern_set()
        part = enumerate_regions(NETWORK, DOMAIN, executor=pool, max_regions=100)
        assert not part.exact
        assert resume_regions(part, executor=pool).pattern_set() == expected.pattern_set()


def test_dask(expected):
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
    with cluster, distributed.Client(cluster) as client:
        shared = enumerate_regions(NETWORK, DOMAIN, executor=client.get_executor(), workers=2)
        assert "exactregions_find" in cluster.scheduler.task_prefixes  # the name on the dashboard
        assert "exactregions_ask" in cluster.scheduler.task_prefixes  # the network goes to a worker once
    assert shared.exact
    assert shared.pattern_set() == expected.pattern_set()


# what is lost on the way


@pytest.mark.usefixtures("_small")
def test_a_task_that_fails_is_tried_again(expected):
    def sometimes(number):
        if number in {1, 5, 20, 21, 50}:
            raise OSError("the worker lost its connection")

    shared = enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(sometimes), workers=3)
    assert shared.exact
    assert shared.pattern_set() == expected.pattern_set()


@pytest.mark.usefixtures("_small")
def test_a_task_that_fails_again_and_again_ends_the_search_and_loses_nothing(expected):
    def from_the_fifth_on(number):
        if number >= 5:
            raise OSError("the worker lost its connection")

    part = enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(from_the_fifth_on))
    assert not part.exact
    assert part.stop_reason == "failed"
    assert "lost its connection" in part.stopped
    assert 0 < part.count < expected.count
    assert resume_regions(part).pattern_set() == expected.pattern_set()


def test_a_worker_that_is_killed(expected):
    """The pool is broken then; another one goes on."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        pool.submit(os.getpid).result()
        broken = pool.submit(os.kill, next(iter(pool._processes)), signal.SIGKILL)
        part = enumerate_regions(NETWORK, DOMAIN, executor=pool)
        assert broken.exception() is not None
    assert not part.exact
    assert "resume" in part.stopped
    assert resume_regions(part).pattern_set() == expected.pattern_set()


class Hanging(AtOnce):
    """Never does its second task."""

    given = 0

    def submit(self, function, /, *arguments, **keywords):
        self.given += 1
        return Future() if self.given == 2 else super().submit(function, *arguments, **keywords)


@pytest.mark.usefixtures("_small")
def test_a_task_that_hangs_is_given_to_another_worker(monkeypatch, expected):
    monkeypatch.setattr(driving, "PATIENCE", 0.0)
    shared = enumerate_regions(NETWORK, DOMAIN, executor=Hanging(), workers=2)
    assert shared.exact
    assert shared.pattern_set() == expected.pattern_set()


def test_a_task_that_is_told_of_twice_counts_once():
    tasks = Scheduler.beginning([ROOT], workers=1)
    work = tasks.ask()
    assert tasks.tell(work.number, [b"\x01", b"\xff"])
    assert not tasks.tell(work.number, [b"\x01", b"\xff"])
    assert sorted(tasks.left()) == [b"\x01", b"\xff"]


def test_a_task_whose_time_did_not_suffice_to_begin_gets_more():
    tasks = Scheduler.beginning([ROOT], workers=1)
    first = tasks.ask()
    tasks.tell(first.number, [ROOT])
    assert tasks.ask().seconds == 2 * first.seconds


def _seconds_of_tasks(workers, tasks):
    """Yield the seconds of tasks that use up their time and leave ten prefixes, with those spent before."""
    scheduler, spent = Scheduler.beginning([bytes([i]) for i in range(100)], workers), 0.0
    for i in range(tasks):
        work = scheduler.ask()
        yield work.seconds, spent
        spent += work.seconds
        scheduler.tell(work.number, [work.prefixes[0] + bytes([i // 250, i % 250, k]) for k in range(10)])


def test_no_worker_waits_long_for_the_last_task():
    """Else one may search for ten seconds while the others have nothing left: 16 is the part that is documented."""
    told = list(_seconds_of_tasks(workers=2, tasks=600))
    assert all(seconds <= max(0.2, spent / 2 / 16) for seconds, spent in told)
    assert told[0][0] < 0.1  # the first one is to bring prefixes for the other worker
    assert max(seconds for seconds, _ in told) > 5.0  # of a long search it is long


def test_tasks_of_many_workers_are_so_long_that_one_driver_can_give_them_all():
    assert all(seconds >= 3.0 for seconds, _ in _seconds_of_tasks(workers=1000, tasks=300))


@pytest.mark.parametrize("seed", range(20))
def test_no_prefix_is_lost_or_there_twice_whatever_happens(seed):
    """Against a tree of 2^7 leaves that is searched by hand, in random order, with losses."""
    rng, depth, done = random.Random(seed), 7, []
    tasks = Scheduler.beginning([ROOT], workers=rng.randint(1, 4))
    out = []
    while tasks.left():
        if (work := tasks.ask()) is not None:
            out.append(work)
        if not out or rng.random() < 0.4:
            continue
        work = out.pop(rng.randrange(len(out)))
        if rng.random() < 0.2:
            tasks.give_back(work.number)
            continue
        left = []
        for prefix in work.prefixes:
            if len(prefix) == depth:
                done.append(prefix)
            else:
                left += [prefix + b"\x01", prefix + b"\xff"]
        assert tasks.tell(work.number, left)
    assert len(done) == len(set(done)) == 2**depth


def test_a_worker_of_another_version_is_refused(monkeypatch):
    def other(packed, *rest):
        monkeypatch.setattr(task, "VERSION", "0.0.1")
        task._ready.cache_clear()
        return task.answer(packed, *rest)

    monkeypatch.setattr(driving, "answer", other)
    with pytest.raises(EngineError, match=r"version 0\.0\.1 of exactregions, and the driver"):
        enumerate_regions(NETWORK, DOMAIN, executor=AtOnce())


def test_a_worker_that_reads_another_network_is_refused():
    question = task.Question(
        NETWORK, DOMAIN, None, False, False, None, None, None, None, network_of(2, 4, 9, 8, 1).fingerprint
    )
    with pytest.raises(EngineError, match="another network"):
        task.answer(question.packed(), [ROOT], None, None)


# journals


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("store", [True, False])
def test_a_journal_goes_on_where_the_driver_failed(tmp_path, expected, store):
    folder = tmp_path / "run"
    found = 0
    for failure in (3, 4, 5):

        def fails(number, failure=failure):
            if number >= failure:
                raise KeyboardInterrupt

        part = enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(fails), journal=folder, store=store)
        assert part.stop_reason == "interrupted"
        assert found < part.count < expected.count
        found = part.count
    whole = enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(), journal=folder, store=store)
    assert whole.exact
    assert whole.count == expected.count
    if store:
        assert whole.pattern_set() == expected.pattern_set()
    again = enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(fails), journal=folder, store=store)
    assert again.exact
    assert again.count == expected.count


@pytest.mark.usefixtures("_small")
def test_the_journal_of_another_question_is_refused(tmp_path):
    folder = tmp_path / "run"
    enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(), journal=folder)
    for other in (
        (network_of(2, 4, 9, 8, 1), DOMAIN, True),
        (NETWORK, Box([-1.0] * 4, [1.0, 1.0, 1.0, 2.0]), True),
        (NETWORK, DOMAIN, False),
    ):
        with pytest.raises(EngineError, match="another question"):
            enumerate_regions(*other[:2], executor=AtOnce(), journal=folder, store=other[2])


def test_a_folder_that_is_no_journal_is_refused(tmp_path):
    (tmp_path / "journal.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(FileFormatError, match="is no journal"):
        enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(), journal=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(FileWriteError, match="folder"):
        enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(), journal=tmp_path / "file")


def test_two_drivers_cannot_share_a_journal(tmp_path):
    enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(), journal=tmp_path, store=False)
    other = sqlite3.connect(tmp_path / "journal.sqlite")
    other.execute("begin exclusive")
    with pytest.raises(FileWriteError, match="locked"):
        enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(), journal=tmp_path, store=False)
    other.close()


@pytest.mark.usefixtures("_small")
def test_a_full_disk_loses_no_more_than_what_it_did_not_take(tmp_path, monkeypatch, expected):
    save, saved = RegionSet.save, count(1)

    def full(regions, path):
        if next(saved) == 4:
            raise FileWriteError(f"{path} cannot be written: No space left on device")
        save(regions, path)

    monkeypatch.setattr(RegionSet, "save", full)
    with pytest.raises(FileWriteError, match="No space left"):
        enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(), journal=tmp_path / "run")
    whole = enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(), journal=tmp_path / "run")
    assert whole.pattern_set() == expected.pattern_set()
    assert whole.count == expected.count


DRIVER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from exactregions import Box, enumerate_regions
from exactregions.engines.distributed import driving, task
sys.path.insert(0, {tests!r})
from test_distributed import DOMAIN, NETWORK
plain = task.answer
driving.answer = lambda packed, signs, seconds, most: plain(packed, signs, None, 90)
print("begins", flush=True)
enumerate_regions(NETWORK, DOMAIN, executor=ThreadPoolExecutor(2), journal={folder!r})
"""


def test_a_driver_that_is_killed_loses_nothing(tmp_path, expected):
    folder, rng = tmp_path / "run", random.Random(5)
    script = textwrap.dedent(DRIVER.format(tests=os.path.dirname(__file__), folder=str(folder)))
    for _ in range(3):
        driver = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        driver.stdout.readline()
        time.sleep(rng.uniform(0.5, 2.0))
        driver.kill()
        driver.wait()
        driver.stdout.close()
    whole = enumerate_regions(NETWORK, DOMAIN, executor=AtOnce(), journal=folder)
    assert whole.exact
    assert whole.count == len(whole.pattern_set()) == expected.count
    assert whole.pattern_set() == expected.pattern_set()


# questions that cannot be shared out


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"executor": AtOnce(), "engine": "milp"}, "cannot be shared out"),
        ({"executor": object()}, "give a concurrent"),
        ({"journal": "run"}, "give one, or save"),
        ({"executor": AtOnce(), "journal": "run", "certificate": "c"}, "leave the journal out"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(keywords, message):
    with pytest.raises(EngineError, match=message):
        enumerate_regions(NETWORK, DOMAIN, **keywords)


def test_an_executor_that_is_closed_is_refused():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(EngineError, match="takes no tasks"):
        enumerate_regions(NETWORK, DOMAIN, executor=pool)


def test_a_network_without_stages_has_one_region():
    linear = Network((), np.eye(2), np.zeros(2))
    assert enumerate_regions(linear, WholeSpace(2), executor=AtOnce()).count == 1
