"""From an ONNX graph to the graph of operations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from exactregions.errors import FileFormatError, NetworkError, UnsupportedLayerError
from exactregions.importers.graph.core import Graph, Tensor
from exactregions.importers.graph.lowering import lower
from exactregions.importers.graph.rows import one_row
from exactregions.importers.obstacles import NEVER, NOT_KNOWN, NOT_YET, Obstacle, refuse
from exactregions.importers.onnx import (  # noqa: F401 (they fill the table)
    constants,
    linear,
    recurrent,
    resizing,
    shapes,
    units,
    windows,
)
from exactregions.importers.onnx.call import RULES, Call, Operand
from exactregions.importers.onnx.model import Model, array_of, load_model, shapes_of
from exactregions.importers.onnx.operator_names import CURVED, ELEMENTWISE, FINAL, LABELS, LINEAR_YET, MOVES
from exactregions.network import Network
from exactregions.support.shortening import short, short_list, short_text

STANDARD = ("", "ai.onnx", "ai.onnx.ml")
NAMES = 200  # characters of a list of outputs


class _Unknown:
    """The result of a node that could not be read."""


UNKNOWN = _Unknown()


class _Stripped:
    """The result of a last layer that was cut off: the values before it, or nothing if a label was looked up."""

    def __init__(self, before: Operand, label: bool = False) -> None:
        self.before, self.label = before, label  # what comes after a label does not move the values before it


def read(
    path: Path,
    *,
    output: str | None = None,
    strip_output: bool = False,
    batch: int | None = None,
    steps: int | None = None,
) -> Network:
    """Read a model; several inputs are one input vector, in their order.

    An input of several dimensions is flattened; a symbolic first dimension is the batch and counts as 1. Operators
    are read by their opset. Float constants are taken at their exact value and computed with in float64.

    Parameters
    ----------
    path : Path
        ``.onnx``, or the same packed by gzip.
    output : str, optional
        Name of the output, or of any other value of the graph; needed where there are several outputs.
    strip_output : bool
        Whether a softmax, log-softmax, sigmoid or argmax at the end is cut off.
    batch : {1}, optional
        With 1, a fixed first dimension above 1 is a batch, and the network that of one row; refused where rows are
        not independent of each other and alike. Without it all values together are the input.
    steps : int, optional
        Of sequences, where the file leaves their length open: an input with three dimensions, of which this one and
        the batch are symbolic.

    Raises
    ------
    FileFormatError
        If the file is truncated or foreign, a name is missing, or nodes form a circle.
    UnsupportedLayerError
        If operators have no translation; all are named, with their places.
    NetworkError
        If shapes do not chain or a value is not finite.
    ExactRegionsError
        If onnx is not installed.
    """
    model = load_model(path)
    wanted = _chosen(model, output)
    walk = _Walk(model, strip_output, steps)
    graph, result = walk.run(wanted)
    if batch is not None:
        return one_row(graph, walk.inputs, result, batch)
    return lower(graph, graph.references(result))


def _chosen(model: Model, output: str | None) -> str:
    names = [info.name for info in model.graph.output]
    if output is None:
        if len(names) > 1:
            raise FileFormatError(
                f"it has {len(names)} outputs, {short_list(names, NAMES, short)}; name one: output= (--output-name)"
            )
        return names[0]
    given = {name for node in model.graph.node for name in node.output} | {info.name for info in model.inputs}
    if output not in names and output not in given:
        raise FileFormatError(f"it has no output {short(output)}; it has {short_list(names, NAMES, short)}")
    return output


class _Walk:
    """One pass over the nodes that the output depends on."""

    def __init__(self, model: Model, strip: bool, steps: int | None = None) -> None:
        self.model, self.strip, self.graph = model, strip, Graph()
        self.obstacles: list[tuple[int, Obstacle]] = []
        self.known: dict[str, Any] = {}
        self.inputs = [self.graph.inputs(shape) for shape in shapes_of(model, steps)]
        self.known |= {info.name: value for info, value in zip(model.inputs, self.inputs, strict=True)}

    def run(self, output: str) -> tuple[Graph, Tensor | np.ndarray]:
        """Return the graph and the result; raise if there are obstacles."""
        self.last = _readers(self.model)
        for position, node in _ordered(self.model, output):
            results = self._results(position, node)
            if len(results) < len(node.output):
                raise FileFormatError(f"node {position} ({node.op_type}) has fewer than {len(node.output)} results")
            self.known |= dict(zip(node.output, results, strict=False))
        refuse([obstacle for _, obstacle in sorted(self.obstacles, key=lambda found: found[0])])
        result = self._value(output)
        if isinstance(result, _Stripped):
            if result.before is None:
                raise UnsupportedLayerError(
                    f"the output {short(output)} is a label that is looked up; name the value before it: output= "
                    "(--output-name)"
                )
            result = result.before
        if result is None or isinstance(result, _Unknown):
            raise FileFormatError(f"its output {short(output)} has no value")
        return self.graph, result

    def _value(self, name: str) -> Any:
        if name == "":
            return None
        if name not in self.known:
            if name not in self.model.constants:
                raise FileFormatError(f"a node reads {short(name)}, which nothing gives; the file is incomplete")
            found = array_of(self.model.constants[name], self.model.folder)
            if len(self.last.get(name, [])) > 1:
                self.known[name] = found
            else:  # read once: its memory is given back
                self.model.constants.pop(name).Clear()
            return found
        return self.known[name]

    def _results(self, position: int, node: Any) -> list[Any]:
        place = f"node {position} ({short_text(str(node.op_type))}{f', {short(node.name)}' if node.name else ''})"
        self.position = position
        operands = [self._value(name) for name in node.input]
        if any(isinstance(v, _Stripped) for v in operands):
            return self._after_end(place, node, operands)
        kind = node.op_type
        if kind in FINAL | LABELS and any(isinstance(v, Tensor | _Unknown) for v in operands):
            return self._at_end(place, node, operands)
        if node.domain not in STANDARD or kind not in RULES:
            return self._refused(place, node, operands, self._reason(node))
        if any(isinstance(v, _Unknown) for v in operands):
            if kind in ELEMENTWISE:  # of a constant it would be read
                return self._refused(place, node, operands, NEVER)
            return [UNKNOWN] * len(node.output)
        try:
            return self._read(node, operands)
        except UnsupportedLayerError as error:
            return self._refused(place, node, operands, str(error))
        except NetworkError as error:
            raise type(error)(f"{place}: {error}") from None

    def _read(self, node: Any, operands: list[Operand]) -> list[Any]:
        call = Call(self.graph, node.op_type, self.model.opset, operands, self._attributes(node), len(node.output))
        found = RULES[node.op_type](call)
        return found if isinstance(found, list) else [found]

    def _attributes(self, node: Any) -> dict[str, Any]:
        from onnx.helper import get_attribute_value

        try:
            found = {a.name: get_attribute_value(a) for a in node.attribute}
        except ValueError as error:
            raise FileFormatError(f"an attribute of {node.op_type} is damaged ({error})") from None
        for name, value in found.items():
            if hasattr(value, "dims"):
                found[name] = array_of(value, self.model.folder)
        return found

    def _reason(self, node: Any) -> str:
        if node.domain not in STANDARD:
            return f"{NOT_KNOWN} (domain {short(node.domain)})"
        if node.op_type in CURVED:
            return NEVER
        return NOT_YET if node.op_type in LINEAR_YET else NOT_KNOWN

    def _refused(self, place: str, node: Any, operands: list[Any], reason: str) -> list[Any]:
        """Note an obstacle and go on, with values that stand for its results."""
        self.obstacles.append((self.position, Obstacle(str(node.op_type), place, reason)))
        first = operands[0] if operands else None
        if node.op_type in ELEMENTWISE and isinstance(first, Tensor):
            size = first.references.size
            none = np.zeros(0, dtype=np.int64)
            fresh = self.graph.affine(none, none, np.zeros(0), np.zeros(size))
            return [Tensor(fresh.reshape(first.shape)), *[UNKNOWN] * (len(node.output) - 1)]
        return [UNKNOWN] * len(node.output)

    def _at_end(self, place: str, node: Any, operands: list[Any]) -> list[Any]:
        """Cut off a softmax, sigmoid or label if nothing but moves comes after it."""
        final = self._is_last(node)
        if final and self.strip:
            self.graph.note(f"{place} is cut off at the end")
            return [_Stripped(*_before(node, operands[0]))] * len(node.output)
        found = self._refused(place, node, operands, NEVER)
        if final:
            self.obstacles[-1] = (self.position, Obstacle(str(node.op_type), place, NEVER, final=True))
        return found

    def _is_last(self, node: Any) -> bool:
        waiting, seen = list(node.output), set()
        while waiting:
            name = waiting.pop()
            for after in self.last.get(name, []):
                if after.op_type not in MOVES | LABELS:
                    return False
                waiting += [n for n in after.output if n not in seen]
                seen |= set(after.output)
        return True

    def _after_end(self, place: str, node: Any, operands: list[Any]) -> list[Any]:
        stripped = next(v for v in operands if isinstance(v, _Stripped))
        if node.op_type in LABELS:
            return [_Stripped(*_before(node, stripped.before))] * len(node.output)
        if stripped.label:
            return [stripped] * len(node.output)
        inner = [v.before if isinstance(v, _Stripped) else v for v in operands]
        try:
            return [_Stripped(v) for v in self._read(node, inner)]
        except UnsupportedLayerError as error:
            return self._refused(place, node, inner, str(error))


def _before(node: Any, values: Operand) -> tuple[Operand, bool]:
    """Return what is left of a last layer, and whether it gave a label; of a look-up of labels nothing is."""
    if node.op_type in LABELS:
        return (values if node.op_type in ("ArgMax", "ArgMin") else None), True
    return values, False


def _readers(model: Model) -> dict[str, list[Any]]:
    """Return the nodes that read each value."""
    found: dict[str, list[Any]] = {}
    for node in model.graph.node:
        for name in node.input:
            found.setdefault(name, []).append(node)
    return found


def _ordered(model: Model, output: str) -> Iterator[tuple[int, Any]]:
    """Yield the nodes that the output depends on, each after those it reads.

    Raises
    ------
    FileFormatError
        If they form a circle, or two nodes give one value.
    """
    given: dict[str, int] = {}
    for position, node in enumerate(model.graph.node):
        for name in node.output:
            if name and given.setdefault(name, position) != position:
                raise FileFormatError(f"the value {short(name)} is given by two nodes")
    state: dict[int, bool] = {}  # False while what it reads is looked at
    waiting = [given[output]] if output in given else []
    while waiting:
        position = waiting[-1]
        node = model.graph.node[position]
        if position in state:
            waiting.pop()
            if not state[position]:
                state[position] = True
                yield position, node
            continue
        state[position] = False
        for name in node.input:
            before = given.get(name)
            if before is None or state.get(before):
                continue
            if before in state:
                raise FileFormatError(f"nodes form a circle through {short(name)}")
            waiting.append(before)
