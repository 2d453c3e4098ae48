"""The command line: what `exactregions --help` lists; the commands are in the files of this folder."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from exactregions import __version__
from exactregions.cli.agree import agree
from exactregions.cli.audit import audit
from exactregions.cli.boundary import boundary
from exactregions.cli.certificates import check_certificate, export, prove
from exactregions.cli.counting import compare, count, resume
from exactregions.cli.curve import curve
from exactregions.cli.differ import differ
from exactregions.cli.explore import explore
from exactregions.cli.groups import add_command, first_sentence
from exactregions.cli.info import info
from exactregions.cli.lipschitz import lipschitz
from exactregions.cli.maximize import maximize
from exactregions.cli.plot import plot, plots
from exactregions.cli.radius import radius
from exactregions.cli.segment import segment
from exactregions.cli.study import study
from exactregions.cli.verify import verify

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
    try:
        app(prog_name="exactregions")
    finally:
        # the answer is out: one more Ctrl-C must not end the process with another exit code while Python shuts down
        signal.signal(signal.SIGINT, signal.SIG_IGN)


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
    `explore` writes a page of them. NETWORK is a .npz, .safetensors, .onnx, .pt or .nnet file. All take `--json`, which
    prints one object, and `--quiet`, which prints errors only.

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


for command in (count, compare, resume, agree, audit, curve, study, lipschitz, radius, boundary, segment, differ):
    add_command(app, command)
for command in (maximize, prove, verify):
    add_command(app, command)
add_command(app, check_certificate, "check")
add_command(app, export, "export-certificate")
add_command(app, explore)
app.add_typer(plots, name="plot", short_help=first_sentence(plot))
add_command(app, info)
