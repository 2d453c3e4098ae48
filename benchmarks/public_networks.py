"""A folder of public networks, all of it: ``python -m benchmarks.public_networks FOLDER [SECONDS] [NAME]``.

Each ONNX or .nnet file is read and compared with its own evaluation (onnxruntime) on 100 points, and its regions are
counted for some seconds: in the first box of a VNN-LIB file of the folder `vnnlib`, where one belongs to it; in the
box (-1, 1) for single operators; else in Euclidean balls of two radii about the origin or a fixed random point. A count
that was not finished stands beside an upper bound. What is refused is told with the reason.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from exactregions import Ball, Box, Network, compare, load
from exactregions.domain import Domain
from exactregions.engines.tree.kernels.kinds import STATES
from exactregions.engines.tree.loading import load_kernels
from exactregions.errors import ExactRegionsError
from exactregions.importers.checking import checked_file
from exactregions.importers.vnnlib import input_regions
from exactregions.support.shortening import short_text

__all__ = ["counted", "domains_of", "table"]

# what a property is called, by the beginning of the name of its network
PROPERTIES = {
    "cartpole.": "cartpole_case_safe_14",
    "gcas.": "gcas_0",
    "lindex.": "lindex_5000",
    "mnist-net_256x2.": "prop_0_0.03",
    "robot.": "robot_0",
    "tllBench_n=2_N=M=8": "property_N=8_0",
}
ABOUT_A_POINT = ("cifar", "conv", "Conv", "cnn", "Small_ConvNet", "resnet", "NN_rul", "KJ_", "traffic")
RADII = (2.0**-12, 2.0**-5)
HEAD = "| file | inputs, units | agrees to | domain | regions | upper bound | processor s |"


def domains_of(path: Path, inputs: int) -> Iterator[tuple[str, Domain]]:
    """Yield the domains in which a file is tried, and what they are."""
    named = next((prop for start, prop in PROPERTIES.items() if path.name.startswith(start)), None)
    if named is not None:
        yield named, input_regions(path.parent / "vnnlib" / f"{named}.vnnlib.gz")[0]
    elif path.parent.name == "operators":
        yield "box (-1, 1)", Box(-1, 1, dim=inputs)
    else:
        about = path.name.startswith(ABOUT_A_POINT)
        center = np.random.default_rng(0).uniform(size=inputs) if about else np.zeros(inputs)
        for radius in RADII:
            yield f"l2 {radius:.2g} about {'a point' if about else '0'}", Ball(center, radius)


def _read(path: Path) -> tuple[Network, str]:
    """Return the network, and how closely it agrees with the file's own evaluation."""
    try:
        network = load(path)
    except ExactRegionsError as error:
        if "strip_output" not in str(error):
            raise
        return load(path, strip_output=True), "its end cut off"
    notes = checked_file(network, path).notes
    return network, next(note.rpartition(" ")[2] for note in notes if "largest difference" in note)


def counted(network: Network, domain: Domain, seconds: float) -> str:
    """Return the number of regions, an upper bound where the time was not enough, and the processor time."""
    began = time.process_time()
    found = compare(network, domain, time_limit=seconds)
    upper = [row.value for row in found.rows if row.kind == "upper" and row.value is not None]
    count = (
        f"{'' if found.regions.exact else 'at least '}{found.regions.count:,}" if len(found.regions) else "none found"
    )
    bound = "" if found.regions.exact or not upper else _short(min(upper))
    return f"{count} | {bound} | {time.process_time() - began:.2f}"


def _short(number: float) -> str:
    return f"{number:,}" if number < 10**6 else f"10^{math.log10(number):.1f}"


def table(folder: Path, seconds: float, part: str) -> Iterator[str]:
    """Yield the lines of the table, one as each count is done."""
    for kind in STATES:  # no case is to pay for it
        load_kernels(kind)
    yield HEAD
    yield "|---|---|---|---|---|---|---|"
    files = [*folder.glob("*.onnx*"), *folder.glob("*.nnet"), *folder.glob("operators/*.onnx")]
    for path in sorted(path for path in files if part in str(path.relative_to(folder))):
        try:
            network, agreement = _read(path)
            for name, domain in domains_of(path, network.inputs):
                row = counted(network, domain, seconds)
                yield f"| {path.name} | {network.inputs}, {network.units:,} | {agreement} | {name} | {row} |"
        except ExactRegionsError as error:
            yield f"| {path.name} | {short_text(str(error).removeprefix(str(path)).lstrip(': '), 160)} | | | | | |"


if __name__ == "__main__":
    given = sys.argv[1:]
    for text in table(Path(given[0]), float(given[1]) if len(given) > 1 else 5.0, given[2] if len(given) > 2 else ""):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
