"""How late a limit or Ctrl-C is heard: fifty hard questions, every command, limits of 0.5, 1 and 5 seconds.

Run as ``python -m benchmarks.limits``; ``--help`` lists what can be chosen. A line is printed for each run that ends
more than 0.2 s late, and a table of the latest one for each command and limit. Two clocks are read, for the machine
may be shared: the wall clock, and the processor time that the process itself used beyond what the limit allows it.
"""

from __future__ import annotations

import faulthandler
import math
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.networks import acasxu_folder, generated, images
from exactregions import Ball, Box, Domain, Network, WholeSpace, compare, curve, enumerate_regions, load, study
from exactregions.cases import networks as known
from exactregions.cli.info import describe_network
from exactregions.engines.tree.kernels.kinds import STATES
from exactregions.engines.tree.loading import load_kernels
from exactregions.support.stopping import sheltered

__all__ = ["Question", "main", "questions"]

LIMITS = (0.5, 1.0, 5.0)
ALLOWED = 0.2  # seconds
NETS = acasxu_folder().parent / "nets"


@dataclass(frozen=True, slots=True)
class Question:
    """A network and a domain, neither of which is built before it is asked for."""

    name: str
    network: Callable[[], Network]
    domain: Callable[[Network], Domain]


def _ball(radius: float, norm: float, network: Network) -> Domain:
    return Ball([0.0] * network.inputs, radius, norm)


def _image_ball(radius: float, norm: float, network: Network) -> Domain:
    return Ball(images()[0][0].tolist(), radius, norm)


def _box(half: float, network: Network) -> Domain:
    return Box((Fraction(-half),) * network.inputs, (Fraction(half),) * network.inputs)


def _space(network: Network) -> Domain:
    return WholeSpace(network.inputs)


def default_torch(*widths: int, seed: int = 0, bits: int = 24) -> Network:
    """Return a network with the default weights of torch's linear layers: uniform, float32."""
    rng = np.random.default_rng(seed)
    weights, biases = [], []
    for fan_in, out in pairwise(widths):
        bound = fan_in**-0.5
        weights.append(rng.uniform(-bound, bound, (out, fan_in)).astype(np.float32).astype(np.float64))
        biases.append(rng.uniform(-bound, bound, out).astype(np.float32).astype(np.float64))
    return Network.from_layers(weights, biases)


