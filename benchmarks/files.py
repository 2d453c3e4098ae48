"""Hostile files of every format, `python -m benchmarks.files`: an error at the door or a true answer.

Files are read in another process, which may take two gigabytes and no more, and what they give is compared with the
rational engine where they claim a number. Faults are errors that are none of the package, wrong answers, crashes, more
than a minute, and anything that a file has executed.
"""

from __future__ import annotations

import gzip
import multiprocessing
import os
import random
import resource
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.file_mutations import constructed, mutated
from exactregions import (
    Ball,
    Box,
    Network,
    RegionSet,
    count_regions,
    enumerate_regions,
    load,
    resume_regions,
    save,
    study,
)
from exactregions.certificate.checker import InvalidCertificate, check
from exactregions.engines.proving import search_with_certificate  # noqa: F401 - loaded before memory is limited
from exactregions.errors import ExactRegionsError
from exactregions.importers.vnnlib import input_box

__all__ = ["campaign", "main", "seeds"]

MEMORY, SECONDS, BATCH = 2 * 2**30, 60, 200
POINTS, RADII = [[0.0, 0.0], [0.5, 0.25]], [0.25, 1.0]


def network() -> Network:
    """Return the network that the files are about."""
    rng = np.random.default_rng(8)
    return Network.from_layers(
        [rng.normal(size=(4, 2)), rng.normal(size=(3, 4)), rng.normal(size=(1, 3))],
        [rng.normal(size=4), rng.normal(size=3), [0.5]],
    )


DOMAIN = Ball([0.25, 0.5], 1.5)


def seeds(folder: Path) -> dict[str, bytes]:
    """Write a good file of each kind, and return their contents by name."""
    net = network()
    save(net, folder / "network.npz")
    save(net, folder / "network.safetensors")
    enumerate_regions(net, DOMAIN).save(folder / "whole.regions.npz")
    enumerate_regions(net, DOMAIN, engine="rational").save(folder / "rational.regions.npz")
    enumerate_regions(net, DOMAIN, max_regions=7, engine="tree").save(folder / "part.regions.npz")
    enumerate_regions(net, DOMAIN, engine="rational", certificate=folder / "proof.cert")
    study(net, POINTS, RADII, bounds=["naive"], resume=folder / "points.study")
    (folder / "box.vnnlib").write_text(
        "(declare-const X_0 Real)\n(declare-const X_1 Real)\n(declare-const Y_0 Real)\n"
        "(assert (<= X_0 1.5))\n(assert (>= X_0 -1))\n(assert (and (<= X_1 2.5e-1) (>= X_1 0)))\n(assert (>= Y_0 0))\n"
    )
    for write in (_write_torch, _write_onnx, _write_nnet):
        write(net, folder)
    for name in ("box.vnnlib", "network.onnx"):
        if (folder / name).exists():
            (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes(), mtime=0))
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _write_torch(net: Network, folder: Path) -> None:
    try:
        import torch
    except ImportError:
        return
    layers = [(s.weight, s.bias) for s in net.stages] + [(net.weight, net.bias)]
    state = {
        f"{2 * i}.{k}": torch.tensor(a)
        for i, pair in enumerate(layers)
        for k, a in zip(("weight", "bias"), pair, strict=True)
    }
    torch.save(state, folder / "state.pt")


def _write_nnet(net: Network, folder: Path) -> None:
    layers = [(s.weight, s.bias) for s in net.stages] + [(net.weight, net.bias)]
    sizes = [net.inputs, *(len(bias) for _, bias in layers)]
    lines = [[len(layers), net.inputs, net.outputs, max(sizes)], sizes, [0], [-1] * 2, [1] * 2, [0] * 3, [1] * 3]
    for weight, bias in layers:
        lines += [*weight.tolist(), *([b] for b in bias.tolist())]
    (folder / "network.nnet").write_text("// a comment\n" + "".join(",".join(map(str, line)) + ",\n" for line in lines))


