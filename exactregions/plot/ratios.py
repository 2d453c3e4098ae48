"""How far bounds are from the count, over the radius or the depth."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from exactregions.comparison.all_radii.table import radius_of, radius_text
from exactregions.domain import exact_number
from exactregions.errors import DomainError, ExactRegionsError
from exactregions.exact.floats import nearest_float, within_floats
from exactregions.plot.captions import bound_labels, title
from exactregions.plot.style import axes_for, legend_beside, line_style, marker_style
from exactregions.support.shortening import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from exactregions.comparison import Curve
    from exactregions.comparison.one_domain import Comparison

HIGHEST = 250.0  # log10: larger ratios do not go on a float axis
Places = dict[float, list[float]]


def plot_ratio(
    compared: Curve | Iterable[Comparison],
    axes: Axes | None = None,
    *,
    by: str | Sequence[float] = "radius",
    label: str | None = None,
    size: tuple[float, float] | None = None,
) -> Figure:
    """Draw each bound divided by the count, on a logarithmic axis: 1 is a tight bound, an upper one lies above.

    Where several comparisons have the same place, the marker is their median and the bar reaches from the least to
    the largest. Nothing joins the places: between them a ratio may be anything.

    Parameters
    ----------
    compared : Curve or iterable of Comparison
    axes : matplotlib.axes.Axes, optional
        Where to draw; left out, a new figure.
    by : {"radius", "depth"} or sequence of float
        The place of each comparison: the radius of its ball, the number of its network's hidden layers, or one number
        each.
    label : str, optional
        Of the horizontal axis.
    size : tuple of float, optional
        Width and height of a new figure, in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ExactRegionsError
        If there is nothing to draw, matplotlib is not installed, `by` is unknown, or does not have one number for
        each comparison, or a comparison without a ball is to be placed by its radius.
    DomainError
        If a place is no finite number, or a radius is beyond the floats.
    """
    comparisons = list(compared) if isinstance(compared, Iterable) else list(compared.comparisons)
    if not comparisons:
        raise ExactRegionsError("there is no comparison to draw; give a curve, or some that `compare` returned")
    places, default = _places(comparisons, by)
    axes = axes_for(axes, size)
    for number, (name, found) in enumerate(_ratios(comparisons, places).items()):
        _draw(axes, name, found, number)
    proved = all(comparison.regions.exact for comparison in comparisons)
    axes.axhline(1.0, color="black", linewidth=1.4, label="exact count" if proved else "regions found (lower bound)")
    axes.set_yscale("log")
    if by == "radius":
        axes.set_xscale("log")
        axes.set_xlim(min(places) / 1.5, max(places) * 1.5)  # also where no bound has a value
    if by == "depth":
        axes.set_xticks(sorted(set(places)))
    axes.set_xlabel(default if label is None else label)
    axes.set_ylabel("bound / exact count" if proved else "bound / regions found")
    axes.grid(True, which="major", linewidth=0.4, alpha=0.5)
    legend_beside(axes)
    if not proved:
        title(axes, "NOT EXACT: some searches ended early", proved=False)
    return axes.figure  # type: ignore[return-value]


def _places(comparisons: Sequence[Comparison], by: str | Sequence[float]) -> tuple[list[float], str]:
    """Return the place of each comparison, and what places are."""
    if by == "radius":
        if not all(hasattr(comparison.regions.domain, "radius") for comparison in comparisons):
            raise ExactRegionsError("a comparison has no ball; give by='depth' or a number for each comparison")
        return [_radius_place(c) for c in comparisons], "radius of the ball (units of the inputs)"
    if by == "depth":
        return [float(len(c.regions.network.widths)) for c in comparisons], "number of hidden layers"
    if isinstance(by, str):
        raise ExactRegionsError(f"by is {short(by)}; give 'radius', 'depth', or a number for each comparison")
    if len(by) != len(comparisons):
        raise ExactRegionsError(f"by has {len(by)} numbers for {len(comparisons)} comparisons; give one for each")
    places = [nearest_float(exact_number(place, "a place")) for place in by]
    return places, ""


def _radius_place(comparison: Comparison) -> float:
    radius = radius_of(comparison)
    if not (within_floats(radius) and abs(math.log10(float(radius))) < HIGHEST):
        raise DomainError(f"no axis of floats holds the radius {radius_text(radius)}; give by=.. other numbers")
    return float(radius)


def _ratios(comparisons: Sequence[Comparison], places: Sequence[float]) -> dict[str, Places]:
    """Return for each bound the decimal logarithms of its ratios, by place."""
    found: dict[str, Places] = {}
    for comparison, place in zip(comparisons, places, strict=True):
        if comparison.regions.count == 0:
            continue
        for row, name in zip(comparison.rows, bound_labels(comparison.rows), strict=True):
            at = found.setdefault(name, defaultdict(list))
            if row.log10 is not None:
                at[place].append(row.log10 - math.log10(comparison.regions.count))
    return found


def _draw(axes: Axes, name: str, found: Places, number: int) -> None:
    x = sorted(place for place, logs in found.items() if max(logs) < HIGHEST)
    if len(x) < len(found):
        name += ": partly beyond the axis" if x else ": beyond the axis"
    elif not x:
        name += ": no value"
    middle, low, high = (np.array([10.0 ** float(f(found[place])) for place in x]) for f in (np.median, np.min, np.max))
    if (low < high).any():
        colour = line_style(number)["color"]
        axes.vlines(x, low, high, color=colour, linewidth=1.0)
    axes.plot(x, middle, label=name, **marker_style(number))
