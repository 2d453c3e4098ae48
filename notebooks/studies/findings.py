"""What the tables say about the hypotheses of the protocols; `python -m studies.findings` prints it as Markdown."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars
from numpy.typing import NDArray
from polars import col

from studies import data_or_anywhere, training_dynamics
from studies.effects import Interval, cliffs_delta, nested_bootstrap, rank_correlation, t_interval
from studies.tables import RESULTS

__all__ = [
    "COUNTS",
    "Finding",
    "beside",
    "changes",
    "correlations",
    "delta",
    "difference",
    "largest",
    "markdown",
    "per_seed",
    "places_findings",
    "places_table",
    "samples",
    "training_findings",
    "training_table",
    "usable",
]

Table = polars.DataFrame
Array = NDArray[np.float64]

COUNTS = ("regions", "ball_profile", "ball_propagation")
DISTANCES = {"log_float_distance": "log10 distance", "log_distance_of_many": "log10 distance at 400 points"}
RANDOM = ("shuffled", "uniform")


@dataclass(frozen=True, slots=True)
class Finding:
    """A quantity of a hypothesis with its interval over seeds, and the sign that the hypothesis expects."""

    experiment: str
    hypothesis: str
    quantity: str
    interval: Interval
    expected: int

    @property
    def verdict(self) -> str:
        """Whether the hypothesis is "supported" or "contradicted"; "open" where the interval holds zero."""
        if self.interval.verdict == "open":
            return "open"
        return "supported" if (self.interval.estimate > 0) == (self.expected > 0) else "contradicted"


def usable(table: Table, *series: str) -> tuple[Table, int]:
    """Leave out the points that have a row which is not exact; return the rest, and the number of those points.

    The named columns tell the points apart, beside experiment, seed, kind and point.
    """
    key = ["experiment", "seed", "kind", "point", *series]
    bad = table.filter(~col("exact")).select(key).unique()
    return table.join(bad, on=key, how="anti"), len(bad)


def training_table() -> Table:
    """Return the table of F1, with logarithms; SGD starts from the networks of Adam."""
    table = _logarithms(polars.read_parquet(RESULTS / "training_dynamics.parquet"))
    start = table.filter((col("experiment") == "digits") & (col("epoch") == 0))
    return polars.concat([table, start.with_columns(experiment=polars.lit("sgd"))])


def places_table() -> Table:
    """Return the table of F2, with logarithms."""
    return _logarithms(polars.read_parquet(RESULTS / "data_or_anywhere.parquet"))


def _logarithms(table: Table) -> Table:
    values = [col(name).log10().alias(f"log_{name}") for name in (*COUNTS, "float_distance")]
    # the radii are fractions of a spacing that differs from seed to seed: their rank tells which one is meant
    rank = col("radius").rank("dense").over("experiment", "seed").cast(polars.Int64) - 1
    return table.with_columns(*values, size=rank)


def samples(table: Table, value: str, **where: object) -> list[Array]:
    """Return the values of the rows that `where` describes, by seed."""
    chosen = table.filter(*(col(name) == wanted for name, wanted in where.items())).sort("seed", "point")
    return [part[value].to_numpy() for part in chosen.partition_by("seed", maintain_order=True)]


def per_seed(table: Table, value: str, **where: object) -> Array:
    """Return the mean over points, for each seed."""
    return np.array([float(part.mean()) for part in samples(table, value, **where)])


def difference(table: Table, value: str, first: str, second: str, **where: object) -> Array:
    """Return the mean at points of one kind less that of another, for each seed."""
    return per_seed(table, value, kind=first, **where) - per_seed(table, value, kind=second, **where)


def correlations(table: Table, value: str, **where: object) -> Array:
    """Return Spearman's correlation of a bound with the exact count, over the points of all kinds, for each seed."""
    pairs = zip(samples(table, "log_regions", **where), samples(table, f"log_{value}", **where), strict=True)
    return np.array([rank_correlation(a, b) for a, b in pairs])


