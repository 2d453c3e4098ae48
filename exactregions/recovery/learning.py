"""A network with one hidden layer, learned from samples at Gaussian points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import DataError
from exactregions.network import Network
from exactregions.recovery.hermite import Averages, Moments, regression, regression_size
from exactregions.recovery.pencils import full_rank, overcomplete
from exactregions.recovery.polishing import polished
from exactregions.support.shortening import short
from exactregions.weights import exact_floats

Array = NDArray[np.float64]

DEVIATIONS = 6.0  # standard deviations by which moments of Gaussian points may differ from the true ones
PER_POLYNOMIAL = 8  # samples a polynomial that a regression needs to be better than averages
LARGEST = 2000  # polynomials of a regression
MODES = ("full_rank", "overcomplete")


def learn_depth_two(
    x: ArrayLike,
    y: ArrayLike,
    units: int,
    *,
    mode: str = "full_rank",
    polish: bool = False,
    largest_bias: float = 3.0,
    seed: int = 0,
) -> Network:
    """Learn f(x) = sum_i a_i relu(w_i . x + b_i) from samples y = f(x) at standard Gaussian points.

    After Awasthi, Tang, Vijayaraghavan (2021): the Hermite moments of f are sums of tensor powers of the w_i,
    which the eigenvectors of a pencil tell apart (mathematics, 7.8). Moments are estimated by least squares on Hermite
    polynomials where there are samples enough, else by averages.

    Parameters
    ----------
    x : array_like, shape (n, d)
        Independent, standard normal.
    y : array_like, shape (n,)
    units : int
    mode : {"full_rank", "overcomplete"}
        Full rank: weights w_i are independent, so there are at most d. Overcomplete: up to d (d + 1) / 2 generic ones;
        it needs many more samples, and adds a linear term, one wire, for what signs it cannot tell.
    polish : bool
        Whether damped Gauss-Newton steps on the samples follow, which is no part of the method.
    largest_bias : float
        Bound of the size of biases, for rows of length 1, before polishing.
    seed : int
        Of the pencils that are drawn.

    Returns
    -------
    Network
        With rows of length 1. Compare it with another by `exactregions.difference`, or `equal`.

    Raises
    ------
    DataError
        If samples are no finite numbers, do not fit, are repeated, or are not standard normal by their moments; if
        there are more units than the mode has room for; if the rows of weights seem dependent, or no pencil has real
        eigenvalues.

    Examples
    --------
    >>> from exactregions import Box, difference
    >>> truth = Network.from_layers([[[0.6, 0.8], [0.8, -0.6]], [[1.0, -1.5]]], [[0.5, -0.25], [0.0]])
    >>> x = np.random.default_rng(0).standard_normal((10_000, 2))
    >>> found = learn_depth_two(x, truth.forward(x)[:, 0], units=2, polish=True)
    >>> float(difference(found, truth, Box(-3, 3, dim=2)).value) < 1e-12
    True
    """
    given, values = exact_floats(x, "x", 2, DataError), exact_floats(y, "y", 1, DataError)
    _check_samples(given, values)
    m = _checked(units, mode, given.shape[1], largest_bias)
    rng = np.random.default_rng(seed)
    if mode == "full_rank":
        moments, noise = _moments(given, values)
        found = full_rank(moments, m, noise, largest_bias, rng)
    else:
        _require_samples(given, 6)
        tensors, left = regression(given, values, 6)
        found = overcomplete(tensors, m, _noise(given, left), largest_bias, rng)
    return (polished(found, given, values) if polish else found).network()


def _moments(x: Array, y: Array) -> tuple[Moments, float]:
    """Return the moments up to order four, and below which size eigenvalues of T_2 are noise."""
    size = regression_size(x.shape[1], 4)
    if size <= LARGEST and len(y) >= PER_POLYNOMIAL * size:
        tensors, left = regression(x, y, 4)
        return tensors, _noise(x, left)
    return Averages(x, y), _noise(x, float(np.mean(np.square(y))))


def _noise(x: Array, square: float) -> float:
    """Return the spectral norm that the error of T_2 may have: entries of variance square / n, or twice that."""
    n, d = x.shape
    return 2 * math.sqrt(2 * d * square / n)


def _require_samples(x: Array, degree: int) -> None:
    n, size = len(x), regression_size(x.shape[1], degree)
    if size > LARGEST or n < PER_POLYNOMIAL * size:
        raise DataError(
            f"the mode needs all {size:,} polynomials of degree {degree} in {x.shape[1]} inputs, {LARGEST:,} at most, "
            f"and {PER_POLYNOMIAL} samples for each; there are {n:,} samples: give more, or fewer inputs"
        )


def _checked(units: Any, mode: str, d: int, largest_bias: float) -> int:
    if isinstance(units, bool) or not isinstance(units, int | np.integer) or units < 1:
        raise DataError(f"units is {short(units)}; give a positive integer")
    if mode not in MODES:
        raise DataError(f"mode is {short(mode)}; give 'full_rank' or 'overcomplete'")
    if not (isinstance(largest_bias, int | float) and 0 < largest_bias < math.inf):
        raise DataError(f"largest_bias is {short(largest_bias)}; give a positive, finite number")
    if mode == "full_rank" and units > d:
        raise DataError(
            f"units is {units}, and {d} inputs have room for {d} independent rows of weights; give fewer units, or "
            "mode='overcomplete'"
        )
    if units > d * (d + 1) // 2:
        raise DataError(f"units is {units}; with {d} inputs give at most {d * (d + 1) // 2}")
    return int(units)


def _check_samples(x: Array, y: Array) -> None:
    n, d = x.shape
    if len(y) != n:
        raise DataError(f"there are {n} points x and {len(y)} values y; give one value a point")
    if d < 1 or n < 10 * (d + 1):
        raise DataError(f"x has shape {x.shape}; give at least one input, and 10 samples for each and 10 more")
    order = np.argsort(x[:, 0], kind="stable")
    same = np.flatnonzero(np.all(x[order[1:]] == x[order[:-1]], axis=1))
    if len(same):
        raise DataError(
            f"points {int(order[same[0]])} and {int(order[same[0] + 1])} of x are the same; independent samples of a "
            "normal distribution are not: leave out repeated points"
        )
    _check_normal(x)


def _check_normal(x: Array) -> None:
    """Refuse points whose moments of order one, two and four are not those of the standard normal distribution."""
    n, d = x.shape
    room = DEVIATIONS / math.sqrt(n)
    gaps = {
        "mean": (np.abs(x.mean(axis=0)).max(), room),
        "covariance": (np.abs(x.T @ x / n - np.eye(d)).max(), math.sqrt(2) * room),
        "fourth moment": (np.abs((x**4).mean(axis=0) - 3).max(), math.sqrt(96) * room),
    }
    for name, (gap, most) in gaps.items():
        if gap > most:
            raise DataError(
                f"the {name} of x is off that of standard normal points by {gap:.2g}, and chance has {most:.2g}; the "
                "method needs independent standard normal inputs: sample the function there"
            )
