"""The command line: what `exactregions --help` lists; some commands have files of their own in this folder."""

from __future__ import annotations

import signal
from typing import Annotated, Any

import typer

from exactregions import __version__
from exactregions.cli import domain_options, options, texts
from exactregions.cli.agree import agree
from exactregions.cli.audit import audit
from exactregions.cli.boundary import boundary
from exactregions.cli.boxes import count_in_each
from exactregions.cli.certificates import check_certificate, export, prove
from exactregions.cli.curve import curve
from exactregions.cli.differ import differ
from exactregions.cli.explore import explore
from exactregions.cli.groups import grouped
from exactregions.cli.info import describe_network, show_network
from exactregions.cli.lipschitz import lipschitz
from exactregions.cli.machines import MachineOptions, PartsAddress, WorkerOptions
from exactregions.cli.maximize import maximize
from exactregions.cli.output import (
    check_output,
    current_directory,
    exit_code,
    facing_errors,
    print_json,
    print_text,
    progress_line,
    show_regions,
    show_stats,
    stdout,
)
from exactregions.cli.plot import plots
from exactregions.cli.radius import radius
from exactregions.cli.reading import Reading
from exactregions.cli.saving import count_saving, goes_on
from exactregions.cli.segment import segment
from exactregions.cli.slices import ThroughOptions
from exactregions.cli.study import study
from exactregions.cli.verify import verify
from exactregions.comparison.one_domain import compare as compare_with_bounds
from exactregions.domain import Domain
from exactregions.enumeration import enumerate_regions, resume_regions
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.support.stopping import sheltered

__all__ = ["app", "main"]

EXIT_CODES = """
**Exit codes**

- 0: the count is exact, or a property is proved
- 1: bad input, such as a missing file, a negative radius or a certificate that is wrong (one line on stderr;
  with --json also an object with the key "error" on stdout)
- 2: wrong usage of the command line
- 3: incomplete: a limit was reached, or Ctrl-C (what was found is printed, and saved with --output), or an audit
  was cut short
- 4: undecided: the search ended, and left something that it could not settle
- 5: a bound is falsified: it contradicts the count
- 6: engines contradict each other, and exact arithmetic tells which of them are wrong
- 7: unsafe: `verify` found a counterexample
"""

app = typer.Typer(rich_markup_mode="markdown", no_args_is_help=True)


def main() -> None:
    """Run the command line."""
    # whoever ends a count from outside wants what was found, as with Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app(prog_name="exactregions")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"exactregions {__version__}")
        raise typer.Exit


