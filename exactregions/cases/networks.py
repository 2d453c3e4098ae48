"""Networks whose number of regions is known, or that are hard in a known way (mathematics, 6)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise, product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.importers.graph.core import Graph
from exactregions.importers.graph.lowering import lower
from exactregions.importers.graph.winners import largest_of_rows
from exactregions.network import Network, Stage

__all__ = [
    "braid",
    "central_general",
    "direct_sum",
    "generated",
    "hat",
    "largest_of",
    "max_min",
    "moment_curve",
    "one_layer",
    "resonance",
    "sawtooth",
    "shifted_braid",
    "tent",
    "threshold",
    "type_b",
    "widened",
]

Array = NDArray[np.float64]


def generated(*shape: int, seed: int = 0, bits: int | None = None, slope: float = 0.0) -> Network:
    """Return random weights as in the literature's benchmarks.

    Parameters
    ----------
    shape : int
        Inputs, hidden widths, outputs.
    bits : int, optional
        Round to multiples of 2**-bits: with few bits, float arithmetic on the network is exact.
    slope : float
        Slope of the units below zero.
    """
    rng = np.random.default_rng(seed)
    weights, biases = [], []
    for fan_in, fan_out in pairwise(shape):
        weights.append(rng.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in)))
        biases.append(rng.normal(0, 0.5, fan_out))
    if bits is not None:
        weights, biases = [[np.round(a * 2**bits) / 2**bits for a in arrays] for arrays in (weights, biases)]
    return Network.from_layers(weights, biases, slope)


def largest_of(rows: ArrayLike, bias: ArrayLike, groups: Sequence[Sequence[int]]) -> Network:
    """Return winner units: the largest of the affine forms of each group.

    Parameters
    ----------
    rows : array_like, shape (n, d)
    bias : array_like, shape (n,)
    groups : sequence of sequence of int
        Of the same size; places of forms, which may stand in several groups.
    """
    matrix, graph = np.asarray(rows, dtype=np.float64), Graph()
    inputs = graph.inputs((matrix.shape[1],)).references
    to, of = np.nonzero(matrix)
    forms = graph.affine(to, inputs[of], matrix[to, of], np.asarray(bias, dtype=np.float64))
    return lower(graph, largest_of_rows(graph, forms[np.array(groups)], 1.0))


def one_layer(rows: ArrayLike | Sequence[ArrayLike], bias: ArrayLike | None = None) -> Network:
    """Return a hyperplane arrangement as a network with one hidden layer.

    Parameters
    ----------
    rows : array_like, shape (n, d)
    bias : array_like, shape (n,), optional
        Zero when left out.

    Examples
    --------
    >>> one_layer([[1, 0], [0, 1]])
    Network(inputs=2, widths=(2,), outputs=1)
    """
    weight = np.array(rows, dtype=float)
    b = np.zeros(len(weight)) if bias is None else np.array(bias, dtype=float)
    return Network.from_layers([weight, np.ones((1, len(weight)))], [b, [0.0]])


def moment_curve(n: int, d: int) -> Network:
    """Return n hyperplanes in general position: normals (1, t, .., t^(d-1)) and biases t^d at integer t.

    On the whole space they have Z(n, d) = sum_{j <= d} C(n, j) regions.
    """
    ts = np.arange(n) - n // 2
    return one_layer(ts[:, None] ** np.arange(d), ts**d)


def central_general(n: int, d: int) -> Network:
    """Return n hyperplanes through the origin, otherwise in general position: 2 Z(n - 1, d - 1) regions."""
    ts = np.arange(n) - n // 2
    return one_layer(ts[:, None] ** np.arange(d))


def _differences(n: int) -> list[Array]:
    return [np.eye(n)[i] - np.eye(n)[j] for i, j in combinations(range(n), 2)]


def braid(n: int) -> Network:
    """Return the hyperplanes x_i = x_j: n! regions."""
    return one_layer(_differences(n))


def type_b(n: int) -> Network:
    """Return the hyperplanes x_i = 0 and x_i = +-x_j: 2^n n! regions."""
    pairs = [np.eye(n)[i] + s * np.eye(n)[j] for i, j in combinations(range(n), 2) for s in (-1, 1)]
    return one_layer([*np.eye(n), *pairs])


def shifted_braid(n: int, shifts: tuple[int, ...]) -> Network:
    """Return x_i - x_j = s for each shift s.

    Shifts (0, 1) give the Shi arrangement with (n + 1)^(n - 1) regions, (-1, 0, 1) the Catalan one with n! Cat(n).
    """
    pairs = [(row, -s) for row in _differences(n) for s in shifts]
    return one_layer([row for row, _ in pairs], [b for _, b in pairs])


def resonance(n: int) -> Network:
    """Return all nonzero 0/1 rows: 2, 6, 32, 370, 11292 regions for n = 1, .., 5."""
    return one_layer([v for v in product((0, 1), repeat=n) if any(v)])


def threshold(n: int) -> Network:
    """Return all rows (1, +-1, .., +-1): 4, 14, 104, 1882, 94572 regions for n = 2, .., 6."""
    return one_layer([(1, *v) for v in product((-1, 1), repeat=n - 1)])


def sawtooth(p: int, layers: int, d: int = 1) -> Network:
    """Return a net with p teeth a layer and coordinate: p^(layers d) regions on the unit box, a grid."""
    slopes = np.array([p, *[2 * p] * (p - 1)], dtype=float)[:, None]
    offsets = np.array([0, *[-2 * i for i in range(1, p)]], dtype=float)
    fold = np.array([(-1.0) ** i for i in range(p)])[None, :]
    eye = np.eye(d)
    weights = [np.kron(eye, slopes)] + [np.kron(eye, slopes @ fold)] * (layers - 1) + [np.kron(eye, fold)]
    return Network.from_layers(weights, [np.tile(offsets, d)] * layers + [np.zeros(d)])


def tent(layers: int, wires: bool = False) -> Network:
    """Return layers of a single unit of slopes -1 and 1: 2^layers regions on (0, 1).

    Unit l reads x_l, the distance abs(z) of the unit before from its kink, as 1 - 2 abs(z): the tent map, folded
    over and over.

    Parameters
    ----------
    wires : bool
        Put a stage of wires, which never split, behind every unit.
    """
    one = np.ones(1)
    first = Stage(2 * np.eye(1), -one, -one, one)
    fold = Stage(-2 * np.eye(1), one, -one, one)
    wire = Stage.wires(np.eye(1), np.zeros(1))
    stages = [first] + [fold] * (layers - 1)
    if wires:
        stages = [s for stage in stages for s in (stage, wire)]
    return Network(tuple(stages), np.eye(1), np.zeros(1))


def direct_sum(first: Network, second: Network) -> Network:
    """Return two networks of equal depth side by side on disjoint inputs: on boxes their counts multiply."""

    def block(a: Array, b: Array) -> Array:
        return np.block([[a, np.zeros((len(a), b.shape[1]))], [np.zeros((len(b), a.shape[1])), b]])

    stages = tuple(
        Stage(block(s.weight, t.weight), *(np.r_[getattr(s, k), getattr(t, k)] for k in ("bias", "low", "high")))
        for s, t in zip(first.stages, second.stages, strict=True)
    )
    return Network(stages, block(first.weight, second.weight), np.r_[first.bias, second.bias])


def hat() -> Network:
    """Return relu(x) - 2 relu(x - 1) + relu(x - 2): four regions, of which two have one affine map."""
    return Network.from_layers([[[1.0]] * 3, [[1.0, -2.0, 1.0]]], [[0.0, -1.0, -2.0], [0.0]])


def max_min() -> Network:
    """Return max(-y, min(0, -x)): five regions, and crossing y = 0 flips two units at once."""
    return Network.from_layers(
        [[[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [[1.0, -1.0, 1.0]], [[1.0]]],
        [[0.0, 0.0, 0.0], [0.0], [0.0]],
    )


def widened(network: Network, weight_rows: ArrayLike | Sequence[ArrayLike]) -> Network:
    """Return the same network with further units in its first layer that nothing reads.

    Parameters
    ----------
    weight_rows : array_like, shape (k, inputs + 1)
        Weights of the new units, the last column their biases.
    """
    first, *rest = network.stages
    extra = np.array(weight_rows, dtype=float)
    count = len(extra)
    wide = Stage(
        np.vstack([first.weight, extra[:, :-1]]),
        np.r_[first.bias, extra[:, -1]],
        np.r_[first.low, np.zeros(count)],
        np.r_[first.high, np.ones(count)],
    )

    def padded(weight: Array) -> Array:
        return np.hstack([weight, np.zeros((len(weight), count))])

    if not rest:
        return Network((wide,), padded(network.weight), network.bias)
    second = Stage(padded(rest[0].weight), rest[0].bias, rest[0].low, rest[0].high)
    return Network((wide, second, *rest[1:]), network.weight, network.bias)
