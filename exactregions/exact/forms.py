"""Exact affine forms of the units of a network, stage by stage, as integers over a power of two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError
from exactregions.exact.memory import require_memory
from exactregions.exact.numbers import Point, Rational, dyadic_integers, dyadic_matrix, product, sparse_product
from exactregions.network import Network, Stage
from exactregions.support.stopping import check
from exactregions.winner_patterns import has_contests

__all__ = ["ExactNetwork", "Form", "Forms", "Inputs"]


@dataclass(frozen=True, slots=True)
class Form:
    """An affine form up to a positive factor: x -> sum_j a[j] x[j] + b with integers a, b."""

    a: tuple[flint.fmpz, ...]
    b: flint.fmpz

    def at(self, point: Point) -> Rational:
        """Evaluate at a rational point; only the sign means something across forms."""
        total = flint.fmpq(self.b)
        for a, x in zip(self.a, point, strict=True):
            if a:
                total += a * x
        return total

    def negated(self) -> Form:
        """Return the form with the opposite sign."""
        return Form(tuple(-a for a in self.a), -self.b)

    @property
    def is_constant(self) -> bool:
        """Whether no input coordinate enters."""
        return not any(self.a)

    @property
    def square(self) -> flint.fmpz:
        """Squared Euclidean length of the normal."""
        return sum((a * a for a in self.a), flint.fmpz(0))


@dataclass(frozen=True, slots=True)
class Forms:
    """Affine forms of one stage on one cell: rows of `matrix` (m, d + 1) times 2**-exponent; the last column is b."""

    matrix: flint.fmpz_mat
    exponent: int

    def row(self, i: int) -> Form:
        """Return the form of unit i."""
        d = self.matrix.ncols() - 1
        return Form(tuple(self.matrix[i, j] for j in range(d)), self.matrix[i, d])

    def floats(self) -> NDArray[np.float64]:
        """Return the matrix rounded to float64, shape (m, d + 1).

        Raises
        ------
        NetworkError
            If a coefficient is beyond the range of floats.
        """
        scale = 1 << self.exponent
        rows = []
        try:
            for row in self.matrix.tolist():
                check()
                # the quotient of two Python integers is correctly rounded
                rows.append([int(v) / scale for v in row])
        except OverflowError:
            raise NetworkError(
                "an affine form of the network has a coefficient beyond the range of floats; scale its weights down"
            ) from None
        return np.array(rows, dtype=np.float64).reshape(self.matrix.nrows(), self.matrix.ncols())


@dataclass(frozen=True, slots=True)
class Inputs:
    """The forms of the inputs themselves: the i-th is x_i. Written out they would be a matrix of d x (d + 1)."""

    count: int


class _ExactStage:
    """One affine map in integers, with the slopes of its units; the weight is converted when it is first asked for."""

    __slots__ = (
        "_rows", "_sparse", "_stage", "_weight", "bias", "bias_exponent", "high", "low", "slope_exponent", "splits",
    )  # fmt: skip

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._weight: tuple[flint.fmpz_mat, int] | None = None
        self._sparse: tuple[list[int], int] | None = None
        self._rows: tuple[flint.fmpz_mat, int] | None = None
        self.bias, self.bias_exponent = dyadic_integers(stage.bias)
        slopes, self.slope_exponent = dyadic_integers(np.stack([stage.low, stage.high]))
        m = len(stage.bias)
        self.low, self.high = slopes[:m], slopes[m:]
        self.splits = stage.splits.tolist()

    def _converted(self) -> tuple[flint.fmpz_mat, int]:
        if self._weight is None:
            self._weight = dyadic_matrix(self._stage.weight)
        return self._weight

    @property
    def weight(self) -> flint.fmpz_mat:
        """The weight times 2**weight_exponent."""
        return self._converted()[0]

    @property
    def weight_exponent(self) -> int:
        return self._converted()[1]

    def _times(self, matrix: flint.fmpz_mat, bits: int) -> tuple[flint.fmpz_mat, int]:
        """Return the weight times a matrix, and the exponent of the weight."""
        stored: Any = self._stage.matrix
        if isinstance(stored, np.ndarray):
            return product(self.weight, matrix, bits), self.weight_exponent
        if self._sparse is None:
            self._sparse = dyadic_integers(stored.data)
        values, exponent = self._sparse
        return sparse_product(values, stored.indices.tolist(), stored.indptr.tolist(), matrix), exponent

    def _with_room(self) -> tuple[flint.fmpz_mat, int]:
        """Return the weight with a column of zeros behind it, for the bias, and its exponent."""
        if self._rows is None:
            stored: Any = self._stage.matrix
            integers, exponent = dyadic_integers(stored.ravel() if isinstance(stored, np.ndarray) else stored.data)
            m, d = stored.shape
            rows = flint.fmpz_mat(m, d + 1)
            for i in range(m):
                check()
                first, last = (i * d, (i + 1) * d) if isinstance(stored, np.ndarray) else stored.indptr[i : i + 2]
                places = range(d) if isinstance(stored, np.ndarray) else stored.indices[first:last].tolist()
                for j, value in zip(places, integers[first:last], strict=True):
                    if value:
                        rows[i, j] = value
            self._rows = rows, exponent
        return flint.fmpz_mat(self._rows[0]), self._rows[1]

    def of(self, values: Forms | Inputs) -> tuple[flint.fmpz_mat, int]:
        """Return the forms of the pre-activations, given those of the stage's inputs: a matrix and its exponent."""
        if isinstance(values, Forms):
            return self.affine(values.matrix, values.exponent)
        return self._with_bias(*self._with_room())

    def affine(self, matrix: flint.fmpz_mat, exponent: int, scale: flint.fmpz | int = 1) -> tuple[flint.fmpz_mat, int]:
        """Map columns over a common denominator, 2**exponent times `scale`; the last one carries the constants."""
        found, own = self._times(matrix, exponent)
        return self._with_bias(found, exponent + own, scale)

    def _with_bias(
        self, found: flint.fmpz_mat, exponent: int, scale: flint.fmpz | int = 1
    ) -> tuple[flint.fmpz_mat, int]:
        if exponent < self.bias_exponent:
            found *= 1 << (self.bias_exponent - exponent)
            exponent = self.bias_exponent
        last, shift = found.ncols() - 1, exponent - self.bias_exponent
        for i, b in enumerate(self.bias):
            if b:
                found[i, last] += (b << shift) * scale
        return found, exponent


