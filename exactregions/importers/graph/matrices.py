"""Matrix products and contractions with constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph.core import Graph, Tensor, sized
from exactregions.importers.graph.linear import broadcast
from exactregions.support.shortening import short

Value = Tensor | NDArray[Any]


def contract(graph: Graph, equation: tuple[str, str, str], value: Tensor, weight: NDArray[Any]) -> Tensor:
    """Return the sum of products over shared axes, as `numpy.einsum` does; the second factor is a constant.

    Parameters
    ----------
    equation : (str, str, str)
        Axes of the tensor, of the constant and of the result, one letter each.
    """
    of_value, of_weight, of_result = equation
    lengths: dict[str, int] = {}
    for axes, shape in ((of_value, value.shape), (of_weight, weight.shape)):
        if len(axes) != len(shape):
            raise NetworkError(f"axes {short(axes)} do not fit shape {shape}")
        for axis, length in zip(axes, shape, strict=True):
            if lengths.setdefault(axis, length) != length:
                raise NetworkError(f"shapes {value.shape} and {weight.shape} do not fit each other in {equation}")
    places = np.nonzero(np.asarray(weight))
    entries = np.asarray(weight, np.float64)[places]
    free = [axis for axis in of_value if axis not in of_weight]
    count = sized(*(lengths[axis] for axis in free))
    sized(count, len(entries))
    where = dict(zip(of_weight, (p[:, None] for p in places), strict=True))
    grids = np.unravel_index(np.arange(count), [lengths[axis] for axis in free]) if free else ()
    where |= dict(zip(free, (g[None, :] for g in grids), strict=True))
    zero = np.zeros((len(entries), count), dtype=np.int64)
    references = value.references[tuple(where[axis] + zero for axis in of_value)]
    shape = tuple(lengths[axis] for axis in of_result)
    rows = zero.copy()
    for axis in of_result:
        rows = rows * lengths[axis] + where[axis]
    weights = np.broadcast_to(entries[:, None], zero.shape)
    flat = graph.affine(rows.ravel(), references.ravel(), weights.ravel(), np.zeros(sized(*shape)))
    return Tensor(flat.reshape(shape))


def matmul(graph: Graph, first: Value, second: Value) -> Tensor:
    """Return the matrix product as `numpy.matmul` means it; one of the factors is a constant.

    Raises
    ------
    UnsupportedLayerError
        If both depend on the input.
    """
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        raise UnsupportedLayerError("it multiplies two values that depend on the input: not piecewise linear")
    a, b = first.shape, second.shape
    if not a or not b:
        raise NetworkError(f"shapes {a} and {b} make no matrix product")
    one, two = len(a) == 1, len(b) == 1
    first = _reshaped(first, (1, *a)) if one else first
    second = _reshaped(second, (*b, 1)) if two else second
    lead = broadcast(first.shape[:-2], second.shape[:-2])
    if isinstance(second, Tensor):
        value, weight, own, other = second, np.asarray(first), "kn", "mk"
    else:
        value, weight, own, other = first, second, "mk", "kn"
    assert isinstance(value, Tensor)
    rank = len(lead)
    letters = "abcdefghij"[:rank]
    if rank > 8:
        raise NetworkError(f"shapes {a} and {b} have too many dimensions")
    weight_lead = letters[rank - (weight.ndim - 2) :] if weight.ndim > 2 else ""
    if weight.ndim > 2:  # axes of length 1 are spread out
        weight = np.broadcast_to(weight, (*lead[rank - (weight.ndim - 2) :], *weight.shape[-2:]))
    value = Tensor(np.broadcast_to(value.references, (*lead, *value.shape[-2:])))
    found = contract(graph, (letters + own, weight_lead + other, letters + "mn"), value, weight)
    shape = (*lead, *(() if one else (found.shape[-2],)), *(() if two else (found.shape[-1],)))
    return Tensor(found.references.reshape(shape))


def _reshaped(value: Value, shape: tuple[int, ...]) -> Value:
    return Tensor(value.references.reshape(shape)) if isinstance(value, Tensor) else value.reshape(shape)


def cumulative_sum(graph: Graph, value: Tensor, axis: int, reverse: bool = False, exclusive: bool = False) -> Tensor:
    """Return the sums of the values up to each place of an axis."""
    rank = len(value.shape)
    if not -rank <= axis < rank:
        raise NetworkError(f"axis {axis} is none of shape {value.shape}")
    n = value.shape[axis]
    weight = np.tril(np.ones((n, n)), -1 if exclusive else 0)
    moved = np.moveaxis(value.references, axis, -1)
    found = matmul(graph, Tensor(moved), weight if reverse else weight.T)
    return Tensor(np.moveaxis(found.references, -1, axis))


def einsum(graph: Graph, equation: str, operands: Sequence[Value]) -> Tensor:
    """Return what `numpy.einsum` means by an equation of two operands, of which one is a constant.

    Raises
    ------
    UnsupportedLayerError
        If both depend on the input, or an axis comes twice in an operand.
    """
    inputs, arrow, result = equation.replace(" ", "").partition("->")
    terms = inputs.split(",")
    letters = "".join(terms)
    if not arrow:
        result = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    simple = len(terms) == len(operands) == 2
    if not simple or not all(t.isalpha() and len(set(t)) == len(t) for t in (*terms, result or "a")):
        raise UnsupportedLayerError(
            f"the equation {short(equation)} is not read; two operands without repeated axes are"
        )
    first, second = operands
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        raise UnsupportedLayerError("it multiplies two values that depend on the input: not piecewise linear")
    if isinstance(first, Tensor):
        return contract(graph, (terms[0], terms[1], result), first, np.asarray(second))
    return contract(graph, (terms[1], terms[0], result), _as_tensor(graph, second), np.asarray(first))


def _as_tensor(graph: Graph, value: Value) -> Tensor:
    return value if isinstance(value, Tensor) else Tensor(graph.constants(value))
