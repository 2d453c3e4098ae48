"""Exact affine forms of the units of a network, stage by stage, as integers over a power of two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError
from exactregions.exact.common_denominators import FEW, Scaled, over_one_denominator
from exactregions.exact.matrices import coordinates
from exactregions.exact.memory import require_memory
from exactregions.exact.numbers import Point, Rational, dyadic_integers, dyadic_matrix, product, sparse_product
from exactregions.network import Network, Stage
from exactregions.support.stopping import check
from exactregions.winner_patterns import has_contests

AT_ONCE = 64  # columns of a row that take less time than a look at whether to stop is worth


@dataclass(frozen=True, slots=True)
class Form:
    """An affine form up to a positive factor: x -> sum_j a[j] x[j] + b with integers a, b."""

    a: tuple[flint.fmpz, ...]
    b: flint.fmpz

    def at(self, point: Point) -> Rational:
        """Evaluate at a rational point; only the sign means something across forms."""
        if len(point) > FEW:
            scaled = over_one_denominator(point)
            return flint.fmpq(self.scaled_at(scaled), scaled.denominator)
        total = flint.fmpq(self.b)
        for a, x in zip(self.a, point, strict=True):
            if a:
                total += a * x
        return total

    def scaled_at(self, point: Scaled) -> flint.fmpz:
        """Evaluate at a point over one denominator, times the denominator."""
        return point.dot(self.a) + self.b * point.denominator

    def dot(self, other: Form) -> flint.fmpz:
        """Return the inner product of the normals."""
        total = flint.fmpz(0)
        for x, y in zip(self.a, other.a, strict=True):
            if x and y:
                total += x * y
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
        return self.dot(self)


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
    """One affine map in integers, with the slopes of its units; all is converted when it is first asked for."""

    def __init__(self, stage: Stage) -> None:
        stored: Any = stage.matrix
        self._stage, self._inputs = stage, int(stored.shape[1])
        self._first: flint.fmpz_mat | None = None
        self._lone_rows: dict[int, flint.fmpz_mat] = {}

    @cached_property
    def _shift(self) -> tuple[list[int], int]:
        return dyadic_integers(self._stage.bias)

    @property
    def bias(self) -> list[int]:
        """The bias times 2**bias_exponent."""
        return self._shift[0]

    @property
    def bias_exponent(self) -> int:
        return self._shift[1]

    @cached_property
    def _slopes(self) -> tuple[list[int], int]:
        return dyadic_integers(np.concatenate([self._stage.low, self._stage.high]))

    @cached_property
    def low(self) -> list[int]:
        """The slopes below zero times 2**slope_exponent."""
        return self._slopes[0][: len(self.splits)]

    @cached_property
    def high(self) -> list[int]:
        """Those above zero."""
        return self._slopes[0][len(self.splits) :]

    @property
    def slope_exponent(self) -> int:
        return self._slopes[1]

    @cached_property
    def splits(self) -> list[bool]:
        """Which units have two different slopes."""
        return self._stage.splits.tolist()

    @cached_property
    def _converted(self) -> tuple[flint.fmpz_mat, int]:
        return dyadic_matrix(self._stage.weight)

    @property
    def weight(self) -> flint.fmpz_mat:
        """The weight times 2**weight_exponent."""
        return self._converted[0]

    @property
    def weight_exponent(self) -> int:
        return self._converted[1]

    @cached_property
    def _entries(self) -> tuple[list[int], list[int], list[int], int]:
        """The entries as integers, their columns, where each row of them begins, and their exponent."""
        rows, columns, values = coordinates(self._stage.matrix)
        integers, exponent = dyadic_integers(values)
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(self.splits)))])
        return integers, columns.tolist(), starts.tolist(), exponent

    def row(self, i: int) -> Iterator[tuple[int, int]]:
        """Yield column and value, times 2**entry_exponent, of the entries of a row that are not zero."""
        values, columns, starts, _ = self._entries
        here = slice(starts[i], starts[i + 1])
        return zip(columns[here], values[here], strict=True)

    @property
    def entry_exponent(self) -> int:
        return self._entries[3]

    def _times(self, matrix: flint.fmpz_mat, bits: int) -> tuple[flint.fmpz_mat, int]:
        """Return the weight times a matrix, and the exponent of the weight."""
        if isinstance(self._stage.matrix, np.ndarray):
            return product(self.weight, matrix, bits), self.weight_exponent
        values, columns, starts, exponent = self._entries
        return sparse_product(values, columns, starts, matrix), exponent

    def _with_room(self) -> tuple[flint.fmpz_mat, int]:
        """Return the weight with a column of zeros behind it, for the bias, and its exponent."""
        if self._first is None:
            rows = flint.fmpz_mat(len(self.bias), self._inputs + 1)
            for i in range(len(self.bias)):
                check()
                for j, value in self.row(i):
                    rows[i, j] = value
            self._first = rows
        return flint.fmpz_mat(self._first), self.entry_exponent

    def of(self, values: Forms | Inputs) -> tuple[flint.fmpz_mat, int]:
        """Return the forms of the pre-activations, given those of the stage's inputs: a matrix and its exponent."""
        if isinstance(values, Forms):
            return self.affine(values.matrix, values.exponent)
        return self._with_bias(*self._with_room())

    def form(self, i: int, values: Forms) -> Form:
        """Return the form of one unit, up to a power of two, given those of the stage's inputs."""
        columns = values.matrix.ncols()
        if i not in self._lone_rows:
            row = self._lone_rows[i] = flint.fmpz_mat(1, self._inputs)
            for j, value in self.row(i):
                row[0, j] = value
        found, exponent = self._lone_rows[i] * values.matrix, values.exponent + self.entry_exponent
        top = max(exponent, self.bias_exponent)
        a = [found[0, j] << (top - exponent) for j in range(columns)]
        a[-1] += flint.fmpz(self.bias[i]) << (top - self.bias_exponent)
        return Form(tuple(a[:-1]), a[-1])

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
        If the exact weights would need more memory than there is.
    """

    def __init__(self, network: Network) -> None:
        require_memory(network)
        self._unchecked: Network | None = network
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
        """Return the forms of the pre-activations of a stage, given those of its inputs.

        Raises
        ------
        NetworkError
            If the forms of all stages would need more memory than there is.
        """
        if self._unchecked is not None:
            require_memory(self._unchecked, forms=True)
            self._unchecked = None
        return Forms(*self.stages[stage].of(values))

    def activations(self, stage: int, forms: Forms, signs: Sequence[bool]) -> Forms:
        """Return the forms after the units of a stage; `signs` has one entry a unit, wires included."""
        exact = self.stages[stage]
        m, columns = forms.matrix.nrows(), forms.matrix.ncols()
        slopes = [high if sign else low for sign, low, high in zip(signs, exact.low, exact.high, strict=True)]
        check()
        matrix = flint.fmpz_mat(m, columns)
        for i, slope in enumerate(slopes):
            if slope:
                if columns > AT_ONCE:
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

    def unit_form(self, unit: int, signs: Sequence[int]) -> tuple[Form, int]:
        """Return the pre-activation of one unit under given signs, without the forms of other units.

        Parameters
        ----------
        unit : int
            Place among all units, wires included.
        signs : sequence of int
            Of all units before its stage at least, wires included: positive for the slope above zero.

        Returns
        -------
        form : Form
        exponent : int
            The form is 2**exponent times the pre-activation.
        """
        index, first = 0, 0
        while unit >= first + len(self.stages[index].splits):
            first, index = first + len(self.stages[index].splits), index + 1
        weights: dict[int, int] = {unit - first: 1}
        exponent, constants = 0, []
        for stage in reversed(self.stages[: index + 1]):
            check()
            if stage is not self.stages[index]:
                first -= len(stage.splits)
                slopes = ((stage.high if signs[first + i] > 0 else stage.low)[i] for i in weights)
                weights = {i: w * slope for (i, w), slope in zip(weights.items(), slopes, strict=True) if slope}
                exponent += stage.slope_exponent
            constants.append((sum(w * stage.bias[i] for i, w in weights.items()), exponent + stage.bias_exponent))
            read: dict[int, int] = {}
            for i, w in weights.items():
                for j, value in stage.row(i):
                    read[j] = read.get(j, 0) + w * value
            weights, exponent = read, exponent + stage.entry_exponent
        top = max(exponent, *(e for _, e in constants))
        a = [flint.fmpz(0)] * self.inputs
        for j, w in weights.items():
            a[j] = flint.fmpz(w << (top - exponent))
        return Form(tuple(a), flint.fmpz(sum(c << (top - e) for c, e in constants))), top

    def signs_at(self, point: Point) -> list[int]:
        """Return the exact sign (-1, 0, 1) of every splitting unit at a rational point."""
        signs: list[int] = []
        for stage, (values, _) in zip(self.stages, self._passed(point), strict=False):
            signs += [(z > 0) - (z < 0) for z, splits in zip(values, stage.splits, strict=True) if splits]
        return signs

    def outputs_at(self, point: Point) -> Point:
        """Return the exact outputs at a rational point."""
        *_, (values, denominator) = self._passed(point)
        return [flint.fmpq(z, denominator) for z in values]

    def _passed(self, point: Point) -> Iterator[tuple[list[flint.fmpz], flint.fmpz]]:
        """Yield the pre-activations of each stage at a point, and the outputs: integers and their denominator."""
        d = self.inputs
        # a point is a constant form: one column, over a common denominator
        denominator = flint.fmpz(1)
        for x in point:
            denominator = denominator.lcm(x.q)
        matrix = flint.fmpz_mat(d, 1, [int((x * denominator).p) for x in point])
        exponent = 0
        for stage in (*self.stages, self._output):
            check()
            forms, exponent = stage.affine(matrix, exponent, denominator)
            values = [forms[i, 0] for i in range(len(stage.bias))]
            yield values, denominator << exponent
            slopes = zip(values, stage.low, stage.high, strict=True)
            matrix = flint.fmpz_mat(len(values), 1, [z * (high if z > 0 else low) for z, low, high in slopes])
            exponent += stage.slope_exponent