class ExactNetwork:
    """A network in exact arithmetic: forms of any stage under given signs, values at rational points.

    Parameters
    ----------
    network : Network

    Raises
    ------
    NetworkError
        If exact arithmetic would need more memory than there is.
    """

    def __init__(self, network: Network) -> None:
        require_memory(network)
        self.inputs = network.inputs
        self.winners = network.winners if has_contests(network) else ()
        self.stages = [_ExactStage(stage) for stage in network.stages]
        output = Stage.wires(network.matrix, network.bias)
        self._output = _ExactStage(output)

    @property
    def identity(self) -> Inputs:
        """The forms of the inputs themselves: where every composition starts."""
        return Inputs(self.inputs)

    def pre_activations(self, stage: int, values: Forms | Inputs) -> Forms:
        """Return the forms of the pre-activations of a stage, given those of its inputs."""
        return Forms(*self.stages[stage].of(values))

    def activations(self, stage: int, forms: Forms, signs: Sequence[bool]) -> Forms:
        """Return the forms after the units of a stage; `signs` has one entry a unit, wires included."""
        exact = self.stages[stage]
        m, columns = forms.matrix.nrows(), forms.matrix.ncols()
        slopes = [high if sign else low for sign, low, high in zip(signs, exact.low, exact.high, strict=True)]
        matrix = flint.fmpz_mat(m, columns)
        for i, slope in enumerate(slopes):
            if slope:
                check()
                for j in range(columns):
                    matrix[i, j] = slope * forms.matrix[i, j]
        return Forms(matrix, forms.exponent + exact.slope_exponent)

    def output(self, values: Forms | Inputs) -> Forms:
        """Return the forms of the network's output, given those of the last stage."""
        return Forms(*self._output.of(values))

    def forms_of(self, pattern: Sequence[bool]) -> list[Forms]:
        """Return the pre-activation forms of every stage, and last the output's, under a full pattern.

        Parameters
        ----------
        pattern : sequence of bool, length units
            Wires left out, as in `Network.pattern`.
        """
        signs = iter(pattern)
        return list(self.stages_under(lambda index, _: [next(signs) for s in self.stages[index].splits if s]))

    def stages_under(
        self, choose: Callable[[int, Forms], Sequence[bool]], inputs: Forms | None = None
    ) -> Iterator[Forms]:
        """Yield the pre-activation forms of every stage, and last the output's, under signs as they are chosen.

        Parameters
        ----------
        choose : callable
            Is given a stage and its forms before these are yielded, and returns the signs of its units that split.
        inputs : Forms, optional
            The inputs of the network in the coordinates in which the forms are wanted.
        """
        values: Forms | Inputs = self.identity if inputs is None else inputs
        for index, stage in enumerate(self.stages):
            forms = self.pre_activations(index, values)
            signs = iter(choose(index, forms))
            yield forms
            values = self.activations(index, forms, [bool(next(signs)) if s else True for s in stage.splits])
        yield self.output(values)

    def signs_at(self, point: Point) -> list[int]:
        """Return the exact sign (-1, 0, 1) of every splitting unit at a rational point."""
        signs: list[int] = []
        d = self.inputs
        # a point is a constant form: one column, over a common denominator
        denominator = flint.fmpz(1)
        for x in point:
            denominator = denominator.lcm(x.q)
        matrix = flint.fmpz_mat(d, 1, [int((x * denominator).p) for x in point])
        exponent = 0
        for stage in self.stages:
            check()
            forms, exponent = stage.affine(matrix, exponent, denominator)
            values = []
            for i in range(len(stage.bias)):
                z = forms[i, 0]
                if stage.splits[i]:
                    signs.append((z > 0) - (z < 0))
                values.append(z * (stage.high[i] if z > 0 else stage.low[i]))
            matrix = flint.fmpz_mat(len(values), 1, values)
            exponent += stage.slope_exponent
        return signs