def repeated(*widths: int) -> Network:
    """Return a network without biases half of whose rows repeat, turned round, the other half."""
    rng = np.random.default_rng(1)
    weights = []
    for fan_in, out in pairwise(widths):
        half = rng.integers(-3, 4, (out - out // 2, fan_in)).astype(float)
        weights.append(np.concatenate([half, -2.0 * half[: out // 2]]))
    return Network.from_layers(weights, [np.zeros(w) for w in widths[1:]])


def slivers(inputs: int, width: int) -> Network:
    """Return rows that differ from one another in their last digits."""
    rng = np.random.default_rng(2)
    row = rng.normal(size=inputs)
    first = row * (1.0 + rng.integers(-8, 9, (width, inputs)) * 2.0**-52)
    return Network.from_layers(
        [first, rng.normal(size=(width, width)), np.ones((1, width))],
        [rng.integers(-8, 9, width) * 2.0**-52, np.zeros(width), np.zeros(1)],
    )


def questions() -> list[Question]:
    """Return the questions; those whose files are absent are left out."""
    found = [*_of_images(), *_deep(), *_degenerate(), *_whole_space(), *_wide(), *_stored()]
    return [q for q in found if q is not None]


def _of_images() -> Iterator[Question]:
    nets = {
        "784-64-64-10": partial(default_torch, 784, 64, 64, 10),
        "784-32-16-10": partial(generated, (784, 32, 16, 10)),
        "784-256-256-10": partial(default_torch, 784, 256, 256, 10),
        "784-100x4-10": partial(default_torch, 784, 100, 100, 100, 100, 10),
    }
    for name, net in nets.items():
        yield Question(f"{name}, l2 ball of an image", net, partial(_image_ball, 1.0, 2))
        yield Question(f"{name}, l_inf ball of an image", net, partial(_image_ball, 0.05, np.inf))
        yield Question(f"{name}, l1 ball of an image", net, partial(_image_ball, 5.0, 1))
    yield Question("784-64-64-10, box", nets["784-64-64-10"], partial(_box, 1.0))
    yield Question("784-64-64-10, whole space", nets["784-64-64-10"], _space)


def _deep() -> Iterator[Question]:
    for depth, width, inputs in ((20, 10, 4), (30, 8, 3), (50, 6, 2), (12, 32, 6)):
        net = partial(generated, (inputs, *[width] * depth, 1))
        yield Question(f"{depth} stages of {width}, l2 ball", net, partial(_ball, 3.0, 2))
        yield Question(f"{depth} stages of {width}, box", net, partial(_box, 3.0))
    yield Question("20 stages of 10, l1 ball", partial(generated, (4, *[10] * 20, 1)), partial(_ball, 3.0, 1))
    yield Question("sawtooth", partial(known.sawtooth, 4, 4, 4), partial(_box, 1.0))


def _degenerate() -> Iterator[Question]:
    yield Question("repeated rows, l2 ball", partial(repeated, 6, 24, 24, 2), partial(_ball, 1.0, 2))
    yield Question("repeated rows, l1 ball", partial(repeated, 6, 24, 24, 2), partial(_ball, 1.0, 1))
    yield Question("repeated rows, box", partial(repeated, 8, 32, 32, 2), partial(_box, 1.0))
    yield Question("repeated rows, whole space", partial(repeated, 6, 24, 24, 2), _space)
    for name, norm in (("l2", 2), ("l_inf", np.inf)):
        net, ball = partial(repeated, 100, 40, 40, 2), partial(_ball, 1.0, norm)
        yield Question(f"repeated rows in 100 inputs, {name} ball", net, ball)
    yield Question("slivers, l2 ball", partial(slivers, 5, 20), partial(_ball, 1.0, 2))
    yield Question("slivers in 100 inputs, l2 ball", partial(slivers, 100, 40), partial(_ball, 1.0, 2))
    yield Question("slivers in 100 inputs, box", partial(slivers, 100, 40), partial(_box, 1.0))
    yield Question("braid arrangement", partial(known.braid, 9), partial(_box, 1.0))
    yield Question("resonance arrangement", partial(known.resonance, 7), _space)


def _whole_space() -> Iterator[Question]:
    yield Question("8-32-32, whole space", partial(generated, (8, 32, 32, 1)), _space)
    yield Question("20-40-40, whole space", partial(generated, (20, 40, 40, 1)), _space)
    yield Question("100-50-50, whole space", partial(generated, (100, 50, 50, 1)), _space)


def _wide() -> Iterator[Question]:
    yield Question("2-5000, l2 ball", partial(generated, (2, 5000, 1)), partial(_ball, 1.0, 2))
    yield Question("3-1000-1000, box", partial(generated, (3, 1000, 1000, 1)), partial(_box, 1.0))
    yield Question("16-2000, l2 ball", partial(generated, (16, 2000, 1)), partial(_ball, 1.0, 2))
    yield Question("3000-100, l_inf ball", partial(generated, (3000, 100, 100, 1)), partial(_ball, 0.1, np.inf))


def _stored() -> Iterator[Question]:
    names = {
        "tllBench_n=2_N=M=8_m=1_instance_0_0.onnx": 1.0,
        "tllBench_n=2_N=M=56_m=1_instance_6_0.onnx": 1.0,
        "mnist-net_256x2.onnx": 0.3,
        "gcas.onnx": 2.0,
    }
    for name, radius in names.items():
        path = next((p for p in (NETS / name, NETS / f"{name}.gz") if p.exists()), None)
        if path is not None:
            yield Question(f"{name[:24]}, l2 ball", partial(_loaded, path), partial(_ball, radius, 2))
            yield Question(f"{name[:24]}, l_inf ball", partial(_loaded, path), partial(_ball, radius, np.inf))


def _loaded(path: Path) -> Network:
    if path.suffix != ".gz":
        return load(path)
    import gzip

    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, path.stem)
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        return load(plain)


def _count(network: Network, domain: Domain, seconds: float | None) -> Any:
    return enumerate_regions(network, domain, time_limit=seconds)


def _compare(network: Network, domain: Domain, seconds: float | None) -> Any:
    return compare(network, domain, time_limit=seconds).regions


def _curve(network: Network, domain: Domain, seconds: float | None) -> Any:
    assert isinstance(domain, Ball)
    return curve(network, domain.center, domain.radius, domain.norm, time_limit=seconds).regions


def _study(network: Network, domain: Domain, seconds: float | None) -> Any:
    assert isinstance(domain, Ball)
    center = np.array([[float(v) for v in domain.center]])
    return study(network, center, [domain.radius], domain.norm, time_limit=seconds, progress=False)


def _prove(network: Network, domain: Domain, seconds: float | None) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "count.cert")
        return enumerate_regions(network, domain, time_limit=seconds, certificate=path, store=False)


def _info(network: Network, domain: Domain, seconds: float | None) -> Any:
    return describe_network(network, seconds)


COMMANDS = {"count": _count, "curve": _curve, "study": _study, "prove": _prove, "compare": _compare, "info": _info}


@dataclass(frozen=True, slots=True)
class Run:
    """One command on one question: how late it ended by the wall clock and by processor time, in seconds."""

    question: str
    command: str
    limit: float
    presses: int
    late: float
    late_cpu: float
    kept: str


def _measured(question: Question, network: Network, command: str, limit: float, presses: int) -> Run:
    domain = question.domain(network)
    faulthandler.dump_traceback_later(limit + ALLOWED + 0.1, exit=False, file=sys.stderr) if TRACE else None
    timers = [threading.Timer(limit + 0.03 * i, os.kill, (os.getpid(), signal.SIGINT)) for i in range(presses)]
    wall, cpu = time.perf_counter(), time.process_time()
    for timer in timers:
        timer.start()
    try:
        with sheltered():  # as the command line: a second Ctrl-C may come when the answer is there
            answer = COMMANDS[command](network, domain, None if presses else limit)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            for timer in timers:
                timer.join()
        kept = _kept(answer)
    except KeyboardInterrupt:
        wall, cpu, kept = math.inf, math.inf, "NOTHING"
    faulthandler.cancel_dump_traceback_later()
    for timer in timers:
        timer.cancel()
    return Run(question.name, command, limit, presses, wall - limit, cpu - limit, kept)


def _kept(answer: Any) -> str:
    count = getattr(answer, "count", None)
    return f"{count:,} regions" if isinstance(count, int) else ""


TRACE = bool(os.environ.get("TRACE"))


def main(
    command: Annotated[list[str] | None, typer.Option(help="Of count, curve, study, prove, compare, info.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Questions whose name has this word.")] = None,
    limit: Annotated[list[float] | None, typer.Option(help="Seconds.")] = None,
    presses: Annotated[int, typer.Option(help="Ctrl-C, this many times, in place of a limit.")] = 0,
    every: Annotated[bool, typer.Option(help="Print a line for every run.")] = False,
) -> None:
    """Measure how late limits are heard."""
    console = Console(highlight=False, width=160)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for kind in STATES:
        load_kernels(kind)
    runs: list[Run] = []
    for question in questions():
        if only and not any(word in question.name for word in only):
            continue
        network = question.network()
        for name in command or COMMANDS:
            if name in ("curve", "study") and not isinstance(question.domain(network), Ball):
                continue
            for seconds in limit or LIMITS:
                run = _measured(question, network, name, seconds, presses)
                runs.append(run)
                # a question that is answered before its limit is not late
                if every or run.late > ALLOWED or run.kept == "NOTHING":
                    console.print(f"{name:8} {seconds:4} s  {run.late:+7.2f} s  cpu {run.late_cpu:+7.2f} s  "
                                  f"{question.name}  {run.kept}", markup=False)  # fmt: skip
    console.print(_table(runs))


def _table(runs: list[Run]) -> Table:
    table = Table("command", "limit [s]", "runs", "late > 0.2 s", "by cpu", "latest [s]", "by cpu [s]", "nothing kept")
    for command, limit in dict.fromkeys((run.command, run.limit) for run in runs):
        mine = [run for run in runs if (run.command, run.limit) == (command, limit)]
        clocks = [run.late for run in mine], [run.late_cpu for run in mine]
        late = [str(sum(seconds > ALLOWED for seconds in clock)) for clock in clocks]
        latest = [f"{max(clock):.2f}" for clock in clocks]
        lost = sum(run.kept == "NOTHING" for run in mine)
        table.add_row(command, f"{limit:g}", str(len(mine)), *late, *latest, str(lost))
    return table


if __name__ == "__main__":
    typer.run(main)
