"""How the count and its time grow: ``python -m benchmarks.cost docs/cost.md`` measures and writes tables and figure.

One factor at a time around [3,16,16,1] in the box (-1, 1)^3, and balls around an image of a digit. Seconds are of
processor time, the least of three runs, preparation included. The whole takes about a minute.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from benchmarks.timing import least
from exactregions import Ball, Box, Network, count_regions, enumerate_regions, load
from exactregions.cases.networks import generated
from exactregions.certificate.checker import check
from exactregions.domain import Domain

__all__ = ["FACTORS", "Cost", "Proof", "figure", "main", "measured", "proved", "questions", "with_tables"]

ROOT = Path(__file__).parents[1]
FIGURE = ROOT / "docs" / "figures" / "cost.svg"
FACTORS = {
    "inputs": [(d, (d, 16, 16, 1)) for d in (1, 2, 3, 4, 5, 6)],
    "width": [(w, (3, w, w, 1)) for w in (4, 8, 16, 32, 48)],
    "depth": [(n, (3, *[16] * n, 1)) for n in (1, 2, 3, 4, 5)],
}
RADII = (0.125, 0.25, 0.5, 1.0, 1.5)
RUNS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """An exact count, and the processor time of finding it."""

    factor: str
    place: float
    regions: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate: its size, and the processor time of the search that writes it and of its check."""

    inputs: int
    regions: int
    size: int
    written: float
    checked: float


def questions() -> Iterator[tuple[str, float, Network, Domain]]:
    """Yield the factor, its value, the network and the domain of each question."""
    for factor, shapes in FACTORS.items():
        for place, shape in shapes:
            yield factor, place, generated(*shape), Box(-1, 1, dim=shape[0])
    digits, images = load(ROOT / "data" / "digits.safetensors"), np.load(ROOT / "data" / "digits_points.npy")
    for radius in RADII:
        yield "radius", radius, digits, Ball(images[0], radius)


def measured() -> list[Cost]:
    """Count each question three times; the first count of a kind loads its kernels and is left out."""
    found = []
    for factor, place, network, domain in questions():
        count = count_regions(network, domain)
        found.append(Cost(factor, place, count, least(lambda n=network, d=domain: count_regions(n, d), RUNS)))
    return found


def proved() -> list[Proof]:
    """Write and check certificates of the same networks with growing inputs."""
    found = []
    for place, shape in FACTORS["inputs"][1:5]:
        network, domain = generated(*shape), Box(-1, 1, dim=shape[0])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "count.cert"
            regions = enumerate_regions(network, domain, certificate=path)
            written = least(lambda n=network, d=domain, p=path: enumerate_regions(n, d, certificate=p), RUNS)
            checked = least(lambda p=path: check(p), RUNS)
            found.append(Proof(place, len(regions), path.stat().st_size, written, checked))
    return found


def _table(found: list[Cost], factor: str) -> str:
    lines = [f"| {factor} | regions | seconds | microseconds a region |", "|---:|---:|---:|---:|"]
    for c in (c for c in found if c.factor == factor):
        lines.append(f"| {c.place:g} | {c.regions:,} | {c.seconds:.4f} | {1e6 * c.seconds / c.regions:,.1f} |")
    return "\n".join(lines)


def _proof_table(found: list[Proof]) -> str:
    lines = ["| inputs | regions | bytes a region | search and writing, s | check, s |", "|---:|---:|---:|---:|---:|"]
    for p in found:
        lines.append(f"| {p.inputs} | {p.regions:,} | {p.size / p.regions:,.0f} | {p.written:.3f} | {p.checked:.2f} |")
    return "\n".join(lines)


def figure(found: list[Cost]) -> Figure:
    """Draw the counts along each factor, and the time against the count."""
    drawn = Figure(figsize=(7.2, 2.9), layout="constrained")
    left, right = drawn.subplots(1, 2)
    colours = ("#0072B2", "#D55E00", "#009E73", "#000000")
    for (factor, marker), colour in zip(
        {"inputs": "o", "width": "s", "depth": "^", "radius": "D"}.items(), colours, strict=True
    ):
        part = [c for c in found if c.factor == factor]
        steps = np.array([c.place for c in part]) / part[len(part) // 2].place
        left.plot(steps, [c.regions for c in part], marker=marker, color=colour, label=factor)
        right.plot([c.regions for c in part], [c.seconds for c in part], marker, color=colour, label=factor)
    left.set(xlabel="factor, relative to its middle value", ylabel="regions", xscale="log", yscale="log")
    left.set_xticks([0.25, 0.5, 1, 2, 3], ["1/4", "1/2", "1", "2", "3"], minor=False)
    left.minorticks_off()
    right.set(xlabel="regions", ylabel="seconds of one core", xscale="log", yscale="log")
    left.legend(frameon=False)
    return drawn


def with_tables(text: str, known: dict[str, str]) -> str:
    """Return a page with the tables put between the comments `<!-- name -->` and `<!-- end -->`."""
    return re.sub(
        r"<!-- ([a-z]+) -->\n.*?<!-- end -->",
        lambda match: f"<!-- {match[1]} -->\n\n{known[match[1]]}\n\n<!-- end -->",
        text,
        flags=re.DOTALL,
    )


def main(page: Path) -> None:
    """Measure, and write the page and its figure."""
    found = measured()
    known = {factor: _table(found, factor) for factor in (*FACTORS, "radius")}
    known["proofs"] = _proof_table(proved())
    page.write_text(with_tables(page.read_text(encoding="utf-8"), known), encoding="utf-8")
    mpl.rcParams.update({"svg.hashsalt": "exactregions", "font.size": 9, "svg.fonttype": "path"})
    figure(found).savefig(FIGURE, metadata={"Date": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
