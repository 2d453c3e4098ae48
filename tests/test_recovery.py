"""Networks learned from Hermite moments: quadrature, exact moments, samples, and what is refused."""

import math
from itertools import permutations, product

import numpy as np
import pytest
from numpy.polynomial.hermite_e import HermiteE
from scipy.integrate import quad

from exactregions import Box, Network, difference
from exactregions.errors import DataError
from exactregions.recovery import learn_depth_two
from exactregions.recovery.hermite import Averages, Tensors, density, distribution, regression
from exactregions.recovery.pencils import full_rank, overcomplete

ROOT3 = math.sqrt(3.0)


def coefficient(k, b):
    """E[relu(g + b) He_k(g)] for a standard normal g, by quadrature beyond the kink."""
    basis = HermiteE.basis(k)

    def integrand(g):
        return (g + b) * float(basis(g)) * math.exp(-g * g / 2) / math.sqrt(2 * math.pi)

    return quad(integrand, -b, max(-b, 0.0) + 12.0, epsabs=1e-12, epsrel=1e-11, limit=200)[0]


def exact_moments(weights, biases, outputs, orders):
    """Sums of tensor powers, T_k = sum_i a_i c_k(b_i) w_i^k."""
    found = []
    for k in range(orders + 1):
        tensor = np.zeros((weights.shape[1],) * k)
        for w, b, a in zip(weights, biases, outputs, strict=True):
            power = np.array(1.0)
            for _ in range(k):
                power = np.multiply.outer(power, w)
            tensor = tensor + a * coefficient(k, b) * power
        found.append(tensor)
    return Tensors(found)


def rows(rng, m, d):
    found = rng.standard_normal((m, d))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def distance(found, weights, biases, outputs):
    """The largest error of a parameter, for the best order of units."""
    given = np.hstack([found.weights, found.biases[:, None], found.outputs[:, None]])
    wanted = np.hstack([weights, np.array(biases)[:, None], np.array(outputs)[:, None]])
    gaps = np.abs(given[:, None] - wanted[None]).max(axis=2)
    return min(max(gaps[i, j] for i, j in enumerate(order)) for order in permutations(range(len(gaps))))


@pytest.mark.parametrize("b", [-2.0, -ROOT3, -1.0, -0.3, 0.0, 0.5, 1.0, ROOT3, 2.5])
def test_coefficients_of_a_unit_by_quadrature(b):
    """The first two, and (-1)^k He_{k-2}(b) density(b), from which biases and signs are read."""
    (phi,), (total,) = density(np.array([b])), distribution(np.array([b]))
    assert coefficient(0, b) == pytest.approx(b * total + phi, abs=1e-11)
    assert coefficient(1, b) == pytest.approx(total, abs=1e-11)
    for k in range(2, 8):
        assert coefficient(k, b) == pytest.approx((-1) ** k * float(HermiteE.basis(k - 2)(b)) * phi, abs=1e-10)


def naive_tensor(x, y, k):
    """E[y He_k(x)] entry by entry: products of polynomials of one variable."""
    d = x.shape[1]
    tensor = np.zeros((d,) * k)
    for place in product(range(d), repeat=k):
        values = np.ones(len(x))
        for j in range(d):
            values = values * HermiteE.basis(place.count(j))(x[:, j])
        tensor[place] = np.mean(y * values)
    return tensor


def test_averages_are_those_of_all_terms_of_the_polynomials():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((40, 3)), rng.standard_normal(40)
    t, e = rng.standard_normal(3), rng.standard_normal(3)
    moments = Averages(x, y)
    assert moments.mean == pytest.approx(naive_tensor(x, y, 0))
    assert np.allclose(moments.first, naive_tensor(x, y, 1))
    assert np.allclose(moments.second, naive_tensor(x, y, 2))
    assert np.allclose(moments.third(t), naive_tensor(x, y, 3) @ t)
    assert np.allclose(moments.fourth(e), naive_tensor(x, y, 4) @ e @ e)


def test_a_regression_of_a_polynomial_is_exact():
    """y = He_3(x_0) + 2 x_1 x_0 has T_2 and T_3 by their norms, and nothing is left."""
    x = np.random.default_rng(0).standard_normal((400, 2))
    y = x[:, 0] ** 3 - 3 * x[:, 0] + 2 * x[:, 0] * x[:, 1]
    tensors, left = regression(x, y, 4)
    assert left < 1e-12
    assert np.allclose(tensors.second, [[0, 2], [2, 0]])
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 0] = 6
    assert np.allclose(tensors.orders[3], expected)


