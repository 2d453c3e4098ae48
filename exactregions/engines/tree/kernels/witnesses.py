"""Proof that points have given activation patterns, by a forward pass with running error bounds.

Compiled, and not left to matrix products of a library: those start threads of their own for a few thousand points,
which cost more than the pass (measured: half the speed of a search that stores its regions).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT, gamma, raised
from exactregions.engines.tree.kernels.compiling import entry_point

__all__ = ["prove_patterns"]


@partial(entry_point, any_order=True)
def prove_patterns(
    widths: np.ndarray,
    counts: np.ndarray,
    columns: np.ndarray,
    weights: np.ndarray,
    biases: np.ndarray,
    lows: np.ndarray,
    highs: np.ndarray,
    points: np.ndarray,
    packed: np.ndarray,
    proved: np.ndarray,
) -> None:
    """Write which points are proved to have the patterns.

    With e the error bound of a stage's inputs h, that of W h + b is |W| e + gamma_{m+1} (|W| |h| + |b|) for rows of m
    entries: a term meets its product and at most m additions, in whatever order (mathematics, 3.1). A sign is proved
    when |z| exceeds its bound, or when the unit vanishes on the whole cell, as a contest of units that are off: its
    bias is zero, and so is each value that it reads, for the slope of a unit is zero or its form is.

    Parameters
    ----------
    widths : numpy.ndarray of int64, shape (L,)
    counts : numpy.ndarray of int64, shape (units of all stages,)
        Entries of each row; that of the first unit of a stage is -1 where its weight is dense.
    columns : numpy.ndarray of int32
        Columns of the entries of sparse rows, one row after the other.
    weights, biases, lows, highs : numpy.ndarray
        Of all stages, one after the other; a unit with two equal slopes is a wire.
    points : numpy.ndarray, shape (n, d)
    packed : numpy.ndarray of uint8, shape (n, ceil(units/8))
    proved : numpy.ndarray of bool, shape (n,)
        The answer.
    """
    d = points.shape[1]
    widest = d
    for width in widths:
        widest = max(widest, width)
    values, errors = np.empty(widest), np.empty(widest)
    next_values, next_errors = np.empty(widest), np.empty(widest)
    vanishes, next_vanishes = np.empty(widest, dtype=np.bool_), np.empty(widest, dtype=np.bool_)
    for point in range(len(points)):
        for j in range(d):
            values[j], errors[j], vanishes[j] = points[point, j], 0.0, False
        good, inputs, at, unit, bit, column = True, d, 0, 0, 0, 0
        for width in widths:
            dense, terms = counts[unit] < 0, inputs
            off = gamma(terms + 1)
            for i in range(width):
                z, size, carried = biases[unit], abs(biases[unit]), 0.0
                null = False
                if dense:
                    row = weights[at : at + inputs]
                    for j in range(inputs):
                        w = row[j]
                        term = w * values[j]
                        z += term
                        size += abs(term)
                        carried += abs(w) * errors[j]
                    if size == 0.0 and carried == 0.0:  # as always where the unit vanishes
                        null = True
                        for j in range(inputs):
                            null = null and (row[j] == 0.0 or vanishes[j])
                else:
                    terms = counts[unit]
                    off = gamma(terms + 1)
                    for k in range(terms):
                        w, j = weights[at + k], columns[column + k]
                        term = w * values[j]
                        z += term
                        size += abs(term)
                        carried += abs(w) * errors[j]
                    if size == 0.0 and carried == 0.0:
                        null = True
                        for k in range(terms):
                            null = null and (weights[at + k] == 0.0 or vanishes[columns[column + k]])
                    column += terms
                at += terms
                # a term met its product, at most `terms` additions, and that of the two sums
                error = raised(carried + off * size, terms + 2) + UNDERFLOW
                slope = highs[unit]
                if lows[unit] != slope:
                    if (packed[point, bit >> 3] >> (bit & 7)) & 1 == 1:
                        good = good and z > error
                    else:
                        good = good and (null or z < -error)
                        slope = lows[unit]
                    bit += 1
                value = slope * z
                next_values[i] = value
                # what came in; and the rounding of the product, half of the second term
                next_errors[i] = raised(abs(slope) * error + 2.0 * UNIT * abs(value), 2) + UNDERFLOW
                next_vanishes[i] = null or slope == 0.0
                if next_vanishes[i]:
                    next_values[i], next_errors[i] = 0.0, 0.0
                unit += 1
            if not good:
                break
            inputs = width
            values, next_values = next_values, values
            errors, next_errors = next_errors, errors
            vanishes, next_vanishes = next_vanishes, vanishes
        proved[point] = good
