"""Moments of a function with Hermite polynomials at Gaussian points: T_k = E[f(x) He_k(x)], symmetric tensors.

Polynomials are those of the probabilists: He_2 = x x^T - I, He_3 = x^3 - 3 sym(x I), He_4 = x^4 - 6 sym(x x I) +
3 sym(I I).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, permutations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

AT_ONCE = 1 << 16  # samples of which all polynomials are held at a time


def density(b: Array) -> Array:
    """Return the density of the normal distribution."""
    return np.exp(-0.5 * np.square(b)) / math.sqrt(2 * math.pi)


def distribution(b: Array) -> Array:
    """Return the distribution function of the normal distribution."""
    return np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in np.asarray(b).tolist()])


@dataclass(frozen=True)
class Averages:
    """Moments up to order four as averages over samples, never as whole tensors."""

    x: Array
    y: Array

    @cached_property
    def mean(self) -> float:
        """T_0."""
        return float(self.y.mean())

    @cached_property
    def first(self) -> Array:
        """T_1."""
        return self._average(self.y)

    @cached_property
    def second(self) -> Array:
        """T_2."""
        return self._square(self.y) - self.mean * np.eye(self.x.shape[1])

    def third(self, t: Array) -> Array:
        """T_3(., ., t)."""
        weighted = self.y * (self.x @ t)
        mixed = np.outer(self.first, t)
        return self._square(weighted) - weighted.mean() * np.eye(len(t)) - mixed - mixed.T

    def fourth(self, e: Array) -> Array:
        """T_4(., ., e, e)."""
        along = self.x @ e
        weighted = self.y * along**2
        mixed, length, unit = np.outer(self._average(self.y * along), e), e @ e, np.eye(len(e))
        products = self._square(weighted) - weighted.mean() * unit - length * self._square(self.y)
        return products - 2 * (mixed + mixed.T) + self.mean * (length * unit + 2 * np.outer(e, e))

    def _average(self, weights: Array) -> Array:
        return self.x.T @ weights / len(weights)

    def _square(self, weights: Array) -> Array:
        return (self.x * weights[:, None]).T @ self.x / len(weights)


@dataclass(frozen=True)
class Tensors:
    """Moments as whole tensors, of orders 0, 1, ..; the k-th has shape (d,) * k."""

    orders: Sequence[Array]

    @property
    def mean(self) -> float:
        """T_0."""
        return float(self.orders[0])

    @property
    def first(self) -> Array:
        """T_1."""
        return self.orders[1]

    @property
    def second(self) -> Array:
        """T_2."""
        return self.orders[2]

    def third(self, t: Array) -> Array:
        """T_3(., ., t)."""
        return self.orders[3] @ t

    def fourth(self, e: Array) -> Array:
        """T_4(., ., e, e)."""
        return self.orders[4] @ e @ e


Moments = Averages | Tensors


def regression_size(d: int, degree: int) -> int:
    """Return the number of polynomials in d variables up to a degree."""
    return math.comb(d + degree, degree)


def regression(x: Array, y: Array, degree: int) -> tuple[Tensors, float]:
    """Return the moments by least squares on all Hermite polynomials up to a degree, and the mean squared residual.

    They have the same mean as averages, and the variance of what the polynomials leave in place of that of y.
    """
    powers = [list(c) for k in range(degree + 1) for c in combinations_with_replacement(range(x.shape[1]), k)]
    gram, sides, square = np.zeros((len(powers),) * 2), np.zeros(len(powers)), 0.0
    for first in range(0, len(y), AT_ONCE):
        part, values = x[first : first + AT_ONCE], y[first : first + AT_ONCE]
        columns = _polynomials(part, powers, degree)
        gram += columns.T @ columns
        sides += columns.T @ values
        square += float(values @ values)
    found = np.linalg.solve(gram, sides)
    left = max(square - float(found @ sides), 0.0) / len(y)
    return Tensors([_tensor(x.shape[1], k, powers, found) for k in range(degree + 1)]), left


def _polynomials(x: Array, powers: Sequence[list[int]], degree: int) -> Array:
    """Return the orthonormal Hermite polynomials, one column each."""
    single = [np.ones_like(x), x]
    for k in range(2, degree + 1):
        single.append(x * single[-1] - (k - 1) * single[-2])
    columns = np.ones((len(x), len(powers)))
    for place, chosen in enumerate(powers):
        for j, k in Counter(chosen).items():
            columns[:, place] *= single[k][:, j] / math.sqrt(math.factorial(k))
    return columns


def _tensor(d: int, order: int, powers: Sequence[list[int]], coefficients: Array) -> Array:
    """Return T_k from the coefficients of orthonormal polynomials: each times the norm of its polynomial."""
    tensor = np.zeros((d,) * order)
    for chosen, coefficient in zip(powers, coefficients.tolist(), strict=True):
        if len(chosen) == order:
            norm = math.sqrt(math.prod(math.factorial(k) for k in Counter(chosen).values()))
            for place in _orders(chosen):
                tensor[place] = coefficient * norm
    return tensor


def _orders(chosen: list[int]) -> Iterator[tuple[int, ...]]:
    yield from set(permutations(chosen))