@pytest.mark.parametrize("biases", [(0.0, 1.0, -1.0), (ROOT3, -ROOT3, 0.0), (0.3, -2.0, 1.4), (0.0, 0.0, 0.0)])
@pytest.mark.parametrize("outputs", [(1.0, -1.5, 0.8), (-1.0, -2.0, -0.5)])
def test_exact_moments_give_all_parameters(biases, outputs):
    """Also where some polynomial has a root: consecutive ones have none in common."""
    rng = np.random.default_rng(1)
    weights = rows(rng, 3, 4)
    found = full_rank(exact_moments(weights, biases, outputs, 4), 3, 1e-9, 3.0, rng)
    assert distance(found, weights, biases, outputs) < 1e-9


@pytest.mark.parametrize("signs", list(product((1.0, -1.0), repeat=3)))
def test_signs_of_units_are_told(signs):
    """(w, b) and -(w, b) have the same even moments and differ in the linear one."""
    rng = np.random.default_rng(2)
    weights, biases = np.array(signs)[:, None] * rows(rng, 3, 3), np.array(signs) * [0.5, 0.2, -0.9]
    outputs = [1.0, -0.7, 1.2]
    found = full_rank(exact_moments(weights, biases, outputs, 4), 3, 1e-9, 3.0, rng)
    assert distance(found, weights, biases, outputs) < 1e-9


@pytest.mark.parametrize(("d", "m"), [(3, 5), (3, 6), (4, 8)])
def test_more_units_than_inputs_from_exact_moments(d, m):
    """The exact largest difference on a box; signs are made up for by the linear term."""
    rng = np.random.default_rng(m)
    weights, biases, outputs = rows(rng, m, d), rng.uniform(-1, 1, m), rng.uniform(0.5, 1.5, m) * (-1.0) ** np.arange(m)
    truth = Network.from_layers([weights, outputs[None]], [biases, [0.0]])
    found = overcomplete(exact_moments(weights, biases, outputs, 6), m, 1e-9, 3.0, rng).network()
    assert found.widths == (m,)
    if m == 5:
        assert difference(found, truth, Box(-2, 2, dim=d)).value.upper < 1e-8
    points = rng.uniform(-2, 2, (500, d))
    assert np.abs(found.forward(points) - truth.forward(points)).max() < 1e-8


W = np.linalg.qr(np.random.default_rng(5).standard_normal((3, 3)))[0]
TRUTH = Network.from_layers([W, [[1.0, -1.5, 0.8]]], [[0.5, 0.0, -0.8], [0.0]])


def samples(n, seed, d=3):
    x = np.random.default_rng(seed).standard_normal((n, d))
    return x, TRUTH.forward(x)[:, 0] if d == 3 else np.zeros(n)


def test_errors_fall_with_the_root_of_the_number_of_samples():
    """The median over 20 seeds; 16 times the samples give about a quarter of the error."""
    points = np.random.default_rng(0).uniform(-3, 3, (400, 3))
    medians = []
    for n in (1_000, 16_000):
        errors = []
        for seed in range(20):
            found = learn_depth_two(*samples(n, seed), 3)
            errors.append(float(np.sqrt(np.mean((found.forward(points) - TRUTH.forward(points)) ** 2))))
        medians.append(np.median(errors))
    assert 2.0 < medians[0] / medians[1] < 8.0


def test_polishing_ends_at_the_truth_and_the_largest_difference_is_exact():
    box = Box(-3, 3, dim=3)
    x, y = samples(5_000, 0)
    plain, polished = learn_depth_two(x, y, 3), learn_depth_two(x, y, 3, polish=True)
    points = np.random.default_rng(1).uniform(-3, 3, (2000, 3))
    for found, most in ((plain, 2.0), (polished, 1e-12)):
        gap = difference(found, TRUTH, box)
        assert gap.complete
        assert np.abs(found.forward(points) - TRUTH.forward(points)).max() <= float(gap.value.upper) + 1e-14
        assert float(gap.value.upper) < most


def test_four_units_of_four_inputs():
    """The exact difference comes by maxima, without a vertex of a region."""
    rng = np.random.default_rng(6)
    weights = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    truth = Network.from_layers([weights, [[1.0, -1.0, 1.5, 0.7]]], [[0.1, -0.4, 0.6, 0.0], [0.0]])
    x = rng.standard_normal((5_000, 4))
    found = learn_depth_two(x, truth.forward(x)[:, 0], 4, polish=True)
    assert float(difference(found, truth, Box(-1, 1, dim=4)).value.upper) < 1e-12


