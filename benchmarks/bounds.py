"""Bounds held against exact counts in very many small cases, and timed on large networks: `-m benchmarks.bounds`."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.networks import generated
from benchmarks.report import Sheet, screen, write_markdown
from exactregions import Ball, Box, Network, Polytope, Stage, WholeSpace, enumerate_regions
from exactregions.bounds import (
    BallProfile,
    BallPropagation,
    Bound,
    HinzVanDeGeer,
    Hybrid,
    Montufar2014,
    Montufar2017,
    Naive,
    SampledPatterns,
    Serra2018,
    SerraRamalingam2020,
    serra_histogram,
    standard_bounds,
    tangent_histogram,
)
from exactregions.domain import Domain

__all__ = ["Question", "Record", "Tally", "held", "questions", "timings"]

Floats = NDArray[np.float64]

TIMINGS_TARGET = 1.0  # seconds
LARGEST_UNITS = 8  # the exact count of such a network takes milliseconds
# radii that one search answers: the entry radii of its regions tell the count for each
SHARES = tuple(Fraction(1, k) * n for n, k in ((1, 1), (3, 4), (1, 2), (1, 3), (1, 5), (1, 10), (1, 50)))
SLOPES = np.array([(0, 1), (0, 1), (0.25, 1), (1, 1), (1, 0), (-1, 1), (0, 0), (-0.5, 2)])

CHEAP: tuple[Bound, ...] = (
    Naive(),
    Montufar2017(),
    Serra2018(),
    HinzVanDeGeer(serra_histogram),
    HinzVanDeGeer(),
    HinzVanDeGeer(tangent_histogram),
    BallPropagation(),
    BallProfile("sphere"),
    BallProfile("interval"),
    BallProfile(),
)
# one of these at a time, in turn
COSTLY: tuple[tuple[Bound, ...], ...] = (
    (BallProfile("lp"),),
    (SampledPatterns(256),),
    (Hybrid(0, engine="rational"), Hybrid(1, engine="rational"), Hybrid(2, engine="rational")),
    (SampledPatterns(64, seed=1),),
    (SerraRamalingam2020(10),),
    (SampledPatterns(1),),
    (BallProfile("lp"), BallProfile("exact")),
    (Hybrid(0, "lp", "rational"), Hybrid(1, "lp", "rational"), Hybrid(9, "lp", "rational")),
)
# of the values of one case none is below the one after it
ORDERED = (
    ("naive", "montufar_2017", "serra_2018", "hinz_2021", "hinz_tangent"),
    ("montufar_2017", "ball_propagation", "ball_profile_sphere", "ball_profile"),
    ("serra_2018", "ball_profile_interval", "ball_profile", "ball_profile_lp", "ball_profile_exact"),
    ("ball_profile", "serra_ramalingam_2020"),
    ("ball_profile", "hybrid_0", "hybrid_1", "hybrid_2"),
    ("ball_profile", "hybrid_0_lp", "hybrid_1_lp", "hybrid_9_lp"),
)
EQUAL = (("serra_2018", "hinz_van_de_geer_2019"), ("ball_profile", "hybrid_0"), ("ball_profile_lp", "hybrid_0_lp"))


@dataclass(frozen=True, slots=True)
class Question:
    """A network, a domain, and the exact number of regions."""

    network: Network
    domain: Domain
    count: int


@dataclass(slots=True)
class Tally:
    """What was seen of one bound."""

    kind: str
    cases: int = 0
    tight: int = 0
    logs: float = 0.0
    largest: float = 0.0
    seconds: float = 0.0


@dataclass(slots=True)
class Record:
    """What was seen of all bounds, and a line for whatever must not be."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def questions(seed: int = 0) -> Iterator[Question]:
    """Yield small cases without end: networks of six families, each in ten domains."""
    families = (_generic, _mixed, _degenerate, _bottleneck, _folding, _tangent)
    for number in range(seed, 10**9):
        rng = np.random.default_rng(number)
        network = families[number % len(families)](rng)
        yield from _in_domains(network, rng)


def _widths(rng: np.random.Generator) -> list[int]:
    widths = rng.integers(1, 6, size=rng.integers(1, 4)).tolist()
    while sum(widths) > LARGEST_UNITS:
        widths.pop()
    return widths


def _layers(rng: np.random.Generator, inputs: int, widths: Sequence[int]) -> list[tuple[Floats, Floats]]:
    return [(rng.normal(size=(m, n)), rng.normal(0, 0.5, m)) for n, m in pairwise([inputs, *widths])]


