"""What is audited: a bound that one network can prove wrong, and how a file can name it again."""

from __future__ import annotations

import operator
import sys

from exactregions.bounds.contract import Bound
from exactregions.bounds.function_bound import FunctionBound
from exactregions.bounds.registry import bound_names, get_bound
from exactregions.errors import ExactRegionsError


def falsifiable(bound: Bound) -> Bound:
    """Return the bound, if one network can prove it wrong.

    Raises
    ------
    ExactRegionsError
        If its kind is neither upper nor lower.
    """
    if bound.kind in ("upper", "lower"):
        return bound
    holds = {"expectation": "holds on average over random networks", "attainable": "is reached by some network"}
    claim = holds.get(bound.kind, "claims something unknown")
    raise ExactRegionsError(
        f"the bound {bound.name!r} is of kind {bound.kind!r}: it {claim}, so no single network can prove it wrong; "
        "give one of kind 'upper' or 'lower'"
    )


def reference(given: object, bound: Bound) -> str | None:
    """Return the name from which `get_bound` makes the bound in another session; None where there is none."""
    if isinstance(given, str):
        return given
    if bound.name in bound_names() and type(bound).__module__.startswith("exactregions.bounds."):
        named = get_bound(bound.name)
        if type(named) is type(bound) and not isinstance(bound, FunctionBound):
            return bound.name
    target = bound.function if isinstance(bound, FunctionBound) else given
    module, name = getattr(target, "__module__", None), getattr(target, "__qualname__", None)
    found = _found(sys.modules.get(module), name) if module and name and module != "__main__" else None
    same = found is not None and (found is target or found is bound or getattr(found, "function", None) is target)
    return f"{module}:{name}" if same else None


def _found(module: object, name: str) -> object:
    try:
        return operator.attrgetter(name)(module)
    except AttributeError:
        return None