@app.callback(epilog=EXIT_CODES)
def manual(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Count the linear regions of a ReLU network inside a domain, exactly, and compare the count with bounds.

    A region is a full-dimensional set of inputs on which every unit keeps its sign. It is counted if it
    meets the domain, which is open. Weights are taken at their exact value, and every decision is proved. An
    answer that is not proved is marked as such, on the screen and by the exit code.

    **Commands**: `count` counts the regions, `compare` compares the count with bounds, `curve` does so for
    all radii with one search, and `study` for many points. `resume` continues a search that was cut
    short. `info` describes a network without a search. `prove` writes a certificate of the count, and `check`
    checks it in rational arithmetic; `export-certificate` writes it for the checker that is proved in Coq.
    `verify` decides a property of the outputs, `maximize` finds the largest output, `lipschitz` the Lipschitz
    constant, `radius` the distance to another class, `boundary` the decision boundary, `segment` the pieces between
    two points. `differ` decides whether two networks are the same function. `agree` compares several engines, and
    `audit` tries to prove a bound wrong. `plot` draws regions, their graph, the curve and the ratios of bounds, and
    `explore` writes a page of them. NETWORK is a .npz, .safetensors, .onnx, .pt or .nnet file. All take `--json`.

    **Domains** (of `count`, `compare`, `prove` and `agree`; one must be named):

    - `--center 0.1,0.2 --radius 0.5 --norm 2`: an open ball; the norm is 2 (default), 1 or inf
    - `--center-file points.npy --row 3 --radius 0.5`: the same around a row of an array
    - `--origin --radius 0.5`: the same around the origin
    - `--box -1,1`: the open box with these ends for every input; `--box -1:1,0:1/2` has the ends of each, and
      `--box box.npz` arrays `lower` and `upper`
    - `--polytope rows.npz`: the open polytope A x < b of arrays `A` and `b`, cut by `--box` where that is given
      too; both options also take the .json in which `--json` describes a domain
    - `--vnnlib property.vnnlib`: the input region of a VNN-LIB file (1.0, 2.0, also .gz); `property.vnnlib#2` is its
      second region, and `count` counts in all of them in turn
    - `--whole-space`: all inputs
    - `--through points.npy --rows 0,1 --box 0,1` (of `count` and `compare`): the segment between two points; with
      more rows the plane or the subspace through them, the domain being in its coordinates

    A number such as 0.1 is read as the float nearest to it, and that float is taken at its exact value; 1/3
    is read as the exact fraction.

    **Examples**

    ```
    exactregions info iris.safetensors
    exactregions compare iris.safetensors --center 5.1,3.5,1.4,0.2 --radius 1
    exactregions compare net.onnx --center-file points.npy --row 3 --radius 1/4
    exactregions count net.npz --box -1,1 --time-limit 60 --output found.npz
    exactregions resume found.npz --workers 2
    exactregions lipschitz net.npz --box -1,1 --norms 2,2
    exactregions radius net.onnx --center-file points.npy --row 3 --norm inf
    exactregions boundary moons.safetensors --box -1,2 --plot boundary.png
    exactregions segment mnist.onnx --through points.npy --rows 0,1
    exactregions count net.npz --box -1,1 --processes 8 --journal run
    exactregions maximize net.npz --box -1,1 --of-output 2 --time-limit 60
    exactregions differ net.onnx again.onnx --center-file points.npy --radius 0.1
    exactregions agree net.npz --origin --radius 0.5 --engines tree,facets,milp,rational
    exactregions audit my_module:my_bound --output broken
    exactregions plot regions moons.safetensors --origin --radius 2.5 --color class --output moons.png
    exactregions plot regions mnist.onnx --through points.npy --rows 0,1,2 --output plane.svg
    exactregions plot regions iris.safetensors --axes 2,3 --center-file points.npy --radius 1 --output iris.pdf
    exactregions explore moons.safetensors --origin --radius 2.5 --output moons.html
    exactregions prove net.npz --box -1,1 --output count.cert
    exactregions check count.cert --network net.npz --workers 2
    exactregions verify net.onnx prop.vnnlib --time-limit 60 --certificate verdict.cert
    exactregions count net.pt --activation relu --origin --radius 0.5 --norm inf --json
    exactregions info net.onnx --check
    ```
    """


@app.command()
@grouped
def count(
    *,
    network: options.NetworkFile,
    asked: domain_options.DomainOptions,
    sliced: ThroughOptions,
    search: options.SearchOptions,
    machines: MachineOptions,
    parts: PartsAddress = None,
    output: options.Output = None,
    no_store: options.NoStore = False,
    save_every: options.SaveEvery = 300.0,
    stats: options.ShowStats = False,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Count the regions that meet the domain."""
    with facing_errors(as_json):
        check_output(output)
        # without a file to write, nobody would see the regions
        limits: dict[str, Any] = search.keywords() | {"store": output is not None and not no_store}
        if parts is not None:
            limits |= {"parts": parts, "store": True}
        model, _ = sliced.restricted(reading.network(network))
        domains = asked.build_each(model.inputs, model.input_shape)
        if len(domains) > 1 and output is None:
            raise typer.Exit(count_in_each(model, domains, limits, as_json))
        question = model, asked.single(domains)
        with sheltered():  # a second Ctrl-C must not fall between the answer and its file
            with progress_line() as progress, machines.keywords() as shared:
                if limits["store"] and not shared and parts is None and goes_on(search.engine):
                    assert output is not None
                    regions = count_saving(*question, limits, output, save_every, progress)
                else:
                    regions = enumerate_regions(*question, **(limits | shared), progress=progress)
            if as_json:
                print_json(regions.describe())
            else:
                show_regions(regions)
                if stats:
                    show_stats(regions)
            if output is not None:
                regions.save(output)
    raise typer.Exit(exit_code(regions))


@app.command()
@grouped
def compare(
    *,
    network: options.NetworkFile,
    asked: domain_options.DomainOptions,
    sliced: ThroughOptions,
    search: options.SearchOptions,
    machines: MachineOptions,
    bounds: options.BoundNames = None,
    full: options.FullValues = False,
    output: options.Output = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Count the regions and compare the count with bounds."""
    chosen = texts.names_of(bounds)
    with facing_errors(as_json), current_directory():
        check_output(output)
        question = _question(reading.network(network), sliced, asked)
        limits: dict[str, Any] = search.keywords() | {"store": output is not None}
        with sheltered():  # a second Ctrl-C must not fall between the answer and its file
            with progress_line() as progress, machines.keywords() as shared:
                found = compare_with_bounds(*question, bounds=chosen, **(limits | shared), progress=progress)
            if as_json:
                print_json(found.describe())
            else:
                show_regions(found.regions)
                stdout().print(found)
                for line in found.in_full() if full else ():
                    print_text(line)
            if output is not None:
                found.regions.save(output)
    raise typer.Exit(exit_code(found.regions, found.falsified))


@app.command()
@grouped
def resume(
    *,
    file: options.RegionsFile,
    workers: options.Workers = 1,
    machines: WorkerOptions,
    time_limit: options.TimeLimit = None,
    max_regions: options.MaxRegions = None,
    output: options.Output = None,
    check: Annotated[
        bool, typer.Option("--check", help="First prove again, exactly, what FILE holds; otherwise it is trusted.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Continue a count that a limit or Ctrl-C ended, from the file that it saved; FILE holds network and domain.

    The limits are those of this part alone. Without --output the file is replaced by the longer one.
    The count is exact as far as FILE can be trusted; --check proves its regions again, and that no other
    lies outside its frontier.
    """
    with facing_errors(as_json):
        check_output(output)
        begun = RegionSet.load(file)
        with sheltered():  # a second Ctrl-C must not fall between the answer and its file
            with progress_line() as progress, machines.keywords() as shared:
                how: dict[str, Any] = {"workers": workers} | shared
                regions = resume_regions(
                    begun,
                    **how,
                    time_limit=time_limit,
                    max_regions=max_regions,
                    progress=progress,
                    check=check,
                )
            if as_json:
                print_json(regions.describe())
            else:
                show_regions(regions)
            regions.save(output or file)
    raise typer.Exit(exit_code(regions))


app.command()(agree)
app.command()(audit)
app.command()(curve)
app.command()(study)
app.command()(lipschitz)
app.command()(radius)
app.command()(boundary)
app.command()(segment)
app.command()(differ)
app.command()(maximize)
app.command()(prove)
app.command()(verify)
app.command("check")(check_certificate)
app.command("export-certificate")(export)
app.command()(explore)
app.add_typer(plots, name="plot")


@app.command()
@grouped
def info(
    *,
    network: options.NetworkFile,
    check: Annotated[
        bool,
        typer.Option("--check", help="Compare the network with the file's own evaluation on 100 points (ONNX, .nnet)."),
    ] = False,
    time_limit: options.TimeLimit = None,
    all_bounds: Annotated[
        bool, typer.Option("--all-bounds", help="Also bounds that take seconds or gigabytes for this network.")
    ] = False,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Describe a network without a search.

    Bounds that would take too long are named and left out.
    """
    with facing_errors(as_json):
        model = reading.checked_network(network) if check else reading.network(network)
        if as_json:
            print_json(describe_network(model, time_limit, all_bounds))
        else:
            show_network(stdout(), model, time_limit, all_bounds)


def _question(network: Network, sliced: ThroughOptions, asked: domain_options.DomainOptions) -> tuple[Network, Domain]:
    """Return the network, or a slice of it, and the domain."""
    model, _ = sliced.restricted(network)
    return model, asked.build(model.inputs, model.input_shape)