def _network(layers: Sequence[tuple[Floats, Floats]], slopes: Sequence[Floats] | None = None) -> Network:
    relu = [np.array([[0.0, 1.0]] * len(bias)) for _, bias in layers]
    sides = relu if slopes is None else slopes
    stages = tuple(Stage(w, b, s[:, 0], s[:, 1]) for (w, b), s in zip(layers, sides, strict=True))
    return Network(stages, np.ones((1, len(layers[-1][1]))), np.zeros(1))


def _generic(rng: np.random.Generator) -> Network:
    return _network(_layers(rng, int(rng.integers(1, 4)), _widths(rng)))


def _mixed(rng: np.random.Generator) -> Network:
    """Return stages that mix units of all kinds."""
    layers = _layers(rng, int(rng.integers(1, 4)), _widths(rng))
    return _network(layers, [SLOPES[rng.integers(len(SLOPES), size=len(bias))] for _, bias in layers])


def _degenerate(rng: np.random.Generator) -> Network:
    """Return small integers with zero, repeated and negated rows, without biases now and then."""
    layers = []
    for weight, bias in _layers(rng, int(rng.integers(1, 4)), _widths(rng)):
        weight, bias = np.round(1.5 * weight), np.round(2 * bias) * rng.integers(0, 2)
        source, target = rng.integers(0, len(bias), size=2)
        match int(rng.integers(0, 4)):
            case 0:
                weight[target] = 0
            case 1:
                weight[target], bias[target] = 2 * weight[source], 2 * bias[source]
            case 2:
                weight[target], bias[target] = -weight[source], -bias[source]
        layers.append((weight, bias))
    return _network(layers)


def _bottleneck(rng: np.random.Generator) -> Network:
    """Return a narrow stage between wider ones."""
    return _network(_layers(rng, int(rng.integers(2, 4)), [int(rng.integers(2, 4)), 1, int(rng.integers(2, 5))]))


def _folding(rng: np.random.Generator) -> Network:
    """Return a sawtooth of one input, moved a little: the bound of Serra and others is attained there."""
    teeth, layers = int(rng.integers(2, 4)), int(rng.integers(1, 4))
    scale, slopes = 1.0 + rng.normal(0, 0.01), [1.0, *[2.0] * (teeth - 1)]
    bias = np.array([0.0, *(-2.0 * i for i in range(1, teeth))])
    fold = np.array([(-1.0) ** i for i in range(teeth)])
    first = (teeth * scale * np.array(slopes)[:, None], bias)
    further = (teeth * scale * np.array(slopes)[:, None] * fold[None, :], bias)
    return _network([first, *[further] * (layers - 1)])


def _tangent(rng: np.random.Generator) -> Network:
    """Return lines or planes about a sphere, which is on for all of them, and a stage that looks at their cells."""
    d = int(rng.integers(2, 4))
    normals = rng.normal(size=(int(rng.integers(4, 7)), d))
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    widths = [len(normals), LARGEST_UNITS - len(normals)]
    further = _layers(rng, widths[0], widths[1:])
    return _network([(normals, np.full(widths[0], 0.3)), *further])


def _in_domains(network: Network, rng: np.random.Generator) -> Iterator[Question]:
    d = network.inputs
    center: Any = rng.normal(0, 0.5, d).tolist()
    radius = Fraction(float(rng.uniform(0.2, 3.0)))
    regions = enumerate_regions(network, Ball(center, radius), engine="rational")
    assert regions.exact
    assert regions.exact_entries is not None
    for share in SHARES:
        inside = sum(entry < (share * radius) ** 2 for entry in regions.exact_entries)
        yield Question(network, Ball(center, share * radius), inside)
    sides = [float(radius) / (i + 1) for i in range(d)]
    ends: Any = [[c + sign * s for c, s in zip(center, sides, strict=True)] for sign in (-1, 1)]
    box, row = Box(*ends), rng.normal(size=d).tolist()
    cut: Any = [row], [float(np.dot(row, center)) + 0.1]
    balls: tuple[Domain, ...] = Ball(center, radius, 1), Ball(center, radius, math.inf)
    others = [*balls, box, Polytope(*cut, box=box), Polytope(*cut)]
    for domain in (WholeSpace(d), *(others[i] for i in rng.choice(len(others), 2, replace=False))):
        yield Question(network, domain, enumerate_regions(network, domain, engine="rational", store=False).count)


