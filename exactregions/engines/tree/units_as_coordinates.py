"""The first units of a network as coordinates of a domain without an end, whose cells then have corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.engines.tree.first_stage import FirstConstants, rounding_bound
from exactregions.engines.tree.kernels.as_inputs import FAR
from exactregions.engines.tree.kernels.codes import PLANE, SPACE
from exactregions.engines.tree.kernels.setup import FloatDomain
from exactregions.exact.floats import LARGEST, LEAST, UNDERFLOW, UNIT, nearest_float
from exactregions.exact.numbers import as_fractions, as_point, nearest_floats
from exactregions.exact.shapes import Shape, ShapeKind
from exactregions.network import Network, Stage

Floats = NDArray[np.float64]

KINDS = {2: PLANE, 3: SPACE}
MOST_BENT = 1e6  # coordinates that change the ratio of lengths by more cost too many digits


@dataclass(frozen=True, slots=True, eq=False)
class UnitCoordinates:
    """Coordinates y in which the j-th chosen unit is a power of two times y_j: x = center + basis y, but for roundings.

    Attributes
    ----------
    forms : numpy.ndarray, shape (m, d + 1)
        Of the first stage.
    errors : numpy.ndarray, shape (m,)
        Bounds of what rounding changed in them, for |y_j| <= 1.
    domain : FloatDomain
    center : numpy.ndarray, shape (d,)
    basis, back : numpy.ndarray, shape (d, d)
    shape : Shape
        The domain, all of its sides being rows.
    """

    forms: Floats
    errors: Floats
    domain: FloatDomain
    center: Floats
    basis: Floats
    back: Floats
    shape: Shape


def unit_coordinates(network: Network, first: FirstConstants, shape: Shape) -> UnitCoordinates | None:
    """Return the coordinates of a domain without an end; None where the first units give none that serve.

    The hyperplanes of the chosen units have to meet inside the domain: each of them then cuts what the others leave
    (mathematics, 3.8). Not all hyperplanes of the stage may meet there, for at such a point no float bound tells a
    sign.

    Parameters
    ----------
    network : Network
    first : FirstConstants
        Of the network.
    shape : Shape
        A box with infinite sides, cut by rows.
    """
    d, stage = shape.dim, network.stages[0]
    if d not in KINDS or shape.kind is not ShapeKind.BOX or shape.fixed:
        return None
    stored: Any = stage.matrix
    weight = stored if isinstance(stored, np.ndarray) else stored.toarray()
    chosen = _chosen(stage, weight, d)
    square = _matrix(weight[chosen])
    if len(chosen) < d or square.det() == 0:
        return None
    units = _units(float(first.distance(np.zeros(d))), np.abs(weight[chosen]).max(axis=1))
    inverse = square.inv()
    basis, center = inverse * _matrix(np.diag(units)), -(inverse * _matrix(stage.bias[chosen][:, None]))
    rounded_basis = np.array([nearest_floats(row) for row in basis.tolist()])
    back = weight[chosen] / units[:, None]
    bent = float(np.linalg.norm(rounded_basis) * np.linalg.norm(back))
    constants = _matrix(weight) * center + _matrix(stage.bias[:, None])
    rows, meeting = shape.sides(), as_fractions(center.entries())
    if not bent < MOST_BENT or not any(constants.entries()) or not all(row.at(meeting) > 0 for row in rows):
        return None
    forms, errors = _rounded(_table(_matrix(weight) * basis, constants.entries()))
    walls = flint.fmpq_mat(len(rows), d, [flint.fmpq(v, row.scale) for row in rows for v in row.normal]) * basis
    offsets = as_point(row.at(meeting) / row.scale for row in rows)
    normals, wall_errors, scales = _of_size_one(_table(walls, offsets), d)
    ends = np.full(d, np.inf)
    rounded_center = nearest_floats(center.entries())
    moved = input_errors(rounded_center, rounded_basis, back)
    domain = FloatDomain(KINDS[d], ends, ends, normals, wall_errors, scales, moved)
    endless = Shape(ShapeKind.BOX, (None,) * d, (None,) * d, tuple(rows))
    return UnitCoordinates(forms, errors, domain, rounded_center, rounded_basis, back, endless)


def input_errors(center: Floats, basis: Floats, back: Floats) -> Floats:
    """Return bounds e of how far the map to inputs moves a point y: coordinate j by e_j max(1, |y_i|) at most.

    An input x = c + B y meets the rounding of c and B, a product of inner dimension d and a sum: component i is off by
    (d + 4) u (|c_i| + sum_k |B_ik| |y_k|) and underflow, at most. It has the coordinates y' = back (x - c) exactly, so
    y' - y is back times that. Infinite where an input may overflow within the reach of points that are told.
    """
    d = len(center)
    with np.errstate(over="ignore", invalid="ignore"):
        sizes, spread = np.abs(center) + np.abs(basis).sum(axis=1), np.abs(back) + LEAST
        moved = spread @ ((d + 6) * UNIT * sizes + 8 * d * LEAST) * (1 + 1e-10) + UNDERFLOW
        return np.where(sizes.max() * FAR < LARGEST, moved, np.inf)


def _chosen(stage: Stage, weight: Floats, count: int) -> list[int]:
    """Return the first units that can split and vary: a search decides them before all others."""
    varying = np.flatnonzero((stage.low != stage.high) & weight.any(axis=1))
    return varying[:count].tolist()


def _units(near: float, slopes: Floats) -> Floats:
    """Return powers of two near the values of units at the distance of the hyperplanes."""
    return np.array([math.ldexp(1.0, max(-500, min(500, math.frexp(near * slope)[1]))) for slope in slopes.tolist()])


def _matrix(values: Floats) -> flint.fmpq_mat:
    rows, columns = values.shape
    return flint.fmpq_mat(rows, columns, as_point(values.ravel().tolist()))


def _table(slopes: flint.fmpq_mat, constants: Sequence[flint.fmpq]) -> list[list[Fraction]]:
    """Return forms as rows, the constant last."""
    pairs = zip(slopes.tolist(), constants, strict=True)
    return [list(as_fractions([*row, constant])) for row, constant in pairs]


def _rounded(forms: list[list[Fraction]]) -> tuple[Floats, Floats]:
    """Return forms as floats, and bounds of what rounding changed in each where no coordinate exceeds one."""
    floats = [[nearest_float(v) for v in form] for form in forms]
    lost = [[rounding_bound(f, v) for f, v in zip(*pair, strict=True)] for pair in zip(floats, forms, strict=True)]
    errors = [sum(bounds) * (1 + 1e-10) + UNDERFLOW if any(bounds) else 0.0 for bounds in lost]
    return np.array(floats), np.array(errors)


def _of_size_one(rows: list[list[Fraction]], d: int) -> tuple[Floats, Floats, Floats]:
    """Return rows times powers of two, bounds of their rounding, and the powers."""
    sizes = [math.frexp(nearest_float(max(map(abs, row))))[1] for row in rows]
    scales = [math.ldexp(1.0, -max(-900, min(900, size))) for size in sizes]
    scaled = [[v * Fraction(scale) for v in row] for row, scale in zip(rows, scales, strict=True)]
    if not rows:
        return np.zeros((0, d + 1)), np.zeros(0), np.zeros(0)
    return *_rounded(scaled), np.array(scales)
