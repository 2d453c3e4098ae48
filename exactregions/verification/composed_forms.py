"""Forms of units over boxes: in the inputs, and in those earlier units that have a kink within their box.

A unit without a kink is linear, so its form is one of what the units before it are written in, and it needs no line. On
small boxes few units are left to be bounded by lines, from the last stage to the first (mathematics, 8.2).

Soundness. Each form has a bound of its distance from the pre-activation that it stands for, on the box. A sum of n
products in any order is off by n + 1 roundings of its terms at most; a coefficient that is off is so by that times what
it multiplies. Where the distances of forms have come to add up, units are written down by themselves again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from exactregions.verification.lines import Lines, raised

__all__ = ["Chain", "Rows"]

Floats = NDArray[np.float64]

UNIT = 2.0**-53
MORE = 16  # roundings besides those of a sum
INEXACT = 2.0**-36  # of its size: a form that is off by more is not put into others
OF_LINES = ("steep_above", "above", "steep_below", "below", "loose_above", "loose_below")
TINY = 1e-300  # far more than products lose below the normal floats, and far less than anything of interest


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Forms of several rows over each box.

    Attributes
    ----------
    forms : numpy.ndarray, shape (boxes, variables, rows)
        Coefficients of the variables of a chain.
    mass : numpy.ndarray, shape (boxes, rows)
        At least the sizes of all terms of a form together.
    error : numpy.ndarray, shape (boxes, rows)
        How far a form is from what it stands for, at most.
    """

    forms: Floats
    mass: Floats
    error: Floats

    def at(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return the rows in some of the boxes."""
        return Rows(self.forms[chosen], self.mass[chosen], self.error[chosen])

    def both(self) -> Rows:
        """Return the negated rows, and after them the rows."""
        twice = np.concatenate([-self.forms, self.forms], axis=2)
        return Rows(twice, *(np.concatenate([v, v], axis=1) for v in (self.mass, self.error)))

    def sums(self, y: Floats, groups: Sequence[slice]) -> Rows:
        """Return the sum of the rows of each group, times nonnegative multipliers of shape (boxes, rows)."""
        forms = np.stack([np.matmul(self.forms[..., g], y[:, g, None])[..., 0] for g in groups], axis=2)
        mass, error = (np.stack([(y * v)[:, g].sum(axis=1) for g in groups], axis=1) for v in (self.mass, self.error))
        return Rows(forms, raised(mass), raised(error + (y.shape[1] + MORE) * UNIT * mass) + TINY)


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """The units of a stage that are variables, side by side in each box, and after them some that are not there.

    Arrays whose shape is not told have the shape (boxes, units); those that are not there have no coefficients.
    """

    places: NDArray[np.intp]
    there: NDArray[np.bool_]
    forms: Floats  # (boxes, variables before, units)
    reached: Floats  # (boxes, inputs, units): by about how much the range is wider for each unit of length of a side
    total: Floats  # (boxes,)
    size: Floats
    error: Floats
    steep_above: Floats
    above: Floats
    steep_below: Floats
    below: Floats
    loose_above: Floats
    loose_below: Floats

    def at(self, chosen: NDArray[np.bool_]) -> _Kept:
        return _Kept(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(slots=True, eq=False)
class Chain:
    """Units of the stages so far over boxes, the variables of forms: one, the inputs, and units that are kept.

    Parameters
    ----------
    lower, upper : numpy.ndarray, shape (boxes, inputs)
    """

    lower: Floats
    upper: Floats
    _far: Floats = field(init=False)  # sizes of variables
    _kept: list[_Kept] = field(default_factory=list)
    _linear: Rows | None = None  # units of the last stage; those that are kept are zero
    _latest: _Kept | None = None  # of that stage

    def __post_init__(self) -> None:
        ones = np.ones((len(self.lower), 1))
        self.lower, self.upper = (np.concatenate([ones, ends], axis=1) for ends in (self.lower, self.upper))
        self._far = np.maximum(np.abs(self.lower), np.abs(self.upper))

    def at(self, chosen: NDArray[np.bool_]) -> Chain:
        """Return the same in some of the boxes, for rows to be bounded."""
        found = Chain(self.lower[chosen, 1:], self.upper[chosen, 1:])
        found._kept = [kept.at(chosen) for kept in self._kept]
        return found

    def rows(self, weight: Floats, bias: Floats) -> Rows:
        """Return the rows of the next stage."""
        lost = TINY * (1.0 + self._far.sum(axis=1))[:, None]
        if self._linear is None:
            first = np.concatenate([bias[:, None], weight], axis=1).T
            forms = np.broadcast_to(first, (len(self._far), *first.shape))
            error = np.zeros((len(self._far), len(bias)))
        else:
            forms, before = self._linear.forms, self._linear.error
            forms = (forms.reshape(-1, forms.shape[2]) @ weight.T).reshape(*forms.shape[:2], -1)
            forms[:, 0] += bias
            if self._latest is not None:
                own = weight.T[self._latest.places] * self._latest.there[..., None]
                forms = np.concatenate([forms, own], axis=1)
            off = (weight.shape[1] + MORE) * UNIT * np.abs(bias)
            error = raised(before @ np.abs(weight).T + off) + lost
        return Rows(forms, raised(_times(self._far, np.abs(forms))), error)

    def go_on(self, rows: Rows, lines: Lines, reached: Floats) -> None:
        """Go on to the units of a stage, whose pre-activations are rows between the lines.

        `reached`, of shape (boxes, inputs, units), is about how much wider their ranges are for wider sides.
        """
        size = raised(rows.mass + lines.reach)
        inexact = ~(rows.error <= INEXACT * size) & (lines.steep_above != 0.0)
        keep = lines.bent | inexact
        total = raised(1.0 + self._far.sum(axis=1) + lines.total + size.sum(axis=1))
        slopes = np.where(keep, 0.0, lines.steep_above)
        off = np.abs(slopes) * (rows.error + (size.shape[1] + MORE) * UNIT * size) + TINY * total[:, None]
        self._linear = Rows(rows.forms * slopes[:, None], size, np.where(keep, 0.0, raised(off)))
        self._latest, most = None, int(keep.sum(axis=1).max(initial=0))
        if most:
            places = np.argsort(~keep, axis=1, kind="stable")[:, :most]
            at = np.arange(len(keep))[:, None], places
            there, far = keep[at], np.where(keep[at], lines.far[at], 0.0)
            of_lines = (getattr(lines, name)[at] for name in OF_LINES)
            forms, wide = (values.transpose(0, 2, 1)[at].transpose(0, 2, 1) for values in (rows.forms, reached))
            self._latest = _Kept(places, there, forms, wide, total, size[at], rows.error[at], *of_lines)
            self._kept.append(self._latest)
            self._far = np.concatenate([self._far, far], axis=1)

    def tops(self, rows: Rows, influence: Floats | None = None) -> tuple[Floats, Floats]:
        """Return what rows are at most, and the forms of the inputs that show it, of shape (boxes, inputs, rows).

        To `influence`, of shape (boxes, inputs), is added what the inputs do to these through the ranges of units.
        """
        forms, mass, off = rows.forms, rows.mass, rows.error
        for kept in reversed(self._kept):
            first = kept.forms.shape[1]
            up, down = np.maximum(forms[:, first:], 0.0), np.minimum(forms[:, first:], 0.0)
            if influence is not None:
                weights = up.sum(axis=2) * kept.loose_above - down.sum(axis=2) * kept.loose_below
                influence += np.matmul(kept.reached, weights[..., None])[..., 0]
            constants = _times(kept.above, up) + _times(kept.below, down)
            c = up * kept.steep_above[..., None]
            c += down * kept.steep_below[..., None]
            forms = forms[:, :first] + np.matmul(kept.forms, c)
            forms[:, 0] += constants
            c = np.abs(c, out=c)
            mass = mass + constants + _times(kept.size, c)
            off = off + _times(kept.error, c) + (c.shape[1] + MORE) * UNIT * mass + TINY * kept.total[:, None]
        ends = _times(self.upper, np.maximum(forms, 0.0)) + _times(self.lower, np.minimum(forms, 0.0))
        off = off + (forms.shape[1] + MORE) * UNIT * mass + TINY * self._far.sum(axis=1)[:, None]
        # twice: a checker that adds up in another order finds the same
        return ends + 2.0 * raised(off), forms[:, 1:]


def _times(values: Floats, columns: Floats) -> Floats:
    """Return sums of products of values, shape (boxes, n), with columns, shape (boxes, n, m)."""
    return np.matmul(values[:, None], columns)[:, 0]