def held(cases: int, seed: int = 0, costly_every: int = 1) -> Record:
    """Hold every bound against the exact counts of so many cases.

    Parameters
    ----------
    cases, seed : int
        Number of cases, and of the first network.
    costly_every : int
        Of so many cases one also meets some of the costly bounds.
    """
    record = Record()
    for number, question in enumerate(islice(questions(seed), cases)):
        turn, rest = divmod(number, costly_every)
        # the ten domains of a network come in one order: the number of the network lets all bounds meet all of them
        bounds = CHEAP if rest else (*CHEAP, *COSTLY[(turn + number // 10) % len(COSTLY)])
        values = {bound.name: _value(bound, question, record) for bound in bounds}
        for names in ORDERED:
            present = [name for name in names if name in values]
            for larger, smaller in pairwise(present):
                if values[larger] < values[smaller]:
                    record.wrong.append(f"{larger} {values[larger]} < {smaller} {values[smaller]}: {question}")
        for one, other in EQUAL:
            if other in values and one in values and values[one] != values[other]:
                record.wrong.append(f"{one} {values[one]} != {other} {values[other]}: {question}")
        if values.get("hybrid_9_lp", question.count) != question.count:
            record.wrong.append(f"hybrid of all stages {values['hybrid_9_lp']} != {question.count}: {question}")
    return record


def _value(bound: Bound, question: Question, record: Record) -> int | float:
    start = time.process_time()
    value = bound.evaluate(question.network, question.domain)
    tally = record.tallies.setdefault(bound.name, Tally(bound.kind))
    ratio = value / question.count
    tally.seconds += time.process_time() - start
    tally.cases += 1
    tally.tight += value == question.count
    tally.logs += math.log(ratio)
    tally.largest = max(tally.largest, ratio, 1 / ratio)
    if ratio < 1 if bound.kind == "upper" else ratio > 1:
        record.wrong.append(f"{bound.kind} bound {bound.name} gives {value}, but it is {question.count}: {question}")
    return value


def timings(inputs: int = 512, width: int = 512, layers: int = 10) -> dict[str, tuple[float, int]]:
    """Return the processor seconds (the median of three) and the digits of each closed form, for wide deep networks."""
    network, space = generated([inputs, *[width] * layers, 1]), WholeSpace(inputs)
    found = {}
    for bound in (b for b in (*standard_bounds(), Montufar2014()) if b.scope == "global"):
        taken = []
        for _ in range(3):
            start = time.process_time()
            value = int(bound.evaluate(network, space))
            taken.append(time.process_time() - start)
        found[bound.name] = statistics.median(taken), int(value.bit_length() * math.log10(2)) + 1
    return found


def held_sheet(record: Record, cases: int, seconds: float) -> Sheet:
    """Return what was seen of the bounds."""
    columns = ("bound", "kind", "cases", "equal to the count", "geometric mean of bound / count", "largest", "ms each")
    sheet = Sheet(f"Bounds held against {cases:,} exact counts", columns)
    for name, t in record.tallies.items():
        mean = math.exp(t.logs / t.cases)
        numbers = f"{mean:.3f}", f"{t.largest:.3g}", f"{1e3 * t.seconds / t.cases:.2f}"
        sheet.rows.append((name, t.kind, f"{t.cases:,}", f"{t.tight:,}", *numbers))
    sheet.notes.append(f"On the wrong side of a count, or out of their order: {len(record.wrong)}.")
    sheet.notes.append(f"The whole run took {seconds:.0f} s of processor time, exact counts included.")
    return sheet


def timings_sheet(found: dict[str, tuple[float, int]]) -> Sheet:
    """Return how long the closed forms took."""
    rows = [(name, f"{digits:,}", f"{seconds:.3f}") for name, (seconds, digits) in found.items()]
    total = sum(seconds for seconds, _ in found.values())
    verdict = "reached" if total < TIMINGS_TARGET else "**missed**"
    note = f"Together {total:.2f} s of processor time (target {TIMINGS_TARGET:g}: {verdict})."
    return Sheet("Closed forms of 10 layers of 512 units, 512 inputs", ("bound", "digits", "seconds"), rows, [note])


def main(
    cases: Annotated[int, typer.Option(min=1, help="Number of cases.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Number of the first network.")] = 0,
    markdown: Annotated[
        Path | None, typer.Option(help="Also write the tables here, between its marks if it has them.")
    ] = None,
) -> None:
    """Hold the bounds against exact counts, and time the closed forms; a bound on the wrong side ends in an error."""
    shown = screen()
    start = time.process_time()
    record = held(cases, seed)
    sheets = [held_sheet(record, cases, time.process_time() - start), timings_sheet(timings())]
    for sheet in sheets:
        shown.print(sheet.rich())
    if markdown is not None:
        write_markdown(markdown, sheets, "bounds")
    for line in record.wrong:
        shown.print(f"WRONG: {line}", style="bold red", markup=False)
    raise typer.Exit(1 if record.wrong else 0)


if __name__ == "__main__":
    typer.run(main)
