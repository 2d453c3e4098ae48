"""Effect sizes and their intervals: few, standard, and with the seed as the unit that is repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

__all__ = [
    "LEVEL",
    "Interval",
    "cliffs_delta",
    "holm",
    "mean_difference",
    "nested_bootstrap",
    "rank_correlation",
    "t_interval",
]

Array = NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its confidence interval; `p` is the two-sided p-value of zero, NaN where there is no test."""

    estimate: float
    low: float
    high: float
    p: float = float("nan")

    @property
    def verdict(self) -> str:
        """The side of zero on which the interval lies, "above 0" or "below 0"; "open" where it holds zero."""
        return "above 0" if self.low > 0 else "below 0" if self.high < 0 else "open"

    def __format__(self, spec: str) -> str:
        spec = spec or "+.2f"
        return f"{self.estimate:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


def t_interval(values: ArrayLike, level: float = LEVEL) -> Interval:
    """Return the mean of independent values, one a seed, and Student's interval for it.

    Raises
    ------
    ValueError
        If there are fewer than two.
    """
    given = np.asarray(values, dtype=float)
    if len(given) < 2:
        raise ValueError(f"{len(given)} values make no interval; give two or more")
    mean = float(given.mean())
    error, freedom = float(stats.sem(given)), len(given) - 1
    half = float(stats.t.ppf(0.5 + level / 2, freedom)) * error
    p = 2 * float(stats.t.sf(abs(mean) / error, freedom)) if error else float(mean == 0)
    return Interval(mean, mean - half, mean + half, p)


def holm(p_values: ArrayLike) -> Array:
    """Return p-values corrected for their number, in the order given (S. Holm, Scand. J. Statist. 6, 1979).

    Where those at most 0.05 are called significant, the chance of any false one among them is at most 0.05, however the
    tests depend on each other.
    """
    given = np.asarray(p_values, dtype=float)
    order = np.argsort(given, kind="stable")
    corrected = np.empty(len(given))
    corrected[order] = np.minimum(np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1)), 1.0)
    return corrected


def mean_difference(first: ArrayLike, second: ArrayLike) -> float:
    """Return the mean of the first sample less that of the second."""
    return float(np.mean(first) - np.mean(second))


def cliffs_delta(first: ArrayLike, second: ArrayLike) -> float:
    """Return P(X > Y) - P(X < Y) for X from the first sample and Y from the second; ties count for neither.

    It is 2 AUC - 1, and 2 U / (m n) - 1 in Mann and Whitney's U (N. Cliff, Dominance statistics, 1993).
    """
    return float(np.sign(np.subtract.outer(first, second)).mean())


def rank_correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Return Spearman's correlation; NaN where one of the samples is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(stats.spearmanr(first, second).statistic)


def nested_bootstrap(
    first: Sequence[Array],
    second: Sequence[Array],
    statistic: Callable[[Array, Array], float],
    draws: int = 2000,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """Return the mean over seeds of a two-sample statistic, and its percentile interval.

    Parameters
    ----------
    first, second : sequence of numpy.ndarray
        The two samples of each seed.
    statistic : callable
        Of the two samples of one seed.

    Notes
    -----
    Seeds are drawn with replacement, then, within each, the points of either sample. With few seeds such an interval is
    too narrow: it stands beside Student's, not in its place.
    """
    rng = np.random.default_rng(seed)
    known = [statistic(a, b) for a, b in zip(first, second, strict=True)]
    drawn = np.empty(draws)
    for i in range(draws):
        chosen = rng.integers(len(first), size=len(first))
        drawn[i] = np.mean([statistic(_again(first[s], rng), _again(second[s], rng)) for s in chosen])
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(float(np.mean(known)), float(low), float(high))


def _again(values: Array, rng: np.random.Generator) -> Array:
    """Draw as many values as there are, with replacement."""
    return values[rng.integers(len(values), size=len(values))]
