"""Counterexamples by floats: points of the domain, moved to where a row of the unsafe set is most violated.

Nothing here proves anything; whoever takes a point evaluates it exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.exact.floats import nearest_float
from exactregions.exact.shapes import ShapeKind, shape_of
from exactregions.network import Network
from exactregions.support.stopping import check
from exactregions.unsafe import Unsafe

__all__ = ["Proposals"]

Floats = NDArray[np.float64]

POINTS, STEPS = 48, 40  # points, and moves of each
FOLLOWED, LATER_STEPS = 4, 24  # as these, for points in boxes that a search comes by
FACES, AT_ONCE = 16, 4096  # so many times so many points on faces of a domain
FIRST_STEP, LAST_STEP = 0.5, 1e-4  # of the half sides of the domain
SEED = 20171208


class Proposals:
    """Points of a domain and how far the outputs there are from an unsafe set, in floats.

    Parameters
    ----------
    network : Network
    domain : Domain
    unsafe : Unsafe
        With one polyhedron at least.

    Attributes
    ----------
    sizes : list of numpy.ndarray
        How large G f and h are on the points, for each row of each polyhedron; positive.
    """

    def __init__(self, network: Network, domain: Domain, unsafe: Unsafe) -> None:
        self.network, self._place = network, _Place(domain)
        self._rows = [np.array([[nearest_float(v) for v in row] for row in p.G]) for p in unsafe.polyhedra]
        self._bounds = [np.array([nearest_float(v) for v in p.h]) for p in unsafe.polyhedra]
        self.points = self._place.start(np.random.default_rng(SEED))
        with np.errstate(all="ignore"):
            outputs = self.network.forward(self.points)
            self.sizes = [self._size(outputs, k) for k in range(len(self._rows))]

    def _size(self, outputs: Floats, k: int) -> Floats:
        rows = (np.abs(outputs) @ np.abs(self._rows[k]).T).max(axis=0)
        size = np.maximum(np.abs(self._bounds[k]), rows)
        return np.where(np.isfinite(size) & (size > 0), size, 1.0)

    def best(self, count: int) -> list[Floats]:
        """Return points whose outputs come nearest to the unsafe set, or lie deepest in it, the best one first."""
        points, kept = self.points, []
        with np.errstate(all="ignore"):
            for step in np.geomspace(FIRST_STEP, LAST_STEP, STEPS):
                check()
                scores, chosen = self._scores(points)
                kept.append((scores, points))
                if scores.max() > 0.0:
                    break
                points = self._place.moved(points, self._gradients(points, chosen), step)
            scores = np.nan_to_num(np.concatenate([s for s, _ in kept]), nan=-math.inf)
        order = np.argsort(-scores, kind="stable")[:count]
        every = np.concatenate([p for _, p in kept])
        return [every[i] for i in order.tolist() if np.isfinite(every[i]).all()]

    def on_faces(self) -> Iterator[tuple[Floats, Floats]]:
        """Yield points of which about every second input is at an end of the domain, and how far they may be moved."""
        rng = np.random.default_rng(SEED)
        for _ in range(FACES):
            check()
            points = self._place.on_faces(rng, AT_ONCE)
            yield points, np.broadcast_to(self._place.half, points.shape)

    def tried(self, points: Floats, sides: Floats) -> tuple[Floats, Floats | None]:
        """Return how near to the unsafe set the outputs at points are, and a point at or near them that lies in it.

        The first are largest where outputs are deepest, and negative outside. Points are moved by parts of `sides`.
        """
        with np.errstate(all="ignore"):
            scores, chosen = self._scores(points)
            scores = np.nan_to_num(scores, nan=-np.inf)
            best = np.argsort(-scores, kind="stable")[:FOLLOWED]
            near, found, rows, sides = points[best], scores[best], chosen[best], sides[best]
            for step in np.geomspace(FIRST_STEP, LAST_STEP, LATER_STEPS):
                if found.max() >= 0.0:
                    return scores, near[int(found.argmax())]
                moved = self._place.moved(near, self._gradients(near, rows), step, sides)
                values, others = self._scores(moved)
                better = values > found
                near, found = np.where(better[:, None], moved, near), np.where(better, values, found)
                rows = np.where(better, others, rows)
        return scores, None

    def _scores(self, points: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Return the largest over polyhedra of the least slack, in sizes, and the row of all rows that has it."""
        outputs = self.network.forward(points)
        best = np.full(len(points), -np.inf)
        chosen, first = np.zeros(len(points), dtype=np.int64), 0
        for rows, bounds, sizes in zip(self._rows, self._bounds, self.sizes, strict=True):
            slacks = (bounds - outputs @ rows.T) / sizes
            least = slacks.argmin(axis=1)
            values = slacks[np.arange(len(points)), least]
            better = values > best
            best, chosen = np.where(better, values, best), np.where(better, first + least, chosen)
            first += len(bounds)
        return best, chosen

    def _gradients(self, points: Floats, chosen: NDArray[np.int64]) -> Floats:
        """Return the gradients of the chosen slacks."""
        values: Any = -np.concatenate(self._rows)[chosen] @ self.network.matrix
        stages = zip(reversed(self.network.stages), reversed(self.network.pre_activations(points)), strict=True)
        for stage, z in stages:
            values = (values * np.where(z > 0, stage.high, stage.low)) @ stage.matrix
        return np.asarray(values)