def _write_onnx(net: Network, folder: Path) -> None:
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError:
        return
    nodes, constants, value = [], [], "x"
    layers = [(s.weight, s.bias) for s in net.stages] + [(net.weight, net.bias)]
    for i, (weight, bias) in enumerate(layers):
        constants += [
            numpy_helper.from_array(np.array(weight, dtype=np.float32), f"w{i}"),
            numpy_helper.from_array(np.array(bias, dtype=np.float32), f"b{i}"),
        ]
        nodes.append(helper.make_node("Gemm", [value, f"w{i}", f"b{i}"], [f"g{i}"], transB=1))
        value = f"g{i}"
        if i < len(layers) - 1:
            nodes.append(helper.make_node("Relu", [value], [f"r{i}"]))
            value = f"r{i}"
    ends = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, k])
        for n, k in (("x", net.inputs), (value, net.outputs))
    ]
    graph = helper.make_graph(nodes, "net", ends[:1], ends[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "network.onnx")


# ---- reading, and what is true


def _read_network(path: Path) -> str:
    net = load(path, activation="relu" if path.name.endswith((".pt", ".safetensors")) else None)
    assert isinstance(net, Network)
    if net.inputs <= 8 and net.units <= 64:
        found = enumerate_regions(net, Ball([0] * net.inputs, 1), engine="tree", time_limit=0.5, max_regions=20)
        if found.exact and net.units <= 12 and found.count != count_regions(net, found.domain, engine="rational"):
            return "wrong count of what was read"
    return "answer"


def _read_regions(path: Path) -> str:
    found = RegionSet.load(path)
    if found.network.inputs > 8 or not found.stored:
        return "answer"
    ended = resume_regions(found, check=True, time_limit=5)
    if ended.exact and ended.count != count_regions(ended.network, ended.domain, engine="rational"):
        return "wrong count that was proved again"
    return "answer"


def _read_certificate(path: Path) -> str:
    verdict = check(path)
    if verdict.fingerprint != network().fingerprint or verdict.domain != DOMAIN.describe():
        return "answer"
    true = count_regions(network(), DOMAIN, engine="rational")
    holds = {"exact": verdict.regions == true, "lower": verdict.regions <= true, "upper": verdict.regions >= true}
    return "answer" if holds[verdict.claim] else "a wrong claim was verified"


def _read_study(path: Path) -> str:
    found = study(network(), POINTS, RADII, bounds=["naive"], resume=path)
    wrong = [row for row in found.rows if row["exact"] and not isinstance(row["regions"], int)]
    return "a count that is none" if wrong else "answer"


def _read_box(path: Path) -> str:
    assert isinstance(input_box(path), Box)
    return "answer"


READERS: dict[str, Callable[[Path], str]] = {
    ".regions.npz": _read_regions,
    ".cert": _read_certificate,
    ".study": _read_study,
    ".vnnlib": _read_box,
    ".vnnlib.gz": _read_box,
    "": _read_network,
}


def outcome(path: Path) -> str:
    """Read a file, and say "answer", "refused", or what is wrong."""
    reader = next(read for ending, read in READERS.items() if path.name.endswith(ending))
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    try:
        return reader(path)
    except (ExactRegionsError, InvalidCertificate) as error:
        return "refused" if str(error) else "an error without words"
    except BaseException as error:  # noqa: BLE001 - that is what is looked for
        place = traceback.extract_tb(error.__traceback__)[-1]
        inside = [f for f in traceback.extract_tb(error.__traceback__) if "exactregions/" in f.filename]
        here = f"{Path(inside[-1].filename).name}:{inside[-1].lineno}" if inside else place.name
        return f"{type(error).__name__} at {here}: {str(error)[:120]}"
    finally:
        signal.alarm(0)


def _too_long(*_: Any) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


# ---- the campaign


def _files(contents: dict[str, bytes], count: int, seed: int, marker: str) -> Iterator[tuple[str, str, bytes]]:
    rng = random.Random(seed)
    names = sorted(contents)
    for number in range(count):
        name = names[number % len(names)]
        yield "mutated", name, mutated(contents[name], rng)
    if not count or seed == 0:
        yield from (("constructed", name, data) for name, data in constructed(contents, marker))


def _batch(jobs: list[tuple[str, str, bytes]], folder: str, answers: Any) -> None:
    """Read files within the limits, and tell after each how it went; the parent sees where a crash came."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    for number, (_, name, data) in enumerate(jobs):
        path = Path(folder) / f"{os.getpid()}-{name}"
        path.write_bytes(data)
        answers.send((number, outcome(path)))
        path.unlink(missing_ok=True)


def campaign(count: int, seed: int, keep: Path | None = None) -> tuple[Counter[tuple[str, str, str]], list[str]]:
    """Read `count` mutated files, and with seed 0 the constructed ones.

    Returns
    -------
    counts : Counter
        By kind ("mutated", "constructed"), name of the good file, and "answer", "refused" or "fault".
    faults : list of str
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    faults: list[str] = []
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "good").mkdir()
        contents, marker = seeds(place / "good"), place / "executed"
        jobs: list[tuple[str, str, bytes]] = []
        for name in contents:
            assert outcome(place / "good" / name) == "answer", name
        stream = _files(contents, count, seed, str(marker))
        more = True
        while more or jobs:
            while more and len(jobs) < BATCH:
                job = next(stream, None)
                more = job is not None
                jobs += [job] if job else []
            if not jobs:
                break
            done = _run(context, jobs, folder, counts, faults, keep)
            jobs = jobs[done:]
            if marker.exists():
                faults.append("a file was executed")
                marker.unlink()
    return counts, faults


def _run(context: Any, jobs: list[Any], folder: str, counts: Counter[Any], faults: list[str], keep: Path | None) -> int:
    """Read jobs in a new process; return how many were read, the one that ended the process among them."""
    here, there = context.Pipe(False)
    process = context.Process(target=_batch, args=(jobs, folder, there))
    process.start()
    there.close()
    done = 0
    while done < len(jobs):
        try:
            _, result = here.recv()
        except EOFError:
            process.join()
            result = f"the process ended with {process.exitcode}"
        kind, name, data = jobs[done]
        known = result in ("answer", "refused")
        counts[kind, name, result if known else "fault"] += 1
        if not known:
            faults.append(f"{kind} {name}: {result}")
            if keep is not None:
                (keep / f"{len(faults)}-{name}").write_bytes(data)
        done += 1
        if result.startswith("the process"):
            break
    process.join()
    return done


def main(
    count: Annotated[int, typer.Option(help="Mutated files.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Of the mutations; 0 reads the constructed files too.")] = 0,
    keep: Annotated[Path | None, typer.Option(help="A folder for the files that show a fault.")] = None,
) -> None:
    """Read hostile files of every format, and count how it went; exit code 1 after a fault."""
    counts, faults = campaign(count, seed, keep)
    for kind, name in sorted({(kind, name) for kind, name, _ in counts}):
        told = ", ".join(f"{counts[kind, name, result]:,} {result}" for result in ("refused", "answer", "fault"))
        typer.echo(f"{kind:12} {name:24} {told}")
    for fault, times in Counter(faults).most_common():
        typer.echo(f"FAULT {times} times: {fault}")
    raise typer.Exit(bool(faults))


if __name__ == "__main__":
    typer.run(main)
