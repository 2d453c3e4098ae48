"""The figures of the study notebooks, and of the page of findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from polars import col

from studies.effects import Interval, t_interval
from studies.figures import (
    BOUND_COLOURS,
    COLOURS,
    COUNT_COLOURS,
    KIND_COLOURS,
    STATE_COLOURS,
    intervals,
    lines,
    quartile_band,
)
from studies.findings import (
    COUNTS,
    Finding,
    Table,
    beside,
    changes,
    correlations,
    delta,
    difference,
    largest,
    per_seed,
)
from studies.looseness import SHOWN, along
from studies.training_dynamics import KINDS

__all__ = [
    "bounds_beside_counts",
    "changes_by_experiment",
    "changes_by_radius",
    "differences_by_state",
    "effect_sizes",
    "epochs_figure",
    "gap_figure",
    "sampling_figure",
    "signs_figure",
    "states_figure",
]

OTHERS = ("uniform", "shuffled", "permuted", "test")
STATES = ("initial", "true", "half", "random")
NAMES = {
    "digits": "digits, Adam",
    "sgd": "digits, SGD",
    "deep": "digits, deep",
    "mnist": "MNIST, Adam",
}
UNITS = {"inputs": "inputs d", "width": "width of the hidden layers", "depth": "hidden layers", "radius": "radius"}


def _panels(count: int, width: float = 8.0, height: float = 3.4, sharey: bool = False) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(np.atleast_1d(figure.subplots(1, count, sharey=sharey)))


def _legend(figure: Figure, axes: Axes, columns: int) -> None:
    """Put one legend below all panels."""
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns, frameon=False)


# ---- how loose are the bounds


def gap_figure(table: Table, factor: str, names: Sequence[str] = SHOWN) -> Figure:
    """Draw log10(bound / count) along a factor, median and quartiles over seeds, for random and trained networks."""
    figure, axes = _panels(2, 8.0, 3.6, sharey=True)
    for panel, state in zip(axes, ("random", "trained"), strict=True):
        rows = along(table, factor).filter(col("state") == state)
        places = rows[factor].unique().sort().to_list()
        for marker, name in zip("os^Dv*P", names, strict=False):
            parts = [rows.filter(col(factor) == place)[name].to_numpy() for place in places]
            quartile_band(panel, places, parts, color=BOUND_COLOURS[name], marker=marker, label=name)
        panel.set(title=f"{state} networks", xlabel=UNITS[factor])
    axes[0].set_ylabel("log$_{10}$(bound / exact count)")
    _legend(figure, axes[0], 4)
    return figure


def sampling_figure(table: Table) -> Figure:
    """Draw the share of the regions that sampling finds, beside the count."""
    figure, (axes,) = _panels(1, 5.6, 3.4)
    for (state, marker), colour in zip((("random", "o"), ("trained", "^")), (COLOURS[5], COLOURS[6]), strict=True):
        rows = table.filter(col("state") == state)
        shares = 10 ** rows["sampled_patterns"].to_numpy()
        axes.loglog(rows["regions"], shares, marker, color=colour, ms=4, alpha=0.7, label=state)
    axes.axvline(2048, color="0.4", lw=0.8, ls="--")
    axes.text(2300, 1.1, "2,048 samples", fontsize=8, color="0.3")
    axes.set(xlabel="exact number of regions", ylabel="share found by sampling")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(lw=0.4, alpha=0.6)
    axes.legend(frameon=False)
    return figure


# ---- training dynamics


def epochs_figure(table: Table) -> Figure:
    """Draw distances and counts by epoch and kind of point, for digits and Adam: means, and intervals over seeds."""
    figure, axes = _panels(2, 8.4, 3.6)
    rows = _largest_ball(table.filter(col("experiment") == "digits"))
    epochs = rows["epoch"].unique().sort().to_list()
    values = ("log_distance_of_many", "log_regions")
    labels = ("log$_{10}$ distance to the nearest boundary", "log$_{10}$ N in the largest ball")
    for panel, value, label in zip(axes, values, labels, strict=True):
        series = {kind: [per_seed(rows, value, kind=kind, epoch=e) for e in epochs] for kind in KINDS}
        lines(panel, epochs, series, KIND_COLOURS)
        panel.set(xlabel="epoch", ylabel=label)
    _legend(figure, axes[0], 4)
    return figure


def changes_by_experiment(table: Table) -> Figure:
    """Draw the change of log10 N by kind of point, and training less other points, for every experiment."""
    figure, axes = _panels(2, 8.6, 3.8)
    moved = {name: changes(_largest_ball(part), "log_regions") for name, part in _experiments(table)}
    own = {NAMES[e]: {kind: t_interval(m[kind]) for kind in KINDS} for e, m in moved.items()}
    less = {NAMES[e]: {k: t_interval(m["train"] - m[k]) for k in KINDS if k != "train"} for e, m in moved.items()}
    intervals(axes[0], own, KIND_COLOURS)
    intervals(axes[1], less, KIND_COLOURS)
    axes[0].set(xlabel="change of log$_{10}$ N, first to last epoch", title="by kind of point")
    axes[1].set(xlabel="difference of the changes of log$_{10}$ N", title="training points minus these")
    axes[1].set_yticklabels([])
    _legend(figure, axes[0], 4)
    return figure


def changes_by_radius(table: Table) -> Figure:
    """Draw, for digits and Adam, the change at training points minus that at others, at every radius."""
    figure, (axes,) = _panels(1, 5.6, 3.4)
    rows = table.filter(col("experiment") == "digits")
    fractions = rows["fraction"].round(6).unique().sort().to_list()
    parts = [changes(rows.filter(col("size") == size), "log_regions") for size in range(len(fractions))]
    series = {kind: [part["train"] - part[kind] for part in parts] for kind in ("uniform", "shuffled", "test")}
    axes.axhline(0, color="0.4", lw=0.8)
    lines(axes, fractions, series, KIND_COLOURS)
    axes.set_xticks(range(len(fractions)), [f"1/{1 / f:.0f}" for f in fractions])
    axes.set(xlabel="radius / spacing of the training images", ylabel="change of log$_{10}$ N,\ntraining less other")
    axes.legend(frameon=False)
    return figure


def bounds_beside_counts(table: Table) -> Figure:
    """Draw ball_profile over the exact count at the first and the last epoch, digits and Adam, in the largest ball."""
    figure, axes = _panels(2, 8.2, 3.9, sharey=True)
    rows = _largest_ball(table.filter(col("experiment") == "digits"))
    for panel, epoch in zip(axes, (rows["epoch"].min(), rows["epoch"].max()), strict=True):
        part = rows.filter(col("epoch") == epoch)
        for kind, marker in zip(KINDS, "osD^", strict=True):
            points = part.filter(col("kind") == kind)
            style = {"color": KIND_COLOURS[kind], "ms": 3, "alpha": 0.6, "label": kind}
            panel.plot(points["log_regions"], points["log_ball_profile"], marker, **style)
        panel.plot([0, 6], [0, 6], color="0.4", lw=0.8)
        ranks = correlations(rows, "ball_profile", epoch=epoch)
        panel.set_title(f"epoch {epoch}: rank correlation {ranks.min():.2f} to {ranks.max():.2f}", fontsize=10)
        panel.set(xlabel="log$_{10}$ exact count")
        panel.grid(lw=0.4, alpha=0.6)
    axes[0].set_ylabel("log$_{10}$ ball_profile")
    _legend(figure, axes[0], 4)
    return figure


# ---- data points or anywhere


def states_figure(table: Table) -> Figure:
    """Draw mean log10 N by radius and kind of point, a panel for each state of the digits networks."""
    figure, axes = _panels(4, 10.0, 3.6, sharey=True)
    rows = table.filter(col("experiment") == "digits")
    for panel, state in zip(axes, STATES, strict=True):
        sizes = range(largest(rows, state) + 1)
        fractions = rows.filter(col("state") == state)["fraction"].round(6).unique().sort().to_list()
        kinds = [kind for kind in KIND_COLOURS if kind != "noise"]
        series = {k: [per_seed(rows, "log_regions", kind=k, state=state, size=s) for s in sizes] for k in kinds}
        lines(panel, fractions, series, KIND_COLOURS)
        panel.set_xticks(range(len(fractions)), [f"1/{1 / f:.0f}" for f in fractions], rotation=60)
        panel.set(title=state, xlabel="radius / spacing")
    axes[0].set_ylabel("mean log$_{10}$ N, 95% interval")
    _legend(figure, axes[0], 6)
    return figure


def differences_by_state(table: Table) -> Figure:
    """Draw log10 N at training points minus that at others, with intervals over seeds, by state and experiment."""

    def difference_of(part: Table, kind: str, state: str) -> Interval:
        return t_interval(difference(part, "log_regions", "train", kind, state=state, size=largest(part, state)))

    return _by_state(table, difference_of, "difference of mean log$_{10}$ N")


def effect_sizes(table: Table) -> Figure:
    """Draw Cliff's delta between training and other points, with intervals from the nested bootstrap."""

    def delta_of(part: Table, kind: str, state: str) -> Interval:
        return delta(part, "log_regions", "train", kind, state=state, size=largest(part, state))

    return _by_state(table, delta_of, "Cliff's delta of N")


