"""Arrays as people have them: lists, numpy, tensors of torch and of others, without importing any of these."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import ExactRegionsError
from exactregions.support.shortening import short


def as_array(values: Any, name: str, error: type[ExactRegionsError]) -> NDArray[Any]:
    """Return numbers as an array; tensors come to the CPU, and those of 16 bits or less are widened.

    Parameters
    ----------
    values : array_like or tensor
    name : str
        What they are.
    error : type
        What is raised.

    Raises
    ------
    ExactRegionsError
        That is, `error`, if they make no array: rows of different lengths, a tensor without values.
    """
    try:
        return np.asarray(_on_cpu(values) if hasattr(values, "detach") else values)
    except (ValueError, TypeError, RuntimeError, OverflowError, ArithmeticError):
        raise error(f"{name} is {short(values)}, which makes no array; give numbers, all rows of one length") from None


def _on_cpu(tensor: Any) -> Any:
    values = tensor.detach()
    if str(values.layout) != "torch.strided":
        values = values.to_dense()
    if str(values.dtype).startswith(("torch.bfloat16", "torch.float8")):
        values = values.float()
    return values.numpy(force=True)


def without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without axes of length one, which change neither the number of values nor their order."""
    return tuple(n for n in shape if n != 1)


def shape_of_inputs(shape: Any, size: int, error: type[ExactRegionsError]) -> tuple[int, ...] | None:
    """Return the shape of an input, None where it is a row of values: at most one axis is longer than one.

    Parameters
    ----------
    shape : iterable of int, int or None
    size : int
        The number of values that it must have.
    error : type
        What is raised.

    Raises
    ------
    ExactRegionsError
        That is, `error`, if it is no shape of so many values.
    """
    if shape is None:
        return None
    axes = tuple(shape) if isinstance(shape, Iterable) else (shape,)
    if not all(isinstance(n, int | np.integer) and n > 0 for n in axes) or math.prod(map(int, axes)) != size:
        raise error(f"input_shape is {short(shape)}; it must have {size} values")
    return tuple(map(int, axes)) if len(without_ones(axes)) > 1 else None


def flat_rows(values: NDArray[Any], inputs: int, input_shape: tuple[int, ...] | None) -> NDArray[Any] | None:
    """Return points as rows, None where their shape is not that of points.

    Parameters
    ----------
    values : numpy.ndarray
        One point or several, of shape (inputs,) each, or of the shape of an input of several dimensions.
    inputs, input_shape
        As those of `exactregions.Network`.
    """
    shape = (inputs,) if input_shape is None else input_shape
    for single in (shape, (inputs,)):
        for given in (values.shape, values.shape[1:]):
            if given and without_ones(given) == without_ones(single):
                return values.reshape(-1, inputs)
    return None
