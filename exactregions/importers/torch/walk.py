"""From an exported torch program to the graph of operations."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph.core import Graph, Tensor
from exactregions.importers.obstacles import NOT_YET, Obstacle, refuse
from exactregions.importers.torch import linear, units  # noqa: F401 (they fill the table)
from exactregions.importers.torch.call import RULES, Call
from exactregions.importers.torch.loading import torch_module
from exactregions.importers.torch.moves import CASTS, DROPOUTS, MOVES, cast, move
from exactregions.importers.torch.operator_names import CURVED, FINAL, LABELS, LATER, OF_SHAPE, RANDOM, reason_against
from exactregions.support.shortening import short


def known_operators() -> set[str]:
    """Return the operators that need not be taken apart, because they are read, or refused by their own name."""
    return set(RULES) | MOVES | CASTS | DROPOUTS | CURVED | LABELS | LATER


def is_plain(program: Any) -> bool:
    """Return whether a program need not be taken apart: all operators are known, and none changes what others read."""
    known = known_operators()
    for node in program.graph.nodes:
        if node.op != "call_function" or node.target is operator.getitem:
            continue
        schema = getattr(node.target, "_schema", None)
        if schema is None or kind_of(node) not in known:
            return False
        if schema.is_mutable:
            changed = node.args[0]
            if changed.op != "call_function" or len(changed.users) > 1 or kind_of(changed) in MOVES:
                return False
    return True


@dataclass(frozen=True, slots=True)
class _Label:
    """A label at the end that was cut off: the values that it was made of."""

    before: Tensor


class Walk:
    """One pass over the nodes of an exported program."""

    def __init__(self, program: Any, strip: bool) -> None:
        self.program, self.strip, self.graph = program, strip, Graph()
        self.obstacles: list[Obstacle] = []
        self.known: dict[Any, Any] = {}
        self.inputs: list[Tensor] = []

    def run(self) -> list[Any]:
        """Return the outputs; raise if there are obstacles."""
        results: list[Any] = []
        for node in self.program.graph.nodes:
            if node.op == "placeholder":
                self.known[node] = self._placeholder(node)
            elif node.op == "output":
                found = [self.known.get(v, v) if hasattr(v, "op") else v for v in _flat(node.args[0])]
                results = [v.before if isinstance(v, _Label) else v for v in found]
            elif node.op == "call_function":
                self._node(node)
        refuse(self.obstacles)
        return results

    def _placeholder(self, node: Any) -> Any:
        torch = torch_module()
        signature, value = self.program.graph_signature, None
        for names, source in (
            (signature.inputs_to_parameters, self.program.state_dict),
            (signature.inputs_to_buffers, self.program.state_dict | self.program.constants),
            (signature.inputs_to_lifted_tensor_constants, self.program.constants),
        ):
            if node.name in names:
                value = source[names[node.name]]
                return widened(value.detach(), names[node.name])
        example = node.meta.get("val")
        if not isinstance(example, torch.Tensor):
            return example
        if not example.dtype.is_floating_point:
            raise NetworkError(f"the input {short(node.name)} has type {example.dtype}; give floats")
        self.inputs.append(self.graph.inputs(tuple(example.shape)))
        return self.inputs[-1]

    def _node(self, node: Any) -> None:
        torch = torch_module()
        args = torch.fx.node.map_aggregate(node.args, self._value)
        kwargs = torch.fx.node.map_aggregate(node.kwargs, self._value)
        label = next((v for v in _flat([args, kwargs]) if isinstance(v, _Label)), None)
        if label is not None:
            self.known[node] = label
            return
        if node.target is operator.getitem:
            self.known[node] = args[0][args[1]]
            self._follow(node)
            return
        try:
            self.known[node] = self._result(node, args, kwargs)
        except UnsupportedLayerError as error:
            self._refused(node, str(error))
        except NetworkError as error:
            raise type(error)(f"{place_of(node)}: {error}") from None
        self._follow(node)

    def _value(self, value: Any) -> Any:
        return self.known.get(value, value) if hasattr(value, "op") else value

    def _result(self, node: Any, args: Any, kwargs: Any) -> Any:
        if not hasattr(node.target, "_schema"):
            if any(isinstance(v, Tensor) for v in _flat([args, kwargs])):
                raise UnsupportedLayerError("control flow: " + NOT_YET)
            return node.target(*args, **kwargs)
        kind = kind_of(node)
        if kind.startswith(RANDOM):
            raise UnsupportedLayerError("it draws at random, which is no function of the input")
        arguments = _arguments(node.target, args, kwargs)
        if not any(isinstance(v, Tensor) for v in _flat(list(arguments.values()))):
            return _computed(node.target, args, kwargs)
        return self._read(node, kind, arguments)

    def _read(self, node: Any, kind: str, arguments: dict[str, Any]) -> Any:
        torch = torch_module()
        first = next(iter(arguments.values()))
        if kind in DROPOUTS:
            if arguments.get("train"):
                raise UnsupportedLayerError("it drops values at random, also in eval mode; use nn.Dropout")
            return (first, None) if kind == "native_dropout" else first
        if kind in CASTS:
            return None if kind.startswith("_assert") else cast(first, arguments)
        if kind in OF_SHAPE:
            first = torch.zeros(first.shape, dtype=torch.float64)
            return _computed(node.target, [first, *list(arguments.values())[1:]], {})
        if kind in MOVES:
            return move(self.graph, kind, node.target, arguments)
        if kind in RULES:
            plain = {name: _plain(value) for name, value in arguments.items()}
            return _back(RULES[kind](Call(self.graph, kind, plain, _narrow(node))))
        if kind in FINAL | LABELS and self.strip and _is_last(node):
            self.graph.note(f"{place_of(node)} is cut off at the end")
            return _Label(first) if kind in LABELS else first
        raise UnsupportedLayerError(reason_against(kind))

    def _refused(self, node: Any, reason: str) -> None:
        """Note an obstacle and go on, with values that stand for its results."""
        final = kind_of(node) in FINAL | LABELS and _is_last(node)
        self.obstacles.append(Obstacle(kind_of(node), place_of(node), reason, final))
        shapes = _shapes(node)
        if isinstance(shapes, list):
            self.known[node] = [self._opaque(shape) for shape in shapes]
        else:
            self.known[node] = self._opaque(shapes)

    def _opaque(self, shape: tuple[int, ...] | None) -> Tensor | None:
        if shape is None:
            return None
        none, size = np.zeros(0, dtype=np.int64), int(np.prod(shape, dtype=np.int64))
        return Tensor(self.graph.affine(none, none, np.zeros(0), np.zeros(size)).reshape(shape))

    def _follow(self, node: Any) -> None:
        """Hold the shape against the one that torch gives."""
        found, expected = self.known[node], _shapes(node)
        if isinstance(found, Tensor) and isinstance(expected, tuple) and found.shape != expected:
            raise NetworkError(f"{place_of(node)}: it was read with shape {found.shape}, and torch gives {expected}")


def widened(value: Any, name: str) -> Any:
    """Return a tensor on the CPU, floats in float64.

    Raises
    ------
    NetworkError
        If it has no values or is not real.
    """
    torch = torch_module()
    if isinstance(value, torch.nn.parameter.UninitializedTensorMixin) or value.is_meta:
        raise NetworkError(f"{name} has no values yet; run the module on a batch, or load its weights, first")
    if value.dtype.is_complex or value.layout != torch.strided or value.is_quantized:
        raise NetworkError(f"{name} is {value.dtype}, {value.layout}; give dense real floats")
    value = value.detach().cpu()
    return value.to(torch.float64) if value.dtype.is_floating_point else value


def kind_of(node: Any) -> str:
    """Return the name of the operator of a node, without namespace and overload."""
    schema = getattr(node.target, "_schema", None)
    return str(node.target) if schema is None else schema.name.split("::")[-1]


def place_of(node: Any) -> str:
    """Return the layer a node belongs to, and the operator."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path, kind = stack[-1] if stack else ("", "")
    kind = kind.rpartition(".")[2] if isinstance(kind, str) else kind.__name__
    path = path.removeprefix("L['self'].").removeprefix("L['self']")
    layer = f"{kind} {short(path)}" if path else f"{kind}.forward" if kind else "forward"
    return f"{layer} ({kind_of(node)})"


