"""How many regions there are in all, estimated from the tasks of a search that is not finished."""

from __future__ import annotations

import math
import random
import statistics
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeAlias

from exactregions.progress import Estimate

Signs: TypeAlias = bytes
Chosen: TypeAlias = int | Signs  # the number of a task that is out, or a prefix that waits

WINDOW = 64  # estimates that the mean is of
LEAST = 8  # estimates before anything is told
# a guess of the regions below prefixes: each length that comes has so many times fewer; and what is shared alike
FALL, ALIKE = 2.5, 0.05


@dataclass(slots=True)
class Chain:
    """One descent through the tasks of a search.

    Attributes
    ----------
    at : int or bytes
        The task whose outcome it waits for, or the prefix that is to be searched next.
    value : float
        What it has added up.
    weight : float
        One over the probability of having come here.
    """

    at: Chosen
    value: float
    weight: float


@dataclass(slots=True)
class Estimator:
    """Knuth's estimate on the tree of tasks, whose nodes are searched anyway (mathematics, 2.5).

    A task finds c regions below a prefix and leaves prefixes q, so that N(p) = c + sum of N(q) whatever ended it. A
    chain takes one q with a probability pi(q) and estimates N(p) by c + N(q) / pi(q), and so on until a task leaves
    nothing. Its expected value is N(p) for all positive pi, which therefore may be guesses. A chain begins among all
    that is open at that moment; with what was found before it estimates the number of all regions.
    """

    random: random.Random = field(default_factory=lambda: random.Random(1))
    totals: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    chain: Chain | None = None

    def begin(self, waiting: Sequence[Signs], out: Mapping[int, Sequence[Signs]], found: int) -> Chosen:
        """Begin a chain at one of the prefixes that wait, or of the tasks that are out; return which."""
        groups: dict[Chosen, Sequence[Signs]] = {prefix: (prefix,) for prefix in waiting}
        chosen, probability = self._choice({**groups, **out})
        self.chain = Chain(chosen, float(found), 1.0 / probability)
        return chosen

    def tell(self, at: Chosen, count: int, left: Sequence[Signs]) -> Signs | None:
        """Take note of an outcome; return the prefix that the chain goes on with, if it was the one waited for."""
        chain = self.chain
        if chain is None or chain.at != at:
            return None
        chain.value += chain.weight * count
        if not left:
            self.totals.append(chain.value)
            self.chain = None
            return None
        chosen, probability = self._choice({prefix: (prefix,) for prefix in left})
        chain.at, chain.weight = chosen, chain.weight / probability
        assert isinstance(chosen, bytes)
        return chosen

    def drop(self, at: Chosen) -> None:
        """End the chain if it waits for a task that has no outcome."""
        if self.chain is not None and self.chain.at == at:
            self.chain = None

    def _choice(self, groups: Mapping[Chosen, Sequence[Signs]]) -> tuple[Chosen, float]:
        """Return one, and its probability: a part of it is shared alike, so that no guess makes it tiny."""
        lengths = sorted({len(prefix) for prefixes in groups.values() for prefix in prefixes})
        sizes = {length: FALL**-place for place, length in enumerate(lengths)}
        shares = [sum(sizes[len(prefix)] for prefix in prefixes) for prefixes in groups.values()]
        total = math.fsum(shares)
        chances = [(1.0 - ALIKE) * share / total + ALIKE / len(shares) for share in shares]
        number = self.random.choices(range(len(chances)), cum_weights=list(accumulate(chances)))[0]
        return list(groups)[number], chances[number]

    def estimate(self) -> Estimate | None:
        """Return the mean of the last chains and its standard error; None where there are too few."""
        if len(self.totals) < LEAST:
            return None
        return Estimate(
            statistics.fmean(self.totals), statistics.stdev(self.totals) / math.sqrt(len(self.totals)), len(self.totals)
        )
