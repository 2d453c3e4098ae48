"""Patterns that a set of regions refutes, by not listing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from exactregions.crosscheck.results import Pattern
from exactregions.network import Winner
from exactregions.regions import RegionSet, pack_patterns
from exactregions.winner_patterns import winner_patterns

# Neighbours drawn for each one that is wanted: many of them are found patterns themselves, or come twice.
DRAWN = 20
# Of the refuted patterns, the share that are no neighbours of found ones but drawn at random.
RANDOM_SHARE = 0.25


def refuted_patterns(regions: RegionSet, sample: int, rng: np.random.Generator) -> Iterator[Pattern]:
    """Yield at most `sample` different patterns that are not in the set: neighbours of found ones, and some at random.

    Parameters
    ----------
    regions : RegionSet
        With its regions stored.
    sample : int
    rng : numpy.random.Generator
    """
    units = regions.network.units
    seen = regions.pattern_set()
    winners = regions.network.winners
    random = _new(_random_patterns(units, sample, rng), seen, winners)
    at_random = max(1, round(RANDOM_SHARE * sample))
    neighbours = _new(_neighbours(regions, sample, rng), seen, winners)
    chosen: list[Pattern] = []
    for source, wanted in ((neighbours, sample - at_random), (random, sample), (neighbours, sample)):
        while len(chosen) < wanted and (pattern := next(source, None)) is not None:
            chosen.append(pattern)
    yield from chosen


def _new(patterns: Iterator[NDArray[np.bool_]], seen: set[bytes], winners: Sequence[Winner]) -> Iterator[Pattern]:
    for signs in patterns:
        pattern = winner_patterns(winners, signs[None])[0]
        key = pack_patterns(pattern[None])[0].tobytes()
        if key not in seen:
            seen.add(key)
            yield tuple(pattern.tolist())


def _neighbours(regions: RegionSet, sample: int, rng: np.random.Generator) -> Iterator[NDArray[np.bool_]]:
    """Yield found patterns with one unit flipped, in random order; all of them where they are not many."""
    units = regions.network.units
    total = regions.count * units
    if not total:
        return
    for flat in rng.choice(total, size=min(total, DRAWN * sample), replace=False):
        row, unit = divmod(int(flat), units)
        pattern = regions[row].pattern.copy()
        pattern[unit] ^= True
        yield pattern


def _random_patterns(units: int, sample: int, rng: np.random.Generator) -> Iterator[NDArray[np.bool_]]:
    """Yield patterns drawn at random; every one where there are not many."""
    if units < 63 and 1 << units <= DRAWN * sample:
        for number in rng.permutation(1 << units):
            yield (int(number) >> np.arange(units)) & 1 == 1
        return
    for _ in range(DRAWN * sample):
        yield rng.random(units) < 0.5
