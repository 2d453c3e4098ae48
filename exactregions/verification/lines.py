"""Lines above and below units over a range of their pre-activations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.stage import Stage

__all__ = ["Lines", "lines_of", "raised"]

Floats = NDArray[np.float64]

GRAIN = 2.0**20
MORE = 1.0 + 2.0**-49  # covers a difference, a product and this one
RESERVE = 1.0 + 1e-9  # covers all roundings of a bound that is itself a sum of fewer than 1e6 terms, none negative


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Lines above and below the units of a stage, each array of shape (boxes, units).

    Attributes
    ----------
    steep_above, above : numpy.ndarray
        On the box a unit with the pre-activation p is at most `steep_above` p + `above`.
    steep_below, below : numpy.ndarray
        And at least `steep_below` p + `below`.
    bent : numpy.ndarray of bool
        Units whose kink is within the range.
    loose_above, loose_below : numpy.ndarray
        How far the lines are from the unit at most, over the length of its range; not rounded, and proves nothing.
    reach : numpy.ndarray
        At least the magnitudes of all terms of p together.
    far : numpy.ndarray
        At least the magnitude of the unit.
    total : numpy.ndarray, shape (boxes,)
        At least all `reach` together.
    """

    steep_above: Floats
    above: Floats
    steep_below: Floats
    below: Floats
    bent: NDArray[np.bool_]
    loose_above: Floats
    loose_below: Floats
    reach: Floats
    far: Floats
    total: Floats

    def at(self, chosen: NDArray[np.bool_]) -> Lines:
        """Return the lines in some of the boxes."""
        return Lines(*(getattr(self, name)[chosen] for name in self.__slots__))


def lines_of(stage: Stage, low: Floats, high: Floats, slopes: Floats, reach: Floats) -> Lines:
    """Return lines above and below units with values of pre-activations between `low` and `high`.

    A unit with the slopes s and t, less k times p, is linear but for a kink at zero: on [l, u] with l < 0 < u it lies
    between the least and the largest of (s - k) l, 0 and (t - k) u, whatever k is.

    Parameters
    ----------
    stage : Stage
    low, high, reach : numpy.ndarray, shape (boxes, units)
        `reach` as in `Lines`.
    slopes : numpy.ndarray, shape (boxes, units)
        Where between s and t the slope of the one line is that passes through the kink.
    """
    s, t = stage.low, stage.high
    bent = (low < 0.0) & (high > 0.0) & (s != t)
    fixed = np.where(high <= 0.0, s, t)
    # any number may stand for the slope of the chord: a short one, which a checker finds too
    share = np.clip(np.nan_to_num(high / np.where(bent, high - low, 1.0)), 0.0, 1.0)
    chord = s + (t - s) * np.rint(share * GRAIN) / GRAIN
    through = s + (t - s) * slopes
    convex = t >= s
    steep_above = np.where(bent, np.where(convex, chord, through), fixed)
    steep_below = np.where(bent, np.where(convex, through, chord), fixed)
    above = np.where(bent, np.maximum(np.maximum((s - steep_above) * low, (t - steep_above) * high), 0.0), 0.0)
    below = np.where(bent, np.minimum(np.minimum((s - steep_below) * low, (t - steep_below) * high), 0.0), 0.0)
    # a unit whose range is not known has no lines: what comes of it is not a number
    reach = reach + np.maximum(np.abs(low), np.abs(high))
    far = raised(np.maximum(np.abs(s), np.abs(t)) * np.maximum(np.abs(low), np.abs(high)))
    total = raised(reach.sum(axis=1) + far.sum(axis=1))
    loose = _looseness(bent, convex, np.abs(t - s), low, high)
    return Lines(steep_above, above * MORE, steep_below, below * MORE, bent, *loose, raised(reach), far, total)


def _looseness(
    bent: NDArray[np.bool_], convex: NDArray[np.bool_], bend: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Return how far lines above and below are from units, over the lengths of the ranges of these."""
    width = np.where(bent, high - low, 1.0)
    chord = np.where(bent, bend * high / width * (-low / width), 0.0)
    tangent = np.where(bent, bend * np.minimum(high, -low) / width, 0.0)
    return np.where(convex, chord, tangent), np.where(convex, tangent, chord)


def raised(values: Floats) -> Floats:
    """Return nonnegative sums with their roundings added."""
    return values * RESERVE
