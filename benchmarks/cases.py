"""What is measured: one case, one question, by a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import networks
from exactregions import Ball, Box, Domain, Network
from exactregions.errors import FileFormatError
from exactregions.importers.vnnlib import input_box

__all__ = ["Case", "all_cases", "ball_question", "box_question", "case_named"]


@dataclass(frozen=True, slots=True)
class Case:
    """One question, and what is known about its answer.

    Attributes
    ----------
    name : str
    group : str
        The table it belongs to.
    label : str
        The network, as the table names it.
    domain : str
        The domain, as the table names it.
    question : callable
        Builds the network and the domain.
    known : int or None
        The number of regions on which independent programs agree; another one is a failure.
    target : int or None
        Regions a second to reach on one core.
    memory_target : int or None
        Peak memory to stay under, in megabytes.
    store : bool
    engine : str
    time_limit : float or None
        Seconds; set only where the search is not expected to end.
    slow : bool
        Left out of a quick run.
    skipped : str or None
        Why it cannot be measured.
    """

    name: str
    group: str
    label: str
    domain: str
    question: Callable[[], tuple[Network, Domain]]
    known: int | None = None
    target: int | None = None
    memory_target: int | None = None
    store: bool = False
    engine: str = "tree"
    time_limit: float | None = None
    slow: bool = False
    skipped: str | None = None


# widths, regions in the box (-1, 1)^d on which independent programs agree, target in the box
GENERATED: tuple[tuple[tuple[int, ...], int | None, int | None], ...] = (
    ((2, 16, 16, 1), 225, None),
    ((2, 64, 64, 1), 3_869, None),
    ((3, 16, 16, 1), 1_429, None),
    ((4, 16, 16, 1), 5_231, 100_000),
    ((3, 32, 32, 1), 18_654, 70_000),
    ((6, 16, 16, 1), 187_914, 80_000),
    ((10, 12, 12, 1), 91_421, None),
    ((8, 20, 20, 1), 6_477_919, 80_000),
    ((4, 32, 32, 32, 1), None, None),
)
BALL_TARGET = 40_000
IMAGE_TARGET = 5_000
IMAGE_RADII = {"MNIST": 0.79, "smooth random images": 1.16}  # the ball then holds about 1e5 regions
ACASXU_PAIRS = ("1_1", "2_3", "3_3")
# radius around the centre of the box at which the ball holds about 3e4 regions
ACASXU_RADII = {
    ("1_1", "prop_1"): 0.089,
    ("2_3", "prop_1"): 0.0905,
    ("3_3", "prop_1"): 0.06,
    ("1_1", "prop_3"): 0.0166,
    ("2_3", "prop_3"): 0.028,
    ("3_3", "prop_3"): 0.0399,
}
ACASXU_SECONDS = 5.0
FACETS_SECONDS = 10.0
SCALED = (8, 20, 20, 1)
# half sides and radii at which the network of these widths has about 1e4, 1e5, 1e6 and 1e7 regions
SCALED_BOXES = (0.19, 0.305, 0.53, 1.15)
SCALED_BALLS = (0.36, 0.6, 0.93, 1.9)


def all_cases() -> tuple[Case, ...]:
    """Return every case, in the order of the tables."""
    return (*_generated(), *_images(), *_acasxu(), *_facets(), *_scaling())


def case_named(name: str) -> Case:
    """Return the case of a name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {case.name: case for case in all_cases()}[name]


def box_question(widths: Sequence[int], half: float = 1.0) -> tuple[Network, Domain]:
    """Return the generated network in the box (-half, half)^d."""
    return networks.generated(widths), Box([-half] * widths[0], [half] * widths[0])


def ball_question(widths: Sequence[int], radius: float = 1.0) -> tuple[Network, Domain]:
    """Return the generated network in the Euclidean ball around the origin."""
    return networks.generated(widths), Ball([0.0] * widths[0], radius)


