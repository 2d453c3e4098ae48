"""The ``.nnet`` text format of the ACAS networks, with the normalisation of inputs and outputs that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

Array = NDArray[np.float64]
LAYERS, LARGEST = 10_000, 2**26


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
    parts = _parsed(path)
    graph = Graph()
    value = add(graph, [(1.0, graph.inputs((len(parts.means) - 1,))), (-1.0, parts.means[:-1])])
    value = divide(graph, value, parts.ranges[:-1])
    for position, (weight, bias) in enumerate(parts.layers):
        product: Tensor = add(graph, [(1.0, matmul(graph, value, weight.T)), (1.0, bias)])
        value = relu(graph, product) if position < len(parts.layers) - 1 else product
    value = scale_and_shift(graph, value, parts.ranges[-1], parts.means[-1])
    if np.isfinite(parts.lowest).any():
        lowest, highest = _shown(parts.lowest), _shown(parts.highest)
        graph.note(f"inputs are in their own units; evaluations clip them to {lowest} .. {highest}")
    return lower(graph, value.references)


def evaluated(path: Path, points: Array) -> Array:
    """Evaluate the file in float64, without clipping: shape (n, outputs) for points of shape (n, inputs)."""
    parts = _parsed(path)
    x = (points - parts.means[:-1]) / parts.ranges[:-1]
    for weight, bias in parts.layers[:-1]:
        x = np.maximum(x @ weight.T + bias, 0.0)
    weight, bias = parts.layers[-1]
    return (x @ weight.T + bias) * parts.ranges[-1] + parts.means[-1]


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What a file holds: bounds of the inputs, normalisation (the outputs' last), layers."""

    lowest: Array
    highest: Array
    means: Array
    ranges: Array
    layers: list[tuple[Array, Array]]


def _parsed(path: Path) -> _Parts:
    lines = _lines(content_of(path))
    header = _integers(next(lines), 1)  # layers, and in most files inputs, outputs, largest size
    sizes = _integers(next(lines), header[0] + 1)[: header[0] + 1]
    if len(header) > 2 and [sizes[0], sizes[-1]] != header[1:3]:
        raise FileFormatError(f"its sizes {sizes} do not fit the {header[1]} inputs and {header[2]} outputs it names")
    inputs = sizes[0]
    next(lines)  # a flag that is no longer used
    lowest, highest = (_numbers(next(lines), inputs, -np.inf), _numbers(next(lines), inputs, np.inf))
    means, ranges = _normalisation(next(lines), inputs, 0.0), _normalisation(next(lines), inputs, 1.0)
    if not ranges.all():
        raise FileFormatError("a range of its normalisation is 0")
    layers = []
    for n, m in pairwise(sizes):
        sized(m, n)
        weight = np.array([_numbers(next(lines), n) for _ in range(m)])
        layers.append((weight, np.array([_numbers(next(lines), 1)[0] for _ in range(m)])))
    return _Parts(lowest, highest, means, ranges, layers)


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
    if len(values) < least or min(values) < 1 or max(values) > LARGEST or least > LAYERS:
        raise FileFormatError(f"the line {line.strip()[:60]!r} does not hold {least} sizes")
    return values


def _normalisation(line: str, inputs: int, absent: float) -> Array:
    """Return a number for each input, and the last of the line, which is that of the outputs."""
    _numbers(line, inputs + 1, absent)  # there may be more, of inputs that were fixed before the network was made
    return np.append(_numbers(line, inputs, absent), _numbers(line, 1, absent, last=True))


def _numbers(line: str, count: int, absent: float | None = None, last: bool = False) -> Array:
    """Return the first (or last) numbers of a line; a single 0 says that there are none, where they may be absent."""
    if absent is not None and line.strip().rstrip(",") == "0":
        return np.full(count, absent)
    try:
        values = [float(part) for part in line.strip().rstrip(",").split(",")]
    except ValueError:
        raise FileFormatError(f"{line.strip()[:60]!r} is no line of numbers, as a .nnet file has them") from None
    if len(values) < count:
        raise FileFormatError(f"the line {line.strip()[:60]!r} holds {len(values)} numbers and needs {count}")
    return np.array(values[-count:] if last else values[:count])


def _shown(values: Array) -> str:
    text = ", ".join(f"{v:g}" for v in values[:6])
    return f"({text}{', ..' if len(values) > 6 else ''})"
