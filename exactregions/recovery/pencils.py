"""Units of one hidden layer from Hermite moments, by the eigenvectors of a pencil (mathematics, 7.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import DataError
from exactregions.network import Network, Stage
from exactregions.recovery.hermite import Moments, Tensors, density, distribution

Array = NDArray[np.floating]

TRIES = 30  # pencils drawn
REAL = 1e-6  # imaginary parts of eigenvalues below this share of the largest one are rounding


@dataclass(frozen=True, slots=True)
class Units:
    """f(x) = sum_i outputs_i relu(weights_i . x + biases_i) + slope . x + shift.

    Attributes
    ----------
    weights : numpy.ndarray, shape (m, d)
        Rows of length 1.
    biases, outputs : numpy.ndarray, shape (m,)
    slope : numpy.ndarray, shape (d,), or None
        None where there is no linear term, which then has no shift either.
    shift : float
    """

    weights: Array
    biases: Array
    outputs: Array
    slope: Array | None = None
    shift: float = 0.0

    def network(self) -> Network:
        """Return the network; a linear term is one wire."""
        if self.slope is None:
            return Network.from_layers([self.weights, self.outputs[None]], [self.biases, [0.0]])
        low = np.append(np.zeros(len(self.biases)), 1.0)
        weight, bias = np.vstack([self.weights, self.slope]), np.append(self.biases, self.shift)
        return Network((Stage(weight, bias, low, np.ones(len(low))),), np.append(self.outputs, 1.0)[None], [0.0])


def full_rank(moments: Moments, m: int, least: float, largest_bias: float, rng: np.random.Generator) -> Units:
    """Return m units with independent weights, from moments up to order four.

    Parameters
    ----------
    moments : Moments
    m : int
        At most the number of inputs.
    least : float
        Eigenvalues of T_2 up to this size are noise.
    largest_bias : float
        Biases are cut there: at larger ones a unit is nearly linear, and dividing by the density explodes.
    rng : numpy.random.Generator

    Raises
    ------
    DataError
        If T_2 has less than m eigenvalues above noise, or no pencil has real eigenvalues.
    """
    span = _span(moments.second, m, least)

    def pencil() -> Array:
        # drawn in the whole space and projected: signs of eigenvectors, which differ by machine, change nothing
        t, e = rng.standard_normal((2, len(span))) @ span @ span.T
        return moments.third(t) + moments.fourth(e)

    weights = _normalised(_rows(moments.second, span, pencil))
    duals = np.linalg.pinv(weights).T
    second = np.array([u @ moments.second @ u for u in duals])
    third = np.array([u @ moments.third(u) @ u for u in duals])
    biases, outputs = _parameters(second, third, largest_bias)
    # (w, b) and -(w, b) differ by a linear term: relu(-s) = relu(s) - s
    flipped = (outputs * distribution(biases) - duals @ moments.first) / outputs > 0.5
    signs = np.where(flipped, -1.0, 1.0)
    return Units(signs[:, None] * weights, signs * biases, outputs)


def overcomplete(moments: Tensors, m: int, least: float, largest_bias: float, rng: np.random.Generator) -> Units:
    """Return m units and a linear term, from moments up to order six; m may exceed the number d of inputs.

    The products w (x) w of generic weights are independent up to m = d (d + 1) / 2. Signs of units are not told, so
    that the linear term makes up for them. Parameters and errors are those of `full_rank`.
    """
    d = len(moments.first)

    def flattened() -> Array:
        t, e = rng.standard_normal(d), rng.standard_normal(d)
        return (moments.orders[4] + moments.orders[5] @ t + moments.orders[6] @ e @ e).reshape(d * d, d * d)

    base = flattened()
    squares = _rows(base, _span(base, m, least), flattened).reshape(m, d, d)
    weights = np.array([_leading(square + square.T) for square in squares])
    second = _coefficients(moments.second, weights, 2)
    third = _coefficients(moments.orders[3], weights, 3)
    biases, outputs = _parameters(second, third, largest_bias)
    linear, constant = distribution(biases), biases * distribution(biases) + density(biases)
    slope = moments.first - (outputs * linear) @ weights
    return Units(weights, biases, outputs, slope, moments.mean - float(outputs @ constant))


def _span(matrix: Array, m: int, least: float) -> Array:
    """Return the m eigenvectors whose eigenvalues are largest in size, as columns."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    order = np.argsort(-np.abs(values))[:m]
    if len(order) < m or np.abs(values[order[-1]]) <= least:
        found = int((np.abs(values) > least).sum())
        raise DataError(
            f"the moments show {found} independent directions, and units is {m}: the rows of weights are dependent, or "
            "there are too few samples; give fewer units, more samples, or mode='overcomplete'"
        )
    return vectors[:, order]


def _rows(matrix: Array, span: Array, pencil: Callable[[], Array]) -> Array:
    """Return the rows c_i with matrix = sum p_i c_i c_i^T and pencil() = sum q_i c_i c_i^T (Harshman 1970)."""
    inner = np.linalg.inv(span.T @ matrix @ span)
    best, apart = None, 0.0
    for _ in range(TRIES):
        values, vectors = np.linalg.eig(inner @ span.T @ pencil() @ span)
        size = np.abs(values).max()
        if np.abs(np.imag(values)).max() <= REAL * size:
            gap = _gap(np.real(values)) / size if size else 0.0
            if best is None or gap > apart:
                best, apart = np.real(vectors), gap
    if best is None:
        raise DataError(
            f"none of {TRIES} pencils of the moments has real eigenvalues; give more samples, or fewer units: the "
            "function may be none of so many units"
        )
    return np.linalg.pinv(best) @ span.T


def _gap(values: Array) -> float:
    return float(np.diff(np.sort(values)).min()) if len(values) > 1 else 1.0


def _parameters(second: Array, third: Array, largest_bias: float) -> tuple[Array, Array]:
    """Return b and a from a density(b) and -a b density(b)."""
    biases = np.clip(-third / np.where(second == 0, 1.0, second), -largest_bias, largest_bias)
    return biases, second / density(biases)


def _coefficients(tensor: Array, weights: Array, order: int) -> Array:
    """Return c with tensor = sum c_i w_i (x) .. (x) w_i, by least squares."""
    powers = weights
    for _ in range(order - 1):
        powers = np.einsum("ip,iq->ipq", powers, weights).reshape(len(weights), -1)
    return np.linalg.lstsq(powers.T, tensor.ravel(), rcond=None)[0]


def _normalised(rows: Array) -> Array:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _leading(square: Array) -> Array:
    """Return the eigenvector whose eigenvalue is largest in size."""
    values, vectors = np.linalg.eigh(square)
    return vectors[:, np.argmax(np.abs(values))]
