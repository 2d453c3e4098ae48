"""Networks whose number of regions is known, or that are hard in a known way."""

import itertools
import math

import numpy as np
from hypothesis import strategies as st

from exactregions import Network, Stage


def generated(*shape: int, seed: int = 0, bits: int | None = None) -> Network:
    """Random weights as in the literature's benchmarks; `bits` rounds them to multiples of 2**-bits.

    With few bits, float arithmetic on the network is exact.
    """
    rng = np.random.default_rng(seed)
    weights, biases = [], []
    for fan_in, fan_out in itertools.pairwise(shape):
        weights.append(rng.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in)))
        biases.append(rng.normal(0, 0.5, fan_out))
    if bits is not None:
        weights, biases = [[np.round(a * 2**bits) / 2**bits for a in arrays] for arrays in (weights, biases)]
    return Network.from_layers(weights, biases)


def one_layer(rows, bias=None) -> Network:
    """A hyperplane arrangement as a network with one hidden layer."""
    weight = np.array(rows, dtype=float)
    b = np.zeros(len(weight)) if bias is None else np.array(bias, dtype=float)
    return Network.from_layers([weight, np.ones((1, len(weight)))], [b, [0.0]])


def moment_curve(n: int, d: int) -> Network:
    """n hyperplanes in general position: normals (1, t, .., t^(d-1)) and biases t^d at integer t."""
    ts = np.arange(n) - n // 2
    return one_layer(ts[:, None] ** np.arange(d), ts**d)


def central_general(n: int, d: int) -> Network:
    """n hyperplanes through the origin, otherwise in general position."""
    ts = np.arange(n) - n // 2
    return one_layer(ts[:, None] ** np.arange(d))


def _differences(n: int) -> list[np.ndarray]:
    return [np.eye(n)[i] - np.eye(n)[j] for i, j in itertools.combinations(range(n), 2)]


def braid(n: int) -> Network:
    return one_layer(_differences(n))


def type_b(n: int) -> Network:
    pairs = [np.eye(n)[i] + s * np.eye(n)[j] for i, j in itertools.combinations(range(n), 2) for s in (-1, 1)]
    return one_layer([*np.eye(n), *pairs])


def shifted_braid(n: int, shifts: tuple[int, ...]) -> Network:
    """x_i - x_j = s for each shift s: Shi for (0, 1), Catalan for (-1, 0, 1)."""
    pairs = [(row, -s) for row in _differences(n) for s in shifts]
    return one_layer([row for row, _ in pairs], [b for _, b in pairs])


def resonance(n: int) -> Network:
    return one_layer([v for v in itertools.product((0, 1), repeat=n) if any(v)])


def threshold(n: int) -> Network:
    return one_layer([(1, *v) for v in itertools.product((-1, 1), repeat=n - 1)])


def sawtooth(p: int, layers: int, d: int = 1) -> Network:
    """p teeth a layer and coordinate: p^(layers d) regions on the unit box, a grid."""
    slopes = np.array([p, *[2 * p] * (p - 1)], dtype=float)[:, None]
    offsets = np.array([0, *[-2 * i for i in range(1, p)]], dtype=float)
    fold = np.array([(-1.0) ** i for i in range(p)])[None, :]
    eye = np.eye(d)
    weights = [np.kron(eye, slopes)] + [np.kron(eye, slopes @ fold)] * (layers - 1) + [np.kron(eye, fold)]
    return Network.from_layers(weights, [np.tile(offsets, d)] * layers + [np.zeros(d)])