def _is_last(node: Any) -> bool:
    """Return whether nothing but moves comes after a node."""
    waiting = list(node.users)
    while waiting:
        user = waiting.pop()
        moves = user.target is operator.getitem or kind_of(user) in MOVES | CASTS | LABELS
        if user.op != "output" and not moves:
            return False
        waiting += list(user.users)
    return True


def _arguments(target: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """Return the arguments of an operator by name, defaults filled in."""
    schema = target._schema.arguments
    given = {a.name: value for a, value in zip(schema, args, strict=False)} | dict(kwargs)
    return {a.name: given.get(a.name, a.default_value) for a in schema if a.name in given or a.has_default_value()}


def _computed(target: Any, args: Any, kwargs: Any) -> Any:
    """Compute constants, floats in float64."""
    torch = torch_module()
    wide = {name: torch.float64 if _is_float_type(value) else value for name, value in kwargs.items()}
    wide |= {"device": "cpu"} if "device" in wide else {}
    values = [torch.float64 if _is_float_type(value) else value for value in args]
    try:
        found = target(*values, **wide)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        reason = str(error).split("\n")[0][:120]
        raise UnsupportedLayerError(f"its constants cannot be computed in float64 ({reason})") from None
    return torch.utils._pytree.tree_map_only(torch.Tensor, _wide, found)


def _wide(value: Any) -> Any:
    return value.double() if value.dtype.is_floating_point else value


def _is_float_type(value: Any) -> bool:
    torch = torch_module()
    return isinstance(value, torch.dtype) and value.is_floating_point


def _plain(value: Any) -> Any:
    """Return torch tensors as numpy arrays."""
    torch = torch_module()
    if isinstance(value, torch.Tensor):
        return value.numpy()
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _back(value: Any) -> Any:
    torch = torch_module()
    if isinstance(value, np.ndarray):
        return torch.from_numpy(np.ascontiguousarray(value))
    return [_back(v) for v in value] if isinstance(value, list | tuple) else value


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    return [u for v in value for u in _flat(v)] if isinstance(value, list | tuple) else [value]


def _shapes(node: Any) -> Any:
    value = node.meta.get("val")
    if isinstance(value, list | tuple):
        return [tuple(v.shape) if hasattr(v, "shape") else None for v in value]
    return tuple(value.shape) if hasattr(value, "shape") else None


def _narrow(node: Any) -> bool:
    """Return whether torch computes in a type narrower than float64."""
    torch = torch_module()
    value = node.meta.get("val")
    value = value[0] if isinstance(value, list | tuple) and value else value
    return getattr(value, "dtype", None) != torch.float64
