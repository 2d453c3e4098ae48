"""Path norms: sums over all paths from inputs to outputs of the product of the weights on them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import ExactRegionsError
from exactregions.exact.matrices import coordinates
from exactregions.exact.numbers import dyadic_integers
from exactregions.exact.values import Value
from exactregions.network import Network, Stage
from exactregions.support.shortening import short
from exactregions.support.stopping import check

__all__ = ["path_norm"]

Scaled = tuple[list[int], int]  # integers, and the exponent e of their denominator 2**e


def path_norm(network: Network, power: int = 1, *, biases: bool = False) -> Value:
    """Return the path norm of a network: the sum over paths of products of absolute weights to a power, exactly.

    Its root of that power is taken. A path leads from an input to an output; a unit on it counts with the steeper of
    its slopes.

    With power 1 and without biases it bounds the Lipschitz constant between any two of the norms 1, 2 and inf on the
    whole space: an entry of a region's linear part is the sum over paths that are active there, and no operator norm
    is larger than the sum of the entries' sizes. With power 2, the regulariser of path-SGD (Neyshabur, Salakhutdinov,
    Srebro 2015), it bounds none of them: two equal units double a slope, and multiply it by the root of 2.

    Parameters
    ----------
    network : Network
    power : {1, 2}
    biases : bool
        Whether biases are the weights of one more input, which is always 1.

    Raises
    ------
    ExactRegionsError
        If the power is another.

    Examples
    --------
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, 0.0], [0.0]])
    >>> str(path_norm(network)), str(path_norm(network, 2))
    ('2', '1.4142135623731, the root of 2')
    """
    if isinstance(power, bool) or power not in (1, 2):
        raise ExactRegionsError(f"power is {short(power)}; path norms are computed of power 1 and 2")
    values: Scaled = ([1] * network.inputs, 0)
    for stage in (*network.stages, Stage.wires(network.matrix, network.bias)):
        check()
        values = _through(stage, values, power, biases)
    total = Fraction(sum(values[0]), 1 << values[1])
    return Value.of(total) if power == 1 else Value.root(total)


def _through(stage: Stage, values: Scaled, power: int, biases: bool) -> Scaled:
    """Return the sums over paths to the units of a stage, given those to what it reads."""
    rows, columns, entries = coordinates(stage.matrix)
    weights, exponent = _powers(entries, power)
    sums = [0] * len(stage.bias)
    for row, column, weight in zip(rows.tolist(), columns.tolist(), weights, strict=True):
        sums[row] += weight * values[0][column]
    exponent += values[1]
    if biases:
        shifts, own = _powers(stage.bias, power)
        top = max(exponent, own)
        sums = [(v << (top - exponent)) + (b << (top - own)) for v, b in zip(sums, shifts, strict=True)]
        exponent = top
    slopes, own = _powers(np.maximum(np.abs(stage.low), np.abs(stage.high)), power)
    return [v * s for v, s in zip(sums, slopes, strict=True)], exponent + own


def _powers(values: NDArray[np.float64], power: int) -> Scaled:
    integers, exponent = dyadic_integers(values)
    return [abs(v) ** power for v in integers], exponent * power
