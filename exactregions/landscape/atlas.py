"""All differentiable local minima of the squared loss of a network with one hidden layer, cell by cell."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import DataError
from exactregions.exact.floats import nearest_float
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.landscape.cells import Data, Signs, fit, sign_choices
from exactregions.landscape.masks import MaskSet, activation_masks, vectors_of
from exactregions.network import Network
from exactregions.support.answers import ending, shortfall
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, limited, reason_of
from exactregions.support.tables import counted
from exactregions.weights import exact_floats

Vector = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class HiddenLayer:
    """A network x -> sum_j outputs[j] relu(weights[j] . x + biases[j]) with exact parameters.

    Attributes
    ----------
    weights : tuple of tuple of Fraction, shape (m, d)
    biases : tuple of Fraction, length m
    outputs : tuple of Fraction, length m
    """

    weights: tuple[Vector, ...]
    biases: Vector
    outputs: Vector

    def value(self, point: Sequence[Any]) -> Fraction:
        """Return the exact value at a point."""
        total = Fraction(0)
        for row, bias, output in zip(self.weights, self.biases, self.outputs, strict=True):
            inner = sum((w * Fraction(x) for w, x in zip(row, point, strict=True)), bias)
            total += output * max(inner, Fraction(0))
        return total

    def loss(self, points: ArrayLike, labels: ArrayLike) -> Fraction:
        """Return the exact sum of squared errors."""
        pairs = zip(np.asarray(points).tolist(), np.asarray(labels).tolist(), strict=True)
        return sum(((self.value(x) - Fraction(y)) ** 2 for x, y in pairs), Fraction(0))

    def network(self) -> Network:
        """Return it as a `Network`, its parameters rounded to the nearest floats."""
        rows = [[nearest_float(v) for v in row] for row in self.weights]
        outputs = [nearest_float(v) for v in self.outputs]
        return Network.from_layers([rows, [outputs]], [[nearest_float(v) for v in self.biases], [0.0]])


@dataclass(frozen=True, slots=True, eq=False)
class Valley:
    """A connected set of local minima in one cell; all have one loss, and none in the cell has less.

    Attributes
    ----------
    masks : tuple of int
        Of each unit, a row of `Atlas.masks`.
    signs : tuple of tuple of int
        The signs that output weights have in it: 1, -1 or 0 for each unit.
    loss : Fraction
        Sum of squared errors.
    example : HiddenLayer
        One of the minima.
    """

    masks: tuple[int, ...]
    signs: tuple[Signs, ...]
    loss: Fraction
    example: HiddenLayer

    def __repr__(self) -> str:
        signs = " ".join("".join("-0+"[s + 1] for s in choice) for choice in self.signs)
        return f"<Valley: loss {self.loss}, masks {self.masks}, signs {signs}>"


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """The valleys of differentiable local minima, and the cells without any.

    A cell is an open set of weights in which no unit changes its sign at any point; cells that differ by the order of
    units are one. Minima on the boundaries of cells, where the loss is not differentiable, are not in the atlas.

    Attributes
    ----------
    points : numpy.ndarray, shape (n, d)
    labels : numpy.ndarray, shape (n,)
    units : int
    masks : MaskSet
    cells : int
        Number of all cells.
    valleys : tuple of Valley
        From the least loss on.
    complete : bool
        Whether all cells were looked at.
    stopped : str or None
    seconds : float
    """

    points: NDArray[np.float64]
    labels: NDArray[np.float64]
    units: int
    masks: MaskSet
    cells: int
    valleys: tuple[Valley, ...]
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether the valleys are all, proved."""
        return self.stopped is None

    @property
    def losses(self) -> Mapping[Fraction, int]:
        """The losses of local minima, from the least on, and in how many cells each is."""
        found = Counter({valley.masks: valley.loss for valley in self.valleys}.values())
        return dict(sorted(found.items()))

    def spurious(self, valley: Valley) -> bool:
        """Return whether a valley is proved spurious: the example of another one has less loss."""
        return valley.loss > self.valleys[0].loss

    def nearest(self, loss: float) -> Valley:
        """Return a valley whose loss is nearest to a number, such as what a descent ended with.

        Raises
        ------
        DataError
            If there is no valley.
        """
        if not self.valleys:
            raise DataError("the atlas has no valley; look at its `stopped`, or ask for the least loss")
        return min(self.valleys, key=lambda valley: abs(valley.loss - Fraction(loss)))

    def __repr__(self) -> str:
        cells = len({valley.masks for valley in self.valleys})
        state = shortfall(self.stopped)
        return (
            f"<Atlas: {counted(len(self.valleys), 'valley')} in {cells:,} of {counted(self.cells, 'cell')}, "
            f"{counted(len(self.losses), 'loss value')}{state}>"
        )

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "units": self.units,
            "masks": len(self.masks),
            "cells": self.cells,
            "valleys": len(self.valleys),
            "losses": {str(loss): cells for loss, cells in self.losses.items()},
            **ending(self),
        }