def test_averages_serve_where_there_are_too_few_samples_for_all_polynomials():
    """Of 15 inputs there are 3,876 polynomials; two units are found from the averages all the same."""
    rng = np.random.default_rng(0)
    weights = np.eye(15)[:2]
    truth = Network.from_layers([weights, [[1.0, -1.5]]], [[0.5, -0.3], [0.0]])
    x = rng.standard_normal((20_000, 15))
    y = truth.forward(x)[:, 0]
    found = learn_depth_two(x, y, 2)
    assert np.mean((found.forward(x)[:, 0] - y) ** 2) < 0.2 * np.var(y)


def test_more_units_than_inputs_from_samples():
    """After polishing from the moments; the network has one wire more."""
    rng = np.random.default_rng(3)
    weights = np.array([[1.0, 0.0], [0.6, 0.8], [-0.5, 0.866]])
    truth = Network.from_layers([weights, [[1.0, -1.5, 1.0]]], [[0.3, 0.0, -0.4], [0.0]])
    x = rng.standard_normal((20_000, 2))
    found = learn_depth_two(x, truth.forward(x)[:, 0], 3, mode="overcomplete", polish=True)
    assert found.widths == (3,)
    assert float(difference(found, truth, Box(-3, 3, dim=2)).value.upper) < 1e-9


def test_the_answer_is_that_of_its_seed():
    x, y = samples(2_000, 0)
    assert learn_depth_two(x, y, 3, seed=4) == learn_depth_two(x, y, 3, seed=4)


@pytest.mark.parametrize(
    ("units", "options", "words"),
    [
        (0, {}, "positive integer"),
        (True, {}, "positive integer"),
        (2.0, {}, "positive integer"),
        (4, {}, "room for 3 independent rows"),
        (7, {"mode": "overcomplete"}, "at most 6"),
        (3, {"mode": "any"}, "mode is 'any'"),
        (3, {"largest_bias": 0}, "largest_bias is 0"),
        (3, {"largest_bias": float("inf")}, "largest_bias is inf"),
    ],
)
def test_options_that_are_none_are_refused(units, options, words):
    with pytest.raises(DataError, match=words):
        learn_depth_two(*samples(1_000, 0), units, **options)


def test_samples_that_are_none_are_refused():
    x, y = samples(1_000, 0)
    uniform = np.random.default_rng(0).uniform(-ROOT3, ROOT3, (10_000, 3))
    turned = x @ np.array([[1.0, 0.5, 0.0], [0.0, 0.9, 0.0], [0.0, 0.0, 1.0]])
    cases = [
        (np.vstack([x, x[:1]]), np.append(y, y[0]), "points 0 and 1000 of x are the same"),
        (x, y[:-1], "one value a point"),
        (x[:20], y[:20], "10 samples for each"),
        (x + 1, y, "mean of x is off"),
        (2 * x, y, "of x is off"),
        (turned, y, "covariance of x is off"),
        (uniform, np.zeros(10_000), "fourth moment of x is off"),
        (np.full_like(x, np.nan), y, "must be finite"),
        (x, np.full_like(y, np.inf), "must be finite"),
        (x[:, 0], y, "shape"),
    ]
    for points, values, words in cases:
        with pytest.raises(DataError, match=words):
            learn_depth_two(points, values, 3)


@pytest.mark.parametrize("seed", range(2))
def test_dependent_rows_are_refused(seed):
    """Two of three rows opposite, three in a plane, a function that is zero."""
    x = np.random.default_rng(seed).standard_normal((20_000, 3))
    opposite = np.array([[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0]])
    flat = np.array([[1.0, 0, 0], [0, 1.0, 0], [0.6, 0.8, 0]])
    for weights in (opposite, flat):
        y = np.maximum(x @ weights.T + [0.5, 0.1, -0.2], 0.0) @ [1.0, 1.0, -1.0]
        with pytest.raises(DataError, match="rows of weights are dependent"):
            learn_depth_two(x, y, 3)
    with pytest.raises(DataError, match="rows of weights are dependent"):
        learn_depth_two(x, np.zeros(len(x)), 1)


def test_a_pencil_without_real_eigenvalues_is_refused():
    """T_2 indefinite and a turn of it: no function of two units has such moments."""

    class Turning:
        mean, first, second = 0.0, np.zeros(2), np.diag([1.0, -1.0])

        def third(self, t):
            return np.array([[0.0, 1.0], [1.0, 0.0]])

        def fourth(self, e):
            return np.zeros((2, 2))

    with pytest.raises(DataError, match="none of 30 pencils"):
        full_rank(Turning(), 2, 1e-9, 3.0, np.random.default_rng(0))


def test_few_samples_for_six_orders_are_refused():
    with pytest.raises(DataError, match="polynomials of degree 6"):
        learn_depth_two(*samples(500, 0), 4, mode="overcomplete")
