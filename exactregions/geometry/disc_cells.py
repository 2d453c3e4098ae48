"""What a disc holds of a convex polygon: every decision exact, and the ends of the arcs rounded once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import nearest_float
from exactregions.geometry.polygons import Polygon

Array = NDArray[np.float64]
Vector = tuple[Fraction, Fraction]
TURN = 2 * math.pi


@dataclass(frozen=True, slots=True, eq=False)
class PlaneCell:
    """A region of the plane within the domain, bounded by segments and arcs of one circle.

    Attributes
    ----------
    region : int
        Its number in the set.
    corners : numpy.ndarray, shape (k, 2)
        Counterclockwise; a full disc has one.
    arcs : numpy.ndarray, shape (k,)
        The angle of the arc from each corner to the next, counterclockwise about the centre; 0 for a segment.
    center : numpy.ndarray, shape (2,)
        Of the domain, in the coordinates of the corners.
    """

    region: int
    corners: Array
    arcs: Array
    center: Array

    @property
    def area(self) -> float:
        """The area, up to the rounding of the corners."""
        x, y = (self.corners - self.corners.mean(axis=0)).T
        segments = self._radius**2 * (self.arcs - np.sin(self.arcs)).sum()
        return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() + segments) / 2

    @property
    def _radius(self) -> float:
        on_circle = self.corners[self.arcs > 0]
        return float(np.linalg.norm(on_circle[0] - self.center)) if len(on_circle) else 0.0

    def outline(self, step: float = TURN / 360) -> Array:
        """Return points along the boundary, shape (n, 2): the corners, and points of the arcs.

        Parameters
        ----------
        step : float
            The angle between two points of an arc, at most.
        """
        if not self.arcs.any():
            return self.corners
        points = []
        for corner, arc in zip(self.corners - self.center, self.arcs, strict=True):
            angles = np.linspace(0.0, arc, max(math.ceil(arc / step), 1), endpoint=False)
            cos, sin = np.cos(angles), np.sin(angles)
            points.append(np.stack([cos * corner[0] - sin * corner[1], sin * corner[0] + cos * corner[1]], axis=1))
        return np.concatenate(points) + self.center


@dataclass(frozen=True, slots=True)
class _Chord:
    """The part of an edge in the disc: its ends, and whether they lie on the circle rather than at a corner."""

    start: Array
    end: Array
    enters: bool
    leaves: bool


def _within(t: float) -> float:
    """Return the place on a segment where a circle crosses it; of one that is shorter than rounding, its middle."""
    return min(max(t, 0.0), 1.0) if math.isfinite(t) else 0.5


@dataclass(frozen=True, slots=True)
class Disc:
    """An open disc.

    Attributes
    ----------
    x, y, radius : Fraction
    """

    x: Fraction
    y: Fraction
    radius: Fraction

    def cell(self, region: int, polygon: Polygon, x: Fraction, y: Fraction) -> PlaneCell | None:
        """Return the part of a polygon in the disc as seen from a point; None where that has no interior.

        Parameters
        ----------
        region : int
        polygon : Polygon
        x, y : Fraction
            The origin of the cell's coordinates.
        """
        center = np.array([float(self.x - x), float(self.y - y)])
        corners = polygon.relative(self.x, self.y)
        square = self.radius**2
        outside = [p * p + q * q >= square for p, q in corners]
        if not any(outside):
            return PlaneCell(region, polygon.floats(x, y), np.zeros(len(corners)), center)
        ends = [*corners[1:], corners[0]]
        chords = [c for u, v in zip(corners, ends, strict=True) if (c := self._chord(u, v, square)) is not None]
        if chords:
            return self._between(region, polygon, chords, center)
        if not polygon.contains(self.x, self.y):
            return None
        return PlaneCell(region, center[None, :] + [[float(self.radius), 0.0]], np.array([TURN]), center)

    def _chord(self, u: Vector, v: Vector, square: Fraction) -> _Chord | None:
        """Return the part of the segment from u to v in the disc, by the signs of |u + t d|^2 - r^2."""
        d = v[0] - u[0], v[1] - u[1]
        a, h, g = d[0] * d[0] + d[1] * d[1], u[0] * d[0] + u[1] * d[1], u[0] * u[0] + u[1] * u[1] - square
        enters, leaves, room = g >= 0, a + 2 * h + g >= 0, h * h - a * g
        # with a start outside, the disc has a part only if the segment comes closer, and with both ends outside
        # only if its nearest point is strictly inside
        if (enters and h >= 0) or (leaves and a + h <= 0) or (enters and leaves and room <= 0):
            return None
        root, along = math.sqrt(nearest_float(room / a**2)) if room > 0 else 0.0, nearest_float(-h / a)
        start = self._on_circle(u, d, _within(along - root)) if enters else np.array([float(p) for p in u])
        end = self._on_circle(u, d, _within(along + root)) if leaves else np.array([float(p) for p in v])
        return _Chord(start, end, enters, leaves)

    def _on_circle(self, u: Vector, d: Vector, t: float) -> Array:
        point = np.array([float(p + Fraction(t) * q) for p, q in zip(u, d, strict=True)])
        return point * (float(self.radius) / float(np.hypot(*point)))

    def _between(self, region: int, polygon: Polygon, chords: list[_Chord], center: Array) -> PlaneCell:
        """Return the cell that chords and the arcs between them bound."""
        corners, arcs = [], []
        for chord, after in zip(chords, [*chords[1:], chords[0]], strict=True):
            corners.append(chord.start)
            arcs.append(0.0)
            if chord.leaves:
                corners.append(chord.end)
                arcs.append(self._angle(polygon, chord.end, after.start))
        return PlaneCell(region, np.array(corners) + center, np.array(arcs), center)

    def _angle(self, polygon: Polygon, start: Array, end: Array) -> float:
        """Return the angle from one point of the circle to another, counterclockwise.

        Rounding may turn an arc of no length into a full circle. One of more than half a circle holds the point
        half way from the centre to its middle, and then the polygon does so too.
        """
        angle = (math.atan2(end[1], end[0]) - math.atan2(start[1], start[0])) % TURN
        if angle <= math.pi:
            return angle
        middle = math.atan2(start[1], start[0]) + angle / 2
        half = self.radius / 2
        x, y = self.x + half * Fraction(math.cos(middle)), self.y + half * Fraction(math.sin(middle))
        return angle if polygon.contains(x, y) else 0.0