class _Place:
    """Where points may lie: a domain in floats, about a centre."""

    def __init__(self, domain: Domain) -> None:
        self.shape, d = shape_of(domain), domain.dim
        self.lower, self.upper = np.full(d, -np.inf), np.full(d, np.inf)
        if self.shape.has_ends:
            self.lower, self.upper = _inward(self.shape.lower, self.shape.upper)
        self.center = np.clip(np.zeros(d), self.lower, self.upper)
        bounded = np.isfinite(self.lower) & np.isfinite(self.upper)
        self.center[bounded] = self.lower[bounded] / 2 + self.upper[bounded] / 2
        self.half = np.where(bounded, self.upper / 2 - self.lower / 2, 1.0)

    def start(self, rng: np.random.Generator) -> Floats:
        """Return points to begin at: the centre, corners and points between."""
        d = self.shape.dim
        inside = rng.uniform(-1.0, 1.0, (POINTS, d))
        inside[: POINTS // 3] = np.sign(inside[: POINTS // 3])
        inside[0] = 0.0
        return self.within(self.center + inside * self.half)

    def on_faces(self, rng: np.random.Generator, count: int) -> Floats:
        """Return points on faces of all dimensions."""
        inside = rng.uniform(-1.0, 1.0, (count, self.shape.dim))
        inside = np.where(rng.random(inside.shape) < 0.5, np.sign(inside), inside)
        return self.within(self.center + inside * self.half)

    def moved(self, points: Floats, gradients: Floats, step: float, sides: Floats | None = None) -> Floats:
        """Return points moved along gradients, by a part of sides, where none are given of the domain's half ones."""
        if self.shape.kind is not ShapeKind.BOX:
            length = np.linalg.norm(gradients, axis=1, keepdims=True)
            directions = gradients / np.where(length > 0, length, 1.0)
        else:
            directions = np.sign(gradients)
        sides = self.half if sides is None else sides
        return self.within(points + step * sides * np.nan_to_num(directions))

    def within(self, points: Floats) -> Floats:
        """Return points brought into the domain, towards the centre where a clip does not do."""
        points = np.clip(points, self.lower, self.upper)
        if self.shape.kind is not ShapeKind.BOX:
            gaps = points - self.center
            size = np.abs(gaps).sum(axis=1) if self.shape.kind is ShapeKind.L1 else np.linalg.norm(gaps, axis=1)
            assert self.shape.radius is not None, "a ball has one"
            radius = nearest_float(self.shape.radius) * (1 - 1e-12)
            return self.center + gaps * np.minimum(1.0, radius / np.where(size > 0, size, 1.0))[:, None]
        return points


def _inward(lower: Sequence[Any], upper: Sequence[Any]) -> tuple[Floats, Floats]:
    """Return the ends of a box rounded into it; where no float lies between, the nearest one."""
    low = np.array([nearest_float(v) for v in lower])
    up = np.array([nearest_float(v) for v in upper])
    low = np.where([f < v for f, v in zip(low.tolist(), lower, strict=True)], np.nextafter(low, np.inf), low)
    up = np.where([f > v for f, v in zip(up.tolist(), upper, strict=True)], np.nextafter(up, -np.inf), up)
    return np.minimum(low, up), np.maximum(low, up)
