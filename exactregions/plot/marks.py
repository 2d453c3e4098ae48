"""Points that are marked on a drawing of cells, such as data with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import ExactRegionsError
from exactregions.geometry.plane import as_drawn
from exactregions.plot.style import INK, point_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LABELS = 48  # colours and shapes that are told apart


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Points of the plane, and the label of each.

    Attributes
    ----------
    points : numpy.ndarray, shape (n, 2)
    labels : numpy.ndarray, shape (n,), or None
    """

    points: NDArray[np.float64]
    labels: NDArray[Any] | None

    @classmethod
    def of(cls, points: ArrayLike | None, labels: ArrayLike | None) -> Marks | None:
        """Return points as they were given; None for none.

        Raises
        ------
        ExactRegionsError
            If they are no points of the plane, or there is not one label for each.
        """
        if points is None:
            if labels is not None:
                raise ExactRegionsError("there are labels of points, and no points; give `points` too")
            return None
        marked = np.asarray(points, dtype=np.float64)
        if marked.ndim != 2 or marked.shape[1] != 2:
            raise ExactRegionsError(f"points have shape {marked.shape}; give (n, 2)")
        if not np.isfinite(marked).all():
            raise ExactRegionsError("points hold a value that is not finite; give numbers")
        return cls(marked, None if labels is None else _checked(labels, len(marked)))

    def draw(self, axes: Axes, origin: tuple[Fraction, Fraction]) -> list[Any]:
        """Draw the points as seen from an origin, and return the keys of their labels."""
        seen = as_drawn(([Fraction(v) for v in point] for point in self.points.tolist()), origin)  # type: ignore[misc]
        if self.labels is None:
            axes.scatter(*seen.T, s=26, color="white", edgecolors=INK, linewidths=1.1, zorder=5)
            return []
        return [
            axes.scatter(*seen[self.labels == name].T, zorder=5, label=str(name), **point_style(number))
            for number, name in enumerate(np.unique(self.labels).tolist())
        ]


def _checked(labels: ArrayLike, count: int) -> NDArray[Any]:
    """Return labels of so many points, whole floats as integers."""
    named = np.asarray(labels)
    if named.shape != (count,):
        raise ExactRegionsError(f"labels have shape {named.shape}, and there are {count} points; give one for each")
    if named.dtype.kind == "f" and np.isfinite(named).all() and (named == named.round()).all():
        named = named.astype(np.int64)
    if named.dtype.kind not in "biuU":
        raise ExactRegionsError(f"labels are of type {named.dtype}; give whole numbers or texts")
    if len(np.unique(named)) > MOST_LABELS:
        raise ExactRegionsError(
            f"there are {len(np.unique(named))} labels, and {MOST_LABELS} are told apart; mark fewer"
        )
    return named
