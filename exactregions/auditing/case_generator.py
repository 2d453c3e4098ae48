"""Where to look next: half the cases are fresh, the others are made from the tightest so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from exactregions.auditing.cases import AuditCase, Judged
from exactregions.auditing.families import Family
from exactregions.auditing.mutations import mutated
from exactregions.auditing.random_domains import random_domain
from exactregions.engines.contract import Engine

FRESH = 0.4  # part of the cases that are not made from earlier ones
KEPT = 6  # tightest cases of each size
TRIES = 20  # to make a case that was not there before


@dataclass(slots=True)
class Guide:
    """Proposes cases, and learns from what came of them.

    The tightest cases are kept apart by the order of magnitude of their counts: otherwise one region under a bound of
    one, which is as tight as can be and easy to find, would crowd out all others.

    Attributes
    ----------
    families : mapping of str to callable
    rng : numpy.random.Generator
    engine : Engine
    """

    families: Mapping[str, Family]
    rng: np.random.Generator
    engine: Engine
    _tight: dict[int, list[Judged]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def propose(self) -> AuditCase:
        """Return a case, a new one if that can be."""
        case = self._drawn()
        for _ in range(TRIES):
            key = hash((case.network, case.domain))
            if key not in self._seen:
                self._seen.add(key)
                break
            case = self._drawn()
        return case

    def learn(self, judged: Judged) -> None:
        """Keep a case that is tight for its size."""
        slack, count = judged.slack, judged.count
        if slack is None or count is None:
            return
        kept = self._tight.setdefault(count.bit_length(), [])
        kept.append(judged)
        kept.sort(key=_slack)
        del kept[KEPT:]

    def _drawn(self) -> AuditCase:
        if not self._tight or self.rng.random() < FRESH:
            return self._fresh()
        sizes = list(self._tight)
        kept = self._tight[sizes[int(self.rng.integers(len(sizes)))]]
        return mutated(kept[int(self.rng.integers(len(kept)))].case, self.rng, self.engine)

    def _fresh(self) -> AuditCase:
        names = list(self.families)
        name = names[int(self.rng.integers(len(names)))]
        network = self.families[name](self.rng)
        return AuditCase(name, network, random_domain(network, self.rng))


def _slack(judged: Judged) -> float:
    slack = judged.slack
    try:
        return float("inf") if slack is None else float(slack)
    except OverflowError:
        return float("inf")