def _by_state(table: Table, value: Callable[[Table, str, str], Interval], label: str) -> Figure:
    figure, axes = _panels(2, 8.6, 4.2)
    for panel, (name, part) in zip(axes, _experiments(table), strict=True):
        states = [state for state in STATES if state in part["state"].unique()]
        groups = {f"training\nminus {kind}": {state: value(part, kind, state) for state in states} for kind in OTHERS}
        intervals(panel, groups, STATE_COLOURS)
        panel.set(title=NAMES[name], xlabel=label)
    axes[1].set_yticklabels([])
    _legend(figure, axes[0], 4)
    return figure


def signs_figure(findings: Mapping[str, Sequence[Finding]]) -> Figure:
    """Draw what the bounds say over what the exact counts say: every change and difference of both studies."""
    figure, axes = _panels(len(findings), 0.8 + 4.0 * len(findings), 4.0)
    for panel, (title, found) in zip(axes, findings.items(), strict=True):
        for name in COUNTS[1:]:
            pairs = [(exact.interval.estimate, same.interval.estimate) for exact, same in beside(found, name)]
            marker = "o" if name == "ball_profile" else "x"
            panel.plot(*np.transpose(pairs), marker, color=COUNT_COLOURS[name], ms=4, alpha=0.8, label=name)
        ends = np.array(panel.get_xlim())
        panel.plot(ends, ends, color="0.4", lw=0.8, label="equal")
        panel.plot(ends, 2 * ends, color="0.4", lw=0.8, ls="--", label="twice")
        panel.axhline(0, color="0.7", lw=0.6)
        panel.axvline(0, color="0.7", lw=0.6)
        panel.set(title=title, xlabel="difference by exact counts, log$_{10}$")
    axes[0].set_ylabel("the same difference by a bound, log$_{10}$")
    _legend(figure, axes[0], 4)
    return figure


def _largest_ball(table: Table) -> Table:
    return table.filter(col("size") == table["size"].max())


def _experiments(table: Table) -> list[tuple[str, Table]]:
    names = [name for name in NAMES if name in table["experiment"].unique()]
    return [(name, table.filter(col("experiment") == name)) for name in names]
