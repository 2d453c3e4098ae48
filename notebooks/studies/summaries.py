"""Tables in Markdown of what the studies found, for the notebooks and docs/findings.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import polars
from polars import col

from studies import looseness
from studies.effects import t_interval
from studies.findings import COUNTS, Finding, Table, beside, changes, same_gaps, small
from studies.training_dynamics import KINDS

__all__ = ["bounds_table", "chosen", "least_table", "networks_table", "phases_table", "same_table"]


def chosen(found: Iterable[Finding], experiments: Sequence[str], *hypotheses: str) -> list[Finding]:
    """Return the findings of some experiments and hypotheses."""
    return [f for f in found if f.experiment in experiments and f.hypothesis in hypotheses]


def networks_table(table: polars.DataFrame, name: str) -> str:
    """Return, as Markdown, how well the networks of a study fit, by experiment and epoch or state: means over seeds."""
    lines = [
        f"| nets | {name} | seeds | fitted of the given labels | right on test images |",
        "|---|---|---|---|---|",
    ]
    order = table["experiment"].unique(maintain_order=True).to_list()
    places = table.sort(col("experiment").replace_strict(order, range(len(order))), "epoch", maintain_order=True)
    for (experiment, step), part in places.group_by("experiment", name, maintain_order=True):
        shares = part.group_by("seed").agg(col("fitted").first(), col("tested").first())
        fitted, tested = shares["fitted"].mean(), shares["tested"].mean()
        lines.append(f"| {experiment} | {step} | {len(shares)} | {fitted:.3f} | {tested:.3f} |")
    return "\n".join(lines)


def least_table(rows: polars.DataFrame, names: Sequence[str]) -> str:
    """Return, as Markdown, in how many rows each bound is the least; bounds that never are share a line."""
    found = looseness.least(rows, names)
    lines = [f"| of {len(rows)} balls | least | alone the least |", "|---|---|---|"]
    for name in sorted(names, key=lambda name: found[name], reverse=True):
        if found[name][0]:
            lines.append(f"| {name} | {found[name][0]} | {found[name][1]} |")
    never = ", ".join(name for name in names if not found[name][0])
    return "\n".join([*lines, f"| {never} | 0 | 0 |"])


def phases_table(table: Table, *epochs: int) -> str:
    """Return, as Markdown, the changes from one epoch to the next by kind of point: digits, Adam, the largest ball."""
    rows = table.filter(col("experiment") == "digits")
    rows = rows.filter(col("size") == rows["size"].max())
    spans = list(pairwise(epochs))
    heads = [f"{words}, {a} to {b}" for words in ("log10 distance", "log10 N") for a, b in spans]
    lines = ["| points | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    parts = [rows.filter(col("epoch").is_in(span)) for span in spans]
    for kind in KINDS:
        cells = [
            f"{t_interval(changes(part, value)[kind])}"
            for value in ("log_distance_of_many", "log_regions")
            for part in parts
        ]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def same_table() -> str:
    """Return, as Markdown, differences of mean log10 N after as many epochs on true as on random labels."""
    lines = [
        "| | training points minus | true labels | random labels | random minus true | p | verdict |",
        "|---" * 7 + "|",
    ]
    for kind, true, random, finding in same_gaps():
        found = f"{finding.interval} | {small(finding.p)} | {finding.verdict}"
        lines.append(f"| {finding.hypothesis} | {kind} | {true} | {random} | {found} |")
    return "\n".join(lines)


def bounds_table(studies: Mapping[str, Sequence[Finding]]) -> str:
    """Return, as Markdown, how the bounds answer where the exact counts are asked the same.

    A comparison is decided where its interval does not hold zero; the factor is the estimate by the bound over that by
    exact counts, in log10, where the latter decide.
    """
    lines = [
        "| study | bound | comparisons | same sign | decided by exact counts | of these same sign | and decided "
        "| factor, median [least, largest] | decided by the bound alone |",
        "|---" * 9 + "|",
    ]
    for study, found in studies.items():
        for bound in COUNTS[1:]:
            pairs = beside(found, bound)
            alike = [_signs_agree(*pair) for pair in pairs]
            decided = [pair for pair in pairs if pair[0].interval.verdict != "open"]
            factors = [b.interval.estimate / a.interval.estimate for a, b in decided]
            alone = sum(a.interval.verdict == "open" != b.interval.verdict for a, b in pairs)
            both = sum(a.interval.verdict == b.interval.verdict for a, b in decided)
            lines.append(
                f"| {study} | {bound} | {len(pairs)} | {sum(alike)} | {len(decided)} "
                f"| {sum(_signs_agree(*pair) for pair in decided)} | {both} "
                f"| {np.median(factors):.1f} [{min(factors):.1f}, {max(factors):.1f}] | {alone} |"
            )
    return "\n".join(lines)


def _signs_agree(first: Finding, second: Finding) -> bool:
    return (first.interval.estimate > 0) == (second.interval.estimate > 0)
