"""Networks on an affine subspace of their inputs: the exact restriction, by wires in front of the first stage."""

from __future__ import annotations

import flint
import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import NetworkError
from exactregions.exact.numbers import dyadic_integers
from exactregions.network import Network, Stage, exact_floats
from exactregions.support.arrays import as_array, flat_rows

Array = NDArray[np.float64]


def restricted(network: Network, origin: ArrayLike, directions: ArrayLike) -> Network:
    """Return the network on the parameters t of x = origin + t @ directions; see `Network.restrict`."""
    point, spanning = as_array(origin, "origin", NetworkError), _rows(directions, "directions", network)
    start = flat_rows(point, network.inputs, network.input_shape)
    if start is None or len(start) != 1:
        raise NetworkError(
            f"origin has shape {point.shape}; the network needs {network.input_shape or (network.inputs,)}"
        )
    place = _first_dependent(spanning)
    if place is not None:
        what = "depends linearly on those before it" if spanning[place].any() else "is zero"
        raise NetworkError(
            f"directions[{place}] {what}; give linearly independent directions, so that every point of the subspace "
            "has one parameter t only"
        )
    return _after(Stage.wires(spanning.T, exact_floats(start[0], "origin", 1)), network)


def through_points(network: Network, points: ArrayLike) -> Network:
    """Return the network on affine coordinates through points; see `Network.through`."""
    corners = _rows(points, "points", network)
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


def _rows(values: ArrayLike, name: str, network: Network) -> Array:
    given = as_array(values, name, NetworkError)
    rows = flat_rows(given, network.inputs, network.input_shape)
    if rows is None or not len(rows) or len(rows) != len(given):
        wanted = ", ".join(map(str, network.input_shape or (network.inputs,)))
        raise NetworkError(f"{name} has shape {given.shape}; give (k, {wanted}), one a row and at least one")
    return exact_floats(rows, name, 2)


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
