"""The number of regions against the radius, beside the bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from exactregions.comparison.all_radii.table import radius_of
from exactregions.plot.captions import verdict
from exactregions.plot.style import legend_beside, line_style, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from exactregions.comparison import Curve
    from exactregions.comparison.evaluation import BoundEvaluation

__all__ = ["plot_curve"]

PLOTTED = 4000  # steps drawn at most: more than a page has points, and a small file
HIGHEST = 1e300  # values from here on do not go on a float axis


def plot_curve(curve: Curve, axes: Axes | None = None) -> Figure:
    """Draw the curve and the bounds beside it, both axes logarithmic.

    Parameters
    ----------
    curve : Curve
    axes : matplotlib.axes.Axes, optional
        Where to draw; left out, a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ExactRegionsError
        If matplotlib is not installed.
    DomainError
        If no float is near the radius.
    """
    axes = new_axes() if axes is None else axes
    _draw_steps(axes, curve)
    lines = zip(*(comparison.rows for comparison in curve.comparisons), strict=True)
    places = [float(radius_of(comparison)) for comparison in curve.comparisons]
    for number, rows in enumerate(lines):
        _draw_bound(axes, places, rows, number)
    norm = "inf" if curve.ball.norm == math.inf else int(curve.ball.norm)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(f"radius r of the ball, norm {norm} (units of the inputs)")
    axes.set_ylabel("number of regions N(r)")
    axes.grid(True, which="major", linewidth=0.4, alpha=0.5)
    verdict(axes, curve.regions)
    legend_beside(axes)
    return axes.figure  # type: ignore[return-value]


def _draw_steps(axes: Axes, curve: Curve) -> None:
    radii, counts, end = curve.radii, curve.counts, curve.axis_radius()
    starts = [float(radius_of(c)) for c in curve.comparisons] + radii[radii > 0].tolist() + [end]
    grid = np.geomspace(min(starts), end, PLOTTED)
    kept = radii[np.unique(np.searchsorted(radii, grid, side="right") - 1).clip(0)] if len(radii) > PLOTTED else radii
    x = np.concatenate([[min(starts)], kept[kept > min(starts)], [end]])
    places = np.searchsorted(radii, x, side="right") - 1
    y = np.where(places >= 0, counts[places.clip(0)] if len(counts) else 0, 0)
    label = "exact count" if curve.exact else "regions found (lower bound)"
    axes.step(x, np.where(y > 0, y, np.nan), where="post", color="black", linewidth=1.8, zorder=3, label=label)


def _draw_bound(axes: Axes, places: Sequence[float], rows: Sequence[BoundEvaluation], number: int) -> None:
    label = f"{rows[0].name} ({rows[0].kind})"
    drawable = [row.value is not None and 0 < row.value < HIGHEST for row in rows]
    if not any(drawable):
        beyond = any(row.value is not None and row.value >= HIGHEST for row in rows)
        label += ": beyond the axis" if beyond else ": no value"
    values = [float(row.value) if ok else math.nan for row, ok in zip(rows, drawable, strict=True)]  # type: ignore[arg-type]
    axes.plot(places, values, label=label, **line_style(number))
