"""The estimate of what is left of a shared search: its expected value is the truth, whatever is guessed."""

import random
from itertools import pairwise

import numpy as np
import pytest
from at_once import AtOnce

from exactregions import Box, Network, enumerate_regions
from exactregions.engines.distributed import driving, scheduler, task
from exactregions.engines.distributed.estimating import Estimator
from exactregions.engines.distributed.scheduler import Scheduler
from exactregions.progress import Estimate

ROOT = b""


class Scripted:
    """Chooses as a list says, and beyond it the first; keeps the probability of its choices and how many there were."""

    def __init__(self, script):
        self.script, self.taken, self.probability = script, [], 1.0

    def choices(self, population, cum_weights):
        number = self.script[len(self.taken)] if len(self.taken) < len(self.script) else 0
        self.taken.append((number, len(population)))
        self.probability *= (cum_weights[number] - (cum_weights[number - 1] if number else 0.0)) / cum_weights[-1]
        return [population[number]]


def tree_of(seed):
    """Regions at each node, and its children; the root is there."""
    rng, tree, begun = random.Random(seed), {}, [ROOT]
    while begun:
        node = begun.pop()
        children = (
            [node + sign for sign in (b"\x01", b"\xff", b"\x02")[: rng.choice([1, 2, 2, 3])]] if len(node) < 3 else []
        )
        tree[node] = rng.randint(0, 9), children
        begun += children
    return tree


def estimates(tree, script, workers, chains):
    """The first estimates of a search of the tree, which is told of tasks in another order than they went out."""
    chance = Scripted(script)
    tasks = Scheduler.beginning([ROOT], workers, estimator=Estimator(chance))
    out = []
    while len(tasks.estimator.totals) < chains and tasks.unfinished:
        while len(out) < 2 * workers and (work := tasks.ask()) is not None:
            out.append(work)
        work = out.pop(len(out) // 2)
        found = [tree[prefix] for prefix in work.prefixes]
        tasks.tell(work.number, [q for _, children in found for q in children], sum(count for count, _ in found))
    return chance, [*tasks.estimator.totals]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_the_expected_value_of_every_chain_is_the_number_of_regions(seed, workers):
    """In closed form: over all choices that can be made, those of the first chain and of one that begins later."""
    tree = tree_of(seed)
    total = sum(count for count, _ in tree.values())
    expected, probability, script = [0.0, 0.0], 0.0, []
    for _ in range(20_000):
        chance, found = estimates(tree, script, workers, 2)
        found += [total] * (2 - len(found))  # the search ended before: then all is known
        expected = [e + chance.probability * v for e, v in zip(expected, found, strict=True)]
        probability += chance.probability
        taken = chance.taken
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            break
        script = [number for number, _ in taken[:-1]] + [taken[-1][0] + 1]
    else:
        pytest.skip("too many choices")
    assert probability == pytest.approx(1.0)
    assert expected == pytest.approx([total, total])


def test_no_prefix_is_lost_while_an_estimator_chooses():
    rng, depth, done = random.Random(4), 7, []
    tasks = Scheduler.beginning([ROOT], workers=3, estimator=Estimator())
    out = []
    while tasks.unfinished:
        assert tasks.open == len(tasks.left()) == len(set(tasks.left()))
        if (work := tasks.ask()) is not None:
            out.append(work)
        if not out or rng.random() < 0.4:
            continue
        work = out.pop(rng.randrange(len(out)))
        if rng.random() < 0.1:
            tasks.give_back(work.number)
        elif rng.random() < 0.1:
            tasks.lost(work.number)
        else:
            ends = [p for p in work.prefixes if len(p) == depth]
            done += ends
            rest = [p for p in work.prefixes if len(p) < depth]
            tasks.tell(work.number, [p + sign for p in rest for sign in (b"\x01", b"\xff")], len(ends))
    assert len(done) == len(set(done)) == tasks.found == 2**depth


def test_what_is_left_and_its_error():
    assert Estimate(400.0, 40.0, 9).remaining(100) == (0.75, pytest.approx(0.025))
    assert Estimate(400.0, 40.0, 9).remaining(500) == (0.0, pytest.approx(0.08))  # there are more than was estimated


def test_a_search_tells_of_its_estimate(monkeypatch):
    """Beside the true number, by its own error: the seed is fixed, and so are the tasks."""
    plain, told = task.answer, []
    monkeypatch.setattr(driving, "answer", lambda packed, signs, seconds, most: plain(packed, signs, None, 12))
    monkeypatch.setattr(driving, "REPORT_SECONDS", -1.0)
    monkeypatch.setattr(scheduler, "FOLLOWED", 1)
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=(n, m)) for m, n in pairwise((3, 7, 6, 1))]
    network = Network.from_layers(weights, [0.3 * rng.normal(size=n) for n in (7, 6, 1)])
    regions = enumerate_regions(network, Box([-1.0] * 3, [1.0] * 3), executor=AtOnce(), workers=1, progress=told.append)
    assert regions.exact
    assert all(t.open_prefixes is not None for t in told)
    estimate = next(t.estimate for t in told if t.estimate is not None)
    assert estimate.samples == 8
    assert abs(estimate.total - regions.count) < 4 * estimate.error
    assert estimate.error < regions.count
