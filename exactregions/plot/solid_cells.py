"""Regions of three inputs as solids: exact corners where planes end them, points of the sphere where a ball does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.domain.ball import require_ball
from exactregions.exact.floats import nearest_float
from exactregions.exact.forms import ExactNetwork, Form
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.exact.shapes import shape_of
from exactregions.exact.walk import signed_rows
from exactregions.geometry.exact_polytopes import ExactPolytope
from exactregions.geometry.plane import as_drawn
from exactregions.geometry.polyhedra import domain_rows
from exactregions.regions import RegionSet
from exactregions.support.stopping import check

Array = NDArray[np.float64]
Exact = tuple[Fraction, ...]

SPHERE = 1_500  # points of a sphere, of which those in a cell round it off
AROUND = 180  # points of a circle
SLACK = 1e-9  # by which a point of the unit sphere may be outside a cell and still be taken for one of its own
NOWHERE: Exact = (Fraction(0),) * 3


def solid_points(regions: RegionSet, origin: Exact) -> Iterator[Array]:
    """Yield points of each region as seen from an origin, whose hull is the cell or, in a ball, about the cell.

    Parameters
    ----------
    regions : RegionSet
        Of a network with three inputs, none of them fixed, in a bounded domain.
    origin : tuple of Fraction
    """
    exact, flat = ExactNetwork(regions.network), shape_of(regions.domain).is_flat
    ball = None if flat else require_ball(regions.domain)
    # the domain first: its corners have few digits, and what lies outside is gone
    walls = domain_rows(regions.domain if ball is None else ball.as_box())
    for region, pattern in zip(regions, regions.pattern_array().tolist(), strict=True):
        check()
        rows = signed_rows(exact, pattern)
        polytope = ExactPolytope.of(3, [*walls, *rows])
        corners = [as_fractions(corner) for corner in polytope.vertices]
        if ball is None:
            yield as_drawn(corners, origin)
        else:
            yield _in_ball(corners, with_faces(polytope, rows), region.witness, ball, origin)


def with_faces(polytope: ExactPolytope, rows: Sequence[Form]) -> list[Form]:
    """Return those of the last rows of a solid that may hold a face, for which they are zero at three corners."""
    first = polytope.rows - len(rows)
    held = [sum(tight >> row & 1 for tight in polytope.tight) for row in range(first, polytope.rows)]
    return [row for row, corners in zip(rows, held, strict=True) if corners >= 3]


def _in_ball(corners: Sequence[Exact], sides: Sequence[Form], witness: Exact, ball: Ball, origin: Exact) -> Array:
    """Return points whose hull is about the part of a polytope in a ball: its corners there, and points of the sphere.

    Both are convex, so the hull lies in the part; it misses what lies between neighbouring points of the sphere.
    All is computed about the centre and in units of the radius, wherever and however large the ball is.
    """
    normals, offsets = _planes(sides, ball)
    local = as_drawn([_local(corner, ball) for corner in (witness, *corners)], NOWHERE)
    kept = local[np.linalg.norm(local, axis=1) <= 1]
    sphere = np.vstack([_directions(SPHERE), _circles(normals, offsets), _piercings(normals, offsets)])
    inside = (sphere @ normals.T + offsets >= -SLACK).all(axis=1)
    return as_drawn([ball.center], origin) + float(ball.radius) * np.vstack([kept, sphere[inside], local[:1]])


def _local(point: Exact, ball: Ball) -> Exact:
    return tuple((v - c) / ball.radius for v, c in zip(point, ball.center, strict=True))


def _planes(rows: Sequence[Form], ball: Ball) -> tuple[Array, Array]:
    """Return unit normals (k, 3) and offsets (k,): a point p of the unit ball is inside where n.p + o >= 0."""
    center, forms = as_point(ball.center), []
    for row in rows:
        size = max(abs(int(a)) for a in row.a)
        offset = as_fractions([row.at(center)])[0] / (ball.radius * size)
        forms.append([*(int(a) / size for a in row.a), nearest_float(offset)])
    scaled = np.array(forms).reshape(-1, 4)
    scaled = scaled[scaled[:, 3] < 2]  # a plane farther off misses the ball
    lengths = np.linalg.norm(scaled[:, :3], axis=1)
    return scaled[:, :3] / lengths[:, None], scaled[:, 3] / lengths


def _directions(count: int) -> Array:
    """Return directions that are spread evenly: a spiral by the golden angle, shape (count, 3)."""
    place = (np.arange(count) + 0.5) / count
    z, angle = 1 - 2 * place, np.pi * (1 + np.sqrt(5)) * np.arange(count)
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)


def _circles(normals: Array, offsets: Array) -> Array:
    """Return points of the circles in which planes meet the unit sphere, shape (m, 3)."""
    met = np.abs(offsets) < 1
    normals, offsets = normals[met], offsets[met]
    across = np.linalg.svd(normals[:, None, :])[2][:, 1:]
    angles = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ across
    points = np.sqrt(1 - offsets**2)[:, None, None] * around - (offsets[:, None] * normals)[:, None, :]
    return points.reshape(-1, 3)


def _piercings(normals: Array, offsets: Array) -> Array:
    """Return where the lines in which two planes meet pass through the unit sphere, shape (m, 3)."""
    first, second = np.triu_indices(len(normals), k=1)
    directions = np.cross(normals[first], normals[second])
    squares = (directions**2).sum(axis=1)
    crossed = squares > 1e-24
    pairs = np.stack([first, second], axis=1)[crossed]
    bases = -(np.linalg.pinv(normals[pairs]) @ offsets[pairs][:, :, None])[:, :, 0]
    room = 1 - (bases**2).sum(axis=1)
    met = room > 0
    steps = np.sqrt(room[met] / squares[crossed][met])[:, None] * directions[crossed][met]
    return np.concatenate([bases[met] - steps, bases[met] + steps])


def hull_faces(points: Array) -> NDArray[np.intp]:
    """Return the triangles around a hull, their corners counterclockwise from outside, as light wants them."""
    from scipy.spatial import ConvexHull

    seen = points - points.mean(axis=0)
    seen /= np.abs(seen).max() or 1.0  # the hull is found by distances that are absolute
    # joggled input: the corners of flat cells are within rounding of one plane
    faces = ConvexHull(seen, qhull_options="QJ").simplices.astype(np.intp)
    corners = seen[faces]
    inward = np.linalg.det(corners) < 0
    faces[inward] = faces[inward][:, ::-1]
    return faces
