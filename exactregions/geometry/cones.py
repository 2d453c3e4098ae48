"""Polytopes as cones from an inner point over simplices of their boundary.

By Qhull, with a bound of the error, or in rationals. The cones add up to the polytope, and what a ball holds of each
is found along its rays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, HalfspaceIntersection, QhullError

from exactregions.exact.floats import UNIT
from exactregions.exact.forms import Form
from exactregions.exact.numbers import Point, as_fractions, nearest_floats
from exactregions.exact.rounding_errors import TINY
from exactregions.facets.halfspaces import Halfspaces
from exactregions.geometry.exact_polytopes import ExactPolytope

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Cones:
    """Simplices with one corner in common that make up a polytope.

    Attributes
    ----------
    center : numpy.ndarray, shape (d,)
        The common corner, inside the polytope.
    corners : numpy.ndarray, shape (s, d, d)
        The other corners of each, one a row, relative to the centre; in the plane counterclockwise as seen from it,
        whatever rounding has made of them.
    volumes : numpy.ndarray, shape (s,)
    error : float
        How far the volume of the polytope may be from their sum, and the volume of its part in any set from that
        of the part of the simplices.
    """

    center: Array
    corners: Array
    volumes: Array
    error: float

    def shrunk(self, unit: float) -> Cones:
        """Return the cones in coordinates divided by a power of two."""
        cube = unit ** len(self.center)
        return Cones(self.center / unit, self.corners / unit, self.volumes / cube, self.error / cube)


def qhull_cones(rows: Halfspaces, center: Array) -> Cones | None:
    """Return the cones of a bounded polytope that Qhull finds; None where it fails.

    Its vertices are not believed. Let every row be 1 at the centre. Where no vertex is below -s in any row, their
    hull lies in the polytope blown up by 1 + s about the centre; where each simplex has a row that is at most t
    at all its corners, the polytope lies in the hull blown up by 1 / (1 - t). So the volume is known up to
    ((1 + s) / (1 - t))^d, with s and t as evaluated and the rounding of the rows. In more than four dimensions Qhull
    may split a facet into simplices that overlap: the difference between their sum and the volume that Qhull
    finds without splitting counts as an error too.

    Parameters
    ----------
    rows : Halfspaces
        Those of the domain among them.
    center : numpy.ndarray, shape (d,)
        A point inside; None is returned where floats cannot tell that it is.
    """
    (values,), (errors,) = rows.values(center[None, :])
    if not (values > 2 * errors).all():
        return None
    scaled = rows.normals / values[:, None]
    try:
        halfspaces = np.hstack([-scaled, -np.ones((len(rows), 1))])
        with np.errstate(divide="ignore", invalid="ignore"):  # in a vertex at infinity, which is refused below
            points = HalfspaceIntersection(halfspaces, np.zeros(len(center))).intersections
        hull = ConvexHull(points)
    except (QhullError, ValueError):  # the latter where points are not finite
        return None
    simplices = hull.simplices
    if len(center) == 2:  # the vertices come counterclockwise, where the ends of a side do not
        simplices = np.stack([hull.vertices, np.roll(hull.vertices, -1)], axis=1)
    factor = _blow_up(points, simplices, scaled, 2 * float((errors / values).max()))
    corners = points[simplices]
    d, factorial = len(center), math.factorial(len(center))
    volumes = np.abs(np.linalg.det(corners)) / factorial
    # a determinant by elimination is off by no more than a small multiple of the product of its rows' lengths
    lengths = np.prod(np.linalg.norm(corners, axis=2), axis=1) / factorial
    error = volumes.sum() * (factor**d - 1) + 4 * d**3 * UNIT * lengths.sum() + abs(volumes.sum() - hull.volume)
    return Cones(center, corners, volumes, float(error))


def _blow_up(points: Array, simplices: NDArray[np.int32], scaled: Array, rounding: float) -> float:
    """Return the factor by which hull and polytope lie in each other blown up, all rounding counted; inf for none.

    Parameters
    ----------
    points : numpy.ndarray, shape (k, d)
        The vertices, relative to the centre.
    simplices : numpy.ndarray of int, shape (s, d)
    scaled : numpy.ndarray, shape (m, d)
        The normals of the rows, each of which is 1 at the centre.
    rounding : float
        Relative error of the rows at the centre.
    """
    slack = 1 + points @ scaled.T
    sizes = 1 + np.abs(points) @ np.abs(scaled).T
    rounding += float((2 * (points.shape[1] + 4) * UNIT * sizes).max())
    outside = max(-float(slack.min()), 0.0) + rounding
    beyond = float(slack[simplices].max(axis=1).min(axis=1).max()) + rounding
    return (1 + outside) / (1 - beyond) if beyond < 1 else math.inf


def exact_cones(rows: Sequence[Form], center: Point) -> Cones:
    """Return the cones of a bounded polytope { x : f(x) >= 0 for all rows }, their volumes correctly rounded.

    Parameters
    ----------
    rows : sequence of Form
    center : list of fmpq
        A point inside.
    """
    d = len(center)
    relative, pieces, exact = _taken_apart(ExactPolytope.of(d, rows), center)
    pieces = [piece if det > 0 else (*piece[1::-1], *piece[2:]) for piece, det in zip(pieces, exact, strict=True)]
    volumes = nearest_floats([abs(det) for det in exact]) / math.factorial(d)
    corners = np.array([nearest_floats(vertex) for vertex in relative])[np.array(pieces, dtype=np.intp)]
    # each volume has two roundings, and their sum one for each; what underflows is rounded by TINY
    error = (len(volumes) + 2) * UNIT * volumes.sum() + (TINY if volumes.min() < TINY / UNIT else 0.0)
    return Cones(nearest_floats(center), corners, volumes, float(error))


def exact_simplices(dim: int, rows: Sequence[Form]) -> Iterator[tuple[Fraction, tuple[Fraction, ...]]]:
    """Yield the exact volume and centroid of each simplex of a bounded polytope { x : f(x) >= 0 for all rows }.

    None where it is empty or flat.
    """
    polytope = ExactPolytope.of(dim, rows)
    center = [sum(column, flint.fmpq(0)) / len(polytope.vertices) for column in zip(*polytope.vertices, strict=True)]
    relative, pieces, exact = _taken_apart(polytope, center)
    for piece, det in zip(pieces, exact, strict=True):
        sums = (sum((relative[corner][i] for corner in piece), flint.fmpq(0)) for i in range(dim))
        centroid = [c + s / (dim + 1) for c, s in zip(center, sums, strict=True)]
        yield as_fractions([abs(det)])[0] / math.factorial(dim), as_fractions(centroid)


def _taken_apart(polytope: ExactPolytope, center: Point) -> tuple[list[Point], list[tuple[int, ...]], list[flint.fmpq]]:
    """Return the vertices relative to a point inside, simplices of the boundary, and their determinants."""
    d = polytope.dim
    relative = [[x - c for x, c in zip(vertex, center, strict=True)] for vertex in polytope.vertices]
    pieces = polytope.boundary()
    exact = [flint.fmpq_mat(d, d, [v for corner in piece for v in relative[corner]]).det() for piece in pieces]
    return relative, pieces, exact
