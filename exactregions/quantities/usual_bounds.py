"""The usual upper bounds of a Lipschitz constant and of an output, to set beside the exact one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.algebra import with_output_units
from exactregions.bounds.stability.enclosures import Rows, enclosure_of, outward
from exactregions.bounds.stability.proved_signs import proved_signs
from exactregions.bounds.stability.signs import Signs
from exactregions.domain import Domain
from exactregions.exact.matrices import row_terms
from exactregions.exact.rounding_errors import TINY, above, dual_norms, operator_norm, slack, spectral_norm
from exactregions.exact.shapes import shape_of
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.quantities.norms import DUAL, OperatorNorm

__all__ = ["greatest_output", "interval_jacobian", "product_of_norms"]

Array = NDArray[np.float64]


def product_of_norms(network: Network, norm: OperatorNorm, inputs: Sequence[int], outputs: Sequence[int]) -> float:
    """Bound the constant by the product of the layers' norms: p -> p of each hidden one, p -> q of the last.

    Units count with the larger slope. It holds on the whole space.
    """
    matrices: list[Any] = [stage.matrix for stage in network.stages] + [network.matrix[list(outputs)]]
    matrices[0] = matrices[0][:, list(inputs)]
    steepest = [float(np.maximum(np.abs(stage.low), np.abs(stage.high)).max()) for stage in network.stages]
    factors = [operator_norm(matrix, norm.p) for matrix in matrices[:-1]] + steepest
    last = matrices[-1] if isinstance(matrices[-1], np.ndarray) else matrices[-1].toarray()
    factors.append(_norm_above(last, norm))
    found = 1.0
    for factor in factors:
        found = float(above(found * factor, 1))
    return found


def interval_jacobian(
    network: Network, domain: Domain, norm: OperatorNorm, inputs: Sequence[int], outputs: Sequence[int]
) -> float:
    """Bound the constant on a domain by the Jacobian in interval arithmetic.

    Units that interval or sphere propagation proves to keep their sign have one slope, all others any between two.
    """
    with np.errstate(all="ignore"):  # what overflows is infinite, and so is the bound
        return _interval_jacobian(network, domain, norm, inputs, outputs)


def _interval_jacobian(
    network: Network, domain: Domain, norm: OperatorNorm, inputs: Sequence[int], outputs: Sequence[int]
) -> float:
    asked = free_inputs(network, domain)
    every = np.concatenate([np.zeros(0, dtype=np.int8), *proved_signs(asked.network, asked.domain)])
    kept = every[asked.own]
    lower = upper = _dense(network.matrix[list(outputs)])
    first = len(kept)
    for index in reversed(range(len(network.stages))):
        stage = network.stages[index]
        first -= len(stage.bias)
        matrix = stage.matrix[:, list(inputs)] if index == 0 else stage.matrix
        slopes = _slopes(stage.low, stage.high, kept[first : first + len(stage.bias)])
        lower, upper = _through(*_sloped(lower, upper, *slopes), matrix)
    if not network.stages:
        lower = upper = lower[:, list(inputs)]
    found = _norm_above(np.maximum(np.abs(lower), np.abs(upper)), norm)
    return math.inf if math.isnan(found) else found


def _slopes(low: Array, high: Array, signs: Signs) -> tuple[Array, Array]:
    """Return the least and the greatest slope of each unit."""
    ends = np.where(signs > 0, high, low), np.where(signs < 0, low, high)
    return np.minimum(*ends), np.maximum(*ends)


def _sloped(lower: Array, upper: Array, least: Array, most: Array) -> tuple[Array, Array]:
    corners = [lower * least, lower * most, upper * least, upper * most]
    low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
    return low - (np.abs(low) * slack(1) + TINY), high + (np.abs(high) * slack(1) + TINY)


def _through(lower: Array, upper: Array, matrix: Any) -> tuple[Array, Array]:
    """Multiply an interval matrix by a matrix, outward."""
    positive, negative = _part(matrix, 1), _part(matrix, -1)
    terms = 2 * row_terms(matrix.T if isinstance(matrix, np.ndarray) else matrix.T.tocsr())
    sizes: Any = np.maximum(np.abs(lower), np.abs(upper)) @ abs(matrix)
    lost = above(sizes * slack(terms), terms + 2)
    return lower @ positive - upper @ negative - lost, upper @ positive - lower @ negative + lost


def _part(matrix: Any, sign: int) -> Any:
    """Return the entries of one sign, without it."""
    if isinstance(matrix, np.ndarray):
        return np.maximum(sign * matrix, 0.0)
    return (sign * matrix).maximum(0)


def _norm_above(matrix: Array, norm: OperatorNorm) -> float:
    """Bound a norm; where signs would have to be tried, that of the magnitudes, which is no smaller."""
    p, q = norm.p, norm.q
    if q == math.inf:
        return float(dual_norms(matrix, p).max())
    if p == 1:
        return float(dual_norms(matrix.T, DUAL[q]).max())
    if p == q == 2:
        return spectral_norm(matrix)
    sums: Any = np.abs(matrix).sum(axis=0 if q == 1 else 1)
    sums = above(sums, max(matrix.shape))
    return float(dual_norms(sums[None], p if q == 1 else DUAL[q])[0])


def _dense(matrix: Any) -> Array:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()


def greatest_output(network: Network, domain: Domain, row: Array) -> Fraction | float:
    """Bound row . outputs on a domain from above, by intervals; infinite where the domain has no end.

    Units that interval or sphere propagation proves to keep their sign are narrowed by it.
    """
    asked = free_inputs(with_output_units(network, row[None], [0.0]), domain)
    enclosure = enclosure_of(shape_of(asked.domain))
    if enclosure is None:
        return math.inf
    with np.errstate(all="ignore"):
        *hidden, last = asked.network.stages
        for stage, signs in zip(hidden, proved_signs(asked.network, asked.domain), strict=False):
            enclosure = Rows.of(stage, enclosure).through_intervals(stage, signs)
        rows = Rows.of(last, enclosure)
        found = float(outward(rows.p, rows.p + rows.reach)[1][0])
    return Fraction(found) / asked.factor if math.isfinite(found) else math.inf