def local_minima(
    points: ArrayLike, labels: ArrayLike, units: int, *, bias: bool = True, time_limit: float | None = None
) -> Atlas:
    """Return all differentiable local minima of sum_i (f(x_i) - y_i)^2 for f(x) = sum_j a_j relu(w_j . x + b_j).

    In a cell, where every unit keeps its mask, the loss is a convex function of u_j = a_j (w_j, b_j); its local minima
    are the weights whose u is a minimum over all u, so that their loss is a rational number, and linear programs in
    rationals decide whether there are any (mathematics, 7.7).

    Parameters
    ----------
    points : array_like, shape (n, d)
    labels : array_like, shape (n,)
    units : int
        Number m of hidden units. There are C(N + m - 1, m) cells for N masks.
    bias : bool
        Whether units have one.
    time_limit : float, optional
        Seconds, for the masks and again for the cells. A limit or Ctrl-C leaves the valleys found so far.

    Raises
    ------
    DataError
        If points or labels are no finite numbers, do not fit, or units is no positive integer.
    EngineError
        If the limit is invalid.

    Examples
    --------
    >>> found = local_minima([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], units=2)
    >>> {str(loss): cells for loss, cells in found.losses.items()}
    {'0': 9, '1': 26, '2': 6}
    """
    start = time.perf_counter()
    given, values, count = question(points, labels, units, bias)
    valleys: list[Valley] = []
    stopped = None
    masks = activation_masks(points, bias=bias, time_limit=time_limit)
    data = Data([as_point(row) for row in given.tolist()], as_point(values.tolist()), masks.masks.tolist())
    with limited(time_limit):
        try:
            for cell in combinations_with_replacement(range(len(masks)), count):
                valleys += _valleys(data, masks, cell)
        except STOPS as error:
            stopped = reason_of(error).text
    ordered = tuple(sorted(valleys, key=lambda valley: (valley.loss, valley.masks)))
    cells = comb(len(masks) + count - 1, count)
    seconds = time.perf_counter() - start
    return Atlas(masks.points, values, count, masks, cells, ordered, masks.stopped or stopped, seconds)


def question(
    points: ArrayLike, labels: ArrayLike, units: int, bias: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return points with a column of ones, labels and the number of units; errors as `local_minima`."""
    given, values = vectors_of(points, bias), exact_floats(labels, "labels", 1, DataError)
    if len(values) != len(given):
        raise DataError(f"there are {len(given)} points and {len(values)} labels; give one label a point")
    if isinstance(units, bool) or not isinstance(units, int | np.integer) or units < 1:
        raise DataError(f"units is {short(units)}; give a positive integer")
    return given, values, int(units)


def _valleys(data: Data, masks: MaskSet, cell: tuple[int, ...]) -> Iterator[Valley]:
    """Yield the valleys of a cell: signs are joined when one arises from the other by putting zeros."""
    best = fit(data, cell)
    found = dict(sign_choices(data, cell, best))
    for group in _joined(list(found)):
        u = as_fractions(found[group[0]])
        example = lifted(u, group[0], masks, cell)
        (loss,) = as_fractions([best.loss])
        yield Valley(cell, tuple(group), loss, example)


def lifted(u: Vector, signs: Signs, masks: MaskSet, cell: tuple[int, ...]) -> HiddenLayer:
    """Return weights with a_j w_j = u_j: output weights are signs, and where they are zero any unit of the mask."""
    size = len(u) // len(signs)
    rows = []
    for j, sign in enumerate(signs):
        weights, shift = masks.unit(cell[j])
        own = (shift, *weights) if masks.bias else weights
        rows.append(tuple(sign * v for v in u[j * size : (j + 1) * size]) if sign else own)
    split = masks.bias
    return HiddenLayer(
        tuple(row[split:] for row in rows),
        tuple(row[0] if split else Fraction(0) for row in rows),
        tuple(Fraction(sign) for sign in signs),
    )


def _joined(choices: list[Signs]) -> Iterator[list[Signs]]:
    """Yield the connected groups of sign vectors, those with fewest zeros first."""
    left = sorted(choices, key=lambda signs: (signs.count(0), signs))
    while left:
        group = [left.pop(0)]
        for signs in group:
            near = [other for other in left if _zeroed(signs, other) or _zeroed(other, signs)]
            group += near
            left = [other for other in left if other not in near]
        yield sorted(group, key=lambda signs: (signs.count(0), signs))


def _zeroed(signs: Signs, other: Signs) -> bool:
    """Return whether the other arises by putting zeros."""
    return all(b in (0, a) for a, b in zip(signs, other, strict=True))
