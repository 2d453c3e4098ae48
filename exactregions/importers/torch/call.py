"""One node of an exported graph with its arguments, and the table of rules that read aten operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import UnsupportedLayerError
from exactregions.importers.graph.core import Graph, Tensor

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A node: arguments by their names, defaults filled in; tensors are `Tensor`, constants numpy arrays.

    Floats of constants are float64; `narrow` tells whether torch computes in a narrower type, and so rounds numbers
    that stand in the code to float32.
    """

    graph: Graph
    kind: str
    arguments: dict[str, Any]
    narrow: bool

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument that some variants of the operator do not have."""
        return self.arguments.get(name, default)

    def number(self, value: Any) -> float:
        """Return a number in the code as torch takes it."""
        return float(np.float32(value)) if self.narrow else float(value)

    def value(self, name: str) -> Tensor | Array:
        """Return an argument as a tensor or an array; numbers become arrays."""
        found = self.arguments[name]
        if isinstance(found, Tensor | np.ndarray):
            return found
        if isinstance(found, bool | int | float):
            return np.array(self.number(found))
        raise UnsupportedLayerError(f"its argument {name} is a {type(found).__name__}, which is not read")

    def tensor(self, name: str) -> Tensor:
        """Return an argument as a tensor; a constant becomes one."""
        found = self.value(name)
        return found if isinstance(found, Tensor) else Tensor(self.graph.constants(found))

    def constant(self, name: str) -> Array | None:
        """Return an argument that is a constant, None where it is left out."""
        found = self.arguments.get(name)
        if isinstance(found, Tensor):
            known, values = self.graph.constant_values(found.references)
            if known.all():
                return values
            raise UnsupportedLayerError(f"its {name} depends on the input: not piecewise linear, or not yet")
        return None if found is None else np.asarray(found)

    def axes(self, name: str = "dim") -> list[int]:
        """Return axes of the first argument; all of them where none is given."""
        rank = len(self.tensor(next(iter(self.arguments))).shape)
        given = self.arguments.get(name)
        if given is None or (isinstance(given, Sequence) and not len(given)):
            return list(range(rank))
        return [axis % max(rank, 1) for axis in (given if isinstance(given, Sequence) else [given])][:rank]


Rule = Callable[[Call], Any]
RULES: dict[str, Rule] = {}


def aten(*names: str) -> Callable[[Rule], Rule]:
    """Register the rule of operators, by their names without the overload."""

    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, rule))
        return rule

    return register
