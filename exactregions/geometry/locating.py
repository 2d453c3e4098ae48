"""Which region of a set holds a point, decided in rationals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.errors import DomainError
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_point
from exactregions.exact.walk import pattern_at
from exactregions.geometry.patterns import require_regions
from exactregions.network import Network
from exactregions.regions import Region, RegionSet, pack_patterns
from exactregions.support.vectors import exact_vector

NOWHERE = -1


def region_at(regions: RegionSet, point: Any) -> Region | None:
    """Return the region that holds a point, None where none of the set does.

    Parameters
    ----------
    regions : RegionSet
    point : sequence of float or Fraction, or array, length inputs
        It is taken at its exact value.

    Raises
    ------
    DomainError
        If it is no point of the inputs.
    EngineError
        If only the number of regions was kept.

    Examples
    --------
    >>> from exactregions import Ball, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> regions = enumerate_regions(network, Ball([0.25], 1), engine="rational")
    >>> region_at(regions, [0.25]).pattern.tolist(), region_at(regions, [0.5])
    ([True, False], None)
    """
    rows = locate(regions, [point])
    return None if rows[0] == NOWHERE else regions[rows[0]]


def locate(regions: RegionSet, points: Any) -> NDArray[np.intp]:
    """Return the row of the region that holds each point, exactly; -1 where none of the set does.

    A region is an open set: a point on the boundary between regions is in none of them. The point may lie outside the
    domain, where the region goes on. Where the domain fixes inputs, only points with these values are in a region.

    Parameters
    ----------
    regions : RegionSet
    points : array_like, shape (k, inputs), or sequence of points
        Floats and Fractions are taken at their exact values.

    Returns
    -------
    numpy.ndarray of int, shape (k,)

    Raises
    ------
    DomainError
        If they are no points of the inputs.
    EngineError
        If only the number of regions was kept.
    """
    require_regions(regions, "finding the region of a point", partial=True)
    exact, domain = ExactNetwork(regions.network), regions.domain
    rows = {pattern.tobytes(): row for row, pattern in enumerate(regions.patterns)}
    return np.array([_row(exact, domain, rows, point) for point in _points(regions.network, points)], dtype=np.intp)


def _row(exact: ExactNetwork, domain: Domain, rows: dict[bytes, int], point: Sequence[Fraction]) -> int:
    fixed = domain.fixed_inputs
    if any(point[i] != value for i, value in fixed.items()):
        return NOWHERE
    free = [i for i in range(exact.inputs) if i not in fixed]
    pattern = pattern_at(exact, as_point(point), free)
    if pattern is None:
        return NOWHERE
    return rows.get(pack_patterns(np.array([pattern], dtype=bool))[0].tobytes(), NOWHERE)


def _points(network: Network, points: Any) -> Iterator[Sequence[Fraction]]:
    for number, point in enumerate(points):
        values, _ = exact_vector(point, f"point {number}")
        if len(values) != network.inputs:
            raise DomainError(f"point {number} has {len(values)} values and the network {network.inputs} inputs")
        yield values
