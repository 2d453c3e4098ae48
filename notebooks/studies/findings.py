"""What the tables say about the hypotheses of the protocols; `python -m studies.findings` prints it as Markdown."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars
from numpy.typing import NDArray
from polars import col

from studies import data_or_anywhere, training_dynamics
from studies.effects import LEVEL, Interval, cliffs_delta, holm, nested_bootstrap, rank_correlation, t_interval
from studies.tables import RESULTS

__all__ = [
    "COUNTS",
    "Finding",
    "beside",
    "changes",
    "corrected",
    "correlations",
    "delta",
    "difference",
    "largest",
    "markdown",
    "per_seed",
    "places_findings",
    "places_table",
    "same_gaps",
    "samples",
    "small",
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
    """A quantity of a hypothesis with its interval over seeds, and the sign that the hypothesis expects.

    `p` is the p-value of zero after Holm's correction for all intervals of the study.
    """

    experiment: str
    hypothesis: str
    quantity: str
    interval: Interval
    expected: int
    p: float = float("nan")

    @property
    def verdict(self) -> str:
        """What the interval says about the hypothesis.

        "open" where it holds zero; else "supported" or "contradicted" where the difference remains after the
        correction, and "suggestive" or "suggestive, against" where it does not.
        """
        if self.interval.verdict == "open":
            return "open"
        agrees = (self.interval.estimate > 0) == (self.expected > 0)
        if self.p <= 1 - LEVEL:
            return "supported" if agrees else "contradicted"
        return "suggestive" if agrees else "suggestive, against"


def corrected(found: Iterable[Finding]) -> list[Finding]:
    """Return findings with p-values corrected for their number: one family of exact quantities, one of each bound."""
    known = list(found)
    families: dict[str, list[int]] = {}
    for place, finding in enumerate(known):
        families.setdefault(_family(finding), []).append(place)
    for places in families.values():
        for place, p in zip(places, holm([known[i].interval.p for i in places]), strict=True):
            known[place] = replace(known[place], p=float(p))
    return known


def _family(finding: Finding) -> str:
    return next((name for name in COUNTS[1:] if name in finding.quantity), "exact")


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


def same_gaps() -> list[tuple[str, Interval, Interval, Finding]]:
    """Return what the protocol of same_training asks: kind, true labels, random labels, and their difference."""
    alike = _logarithms(polars.read_parquet(RESULTS / "same_training.parquet")).filter(col("state") == "true")
    size = int(alike["size"].max())  # type: ignore[arg-type]
    tables = alike, places_table().filter((col("experiment") == "digits") & (col("state") == "random"))
    known = []
    for number, kind in (("S1", "uniform"), ("S2", "permuted"), ("S3", "shuffled"), ("S4", "test")):
        true, random = (difference(usable(t)[0], "log_regions", "train", kind, size=size) for t in tables)
        quantity = f"random minus true: log10 N, train minus {kind}"
        finding = Finding("digits", number, quantity, t_interval(random - true), 1)
        known.append((kind, t_interval(true), t_interval(random), finding))
    return [(*row[:3], finding) for row, finding in zip(known, corrected(row[3] for row in known), strict=True)]


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


def training_findings(table: Table) -> list[Finding]:
    """Return what the protocol of F1 asks, for each experiment: changes from the first snapshot to the last."""
    return corrected(_training_findings(table))


def _training_findings(table: Table) -> Iterator[Finding]:
    for experiment, part in _experiments(table):
        largest = part["size"].max()
        rows = part.filter(col("size") == largest)
        for value, words in DISTANCES.items():
            moved = changes(rows, value)
            yield Finding(experiment, "H1", f"{words}, train", t_interval(moved["train"]), 1)
            for kind in RANDOM:
                interval = t_interval(moved["train"] - moved[kind])
                yield Finding(experiment, "H2", f"{words}, train minus {kind}", interval, 1)
        for count in COUNTS:
            grown, number = changes(rows, f"log_{count}"), "H3" if count == "regions" else "H6"
            yield Finding(experiment, number, f"log10 {_symbol(count)}, train", t_interval(grown["train"]), -1)
            for kind in (*RANDOM, "test"):
                number = "H6" if count != "regions" else "H5" if kind == "test" else "H4"
                interval = t_interval(grown["train"] - grown[kind])
                yield Finding(experiment, number, f"log10 {_symbol(count)}, train minus {kind}", interval, -1)


def changes(rows: Table, value: str) -> dict[str, Array]:
    """Return for each kind the mean change from the first epoch to the last, by seed; the rows are of one radius."""
    first, last = rows["epoch"].min(), rows["epoch"].max()
    return {
        kind: per_seed(rows, value, kind=kind, epoch=last) - per_seed(rows, value, kind=kind, epoch=first)
        for kind in training_dynamics.KINDS
    }


def places_findings(table: Table) -> list[Finding]:
    """Return what the protocol of F2 asks, for each experiment, at the largest radius of each state."""
    return corrected(_places_findings(table))


def _places_findings(table: Table) -> Iterator[Finding]:
    for experiment, part in _experiments(table):
        states = [s for s in ("initial", *data_or_anywhere.SHARES) if s in part["state"].unique()]
        for count in COUNTS:
            for state in states:
                size = largest(part, state)
                for kind, number in (("uniform", "H1"), ("shuffled", "H2"), ("permuted", "H2"), ("test", "H3")):
                    number = number if count == "regions" else "H6"
                    interval = t_interval(difference(part, f"log_{count}", "train", kind, state=state, size=size))
                    quantity = f"{state}: log10 {_symbol(count)}, train minus {kind}"
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
            experiment, number, f"{state} minus {other}: log10 N, train minus {kind}", t_interval(gaps[0] - gaps[1]), 1
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


def small(p: float) -> str:
    """Return a p-value with three digits."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _symbol(count: str) -> str:
    return "N" if count == "regions" else count


def markdown(findings: Sequence[Finding]) -> str:
    """Return findings as a Markdown table; p-values are the corrected ones."""
    lines = ["| nets | | quantity | estimate [95% interval] | p | verdict |", "|---|---|---|---|---|---|"]
    for f in findings:
        lines.append(f"| {f.experiment} | {f.hypothesis} | {f.quantity} | {f.interval} | {small(f.p)} | {f.verdict} |")
    return "\n".join(lines)


if __name__ == "__main__":
    for found in (training_findings(usable(training_table())[0]), places_findings(usable(places_table(), "state")[0])):
        sys.stdout.write(markdown(list(found)) + "\n\n")
