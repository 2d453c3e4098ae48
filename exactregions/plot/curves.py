"""The number of regions against the radius, beside the bounds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from exactregions.comparison.all_radii.table import radius_of, radius_text
from exactregions.domain.ball import norm_name
from exactregions.errors import DomainError
from exactregions.exact.floats import nearest_float, rounded_down, rounded_up
from exactregions.plot.captions import bound_labels, verdict
from exactregions.plot.style import axes_for, legend_beside, line_style, marker_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from exactregions.comparison import Curve
    from exactregions.comparison.evaluation import BoundEvaluation

Span = tuple[float, float]  # the least and the largest radius of an axis

PLOTTED = 4000  # steps drawn at most: more than a page has points, and a small file
HIGHEST = 1e250  # values from here on do not go on a float axis, which is a twentieth longer than what is drawn


def plot_curve(curve: Curve, axes: Axes | None = None, *, size: tuple[float, float] | None = None) -> Figure:
    """Draw the curve and the bounds beside it, both axes logarithmic.

    Between the radii at which bounds were evaluated, marked by dots, an upper bound is drawn at its value at the next
    larger one and a lower bound at its value at the next smaller one: that much it proves there.

    Parameters
    ----------
    curve : Curve
    axes : matplotlib.axes.Axes, optional
        Where to draw; left out, a new figure.
    size : tuple of float, optional
        Width and height of a new figure, in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ExactRegionsError
        If matplotlib is not installed, or the size is none.
    DomainError
        If no float is near the radius.
    """
    end = curve.axis_radius()
    axes = axes_for(axes, size)
    radii = [radius_of(comparison) for comparison in curve.comparisons]
    candidates = [rounded_down(radius) for radius in radii] + curve.radii.tolist() + [end]
    span = max(min(radius for radius in candidates if radius > 0), 1 / HIGHEST), end
    if not 1 / HIGHEST < end < HIGHEST:
        raise DomainError(f"no axis of floats holds the radius {radius_text(curve.ball.radius)}; rescale the problem")
    _draw_steps(axes, curve, span)
    lines = list(zip(*(comparison.rows for comparison in curve.comparisons), strict=True))
    for number, (rows, label) in enumerate(zip(lines, bound_labels([rows[0] for rows in lines]), strict=True)):
        _draw_bound(axes, radii, rows, span, number, label)
    norm = norm_name(curve.ball.norm)
    axes.set_xscale("log")
    axes.set_yscale("log")
    if not any(np.isfinite(np.asarray(line.get_ydata(), dtype=float)).any() for line in axes.lines):
        axes.set_xlim(span[0] / 2, span[1])
        axes.set_ylim(1, 10)  # a search that was stopped before its first region, and no bound
    axes.set_xlabel(f"radius r of the ball, norm {norm} (units of the inputs)")
    axes.set_ylabel("number of regions N(r)")
    axes.grid(True, which="major", linewidth=0.4, alpha=0.5)
    legend_beside(axes)
    verdict(axes, curve.regions)
    return axes.figure  # type: ignore[return-value]


def _draw_steps(axes: Axes, curve: Curve, span: Span) -> None:
    radii, counts = curve.radii, curve.counts
    begin, end = span
    grid = np.geomspace(begin, end, PLOTTED)
    kept = radii[np.unique(np.searchsorted(radii, grid, side="right") - 1).clip(0)] if len(radii) > PLOTTED else radii
    x = np.concatenate([[begin], kept[kept > begin], [end]])
    places = np.searchsorted(radii, x, side="right") - 1
    y = np.where(places >= 0, counts[places.clip(0)] if len(counts) else 0, 0)
    label = "exact count" if curve.exact else "regions found (lower bound)"
    axes.step(x, np.where(y > 0, y, np.nan), where="post", color="black", linewidth=1.8, zorder=3, label=label)


def _draw_bound(
    axes: Axes, radii: Sequence[Fraction], rows: Sequence[BoundEvaluation], span: Span, number: int, name: str
) -> None:
    """Draw what the values say of the count at every radius.

    The count rises with the radius. So the value of an upper bound holds for all smaller radii, up to the radius
    before, and that of a lower bound for all larger ones; of other kinds a value says nothing about other radii.
    """
    label, style = name + _remark(rows), line_style(number)
    rounded = {"upper": rounded_down, "lower": rounded_up}.get(rows[0].kind, nearest_float)
    drawn = [(rounded(radius), float(row.value)) for radius, row in zip(radii, rows, strict=True) if _drawable(row)]  # type: ignore[arg-type]
    places, values = ([pair[k] for pair in drawn if pair[0] > 0] for k in (0, 1))
    if not places:
        axes.plot([], [], label=label, **style)
    elif rows[0].kind == "upper":
        x, y = [min(span[0], places[0]), *places], [values[0], *values]
        axes.step(x, y, where="pre", label=label, markevery=slice(1, None), **style)
    elif rows[0].kind == "lower":
        x, y = [*places, max(span[1], places[-1])], [*values, values[-1]]
        axes.step(x, y, where="post", label=label, markevery=slice(0, len(places)), **style)
    else:
        axes.plot(places, values, label=label, **marker_style(number))


def _drawable(row: BoundEvaluation) -> bool:
    return row.value is not None and 0 < row.value < HIGHEST


def _remark(rows: Sequence[BoundEvaluation]) -> str:
    """Return why nothing is drawn of a bound, if nothing is."""
    if any(_drawable(row) for row in rows):
        return ""
    values = [row.value for row in rows if row.value is not None]
    if not values:
        return ": no value"
    return ": beyond the axis" if max(values) >= HIGHEST else ": zero"
