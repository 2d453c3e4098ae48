"""How far a cell is from the centre of a ball at least, exactly, by the few of its halfspaces that decide it."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.exact.common_denominators import over_one_denominator
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.geometry.distances.exact_distances import dual_distance, tight_rows
from exactregions.geometry.distances.proposals import NearestPoints
from exactregions.network import Network
from exactregions.solvers.contract import Proposal

__all__ = ["LeafDistances"]

Array = NDArray[np.float64]


class LeafDistances:
    """Bounds the distances of cells of the stages before the last, where some unit of the last one is not negative.

    Floats propose the halfspaces that are tight at the nearest point; only these are composed exactly, and prove the
    distance by their multipliers (mathematics, 7.2).

    Parameters
    ----------
    network : Network
        Its last stage has the units that are asked for.
    exact : ExactNetwork
        The same.
    ball : Ball
        About the centre, in the norm that is meant.
    """

    def __init__(self, network: Network, exact: ExactNetwork, ball: Ball) -> None:
        self._stages, self._exact, self._ball = network.stages, exact, ball
        self._center = over_one_denominator(as_point(ball.center))
        self._nearest = NearestPoints(ball.dim, ball.norm)
        self._known: dict[tuple[bytes, int], tuple[Fraction, Array] | None] = {}
        self._splits = np.concatenate([stage.splits for stage in network.stages[:-1]])

    def at_least(self, signs: NDArray[np.int8], unit: int, scale: float) -> tuple[Fraction, Array] | None:
        """Return a lower bound of the distance, squared in the norm 2, and the step to about the nearest point.

        None where floats propose nothing that proves one.

        Parameters
        ----------
        signs : numpy.ndarray of int8
            Of all units before the last stage, wires included.
        unit : int
            Place in the last stage.
        scale : float
            About the distance.
        """
        if (key := (signs.tobytes(), unit)) not in self._known:
            self._known[key] = self._bounded(signs, unit, scale)
        return self._known[key]

    def proposed(self, signs: NDArray[np.int8], unit: int, scale: float) -> Array | None:
        """Return the step from the centre to about the nearest point; None where floats find none."""
        found = self._proposed(signs, unit, scale)
        return None if found is None else found[1]

    def _bounded(self, signs: NDArray[np.int8], unit: int, scale: float) -> tuple[Fraction, Array] | None:
        found = self._proposed(signs, unit, scale)
        if found is None:
            return None
        tight, step = found
        turned = [*signs.tolist(), *[1] * len(self._stages[-1].bias)]
        forms = [self._exact.unit_form(place, turned)[0] for place in tight]
        oriented = [form if turned[place] > 0 else form.negated() for form, place in zip(forms, tight, strict=True)]
        normals = flint.fmpz_mat(len(tight), self._ball.dim, [v for form in oriented for v in form.a])
        constants = [flint.fmpq(form.scaled_at(self._center), self._center.denominator) for form in oriented]
        bound = dual_distance(normals, constants, step, self._ball.norm)
        return None if bound is None else (as_fractions([bound])[0], step)

    def _proposed(self, signs: NDArray[np.int8], unit: int, scale: float) -> tuple[list[int], Array] | None:
        """Return the units whose halfspaces are tight at the nearest point, as floats find it, and the step to it."""
        places = np.append(np.flatnonzero(self._splits), len(signs) + unit)
        turned = np.append(signs, np.ones(len(self._stages[-1].bias), dtype=np.int8))
        with np.errstate(all="ignore"):
            rows = self._rounded(turned, scale)[places] * turned[places, None]
            sizes = np.linalg.norm(rows[:, :-1], axis=1)
            kept = np.flatnonzero(sizes > 0.0)
            rows = rows[kept] / sizes[kept, None]
            found = self._nearest.propose(rows[:, :-1], rows[:, -1]) if np.isfinite(rows).all() else None
        if not isinstance(found, Proposal):
            return None
        return places[kept[tight_rows(found)]].tolist(), found.point * scale

    def _rounded(self, signs: NDArray[np.int8], scale: float) -> Array:
        """Return all pre-activations as forms of (x - center) / scale in floats, shape (units, d + 1)."""
        first, *later = self._stages
        found = [np.column_stack([first.weight * scale, first.weight @ self._ball.center_float + first.bias])]
        place = 0
        for before, stage in zip(self._stages, later, strict=False):
            own = signs[place : place + len(before.bias)]
            place += len(own)
            forms = stage.weight @ (np.where(own > 0, before.high, before.low)[:, None] * found[-1])
            forms[:, -1] += stage.bias
            found.append(forms)
        return np.concatenate(found)