def training_findings(table: Table) -> Iterator[Finding]:
    """Yield what the protocol of F1 asks, for each experiment: changes from the first snapshot to the last."""
    for experiment, part in _experiments(table):
        largest = part["size"].max()
        rows = part.filter(col("size") == largest)
        for value, words in DISTANCES.items():
            moved = changes(rows, value)
            yield Finding(experiment, "H1", f"{words}, train", t_interval(moved["train"]), 1)
            for kind in RANDOM:
                interval = t_interval(moved["train"] - moved[kind])
                yield Finding(experiment, "H2", f"{words}, train less {kind}", interval, 1)
        for count in COUNTS:
            grown, number = changes(rows, f"log_{count}"), "H3" if count == "regions" else "H6"
            yield Finding(experiment, number, f"log10 {_symbol(count)}, train", t_interval(grown["train"]), -1)
            for kind in (*RANDOM, "test"):
                number = "H6" if count != "regions" else "H5" if kind == "test" else "H4"
                interval = t_interval(grown["train"] - grown[kind])
                yield Finding(experiment, number, f"log10 {_symbol(count)}, train less {kind}", interval, -1)


def changes(rows: Table, value: str) -> dict[str, Array]:
    """Return for each kind the mean change from the first epoch to the last, by seed; the rows are of one radius."""
    first, last = rows["epoch"].min(), rows["epoch"].max()
    return {
        kind: per_seed(rows, value, kind=kind, epoch=last) - per_seed(rows, value, kind=kind, epoch=first)
        for kind in training_dynamics.KINDS
    }


def places_findings(table: Table) -> Iterator[Finding]:
    """Yield what the protocol of F2 asks, for each experiment, at the largest radius of each state."""
    for experiment, part in _experiments(table):
        states = [s for s in ("initial", *data_or_anywhere.SHARES) if s in part["state"].unique()]
        for count in COUNTS:
            for state in states:
                size = largest(part, state)
                for kind, number in (("uniform", "H1"), ("shuffled", "H2"), ("permuted", "H2"), ("test", "H3")):
                    number = number if count == "regions" else "H6"
                    interval = t_interval(difference(part, f"log_{count}", "train", kind, state=state, size=size))
                    quantity = f"{state}: log10 {_symbol(count)}, train less {kind}"
                    yield Finding(experiment, number, quantity, interval, 1)
        yield from _contrasts(experiment, part, states)


def largest(table: Table, *states: str) -> int:
    """Return the number of the largest radius that all the states have."""
    return min(int(table.filter(col("state") == state)["size"].max()) for state in states)  # type: ignore[arg-type]


def _contrasts(experiment: str, part: Table, states: Sequence[str]) -> Iterator[Finding]:
    """Yield the comparisons between states, paired by seed."""
    pairs = [("H4", state, "initial", kind) for state in states[1:] for kind in ("uniform", "shuffled", "permuted")]
    for number, state, other, kind in [*pairs, ("H5", "random", "true", "test")]:
        size = largest(part, state, other)
        gaps = [difference(part, "log_regions", "train", kind, state=s, size=size) for s in (state, other)]
        yield Finding(
            experiment, number, f"{state} less {other}: log10 N, train less {kind}", t_interval(gaps[0] - gaps[1]), 1
        )


def beside(found: Sequence[Finding], bound: str) -> list[tuple[Finding, Finding]]:
    """Return what is said by exact counts, each with the same by a bound, where both are there."""
    known = {(f.experiment, f.quantity): f for f in found}
    exact = [f for f in found if "log10 N" in f.quantity]
    keys = [(f.experiment, f.quantity.replace("log10 N", f"log10 {bound}")) for f in exact]
    return [(f, known[key]) for f, key in zip(exact, keys, strict=True) if key in known]


def delta(table: Table, value: str, first: str, second: str, **where: object) -> Interval:
    """Return Cliff's delta between two kinds, with its interval from a nested bootstrap."""
    pair = [samples(table, value, kind=kind, **where) for kind in (first, second)]
    return nested_bootstrap(pair[0], pair[1], cliffs_delta)


def _experiments(table: Table) -> Iterator[tuple[str, Table]]:
    for name in table["experiment"].unique(maintain_order=True):
        yield name, table.filter(col("experiment") == name)


def _symbol(count: str) -> str:
    return "N" if count == "regions" else count


def markdown(findings: Sequence[Finding]) -> str:
    """Return findings as a Markdown table."""
    lines = ["| nets | | quantity | estimate [95% interval] | verdict |", "|---|---|---|---|---|"]
    for f in findings:
        lines.append(f"| {f.experiment} | {f.hypothesis} | {f.quantity} | {f.interval} | {f.verdict} |")
    return "\n".join(lines)


if __name__ == "__main__":
    for found in (training_findings(usable(training_table())[0]), places_findings(usable(places_table(), "state")[0])):
        sys.stdout.write(markdown(list(found)) + "\n\n")
