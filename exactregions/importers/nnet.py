"""The ``.nnet`` text format of the ACAS networks, with the normalisation of inputs and outputs that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import FileFormatError
from exactregions.importers.graph.core import Graph, Tensor, sized
from exactregions.importers.graph.linear import add, divide, scale_and_shift
from exactregions.importers.graph.lowering import lower
from exactregions.importers.graph.matrices import matmul
from exactregions.importers.graph.units import relu
from exactregions.importers.sniffing import content_of
from exactregions.network import Network

__all__ = ["read"]

Array = NDArray[np.float64]
LAYERS = 10_000


def read(path: Path) -> Network:
    """Read a network of ReLU layers; inputs and outputs are those of the outside, before and after normalisation.

    As the format says, an input x becomes (x - mean) / range, and an output y becomes y * range + mean; a range is
    one number for all outputs. The least and largest inputs at which evaluations clip are named in `Network.notes`
    and do not change the function. The factor 1 / range is the float64 nearest to it.

    Raises
    ------
    FileFormatError
        If the file is truncated or foreign.
    NetworkError
        If a value is not finite.
    """
    lines = _lines(content_of(path))
    layers, inputs, outputs, _ = _integers(next(lines), 4)
    sizes = _integers(next(lines), layers + 1)
    if sizes[0] != inputs or sizes[-1] != outputs:
        raise FileFormatError(f"its sizes {sizes} do not begin with {inputs} inputs and end with {outputs} outputs")
    next(lines)  # a flag that is no longer used
    lowest, highest = _numbers(next(lines), inputs), _numbers(next(lines), inputs)
    means, ranges = _numbers(next(lines), inputs + 1), _numbers(next(lines), inputs + 1)
    if not ranges.all():
        raise FileFormatError("a range of its normalisation is 0")
    graph = Graph()
    value = add(graph, [(1.0, graph.inputs((inputs,))), (-1.0, means[:-1])])
    value = divide(graph, value, ranges[:-1])
    for position, (n, m) in enumerate(pairwise(sizes)):
        sized(m, n)
        weight = np.array([_numbers(next(lines), n) for _ in range(m)])
        bias = np.array([_numbers(next(lines), 1)[0] for _ in range(m)])
        product: Tensor = add(graph, [(1.0, matmul(graph, value, weight.T)), (1.0, bias)])
        value = relu(graph, product) if position < layers - 1 else product
    value = scale_and_shift(graph, value, ranges[-1], means[-1])
    graph.note(f"inputs are in their own units; evaluations clip them to {_shown(lowest)} .. {_shown(highest)}")
    return lower(graph, value.references)


def _lines(content: bytes) -> Iterator[str]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise FileFormatError("it is no text, so no .nnet file") from None
    for line in text.splitlines():
        if line.strip() and not line.startswith("//"):
            yield line
    raise FileFormatError("it ends before its last layer; is it truncated?")


def _integers(line: str, least: int) -> list[int]:
    try:
        values = [int(part) for part in line.strip().rstrip(",").split(",")]
    except ValueError:
        raise FileFormatError(f"{line.strip()[:60]!r} is no line of integers, as a .nnet file has them") from None
    if len(values) < least or not all(0 < v <= 2**26 for v in values[:3]) or least > LAYERS:
        raise FileFormatError(f"the line {line.strip()[:60]!r} does not hold {least} sizes")
    return values[:least]


def _numbers(line: str, count: int) -> Array:
    try:
        values = [float(part) for part in line.strip().rstrip(",").split(",")]
    except ValueError:
        raise FileFormatError(f"{line.strip()[:60]!r} is no line of numbers, as a .nnet file has them") from None
    if len(values) < count:
        raise FileFormatError(f"the line {line.strip()[:60]!r} holds {len(values)} numbers and needs {count}")
    return np.array(values[:count])


def _shown(values: Array) -> str:
    text = ", ".join(f"{v:g}" for v in values[:6])
    return f"({text}{', ..' if len(values) > 6 else ''})"
