"""The answer of a shared search does not depend on who searches, for how long, and in which order it comes back."""

import random
from concurrent.futures import Executor, Future
from itertools import pairwise

import numpy as np
import pytest

from exactregions import Ball, Box, Network, WholeSpace, enumerate_regions
from exactregions.engines.distributed import driving, task


class Shuffled(Executor):
    """Does one of the tasks that were given, at random, whenever somebody waits."""

    def __init__(self, rng):
        self.rng, self.given = rng, []

    def submit(self, function, /, *arguments, **keywords):
        future = Future()
        self.given.append((future, function, arguments))
        return future

    def wait(self, futures, timeout, return_when="ALL_COMPLETED"):
        """In the place of the function of that name."""
        if self.given:
            future, function, arguments = self.given.pop(self.rng.randrange(len(self.given)))
            if future.set_running_or_notify_cancel():
                future.set_result(function(*arguments))
        done = {future for future in futures if future.done()}
        return done, set(futures) - done


def question(seed):
    """A random network and domain, some of them hard: without biases, with equal rows, with rows of zeros."""
    rng = np.random.default_rng(1000 + seed)
    dim = int(rng.integers(1, 5))
    widths = [dim, *(int(n) for n in rng.integers(1, 7, size=int(rng.integers(1, 4)))), 1]
    weights = [rng.integers(-8, 9, (n, m)) / 8.0 if seed % 2 else rng.normal(size=(n, m)) for m, n in pairwise(widths)]
    if seed % 5 == 0:
        weights[0][-1] = weights[0][0]
    if seed % 7 == 0:
        weights[0][0] = 0.0
    bias = float(rng.choice([0.0, 0.3]))
    network = Network.from_layers(weights, [bias * rng.normal(size=n) for n in widths[1:]])
    domains = [
        Box([-1.0] * dim, [1.0] * dim),
        Ball(rng.normal(size=dim) * 0.2, 1.0),
        Ball([0.0] * dim, 0.7, 1),
        Ball([0.0] * dim, 1e9, "inf"),
        WholeSpace(dim),
        Box([-1.0] * (dim - 1) + [0.25], [1.0] * (dim - 1) + [0.25]) if dim > 1 else Box([-3.0], [2.0]),
    ]
    return network, domains[int(rng.integers(len(domains)))]


def shuffled(network, domain, seed, monkeypatch):
    """Search with random budgets, workers and order."""
    rng = random.Random(seed)
    executor = Shuffled(rng)
    monkeypatch.setattr(driving, "wait", executor.wait)
    monkeypatch.setattr(
        driving, "answer", lambda packed, signs, seconds, most: task.answer(packed, signs, None, rng.choice([1, 5, 30]))
    )
    return enumerate_regions(network, domain, executor=executor, workers=rng.randint(1, 8))


@pytest.mark.parametrize("seed", range(6))
def test_order_budget_and_workers_do_not_matter(seed, monkeypatch):
    network, domain = question(seed)
    alone = enumerate_regions(network, domain, engine="tree")
    shared = shuffled(network, domain, seed, monkeypatch)
    assert shared.exact
    assert shared.count == alone.count == len(shared.pattern_set())
    assert shared.pattern_set() == alone.pattern_set()
