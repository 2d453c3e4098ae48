"""The least squared loss that a network with one hidden layer has on a data set, in rationals, with a certificate."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

import flint
from numpy.typing import ArrayLike

from exactregions.exact.double_description import cone_generators, primitive_row
from exactregions.exact.floats import nearest_float
from exactregions.exact.numbers import ZERO, Point, as_fractions, as_point
from exactregions.landscape.atlas import HiddenLayer, lifted, question
from exactregions.landscape.cells import Data, Signs, fit
from exactregions.landscape.cone_fits import nearest_in_cone
from exactregions.landscape.masks import MaskSet, activation_masks
from exactregions.support.answers import ending, shortfall
from exactregions.support.stopping import STOPS, check, limited, reason_of

Proof = Mapping[tuple[tuple[int, ...], Signs], tuple[Fraction, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class LeastLoss:
    """The least sum of squared errors over all weights, boundaries of cells included, and why none is less.

    Attributes
    ----------
    loss : Fraction
        Exactly the least where `stopped` is None; else that of the best network so far.
    network : HiddenLayer
        A network that has it.
    masks : MaskSet
    proof : mapping of (masks, signs) to tuple of Fraction, length n
        Of each cell, by the masks of its units, and each choice of signs of the output weights, a vector r that has
        r.g <= 0 for the outputs g of each unit on a ray of its closed cell, and r.y > 0. So the sum of squares of y - f
        is at least (r.y)^2 / r.r for all outputs f that networks there have, and this is no less than the loss. With no
        signs, r is orthogonal to all outputs in the cell, whatever the signs. Empty where the loss is zero.
    stopped : str or None
    seconds : float
    """

    loss: Fraction
    network: HiddenLayer
    masks: MaskSet
    proof: Proof
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether the loss is proved to be the least."""
        return self.stopped is None

    def __repr__(self) -> str:
        state = shortfall(self.stopped)
        return f"<LeastLoss: {self.loss} = {nearest_float(self.loss):.12g}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "loss": str(self.loss),
            "value": nearest_float(self.loss),
            **ending(self),
        }


def least_loss(
    points: ArrayLike, labels: ArrayLike, units: int, *, bias: bool = True, time_limit: float | None = None
) -> LeastLoss:
    """Return the least of sum_i (f(x_i) - y_i)^2 over all f(x) = sum_j a_j relu(w_j . x + b_j), exactly.

    With masks and signs of output weights given, the outputs on the points are a polyhedral cone, whose generators come
    from the rays of the closed cells; the labels are projected on it in rationals (mathematics, 7.7). Cells whose best
    linear fit is no better than a network that is known are left out.

    Parameters
    ----------
    points, labels, units, bias
        As for `local_minima`.
    time_limit : float, optional
        Seconds, for the masks and again for the cells. A limit or Ctrl-C leaves the best network so far.

    Raises
    ------
    DataError, EngineError
        As `local_minima`.

    Examples
    --------
    >>> least_loss([[0], [1], [2], [3], [4], [5]], [0, 2, 1, 3, 0, 1], units=2)
    <LeastLoss: 14/5 = 2.8>
    """
    start = time.perf_counter()
    given, values, count = question(points, labels, units, bias)
    masks = activation_masks(points, bias=bias, time_limit=time_limit)
    data = Data([as_point(row) for row in given.tolist()], as_point(values.tolist()), masks.masks.tolist())
    search = _Search(data, masks, count)
    with limited(time_limit):
        try:
            search.run()
        except STOPS as error:
            search.stopped = reason_of(error).text
    answer = search.answer()
    return replace(answer, stopped=masks.stopped or search.stopped, seconds=time.perf_counter() - start)


class _Search:
    """The best network so far, and the proofs of the cells that were looked at."""

    def __init__(self, data: Data, masks: MaskSet, units: int) -> None:
        self._data, self._masks, self._units = data, masks, units
        self._generators: dict[int, list[tuple[Point, Point]]] = {}
        self._proof: dict[tuple[tuple[int, ...], Signs], Point] = {}
        self._loss = sum((y * y for y in data.labels), ZERO)
        zero = (Fraction(0),) * units
        width = data.width - masks.bias
        self._network = HiddenLayer(((Fraction(0),) * width,) * units, zero, zero)
        self.stopped: str | None = None

    def run(self) -> None:
        """Go through all cells, those first whose best linear fit is best."""
        cells = []
        for cell in combinations_with_replacement(range(len(self._masks)), self._units):
            check()
            found = fit(self._data, cell)
            cells.append((found.loss, cell, found.residual))
        for bound, cell, residual in sorted(cells, key=lambda entry: entry[:2]):
            if self._loss == 0:
                self._proof.clear()
                return
            if bound >= self._loss:
                self._proof[cell, ()] = residual
            else:
                self._project(cell)

    def _project(self, cell: tuple[int, ...]) -> None:
        for signs in _signs(cell):
            pairs = [pair for j, sign in enumerate(signs) for pair in self._of_unit(cell, j, sign)]
            multipliers, residual = nearest_in_cone([outputs for _, outputs in pairs], self._data.labels)
            self._proof[cell, signs] = residual
            loss = sum((r * r for r in residual), ZERO)
            if loss < self._loss:
                u = [ZERO] * (self._units * self._data.width)
                for value, (ray, _) in zip(multipliers, pairs, strict=True):
                    u = [v + value * w for v, w in zip(u, ray, strict=True)]
                self._loss, self._network = loss, lifted(as_fractions(u), signs, self._masks, cell)

    def _of_unit(self, cell: tuple[int, ...], j: int, sign: int) -> Iterator[tuple[Point, Point]]:
        """Yield generators of sign times a closed cell of one unit, as a part of u, and the outputs there."""
        width = self._data.width
        for ray, outputs in self._rays(cell[j]):
            u = [ZERO] * (self._units * width)
            u[j * width : (j + 1) * width] = [sign * v for v in ray]
            yield u, [sign * v for v in outputs]

    def _rays(self, mask: int) -> list[tuple[Point, Point]]:
        """Return the rays of a closed cell, lines as two opposite ones, and the outputs of a unit there."""
        if mask not in self._generators:
            on = self._data.masks[mask]
            turned = (row if plus else [-v for v in row] for row, plus in zip(self._data.rows, on, strict=True))
            rows = [primitive_row(as_fractions(row)) for row in turned]
            found = cone_generators(rows, self._data.width)
            rays = [*found.rays, *found.lines, *([-v for v in line] for line in found.lines)]
            self._generators[mask] = [self._with_outputs([flint.fmpq(v) for v in ray], on) for ray in rays]
        return self._generators[mask]

    def _with_outputs(self, ray: Point, on: list[bool]) -> tuple[Point, Point]:
        rows = zip(self._data.rows, on, strict=True)
        return ray, [sum((a * b for a, b in zip(row, ray, strict=True)), ZERO) if plus else ZERO for row, plus in rows]

    def answer(self) -> LeastLoss:
        """Return what was found."""
        proof = {key: as_fractions(residual) for key, residual in self._proof.items()}
        (loss,) = as_fractions([self._loss])
        return LeastLoss(loss, self._network, self._masks, proof, None, 0.0)


def _signs(cell: tuple[int, ...]) -> Iterator[Signs]:
    """Yield the signs of output weights, up to exchanges of units with one mask."""
    for signs in product((1, -1), repeat=len(cell)):
        pairs = list(zip(cell, signs, strict=True))
        if pairs == sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
            yield signs