def _text(widths: Sequence[int]) -> str:
    return f"[{','.join(map(str, widths))}]"


def _generated() -> Iterator[Case]:
    for widths, known, target in GENERATED:
        label = _text(widths)
        slow = known is None or known > 1_000_000
        for store in (False, True):
            if store and known is not None and known > 1_000_000:
                continue
            kept = " stored" if store else ""
            memory = 300 if widths == (8, 20, 20, 1) else None
            yield Case(
                f"{label} box{kept}", "generated", label, "box", lambda w=widths: box_question(w),
                known, target, memory, store, slow=slow,
            )  # fmt: skip
            yield Case(
                f"{label} ball{kept}", "generated", label, "ball", lambda w=widths: ball_question(w),
                None, target and BALL_TARGET, memory, store, slow=slow,
            )  # fmt: skip


def _images() -> Iterator[Case]:
    source = networks.image_source()
    radius = IMAGE_RADII[source]

    def question() -> tuple[Network, Domain]:
        network, image = networks.image_network()
        return network, Ball(image.tolist(), radius)

    for store in (False, True):
        yield Case(
            f"784-32-16-10{' stored' if store else ''}", "images", f"784-32-16-10, {source}",
            f"ball {radius:g}", question, None, IMAGE_TARGET, store=store,
        )  # fmt: skip


def _acasxu() -> Iterator[Case]:
    folder = networks.acasxu_folder()
    for pair in ACASXU_PAIRS:
        seen: dict[Box, str] = {}
        for file in sorted(folder.glob("prop_*.vnnlib")):
            prop, slow = file.stem, pair != ACASXU_PAIRS[0]
            name, label = f"acasxu {pair} {prop}", f"ACAS Xu {pair}"

            def box(file: Path = file, pair: str = pair) -> tuple[Network, Domain]:
                return networks.acasxu_network(pair), input_box(file)

            reason = _why_not(file, seen)
            yield Case(name, "acasxu", label, prop, box, time_limit=ACASXU_SECONDS, slow=slow, skipped=reason)
            radius = ACASXU_RADII.get((pair, prop))
            if radius is None or reason is not None:
                continue

            def ball(file: Path = file, pair: str = pair, radius: float = radius) -> tuple[Network, Domain]:
                side = input_box(file)
                centre = [(lo + up) / 2 for lo, up in zip(side.lower, side.upper, strict=True)]
                return networks.acasxu_network(pair), Ball(centre, radius)

            yield Case(f"{name} ball", "acasxu", label, f"ball {radius:g} in {prop}", ball, slow=slow)


def _why_not(file: Path, seen: dict[Box, str]) -> str | None:
    """Return why the box of a property is not measured, if so."""
    try:
        box = input_box(file)
    except FileFormatError:
        return "a disjunction over inputs: several boxes"
    other = seen.setdefault(box, file.stem)
    return None if other == file.stem else f"the same box as {other}"


def _facets() -> Iterator[Case]:
    for widths, known, _ in GENERATED:
        if known is None or known > 6_000:
            continue
        label = _text(widths)
        yield Case(
            f"{label} box facets", "facets", label, "box", lambda w=widths: box_question(w),
            known, engine="facets", time_limit=FACETS_SECONDS, slow=known > 300,
        )  # fmt: skip
        yield Case(
            f"{label} ball facets", "facets", label, "ball", lambda w=widths: ball_question(w),
            None, engine="facets", time_limit=FACETS_SECONDS, slow=known > 300,
        )  # fmt: skip


def _scaling() -> Iterator[Case]:
    label = _text(SCALED)
    for kind, sizes, question in (("box", SCALED_BOXES, box_question), ("ball", SCALED_BALLS, ball_question)):
        for rank, size in enumerate(sizes):
            yield Case(
                f"scaling {kind} {size:g}", f"scaling {kind}", label, f"{kind} {size:g}",
                lambda q=question, s=size: q(SCALED, s), slow=rank > 1,
            )  # fmt: skip
