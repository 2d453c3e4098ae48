"""The marks of the study figures: lines with intervals, and intervals side by side; colours for every eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from studies.effects import Interval, t_interval

__all__ = [
    "BOUND_COLOURS",
    "COLOURS",
    "COUNT_COLOURS",
    "KIND_COLOURS",
    "STATE_COLOURS",
    "intervals",
    "lines",
    "quartile_band",
]

Array = NDArray[np.float64]

# M. Okabe, K. Ito, Color universal design, 2008
COLOURS = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
KIND_COLOURS = {
    "train": COLOURS[6],
    "test": COLOURS[1],
    "noise": COLOURS[7],
    "mixed": COLOURS[3],
    "shuffled": COLOURS[2],
    "permuted": COLOURS[0],
    "uniform": COLOURS[5],
}
STATE_COLOURS = {"initial": COLOURS[0], "true": COLOURS[6], "half": COLOURS[1], "random": COLOURS[5]}
COUNT_COLOURS = {"regions": COLOURS[0], "ball_profile": COLOURS[6], "ball_propagation": COLOURS[5]}
BOUND_COLOURS = {
    "naive": "0.55",
    "serra_2018": COLOURS[0],
    "ball_propagation": COLOURS[5],
    "ball_profile": COLOURS[6],
    "serra_ramalingam_2020": COLOURS[7],
    "ball_profile_exact": COLOURS[3],
    "hybrid_1": COLOURS[1],
}
MARKERS = "os*^vPD"


def lines(
    axes: Axes, x: Sequence[float], series: Mapping[str, Sequence[ArrayLike]], colours: Mapping[str, str]
) -> None:
    """Draw the mean over seeds, and Student's 95% interval, at each x: `series` gives the values of the seeds there.

    A shorter series ends before the last x. Marks of different series are moved apart a little, so that the intervals
    can be told from each other.
    """
    places = np.arange(len(x))
    for number, (name, values) in enumerate(series.items()):
        found = [t_interval(v) for v in values]
        middle = np.array([f.estimate for f in found])
        ends = np.array([[f.estimate - f.low for f in found], [f.high - f.estimate for f in found]])
        moved = places[: len(values)] + 0.08 * (number - (len(series) - 1) / 2)
        style = {"color": colours[name], "marker": _marker(name, colours), "label": name}
        axes.errorbar(moved, middle, ends, ms=4, lw=1.4, capsize=2, **style)
    axes.set_xticks(places, [f"{value:g}" for value in x])
    axes.grid(axis="y", lw=0.4, alpha=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def intervals(axes: Axes, groups: Mapping[str, Mapping[str, Interval]], colours: Mapping[str, str]) -> None:
    """Draw intervals side by side: a line for each group, in it a mark for each series; zero is drawn."""
    axes.axvline(0.0, color="0.4", lw=0.8)
    for place, group in enumerate(groups.values()):
        for number, (name, found) in enumerate(group.items()):
            height = place + 0.16 * (number - (len(group) - 1) / 2)
            ends = [[found.estimate - found.low], [found.high - found.estimate]]
            label = name if not place else None
            axes.errorbar(
                found.estimate,
                height,
                xerr=ends,
                color=colours[name],
                marker=_marker(name, colours),
                ms=4,
                lw=1.4,
                capsize=2,
                label=label,
                ls="none",
            )
    axes.set_yticks(range(len(groups)), list(groups))
    axes.invert_yaxis()
    axes.grid(axis="x", lw=0.4, alpha=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)


def quartile_band(axes: Axes, x: Sequence[float], values: Sequence[Array], **style: str) -> None:
    """Draw the median at each x, and a bar between the quartiles."""
    known = [np.asarray(v, dtype=float)[~np.isnan(np.asarray(v, dtype=float))] for v in values]
    low, middle, high = np.array([np.quantile(v, [0.25, 0.5, 0.75]) if len(v) else [np.nan] * 3 for v in known]).T
    places = np.arange(len(x))
    axes.errorbar(places, middle, [middle - low, high - middle], ms=4, lw=1.3, capsize=2, **style)  # type: ignore[arg-type]
    axes.set_xticks(places, [f"{value:g}" for value in x])
    axes.grid(axis="y", lw=0.4, alpha=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _marker(name: str, colours: Mapping[str, str]) -> str:
    """Return the same marker for a name in every figure with these colours."""
    return MARKERS[list(colours).index(name)]
