"""Regions about the centre of their domain: halfspaces in coordinates u in which distances are lengths of u.

In a ball x = center + unit u, and the length is that of the ball's norm. In a box u_i = (x_i - center_i) / half_i, and
the largest |u_i| is the factor to which the box must shrink about its centre to lose the point x. The change of
coordinates is exact: no centre is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.exact.floats import UNIT, nearest_float
from exactregions.exact.shapes import shape_of
from exactregions.exact.shapes.rounded import NORMS
from exactregions.network import Network

if TYPE_CHECKING:
    import flint

    from exactregions.exact.forms import ExactNetwork, Form, Forms

Array = NDArray[np.float64]

REMEMBERED = 64  # stages of affine forms kept, for regions with the same signs in the stages before
UNDERFLOW = 1e-290  # more than all underflows of a sum can add up to while points stay below FAR
FAR = 1e15  # beyond it a float point is not used in a proof


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A region as { u : n_i.u + o_i >= 0 for all rows i }, rows without a normal left out.

    Attributes
    ----------
    exact : flint.fmpz_mat, shape (m, d)
        The normals, each row up to a positive factor.
    constants : tuple of fmpz, length m
    normals : numpy.ndarray, shape (m, d)
    offsets : numpy.ndarray, shape (m,)
        The same scaled by powers of two to normals near 1, and correctly rounded.
    """

    exact: flint.fmpz_mat
    constants: tuple[flint.fmpz, ...]
    normals: Array
    offsets: Array

    def __len__(self) -> int:
        return len(self.offsets)

    def forms(self) -> list[Form]:
        """Return all rows exactly."""
        from exactregions.exact.forms import Form

        return [Form(tuple(a), b) for a, b in zip(self.exact.tolist(), self.constants, strict=True)]

    @property
    def hold_at_center(self) -> bool:
        """Whether no row is negative at the centre, whose distance from the region is then zero."""
        return all(constant >= 0 for constant in self.constants)

    def hold_at(self, points: Array) -> NDArray[np.bool_]:
        """Prove that points lie inside all rows: shape (k,) for points of shape (k, d); False proves nothing."""
        values = points @ self.normals.T + self.offsets
        sizes = np.abs(points) @ np.abs(self.normals).T + np.abs(self.offsets)
        # a rounding for each product, sum and row; twice as many cover the rounding of the bound
        errors = 2 * (points.shape[1] + 4) * UNIT * sizes + UNDERFLOW
        return (values > errors).all(axis=1) & (np.abs(points) < FAR).all(axis=1)


class CentredRegions:
    """Makes the rows of regions of one network about the centre of one domain.

    Parameters
    ----------
    network : Network
    domain : Ball or Box
    exact : ExactNetwork, optional
        The network, where it is at hand.

    Attributes
    ----------
    norm : {2, 1, inf}
    unit : Fraction
        An entry radius is this times the least length of u: a power of two, with which balls have a size near 1.
    """

    def __init__(self, network: Network, domain: Domain, exact: ExactNetwork | None = None) -> None:
        from exactregions.exact.forms import ExactNetwork

        self._exact = exact or ExactNetwork(network)
        self._splits = [sum(stage.splits) for stage in self._exact.stages]
        self._forms = lru_cache(REMEMBERED)(self._composed)
        self._halves: list[Fraction] | None = None
        shape = shape_of(domain)
        self.center = shape.center
        radius = domain.largest_entry
        if radius is not None and set(shape.half_widths) == {radius}:  # a ball, or the box that is the unit cube
            self.norm, self.unit = NORMS[shape.kind], _unit(radius)
            self._sizes = np.full(domain.dim, nearest_float(self.unit))
            denominators = [c.denominator for c in self.center]
        else:
            self.norm, self.unit = math.inf, Fraction(1)
            self._halves = [half for half in shape.half_widths if half is not None]
            self._sizes = np.array([nearest_float(h) for h in self._halves])
            denominators = [v.denominator for v in (*self.center, *self._halves)]
        self._denominator = math.lcm(*denominators)

    def _composed(self, stage: int, signs: tuple[bool, ...]) -> Forms:
        """Return the pre-activations of a stage under the signs of the stages before."""
        if stage == 0:
            return self._exact.pre_activations(0, self._exact.identity)
        before = len(signs) - self._splits[stage - 1]
        own = iter(signs[before:])
        forms = self._forms(stage - 1, signs[:before])
        every = [next(own) if splits else True for splits in self._exact.stages[stage - 1].splits]
        return self._exact.pre_activations(stage, self._exact.activations(stage - 1, forms, every))

    def rows(self, pattern: Sequence[bool]) -> Rows:
        """Return the rows of the region of a pattern."""
        import flint

        from exactregions.exact.winner_cells import winner_forms
        from exactregions.facets.halfspaces import rounded_rows

        found: list[list[flint.fmpz]] = []
        stages, first = [], 0
        for index, count in enumerate(self._splits):
            stages.append(self._forms(index, tuple(pattern[:first])))
            first += count
        first = 0
        for index, (stage, forms) in enumerate(
            zip(self._exact.stages, winner_forms(self._exact, pattern, stages), strict=True)
        ):
            splitting = (row for row, splits in zip(forms.matrix.tolist(), stage.splits, strict=True) if splits)
            for sign, row in zip(pattern[first : first + self._splits[index]], splitting, strict=True):
                found.append(row if sign else [-v for v in row])
            first += self._splits[index]
        centred = [row for row in self._centred(found) if any(row[:-1])]
        d = len(self.center)
        floats = rounded_rows(centred, d)
        exact = flint.fmpz_mat(len(centred), d, [v for row in centred for v in row[:-1]])
        return Rows(exact, tuple(row[-1] for row in centred), floats[:, :-1].copy(), floats[:, -1].copy())

    def _centred(self, rows: list[list[flint.fmpz]]) -> list[list[flint.fmpz]]:
        """Put x = center + sizes u into rows a.x + b, each times the denominator of center and sizes."""
        import flint

        d, common = len(self.center), self._denominator
        center = flint.fmpz_mat(d + 1, 1, [*(int(c * common) for c in self.center), common])
        constants = (flint.fmpz_mat(len(rows), d + 1, [v for row in rows for v in row]) * center).tolist()
        if self._halves is None:
            # divided by the unit, whose inverse is an integer
            power = self.unit.denominator
            return [[*(v * common for v in row[:-1]), b * power] for row, (b,) in zip(rows, constants, strict=True)]
        sizes = [int(h * common) for h in self._halves]
        return [
            [*(v * size for v, size in zip(row[:-1], sizes, strict=True)), b]
            for row, (b,) in zip(rows, constants, strict=True)
        ]

    def exactly(self, point: Sequence[Fraction]) -> list[Fraction]:
        """Return the coordinates u of an input."""
        return [(x - c) / s for x, c, s in zip(point, self.center, self._lengths(), strict=True)]

    def outward(self, u: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return the input with coordinates u."""
        return tuple(c + s * v for v, c, s in zip(u, self.center, self._lengths(), strict=True))

    def _lengths(self) -> list[Fraction]:
        return [self.unit] * len(self.center) if self._halves is None else self._halves

    def near(self, point: Array) -> Array:
        """Return the coordinates u of an input, rounded; only a proposal."""
        with np.errstate(all="ignore"):
            return (point - np.array([nearest_float(c) for c in self.center])) / self._sizes


def _unit(radius: Fraction) -> Fraction:
    """Return a power of two near a radius, at most one: what happens in a large ball has a size of its own."""
    return Fraction(1, 1 << max(radius.denominator.bit_length() - radius.numerator.bit_length(), 0))
