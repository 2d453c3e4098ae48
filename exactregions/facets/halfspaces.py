"""The halfspaces whose intersection is a region: exact, and as floats with a rigorous error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import UNIT
from exactregions.exact.forms import ExactNetwork, Form, Forms

Array = NDArray[np.float64]

UNDERFLOW_BELOW_FAR = 1e-290  # more than all underflows of a sum can add up to while points stay below FAR
FAR = 1e15  # beyond it a float point is not used in a proof
# Two rows of unit length are tested for proportionality exactly when their cosine is closer to 1 than this,
# which is far more than rounding can change.
NEARLY_PARALLEL = 1e-9
# A row is scaled by its normal, unless its offset is larger by more bits than this: squares must not overflow.
WIDEST = 400


@dataclass(frozen=True, slots=True, eq=False)
class Halfspaces:
    """A region as { y : a_i.y + b_i > 0 for all rows i }, rows without a normal left out.

    Attributes
    ----------
    normals : numpy.ndarray, shape (m, d)
    offsets : numpy.ndarray, shape (m,)
        Every row is scaled by a power of two to a normal near 1, and correctly rounded.
    units : numpy.ndarray of int, shape (m,)
        The unit of each row; inequalities of the domain are counted on from the last unit.
    crossable : numpy.ndarray of bool, shape (m,)
        False for inequalities of the domain.
    groups : numpy.ndarray of int, shape (m,)
        Rows of one hyperplane share the number of the first; a row of the domain is alone.
    alone : numpy.ndarray of bool, shape (m,)
        Whether no other row has the hyperplane.
    null_units : tuple of int
        Units whose form vanishes identically.
    exact : list of list of fmpz
        The exact rows (a, b), up to positive factors.
    """

    normals: Array
    offsets: Array
    units: NDArray[np.intp]
    crossable: NDArray[np.bool_]
    groups: NDArray[np.intp]
    alone: NDArray[np.bool_]
    null_units: tuple[int, ...]
    exact: list[list[flint.fmpz]]

    def __len__(self) -> int:
        return len(self.offsets)

    def form(self, row: int) -> Form:
        """Return a row exactly."""
        return Form(tuple(self.exact[row][:-1]), self.exact[row][-1])

    def forms(self) -> list[Form]:
        """Return all rows exactly."""
        return [self.form(row) for row in range(len(self))]

    def group(self, row: int) -> list[int]:
        """Return all rows with the hyperplane of a row."""
        return [row] if self.alone[row] else np.flatnonzero(self.groups == self.groups[row]).tolist()

    def values(self, points: Array) -> tuple[Array, Array]:
        """Evaluate all rows with a rigorous error bound.

        Parameters
        ----------
        points : numpy.ndarray, shape (k, d)

        Returns
        -------
        values, errors : numpy.ndarray, shape (k, m)
            The exact value lies within `errors` of `values`; the error is inf where nothing is known.
        """
        values = points @ self.normals.T + self.offsets
        sizes = np.abs(points) @ np.abs(self.normals).T + np.abs(self.offsets)
        # a rounding for each product, sum and row; twice as many cover the rounding of the bound
        errors = 2 * (points.shape[1] + 4) * UNIT * sizes + UNDERFLOW_BELOW_FAR
        errors[~(np.abs(points) < FAR).all(axis=1)] = np.inf
        return values, np.where(np.isfinite(values), errors, np.inf)


def region_halfspaces(
    exact: ExactNetwork, pattern: Sequence[bool], stages: Sequence[Forms], own: Sequence[Form]
) -> Halfspaces:
    """Return the halfspaces of a region from its exact forms.

    Parameters
    ----------
    pattern : sequence of bool, length units
    stages : sequence of Forms
        Pre-activations of each stage on the region.
    own : sequence of Form
        Inequalities of the domain, as further rows.
    """
    every = (
        row
        for stage, forms in zip(exact.stages, stages, strict=True)
        for row, splits in zip(forms.matrix.tolist(), stage.splits, strict=True)
        if splits
    )
    turned = [row if sign else [-v for v in row] for row, sign in zip(every, pattern, strict=True)]
    turned += [[*form.a, form.b] for form in own]
    kept = [unit for unit, row in enumerate(turned) if any(row[:-1])]
    null = tuple(unit for unit, row in enumerate(turned[: len(pattern)]) if not any(row))
    rows = [turned[unit] for unit in kept]
    floats = rounded_rows(rows, exact.inputs)
    units = np.array(kept, dtype=np.intp)
    groups = _groups(rows, floats, units < len(pattern))
    alone = np.bincount(groups, minlength=1)[groups] == 1
    return Halfspaces(
        floats[:, :-1].copy(), floats[:, -1].copy(), units, units < len(pattern), groups, alone, null, rows
    )


def rounded_rows(rows: list[list[flint.fmpz]], d: int) -> Array:
    """Return the rows divided by powers of two above |a|, correctly rounded, shape (m, d + 1)."""
    integers = [[int(v) for v in row] for row in rows]
    try:
        floats = np.array(integers, dtype=np.float64).reshape(len(rows), d + 1)
        _, exponents = np.frexp(np.abs(floats[:, :-1]).max(axis=1, initial=0.0))
        _, offsets = np.frexp(floats[:, -1])
        return np.ldexp(floats, -np.maximum(exponents, offsets - WIDEST)[:, None])
    except OverflowError:  # integers beyond the range of floats
        return np.array([_rounded_row(row) for row in integers])


def _rounded_row(row: list[int]) -> list[float]:
    size = max(max(row[:-1]), -min(row[:-1])).bit_length()
    power = 1 << max(size, row[-1].bit_length() - WIDEST)
    return [v / power for v in row]


def _groups(rows: list[list[flint.fmpz]], floats: Array, joinable: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Label the rows by hyperplane; rows of the domain are never joined, for no crossing changes them."""
    labels = np.arange(len(rows))
    lengths = np.linalg.norm(floats, axis=1)
    units = floats / np.where(lengths > 0, lengths, 1.0)[:, None]
    suspects = (units @ units.T > 1 - NEARLY_PARALLEL) & joinable[:, None] & joinable
    if suspects.sum() > joinable.sum():
        for i, j in np.argwhere(np.triu(suspects, 1)).tolist():
            if labels[j] == j and _proportional(rows[i], rows[j]):
                labels[j] = labels[i]
    return labels


def _proportional(p: list[flint.fmpz], q: list[flint.fmpz]) -> bool:
    """Whether two rows are multiples of each other, given that they point the same way."""
    lead = next(k for k, v in enumerate(p) if v)
    return all(p[lead] * v == q[lead] * u for u, v in zip(p, q, strict=True))
