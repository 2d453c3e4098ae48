"""Networks on an affine subspace of their inputs: the exact restriction, by wires in front of the first stage."""

from __future__ import annotations

import flint
import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import NetworkError
from exactregions.exact.numbers import dyadic_integers
from exactregions.network import Network, Stage, exact_floats

__all__ = ["restricted", "through_points"]

Array = NDArray[np.float64]


def restricted(network: Network, origin: ArrayLike, directions: ArrayLike) -> Network:
    """Return the network on the parameters t of x = origin + t @ directions; see `Network.restrict`."""
    start, spanning = exact_floats(origin, "origin", 1), _rows(directions, "directions", network.inputs)
    if start.shape != (network.inputs,):
        raise NetworkError(f"origin has shape {start.shape}; the network needs ({network.inputs},)")
    place = _first_dependent(spanning)
    if place is not None:
        what = "depends linearly on those before it" if spanning[place].any() else "is zero"
        raise NetworkError(
            f"directions[{place}] {what}; give linearly independent directions, so that every point of the subspace "
            "has one parameter t only"
        )
    return _after(Stage.wires(spanning.T, start), network)


def through_points(network: Network, points: ArrayLike) -> Network:
    """Return the network on affine coordinates through points; see `Network.through`."""
    corners = _rows(points, "points", network.inputs)
    k = len(corners) - 1
    if k < 1:
        raise NetworkError("points holds one point; a line needs two, a plane three")
    place = _first_dependent(np.hstack([corners, np.ones((k + 1, 1))]))
    if place is not None:
        raise NetworkError(f"points[{place}] {_dependence(corners, place)}; give affinely independent points")
    shares = Stage.wires(np.vstack([-np.ones((1, k)), np.eye(k)]), np.eye(k + 1)[0])
    return _after(shares, _after(Stage.wires(corners.T, np.zeros(network.inputs)), network))


def _after(stage: Stage, network: Network) -> Network:
    return Network((stage, *network.stages), network.matrix, network.bias, network.winners, network.notes)


def _rows(values: ArrayLike, name: str, inputs: int) -> Array:
    rows = exact_floats(values, name, 2)
    if rows.shape[1] != inputs or not len(rows):
        raise NetworkError(f"{name} has shape {rows.shape}; give (k, {inputs}), one a row and at least one")
    return rows


def _dependence(points: Array, place: int) -> str:
    equal = np.flatnonzero((points[:place] == points[place]).all(axis=1))
    if len(equal):
        return f"equals points[{equal[0]}]"
    return "lies on the line or plane through those before it"


def _first_dependent(rows: Array) -> int | None:
    """Return the first row in the linear span of those before it, or None; exact."""
    # a power of two for each row keeps the integers short and changes no dependence
    columns = flint.fmpz_mat([dyadic_integers(row)[0] for row in rows]).transpose()
    if columns.rank() == len(rows):
        return None
    reduced, _, rank = columns.rref()
    pivots = {next(j for j in range(len(rows)) if reduced[i, j]) for i in range(rank)}
    return next(j for j in range(len(rows)) if j not in pivots)
