"""The distances from many points to other classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.domain import exact_number
from exactregions.errors import DomainError
from exactregions.network import Network
from exactregions.quantities.robustness import RobustRadius, robust_radius
from exactregions.support.answers import ending
from exactregions.support.arrays import as_array, flat_rows
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, limited, reason_of
from exactregions.support.stopwatch import Stopwatch
from exactregions.support.tables import counted

__all__ = ["RobustCurve", "robust_curve"]


@dataclass(frozen=True, slots=True, eq=False)
class RobustCurve:
    """Robust radii of several points.

    Attributes
    ----------
    radii : tuple of RobustRadius
    labels : numpy.ndarray of int, shape (n,), or None
        The true classes, where they were given: a point of another class counts as not robust.
    stopped : str or None
        Why there are fewer radii than points.
    seconds : float
    """

    radii: tuple[RobustRadius, ...]
    labels: NDArray[np.intp] | None
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether every radius is exact."""
        return self.stopped is None and all(found.complete for found in self.radii)

    @property
    def values(self) -> NDArray[np.float64]:
        """The radii in floats, shape (n,); lower ends where they are not exact, 0 for a point of a wrong class."""
        ends = (float(r.radius) if r.complete else float(r.radius.lower) for r in self.radii)
        return np.array([end if right else 0.0 for end, right in zip(ends, self._right(), strict=True)])

    def _right(self) -> list[bool]:
        if self.labels is None:
            return [True] * len(self.radii)
        return [found.label == label for found, label in zip(self.radii, self.labels.tolist(), strict=False)]

    def share(self, radius: float | Fraction) -> tuple[float, float]:
        """Bound the share of points about which the open ball of a radius holds one class, and the right one.

        Both ends are equal where every radius is exact.

        Raises
        ------
        DomainError
            If the radius is negative or no number, or there is no point.
        """
        least = exact_number(radius, "radius")
        if least < 0 or not self.radii:
            raise DomainError(
                f"radius is {short(radius)}, of {len(self.radii)} points; give 0 or more, and some points"
            )
        pairs = list(zip(self.radii, self._right(), strict=True))
        surely, maybe = (sum(right and _reaches(found, least, end) for found, right in pairs) for end in (0, 1))
        return surely / len(pairs), maybe / len(pairs)

    def __repr__(self) -> str:
        state = "" if self.complete else f" (NOT COMPLETE: {self.stopped or 'some radii are not exact'})"
        middle = f", median {float(np.median(self.values)):.6g}" if self.radii else ""
        return f"<RobustCurve: {counted(len(self.radii), 'point')}{middle}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data, as `exactregions radius --points --json` prints it."""
        return {
            "points": [found.describe() for found in self.radii],
            "labels": None if self.labels is None else self.labels.tolist(),
            **ending(self),
        }


def _reaches(found: RobustRadius, radius: Fraction, end: int) -> bool:
    """Return whether a radius is at least so large: surely by its lower end, perhaps by its upper one."""
    value = found.radius
    if value.square is not None:
        return value.square >= radius * radius
    return (value.lower, value.upper)[end] >= radius


def robust_curve(
    network: Network,
    points: ArrayLike,
    norm: float | str = 2,
    *,
    labels: ArrayLike | None = None,
    largest: float | Fraction | None = None,
    time_limit: float | None = None,
    observer: Callable[[int, RobustRadius], None] | None = None,
    **options: Any,
) -> RobustCurve:
    """Return the robust radii of many points: how many are robust at every radius.

    Parameters
    ----------
    network : Network
    points : array_like, shape (n, inputs)
        Or images, one or several axes a point.
    norm : {2, 1, inf}
    labels : array_like of int, shape (n,), optional
        The true classes.
    largest : float or Fraction, optional
        As for `robust_radius`.
    time_limit : float, optional
        Seconds for each point.
    observer : callable, optional
        Is given the number of each point and its answer.
    options
        Further keywords of `robust_radius`.

    Raises
    ------
    DomainError
        If there are other numbers of labels and points, or as `robust_radius`.

    Examples
    --------
    >>> from exactregions import Network
    >>> absolute = Network.from_layers([[[1.0]], [[1.0], [-1.0]]], [None, [-1.0, 1.0]], activation="abs")
    >>> found = robust_curve(absolute, [[0.5], [0.0], [3.0]])
    >>> [found.share(radius)[0] for radius in (0.5, 1, 2)]
    [1.0, 0.6666666666666666, 0.3333333333333333]
    """
    watch = Stopwatch()
    rows = _rows(points, network)
    known = None if labels is None else np.asarray(labels)
    if known is not None and (known.shape != (len(rows),) or known.dtype.kind not in "iu"):
        raise DomainError(f"labels has shape {known.shape}; give a whole number for each of the {len(rows)} points")
    found: list[RobustRadius] = []
    stopped = None
    with limited() as scope:
        try:
            for row in rows:
                found.append(robust_radius(network, row, norm, largest=largest, time_limit=time_limit, **options))
                if observer is not None:
                    observer(len(found) - 1, found[-1])
                scope.check()
        except STOPS as error:
            stopped = reason_of(error).text
    kept = None if known is None else known[: len(found)].astype(np.intp)
    return RobustCurve(tuple(found), kept, stopped, watch.seconds)


def _rows(points: ArrayLike, network: Network) -> NDArray[Any]:
    rows = flat_rows(as_array(points, "points", DomainError), network.inputs, network.input_shape)
    if rows is None:
        shape = ", ".join(map(str, network.input_shape or (network.inputs,)))
        raise DomainError(f"points have shape {np.shape(points)}; give (n, {shape}), one a row")
    return rows
