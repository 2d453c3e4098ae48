"""The command `exactregions audit`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from exactregions.cli import options
from exactregions.cli.groups import grouped
from exactregions.cli.output import Exit, current_directory, facing_errors, print_answer, progress_console

if TYPE_CHECKING:
    from exactregions.auditing import Audit, AuditProgress

# those of `exactregions.auditing`, which other commands need not load
FAMILIES = ("random", "trained", "degenerate", "sawtooth", "bias-free", "leaky", "wires")

LARGEST_RATIO = 1e6  # that is written out

BoundName = Annotated[
    str,
    typer.Argument(
        metavar="BOUND", help="A name, or my_module:my_bound from the current directory.", show_default=False
    ),
]
Cases = Annotated[int, options.of_search("--cases", metavar="N", help="How many to try.")]
Seed = Annotated[int, options.of_search("--seed", metavar="N", help="The same seed gives the same cases.")]
Families = Annotated[
    str | None,
    options.of_search(
        "--families", metavar="NAME,NAME,..", help=f"Of {', '.join(FAMILIES)}. [all, unless --networks is given]"
    ),
]
Networks = Annotated[
    list[Path] | None,
    options.of_search("--networks", metavar="PATH", help="Also try this network file, or a folder of them."),
]
Folder = Annotated[
    Path | None, options.of_output("--output", metavar="DIR", help="A new folder for what reproduces a violation.")
]


@grouped
def audit(
    *,
    bound: BoundName,
    cases: Cases = 500,
    seed: Seed = 0,
    time_limit: options.TimeLimit = None,
    engine: options.EngineName = "auto",
    families: Families = None,
    networks: Networks = None,
    output: Folder = None,
    as_json: options.AsJson = False,
) -> None:
    """Try to prove a bound wrong: networks, domains and radii are searched for one whose exact count contradicts it.

    BOUND is one of the package, as ball_profile, one that another distribution registers, or my_module:my_bound, an
    upper or a lower bound. What breaks it is shrunk to a smallest network, and its count is proved. The exit code is
    0 when nothing broke it, 5 when it is falsified, 3 when the time was over before all cases were tried.
    """
    from exactregions.auditing import audit as try_to_break

    with facing_errors(as_json), current_directory(), _progress_line() as progress:
        found = try_to_break(
            bound,
            cases=cases,
            seed=seed,
            time_limit=time_limit,
            engine=engine,
            families=_chosen(families, networks),
            output=output,
            progress=progress,
        )
    print_answer(found, as_json)
    raise typer.Exit(_exit_code(found))


def _chosen(families: str | None, networks: list[Path] | None) -> list[str | Path] | None:
    names: list[str | Path] = [] if families is None else [name.strip() for name in families.split(",")]
    return [*names, *(networks or [])] or None


def _exit_code(found: Audit) -> Exit:
    if found.falsified:
        return Exit.FALSIFIED
    return Exit.EXACT if found.complete else Exit.INCOMPLETE


@contextmanager
def _progress_line() -> Iterator[Callable[[AuditProgress], None] | None]:
    """Show a line on a terminal while the audit runs; give None where stderr is none."""
    console = progress_console()
    if console is None:
        yield None
        return
    with console.status("auditing") as status:

        def observe(progress: AuditProgress) -> None:
            tightest = "" if progress.ratio is None else f", tightest {_short(progress.ratio)}"
            done = f"{progress.tried:,} of {progress.asked:,} cases, {progress.seconds:.1f} s{tightest}"
            status.update(Text(f"{done}  {progress.note}"))

        yield observe


def _short(ratio: Fraction) -> str:
    return f"{float(ratio):.3g}" if ratio < LARGEST_RATIO else f"over {LARGEST_RATIO:g}"
