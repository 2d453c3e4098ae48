"""All activation masks that one ReLU unit can have on a data set."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.domain import WholeSpace
from exactregions.engines.contract import Limits
from exactregions.enumeration import enumerate_regions
from exactregions.errors import DataError, EngineError
from exactregions.landscape.arrangements import Arrangement
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.support.tables import counted
from exactregions.weights import exact_floats

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MaskSet:
    """The activation masks of a data set, and whether they are all.

    Masks come in opposite pairs (but for points whose pre-activation is always zero): row i and row i + count / 2.

    Attributes
    ----------
    points : numpy.ndarray, shape (n, d)
    bias : bool
        Whether the unit has one.
    masks : numpy.ndarray of bool, shape (count, n)
        The points on which a unit is positive. A point whose pre-activation is always zero is off in every mask.
    exact : bool
        Whether these are all masks, proved.
    stopped : str or None
        What kept them from being all.
    general_position : bool
        Whether there are as many as any arrangement of as many hyperplanes has (Cover 1965).
    seconds : float
    """

    points: Array
    bias: bool
    masks: NDArray[np.bool_]
    exact: bool
    stopped: str | None
    general_position: bool
    seconds: float
    _arrangement: Arrangement
    _regions: RegionSet | None

    def __len__(self) -> int:
        return len(self.masks)

    def __repr__(self) -> str:
        what = (
            f"{counted(len(self), 'mask')} of {counted(len(self.points), 'point')} in dimension {self.points.shape[1]}"
        )
        bias = "" if self.bias else ", without a bias"
        return f"<MaskSet: {what}{bias}>" if self.exact else f"<MaskSet: NOT EXACT: {what}{bias} ({self.stopped})>"

    def unit(self, row: int) -> tuple[tuple[Fraction, ...], Fraction]:
        """Return exact weights and bias of a unit that has a mask, positive or negative at every point that can be.

        Parameters
        ----------
        row : int
            Of `masks`.

        Raises
        ------
        DataError
            If there is no such row.
        """
        if not 0 <= row < len(self):
            raise DataError(f"there is no mask {row}; there are {len(self):,}, from 0 on")
        half, size = (len(self) + 1) // 2, self.points.shape[1] + self.bias
        point = self._regions[row % half].witness if self._regions is not None else ()
        found = self._arrangement.weights(point, size) if self._arrangement.rank else (Fraction(0),) * size
        signed = found if row < half else tuple(-v for v in found)
        return (signed[1:], signed[0]) if self.bias else (signed, Fraction(0))

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "masks": len(self),
            "points": self.points.shape[0],
            "dimension": self.points.shape[1],
            "bias": self.bias,
            "exact": self.exact,
            "stopped": self.stopped,
            "general_position": self.general_position,
            "seconds": self.seconds,
        }


def activation_masks(
    points: ArrayLike,
    *,
    bias: bool = True,
    time_limit: float | None = None,
    workers: int = 1,
    certificate: str | os.PathLike[str] | None = None,
    progress: Observer | None = None,
) -> MaskSet:
    """Find all masks of a data set: the sets of points at which one ReLU unit is positive, for open sets of weights.

    They are the cells of the arrangement {w : w.x_i + b = 0} in the space of weights. Cells come in opposite pairs, so
    those with w.x_1 + b = 1 are searched by `enumerate_regions` in the whole space, and their opposites added
    (mathematics, 7.4).

    Parameters
    ----------
    points : array_like or tensor, shape (n, d)
        Each taken at its exact value. Repeated points, or without a bias proportional ones, share their hyperplane.
    bias : bool
        Whether units have a bias.
    time_limit : float, optional
        Seconds. A limit or Ctrl-C leaves the masks found so far.
    workers, progress
        As for `enumerate_regions`.
    certificate : path-like, optional
        Write a certificate there of half of their number, which `exactregions check` confirms: of the regions of the
        network whose inputs are the weights.

    Raises
    ------
    DataError
        If the points are no finite numbers of shape (n, d), or there are none.
    EngineError
        If a certificate is asked where one hyperplane at most needs no search, or as `enumerate_regions`.

    Examples
    --------
    >>> found = activation_masks([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> found
    <MaskSet: 14 masks of 4 points in dimension 2>
    >>> found.unit(0)[1] > 0, found.masks[0].tolist()[0]
    (True, True)
    """
    start = time.perf_counter()
    Limits(time_limit, None, True, workers)  # which refuses what is no limit, also where nothing is searched
    given = vectors_of(points, bias)
    arrangement = Arrangement.of(given)
    regions = None
    if arrangement.rank > 1:
        network, space = arrangement.network(), WholeSpace(arrangement.rank - 1)
        regions = enumerate_regions(
            network, space, time_limit=time_limit, workers=workers, certificate=certificate, progress=progress
        )
    elif certificate is not None:
        raise EngineError("a certificate is of a search, and at most one hyperplane needs none; leave it out")
    masks = _masks(arrangement, regions)
    return MaskSet(
        given[:, 1:] if bias else given,
        bias,
        masks,
        regions is None or regions.exact,
        None if regions is None else regions.why_not_exact or None,
        len(masks) == arrangement.most_cells,
        time.perf_counter() - start,
        arrangement,
        regions,
    )


def vectors_of(points: ArrayLike, bias: bool) -> Array:
    """Return points as rows, after a column of ones where there is a bias.

    Raises
    ------
    DataError
        As `activation_masks`.
    """
    given = exact_floats(points, "points", 2, DataError)
    if 0 in given.shape:
        raise DataError(f"points has shape {given.shape}; give at least one point of at least one coordinate")
    return np.hstack([np.ones((len(given), 1)), given]) if bias else given


def _masks(arrangement: Arrangement, regions: RegionSet | None) -> NDArray[np.bool_]:
    """Return the masks of the cells where the first row is positive, then those of the opposite cells."""
    if not arrangement.rank:
        return arrangement.signs_of_vectors(np.zeros((1, 0), dtype=bool))
    others = np.zeros((1, 0), dtype=bool) if regions is None else regions.pattern_array()
    cells = np.hstack([np.ones((len(others), 1), dtype=bool), others])
    masks = arrangement.signs_of_vectors(np.vstack([cells, ~cells]))
    masks.setflags(write=False)
    return masks