def direct_sum(first: Network, second: Network) -> Network:
    """Two networks of equal depth side by side on disjoint inputs."""

    def block(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.block([[a, np.zeros((len(a), b.shape[1]))], [np.zeros((len(b), a.shape[1])), b]])

    stages = tuple(
        Stage(
            block(s.weight, t.weight), *(np.r_[getattr(s, k), getattr(t, k)] for k in ("bias", "low", "high"))
        )
        for s, t in zip(first.stages, second.stages, strict=True)
    )
    return Network(stages, block(first.weight, second.weight), np.r_[first.bias, second.bias])


def hat() -> Network:
    """relu(x) - 2 relu(x - 1) + relu(x - 2)."""
    return Network.from_layers([[[1.0]] * 3, [[1.0, -2.0, 1.0]]], [[0.0, -1.0, -2.0], [0.0]])


def max_min() -> Network:
    """max(-y, min(0, -x)), whose crossing of y = 0 flips two units at once."""
    return Network.from_layers(
        [[[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [[1.0, -1.0, 1.0]], [[1.0]]],
        [[0.0, 0.0, 0.0], [0.0], [0.0]],
    )


def zaslavsky(n: int, d: int) -> int:
    return sum(math.comb(n, j) for j in range(min(n, d) + 1))


def widened(network: Network, weight_rows) -> Network:
    """The same network with further units in its first layer that nothing reads."""
    first, *rest = network.stages
    extra = np.array(weight_rows, dtype=float)
    count = len(extra)
    wide = Stage(
        np.vstack([first.weight, extra[:, :-1]]),
        np.r_[first.bias, extra[:, -1]],
        np.r_[first.low, np.zeros(count)],
        np.r_[first.high, np.ones(count)],
    )

    def padded(weight: np.ndarray) -> np.ndarray:
        return np.hstack([weight, np.zeros((len(weight), count))])

    if not rest:
        return Network((wide,), padded(network.weight), network.bias)
    second = Stage(padded(rest[0].weight), rest[0].bias, rest[0].low, rest[0].high)
    return Network((wide, second, *rest[1:]), network.weight, network.bias)


@st.composite
def small_networks(draw, largest_units: int = 6) -> Network:
    """Networks with small dyadic weights, generic or degenerate in the ways that break region counters.

    Every float operation on them is exact, and a margin is zero or clearly positive.
    """
    d = draw(st.integers(1, 3))
    widths = draw(
        st.lists(st.integers(1, 4), min_size=1, max_size=3).filter(lambda w: sum(w) <= largest_units)
    )
    sixteenths = draw(st.booleans())
    entry = st.integers(-40, 40).map(lambda k: k / 16) if sixteenths else st.integers(-3, 3).map(float)
    slope = draw(st.sampled_from([0.0, 0.0, 0.0, 0.25, -0.5]))
    bias_free = draw(st.booleans())
    stages, fan_in = [], d
    for width in widths:
        weight = np.array(draw(st.lists(entry, min_size=width * fan_in, max_size=width * fan_in)))
        weight = weight.reshape(width, fan_in)
        bias = (
            np.zeros(width) if bias_free else np.array(draw(st.lists(entry, min_size=width, max_size=width)))
        )
        low = np.full(width, slope)
        for target in range(width):
            weight, bias, low = _degraded(draw, weight, bias, low, target)
        stages.append(Stage(weight, bias, low, np.ones(width)))
        fan_in = width
    return Network(tuple(stages), np.ones((1, fan_in)), np.zeros(1))


def _degraded(draw, weight, bias, low, target):
    """Spoil one unit, or none: zero row, repeated or negated row, dead layer, wire."""
    fault = draw(st.sampled_from(["none"] * 6 + ["zero", "zero bias", "repeat", "negate", "dead", "wire"]))
    source = draw(st.integers(0, len(weight) - 1))
    weight, bias, low = weight.copy(), bias.copy(), low.copy()
    match fault:
        case "zero":
            weight[target] = 0
        case "zero bias":
            weight[target], bias[target] = 0, 0
        case "repeat":
            weight[target], bias[target] = 2 * weight[source], 2 * bias[source]
        case "negate":
            weight[target], bias[target] = -weight[source], -bias[source]
        case "dead":
            weight, bias = -np.abs(weight), -np.abs(bias)
        case "wire":
            low[target] = 1.0
    return weight, bias, low
