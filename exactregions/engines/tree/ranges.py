"""Ranges of forms of the inputs and of undecided units over a domain; every float bound is rounded outward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.rounding_errors import TINY, above, slack
from exactregions.exact.shapes import ShapeKind
from exactregions.exact.shapes.rounded import dual_reach
from exactregions.support.stopping import check

if TYPE_CHECKING:
    from exactregions.engines.tree.undecided import Composed

Floats = NDArray[np.float64]

AT_ONCE = 2**22  # entries of a dense matrix of forms: 32 MB
LARGEST = 2**24  # entries beyond which undecided units are replaced by intervals alone
WORK = 2e9  # and products of two floats


class Ranges:
    """What is known of the undecided units so far: the range of each value, and an affine form close to it.

    The value of an undecided unit v is slope_v z_v + middle_v, give or take half_v, where z_v is its pre-activation;
    and z_v is replaced by *its* affine form of the inputs and of one number in [-1, 1] for each undecided unit before.
    So each value is G_v y + g_v + E_v n with n in the cube, give or take `off`.

    Parameters
    ----------
    kind : ShapeKind
    outer : numpy.ndarray, shape (p,)
        Radius or half sides of the domain about the origin.
    """

    def __init__(self, kind: ShapeKind, outer: Floats) -> None:
        self.kind, self.outer = kind, outer
        self.radius: Any = outer if kind is ShapeKind.BOX else float(outer[0])
        self.lower, self.upper = np.zeros(0), np.zeros(0)  # of values
        p = len(outer)
        self.affine: Floats | None = np.zeros((0, p + 1))  # G and g; None where that became too large
        self.noise, self.off = np.zeros((0, 0)), np.zeros(0)  # E

    @property
    def terms(self) -> float:
        """Sum of the magnitudes of all variables, and their number: what a coefficient lost by underflow can add."""
        reach = np.maximum(np.abs(self.lower), np.abs(self.upper))
        return float(above(self.outer.sum() + reach.sum(), len(self.outer) + len(reach))) + len(reach) + len(self.outer)

    def sizes(self, forms: Composed) -> Floats:
        """Bound the sum of the magnitudes of the terms of each form over the domain, shape (m,)."""
        reach = np.maximum(np.abs(self.lower), np.abs(self.upper))[: forms.links.shape[1]]
        total = abs(forms.x) @ self.outer + abs(forms.links) @ reach + np.abs(forms.constant)
        return above(total, len(self.outer) + len(reach) + 2) + TINY * self.terms

    def of(self, forms: Composed, wanted: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return ends of each form over the domain, the closer ones for the wanted forms that have no sign yet."""
        reach = dual_reach(self.kind, self.radius, forms.x)
        low, high = self._of_links(forms.links)
        rounding = self.sizes(forms) * slack(forms.links.shape[1] + 4) + TINY * self.terms
        spread = above(reach + forms.errors + rounding, 4)
        lower, upper = _outward(forms.constant + low - spread, forms.constant + high + spread)
        vanishes = (forms.terms() == 0) & (forms.errors == 0.0)
        lower[vanishes] = upper[vanishes] = 0.0
        still = np.flatnonzero(wanted & (lower <= 0) & (upper > 0))
        if len(self.lower) and len(still) and self._is_feasible(forms.links[still]):
            self._sharpen(forms.rows(still), still, lower, upper)
        return lower, upper

    def _of_links(self, links: Any) -> tuple[Floats, Floats]:
        """Return ends of the part of forms that reads undecided units, before rounding."""
        positive, negative = links.maximum(0.0), links.minimum(0.0)
        low = positive @ self.lower + negative @ self.upper
        return low, positive @ self.upper + negative @ self.lower

    def _is_feasible(self, links: Any) -> bool:
        """Whether the affine forms of some rows are worth their time and memory."""
        columns = len(self.outer) + len(self.lower)
        small = (links.shape[0] + len(self.lower)) * columns <= LARGEST
        return self.affine is not None and small and links.nnz * columns <= WORK

    def _sharpen(self, forms: Composed, rows: NDArray[np.intp], lower: Floats, upper: Floats) -> None:
        """Narrow the ends of the forms of some rows, each through its affine form."""
        at_once = max(1, AT_ONCE // (len(self.outer) + len(self.lower)))
        for first in range(0, len(rows), at_once):
            check()
            some = np.arange(first, min(first + at_once, len(rows)))
            affine, noise, off = self._substituted(forms.rows(some))
            p = len(self.outer)
            reach = dual_reach(self.kind, self.radius, affine[:, :p]) + np.abs(noise).sum(axis=1)
            spread = above(reach + off, noise.shape[1] + 3)
            low, high = _outward(affine[:, p] - spread, affine[:, p] + spread)
            here = rows[some]
            lower[here], upper[here] = np.fmax(lower[here], low), np.fmin(upper[here], high)

    def _substituted(self, forms: Composed) -> tuple[Floats, Floats, Floats]:
        """Return forms of the inputs and the cube, and how far the true ones may be from them."""
        assert self.affine is not None
        x = forms.x if isinstance(forms.x, np.ndarray) else forms.x.toarray()
        affine = forms.links @ self.affine
        affine[:, :-1] += x
        affine[:, -1] += forms.constant
        noise = forms.links @ self.noise
        sizes = abs(forms.links)
        magnitude = self.sizes(forms) + sizes @ self._magnitudes()
        rounding = magnitude * slack(forms.links.shape[1] + 4) + TINY * (self.terms + len(self.lower)) * (
            forms.links.shape[1] + 4
        )
        return affine, noise, above(forms.errors + sizes @ self.off + rounding, forms.links.shape[1] + 4)

    def _magnitudes(self) -> Floats:
        """Bound the sum of the magnitudes of the terms of each affine form."""
        assert self.affine is not None
        reach = np.append(self.outer, 1.0)
        total = np.abs(self.affine) @ reach + np.abs(self.noise).sum(axis=1)
        return above(total, len(reach) + self.noise.shape[1] + 1) + TINY * self.terms

    def add(self, forms: Composed, low: Floats, high: Floats) -> None:
        """Take up undecided units, given the forms of their pre-activations and their slopes."""
        wide = self._substituted(forms) if self.affine is not None and self._is_feasible(forms.links) else None
        lower, upper = self.of(forms, np.ones(len(forms.constant), dtype=bool))
        at_lower, at_upper = (np.where(end > 0, high, low) * end for end in (lower, upper))
        values = np.stack([at_lower, at_upper, np.where((lower < 0) & (upper > 0), 0.0, at_lower)])
        ends = _outward(values.min(axis=0), values.max(axis=0))
        if wide is not None:
            self._extend(wide, lower, upper, at_lower, at_upper)
        else:
            self.affine = None
        self.lower, self.upper = np.append(self.lower, ends[0]), np.append(self.upper, ends[1])

    def _extend(
        self, wide: tuple[Floats, Floats, Floats], lower: Floats, upper: Floats, at_lower: Floats, at_upper: Floats
    ) -> None:
        """Add the affine forms of values: a line through the ends of the range, and how far the value is from it."""
        affine, noise, off = wide
        slope = np.nan_to_num((at_upper - at_lower) / (upper - lower), posinf=0.0, neginf=0.0)
        # a function of two linear pieces is farthest from a line at the ends or where they meet
        gaps = np.stack([at_lower - slope * lower, at_upper - slope * upper, np.zeros(len(slope))])
        size = np.abs(at_lower) + np.abs(at_upper) + np.abs(slope) * (np.abs(lower) + np.abs(upper))
        widened = above(size * slack(4) + TINY, 4)
        bottom, top = gaps.min(axis=0) - widened, gaps.max(axis=0) + widened
        middle = 0.5 * bottom + 0.5 * top
        half = above(np.maximum(top - middle, middle - bottom), 2)
        new, before = len(slope), len(self.lower)
        grown = np.zeros((before + new, before + new))
        grown[:before, :before] = self.noise
        grown[before:, :before] = slope[:, None] * noise
        grown[before:, before:] = np.diag(half)
        added = slope[:, None] * affine
        added[:, -1] += middle
        p1 = np.append(self.outer, 1.0)
        magnitude = np.abs(slope) * (np.abs(affine) @ p1 + np.abs(noise).sum(axis=1)) + np.abs(middle)
        rounding = above(magnitude * slack(3), len(p1) + before + 4) + TINY * (self.terms + before)
        self.affine = np.concatenate([self.affine, added]) if self.affine is not None else None
        self.noise = grown
        self.off = np.append(self.off, above(np.abs(slope) * off + rounding, 3))


def _outward(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Widen computed ends by more than the roundings of the three terms they were made of."""
    return lower - (np.abs(lower) * slack(4) + TINY), upper + (np.abs(upper) * slack(4) + TINY)
