"""`exactregions prove`, `exactregions check` and `exactregions export-certificate`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from exactregions.certificate.checker import CheckedClaim, IncompleteCertificate, InvalidCertificate, check
from exactregions.certificate.folder import MANIFEST, certificate_files
from exactregions.certificate.plain import export_certificate
from exactregions.certificate.writer import CLAIMS, proved_claim
from exactregions.cli import domain_options, options
from exactregions.cli.groups import grouped
from exactregions.cli.machines import MachineOptions, WorkerOptions
from exactregions.cli.output import (
    Exit,
    check_output,
    exit_code,
    facing_errors,
    print_json,
    progress_console,
    progress_line,
    show_regions,
    stdout,
)
from exactregions.cli.reading import Reading
from exactregions.domain import Domain
from exactregions.enumeration import enumerate_regions
from exactregions.importers.vnnlib import output_properties
from exactregions.support.shortening import short
from exactregions.support.stopping import sheltered
from exactregions.unsafe import Unsafe


def _known_claim(claim: str) -> str:
    if claim not in CLAIMS:
        raise typer.BadParameter(f"there is no claim {short(claim)}; choose from {', '.join(CLAIMS)}")
    return claim


def _known_shard(text: str | None) -> str | None:
    if text is not None and _shard(text) is None:
        raise typer.BadParameter(f"{short(text)} is no shard; give K/N, for example 2/4")
    return text


def _shard(text: str) -> tuple[int, int] | None:
    number, _, shards = text.partition("/")
    decimal = number.isdecimal() and shards.isdecimal()
    return (int(number), int(shards)) if decimal and 1 <= int(number) <= int(shards) else None


Claim = Annotated[str, typer.Option("--claim", metavar="CLAIM", callback=_known_claim, help="exact, upper or lower.")]
CertificateOutput = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE.cert",
        help="Where the certificate goes; with --processes or --dask also a folder, for files that workers write.",
        show_default=False,
    ),
]
ShardText = Annotated[
    str | None,
    typer.Option("--shard", metavar="K/N", callback=_known_shard, help="Prove the K-th of N shards."),
]


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show how many events of the walk are checked, on a terminal."""
    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = progress_console()
    with Progress(*columns, console=console, disable=console is None, transient=True) as bar:
        task = bar.add_task("checking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@grouped
def prove(
    *,
    network: options.NetworkFile,
    output: CertificateOutput,
    asked: domain_options.DomainOptions,
    search: options.SearchOptions,
    machines: MachineOptions,
    claim: Claim = "exact",
    shard: ShardText = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Count the regions and write a certificate of their number, which `check` confirms.

    A search that is cut short leaves a certificate of the claim `lower`: what was found is proved, and no more. With
    `--claim upper` it proves nothing.
    """
    with facing_errors(as_json):
        into_folder = output.is_dir() and machines.asked
        if not into_folder:
            check_output(output)
        model = reading.network(network)
        domain = asked.build(model)
        proof = output / MANIFEST if into_folder else output
        before = _written(proof)
        with sheltered():  # a second Ctrl-C must not fall between the answer and its file
            with progress_line() as progress, machines.keywords() as shared:
                regions = enumerate_regions(
                    model,
                    domain,
                    **(search.keywords() | shared),
                    store=False,
                    certificate=output,
                    claim=claim,
                    shard=None if shard is None else _shard(shard),
                    progress=progress,
                )
            if _written(proof) == before:
                typer.echo("no certificate: the time was over before the search began", err=True)
                raise typer.Exit(exit_code(regions))
            files = certificate_files(output)
            size, proved = sum(file.stat().st_size for file in files), proved_claim(files[0])
            if as_json:
                print_json(regions.describe() | {"certificate": str(output), "bytes": size, "claim": proved})
            else:
                show_regions(regions)
                stdout().print(f"proof    {output}, {size:,} bytes, {_claim_text(proved, claim, shard)}", markup=False)
    raise typer.Exit(exit_code(regions))


def _written(path: Path) -> int | None:
    """Return when a file was written, None where there is none."""
    return path.stat().st_mtime_ns if path.exists() else None


def _claim_text(proved: str | None, asked: str, shard: str | None) -> str:
    """Return what a certificate proves, and why it is less than what was asked for."""
    if proved is None:
        return f"proves nothing: the search was cut short, and the claim {short(asked)} needs its end"
    if proved != asked:
        return f"claim {short(proved)}, for the search was cut short"
    return f"claim {short(proved)}" + (f" together with the other shards, this is {shard}" if shard else "")


def _refuse(error: InvalidCertificate, as_json: bool, told: dict[str, Any]) -> NoReturn:
    """Say what is wrong with a certificate, and end."""
    typer.echo(f"error: {error}", err=True)
    if as_json:
        print_json(told | {"error": {"type": type(error).__name__, "message": str(error)}})
    raise typer.Exit(Exit.INCOMPLETE if isinstance(error, IncompleteCertificate) else Exit.BAD_INPUT) from None


def _speaks_of_one(claimed: CheckedClaim, cases: Iterable[tuple[Domain, Unsafe]]) -> bool:
    """Whether a certificate is about one of several regions of inputs, and what is unsafe there."""
    told = [{key: polyhedron[key] for key in ("G", "h")} for polyhedron in claimed.unsafe or ()]
    return any((claimed.domain, told) == (d.describe(), unsafe.in_floats().describe()) for d, unsafe in cases)


@grouped
def check_certificate(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="A certificate, its folder, or all shards of one.", show_default=False),
    ],
    network: Annotated[
        Path | None,
        typer.Option("--network", metavar="NETWORK", help="Check that it is about this network."),
    ] = None,
    claim: Annotated[
        str | None, typer.Option("--claim", metavar="CLAIM", help="Check a weaker claim: upper or lower.")
    ] = None,
    property_file: Annotated[
        Path | None, typer.Option("--property", metavar="PROPERTY", help="Check that it is about this VNN-LIB file.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 1,
    rational: Annotated[
        bool, typer.Option("--rational", help="Compute bounds of boxes without floats: slow.", show_default=False)
    ] = False,
    machines: WorkerOptions,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Check a certificate with rational arithmetic: no search, no solver, no tolerance.

    It is the program `python -m exactregions.certificate.checker`, a file that can be read and used without the
    rest of the package. A search that was cut short proves a lower bound; the exit code is 3 then, as of `prove`, but 0
    if `--claim lower` asks for no more.
    """
    with facing_errors(as_json):
        fingerprint = None if network is None else reading.network(network).fingerprint
        cases = None if property_file is None else output_properties(property_file)
        files = [file for path in files for file in certificate_files(path)]
    try:
        with facing_errors(as_json), _bar() as progress, machines.keywords() as shared:
            asked: dict[str, Any] = {"workers": workers, "rational": rational} | shared
            verdict = check(files, fingerprint=fingerprint, claim=claim, **asked, progress=progress)
        if cases is not None and not _speaks_of_one(verdict, cases):
            raise InvalidCertificate(f"it is not about a region of inputs of {property_file} and its unsafe outputs")
    except InvalidCertificate as error:
        _refuse(error, as_json, {"verified": False})
    if as_json:
        told = {"claim": verdict.claim, "regions": verdict.regions, "complete": verdict.complete}
        told |= {} if verdict.unsafe is None else {"domain": verdict.domain, "unsafe": verdict.unsafe}
        print_json({"verified": True, **told, "sentence": verdict.sentence})
    else:
        stdout().print(verdict.sentence, style="bold green", markup=False)
    raise typer.Exit(Exit.EXACT if claim or verdict.complete else Exit.INCOMPLETE)


@grouped
def export(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="A certificate, its folder, or all shards of one.", show_default=False),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.txt", help="Where the lines go.", show_default=False)
    ],
    claim: Annotated[
        str | None, typer.Option("--claim", metavar="CLAIM", help="Export a weaker claim: upper or lower.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Write a certificate as lines of text, which the checker proved in Coq reads (folder proof of the repository).

    Nothing is checked here: `proof/check FILE.txt` does that. It covers counts, and not claims about outputs.
    """
    with facing_errors(as_json):
        check_output(output)
        try:
            told = export_certificate(files, output, claim)
        except InvalidCertificate as error:
            _refuse(error, as_json, {})
    size = output.stat().st_size
    if as_json:
        print_json(asdict(told) | {"file": str(output), "bytes": size})
    else:
        lines = f"{output}, {size:,} bytes, claim {short(told.claim)}, {told.leaves:,} leaves, not checked yet"
        stdout().print(f"lines    {lines}", markup=False)
