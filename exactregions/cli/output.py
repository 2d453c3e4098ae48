"""What the commands write, and the code they exit with."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.text import Text

from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError, FileFormatError
from exactregions.exact.floats import nearest_float
from exactregions.network import Network
from exactregions.progress import Observer, Progress
from exactregions.regions import RegionSet
from exactregions.support.screen_tables import screen_width
from exactregions.support.stopping import STOPS
from exactregions.support.tables import counted, exact_text

if TYPE_CHECKING:
    from exactregions.comparison import Comparison, Curve
    from exactregions.quantities import ValueCertificates

FEW = 8  # coordinates of a point that are shown


class Exit(IntEnum):
    """Exit codes; 2 is a usage error, which the option parser raises."""

    EXACT = 0
    BAD_INPUT = 1
    INCOMPLETE = 3
    UNDECIDED = 4
    FALSIFIED = 5
    DISAGREEMENT = 6
    UNSAFE = 7


def exit_code(regions: RegionSet, falsified: bool = False) -> Exit:
    """Return the code for an answer, the gravest where several fit."""
    if falsified:
        return Exit.FALSIFIED
    if not regions.complete:
        return Exit.INCOMPLETE
    return Exit.UNDECIDED if regions.undecided else Exit.EXACT


_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def silent(quiet: bool) -> Iterator[None]:
    """Print neither results for people nor progress, if that is asked for."""
    token = _quiet.set(quiet)
    try:
        yield
    finally:
        _quiet.reset(token)


def stdout() -> Console:
    """Return a console for results."""
    quiet = _quiet.get()
    console = Console(highlight=False, quiet=quiet)
    if console.is_terminal:
        return console
    return Console(highlight=False, width=screen_width(), soft_wrap=True, quiet=quiet)  # a line is left whole


def progress_console() -> Console | None:
    """Return a console for progress; None where nobody would see it, or --quiet is given."""
    console = Console(stderr=True, highlight=False)
    return console if console.is_terminal and not _quiet.get() else None


def print_text(text: str) -> None:
    """Print a line of a result as it is, however long."""
    if not _quiet.get():
        typer.echo(text)


def print_json(data: Any) -> None:
    """Print one line of JSON."""
    typer.echo(json.dumps(data, allow_nan=False))


def print_answer(found: Any, as_json: bool, show: Callable[[Any], object] | None = None, **more: Any) -> None:
    """Print an answer as JSON, with further entries, or for people: by a function, or as `rich` shows it."""
    if as_json:
        print_json(found.describe() | more)
    elif show is not None:
        show(found)
    else:
        stdout().print(found)


def print_value(found: Any, value: object) -> None:
    """Print the first line of an answer, loudly where it is not complete."""
    state, style = ("", "bold green") if found.complete else (f"NOT COMPLETE ({found.stopped}): ", "bold red")
    stdout().print(f"{state}{value}", style=style, markup=False)


@contextmanager
def facing_errors(as_json: bool) -> Iterator[None]:
    """Turn what the user can mend into one line on stderr, and a stray interrupt into its exit code."""
    try:
        yield
    except (ExactRegionsError, OSError) as error:
        message = _one_line(error)
        typer.echo(f"error: {message}", err=True)
        if as_json:
            print_json({"error": {"type": type(error).__name__, "message": message} | _obstacles(error)})
        raise typer.Exit(Exit.BAD_INPUT) from None
    except STOPS:
        typer.echo("interrupted before there was a result", err=True)
        raise typer.Exit(Exit.INCOMPLETE) from None


@contextmanager
def current_directory() -> Iterator[None]:
    """Let modules of the current directory be imported, as `python -m` does: bounds are named as module:attribute."""
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _obstacles(error: Exception) -> dict[str, list[str]]:
    found = getattr(error, "obstacles", ())
    return {"obstacles": list(found)} if found else {}


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}"
    return " ".join(str(error).split())


@contextmanager
def progress_line() -> Iterator[Observer | None]:
    """Show a line on a terminal while a search runs; give None where stderr is none."""
    console = progress_console()
    if console is None:
        yield None
        return
    with console.status("searching") as status:

        def observe(progress: Progress) -> None:
            rate = progress.regions / progress.seconds if progress.seconds else 0.0
            found = f"{counted(progress.regions)}, {rate:,.0f} regions/s, {progress.seconds:.1f} s"
            status.update(Text(f"{found}{_what_is_left(progress)}  {progress.note}"))

        yield observe


@contextmanager
def drawing_line(regions: RegionSet) -> Iterator[Observer | None]:
    """Show a line on a terminal while cells are drawn, with what the drawing tells of itself."""
    console = progress_console()
    if console is None:
        yield None
        return
    first = f"drawing {counted(len(regions), 'cell')}"
    with console.status(first) as line:
        yield lambda progress: line.update(first if progress.note == "drawing" else progress.note)


def _what_is_left(progress: Progress) -> str:
    """Return how much of a shared search is left, as far as that is known."""
    text = "" if progress.open_prefixes is None else f", {counted(progress.open_prefixes, 'prefix', 'prefixes')} open"
    if progress.estimate is None:
        return text
    share, error = progress.estimate.remaining(progress.regions)
    return f"{text}, about {share:.0%} left, +-{error:.0%}"


def check_output(path: Path | None) -> None:
    """Refuse a place that cannot be written to before the search, not after it.

    Raises
    ------
    FileFormatError
        If it is a directory, or lies in none.
    """
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise FileFormatError(f"{path} is a directory, or lies in none; give a file in an existing directory")


def show_regions(regions: RegionSet) -> None:
    """Print the verdict and the question."""
    console = stdout()
    console.print(regions.verdict(), style="bold green" if regions.exact else "bold red", markup=False)
    show_question(console, regions.network, regions.domain)
    console.print(f"engine   {regions.engine}, {regions.seconds:.3g} s", markup=False)


def show_compared(found: Comparison | Curve) -> None:
    """Print the verdict and the question, and the table of the bounds."""
    show_regions(found.regions)
    stdout().print(found)


def show_stats(regions: RegionSet) -> None:
    """Print what the engine counted while it searched, a line each."""
    console = stdout()
    for name, number in regions.stats.items():
        console.print(f"{name.replace('_', ' '):<30}{number:>14,}", markup=False)
    if not regions.stats:
        console.print(f"the engine {regions.engine} keeps no statistics", markup=False)


def point_line(point: Sequence[Fraction]) -> str:
    """Return the first coordinates of a point as a line."""
    return f"at       {', '.join(f'{nearest_float(v):.17g}' for v in point[:FEW])}{', ..' if len(point) > FEW else ''}"


def print_proved(found: Any, as_json: bool, show: Callable[[Any], object], proved: ValueCertificates | None) -> None:
    """Print an answer as `print_answer`, with the certificates that were written of it."""
    print_answer(found, as_json, show, **({} if proved is None else {"certificates": proved.describe()}))
    for verdict in () if as_json or proved is None else (proved.reached, proved.beyond):
        if verdict.certificate is None:
            stdout().print(f"proof    none: {verdict.sentence}", style="bold red", markup=False)
        else:
            size = verdict.certificate.stat().st_size
            stdout().print(f"proof    {verdict.certificate}, {size:,} bytes, claim {verdict.outcome}", markup=False)


def show_question(console: Console, network: Network, domain: Domain) -> None:
    """Print the network and the domain, a line each."""
    widths = ", ".join(map(str, network.widths)) or "none"
    shape = f"{counted(network.inputs, 'input')}, hidden widths {widths}, {counted(network.outputs, 'output')}"
    console.print(f"network  {shape}", markup=False)
    for note in network.notes:
        console.print(f"note     {note}", markup=False)
    console.print(f"domain   {domain.words(exact_text)}, dimension {domain.dim}", markup=False)
