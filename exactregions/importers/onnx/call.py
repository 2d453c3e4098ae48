"""One node of an ONNX graph with its operands, and the table of rules that read operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph.core import Graph, Tensor

Array = NDArray[Any]
Operand = Tensor | Array | None


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A node: its operands are tensors, constants, or None where an optional one is left out.

    Float constants are float64 arrays of the exact values; integers keep their type.
    """

    graph: Graph
    kind: str
    opset: int
    operands: Sequence[Operand]
    attributes: dict[str, Any]
    results: int

    def operand(self, place: int) -> Operand:
        """Return an operand, None where it is left out."""
        return self.operands[place] if place < len(self.operands) else None

    def value(self, place: int) -> Tensor | Array:
        """Return an operand that must be there."""
        found = self.operand(place)
        if found is None:
            raise NetworkError(f"its input {place} is missing")
        return found

    def tensor(self, place: int) -> Tensor:
        """Return an operand as a tensor; a constant becomes one."""
        found = self.value(place)
        return found if isinstance(found, Tensor) else Tensor(self.graph.constants(found))

    def constant(self, place: int, name: str = "an operand") -> Array | None:
        """Return an operand that is a constant, None where it is left out."""
        found = self.operand(place)
        if isinstance(found, Tensor):
            known, values = self.graph.constant_values(found.references)
            if known.all():
                return values
            raise UnsupportedLayerError(f"{name} depends on the input: not piecewise linear, or not yet")
        return found

    def needed(self, place: int, name: str) -> Array:
        """Return a constant that must be there."""
        found = self.constant(place, name)
        if found is None:
            raise NetworkError(f"{name} is missing")
        return found

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute or its default."""
        return self.attributes.get(name, default)

    def integers(self, name: str, place: int | None = None) -> list[int] | None:
        """Return integers given as an attribute, or as an operand in later opsets."""
        if name in self.attributes:
            return [int(v) for v in np.ravel(self.attributes[name])]
        found = None if place is None else self.constant(place, name)
        return None if found is None else [int(v) for v in np.ravel(found)]

    def moved(self, place: int, function: Callable[[Array], Array]) -> Tensor | Array:
        """Return what moves values and computes nothing: the same function for references and constants."""
        found = self.value(place)
        try:
            return Tensor(function(found.references)) if isinstance(found, Tensor) else function(found)
        except (ValueError, IndexError, TypeError) as error:
            raise NetworkError(f"its shape {found.shape} does not fit ({error})") from None

    def constants_only(self) -> bool:
        """Return whether nothing depends on the input."""
        return not any(isinstance(found, Tensor) for found in self.operands)


Rule = Callable[[Call], Operand | list[Operand]]
RULES: dict[str, Rule] = {}


def operator(*kinds: str) -> Callable[[Rule], Rule]:
    """Register the rule of operators."""

    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(kinds, rule))
        return rule

    return register
