"""The exact Lipschitz constant, against closed forms, brute force in fractions, and sampled slopes."""

import math
from fractions import Fraction
from itertools import product as every

import numpy as np
import pytest
from quantity_instances import is_constant
from small_hostile import drawn_domain, drawn_network, jacobian

from exactregions import Ball, Box, ExactRegionsError, Network, WholeSpace, enumerate_regions, lipschitz
from exactregions.cases.networks import direct_sum, generated, hat, max_min, sawtooth
from exactregions.quantities.jacobians import ExactJacobians, Jacobians
from exactregions.quantities.norms import OperatorNorm
from exactregions.quantities.spectral import largest_eigenvalue
from exactregions.testing.trials.winner_networks import network_of

INF = math.inf
NORMS = list(every((1, 2, INF), repeat=2))


@pytest.mark.parametrize("seed", range(60))
def test_brute_force_in_fractions(seed):
    rng = np.random.default_rng(seed)
    d, m = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    network, domain = drawn_network(rng, d, m), drawn_domain(rng, d)
    free = [i for i in range(d) if i not in domain.fixed_inputs]
    regions = enumerate_regions(network, domain, engine="rational")
    maps = [[[row[i] for i in free] for row in jacobian(network, pattern)] for pattern in regions.pattern_array()]
    for p, q in NORMS:
        found = lipschitz(network, domain, (p, q))
        assert found.complete
        if not free:
            assert found.constant.lower == found.constant.upper == 0
            continue
        assert is_constant(found.constant, maps, p, q)
        steep = [[row[i] for i in free] for row in jacobian(network, found.region.pattern)]
        assert is_constant(found.constant, [steep], p, q)
        assert domain.contains(found.region.witness)


@pytest.mark.parametrize(("p", "layers", "d"), [(2, 1, 1), (2, 5, 1), (3, 3, 1), (5, 2, 1), (2, 3, 2), (3, 2, 2)])
def test_the_slope_of_sawteeth_is_a_power(p, layers, d):
    found = lipschitz(sawtooth(p, layers, d), Box(0, 1, dim=d), (INF, INF), output=0)
    assert found.constant.lower == found.constant.upper == p**layers


def test_hats_maxima_and_absolute_values():
    assert lipschitz(hat(), WholeSpace(1)).constant.lower == 1
    assert lipschitz(hat(), Box([2.5], [3.0])).constant.upper == 0  # right of the hat the function is zero
    absolute = Network.from_layers([np.eye(3), [[1, 2, -2]]], [None, None], activation="abs")
    assert lipschitz(absolute, Ball([0, 0, 0], 1)).constant.lower == 3
    assert lipschitz(absolute, Ball([0, 0, 0], 1), (INF, INF)).constant.lower == 5
    assert lipschitz(max_min(), WholeSpace(2)).constant.square == 2  # relu(x - y) where x > 0


def test_the_maximum_of_forms_is_as_steep_as_the_steepest_of_them():
    forms = np.array([[3.0, 4.0], [1.0, 0.0], [-5.0, 12.0], [0.0, 20.0]])
    network = network_of(2, [("affine", forms, [0.0, 1.0, 2.0, -99.0]), ("max", [(0, 1, 2, 3)])])
    assert lipschitz(network, Box(-1, 1, dim=2)).constant.lower == 13  # the last form never wins there
    assert lipschitz(network, WholeSpace(2)).constant.lower == 20


def test_a_rotation_keeps_lengths():
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    network = Network((), turn, np.zeros(2))
    found = lipschitz(network, Ball([0, 0], 1))
    assert found.constant.relative_width < 1e-12
    assert abs(float(found.constant) - 1) < 1e-13
    one = lipschitz(Network((), [[3.0, -4.0], [4.0, 3.0]], np.zeros(2)), Ball([0, 0], 1))
    assert one.constant.lower <= 5 <= one.constant.upper


def test_direct_sums_are_as_steep_as_their_steeper_part():
    parts = [generated(2, 5, 1, seed=seed, bits=6) for seed in (0, 1)]
    both = direct_sum(*parts)
    box = Box(-1, 1, dim=2)
    steep = [lipschitz(part, box, (INF, INF)).constant.lower for part in parts]
    found = lipschitz(both, Box(-1, 1, dim=4), (INF, INF))
    assert found.constant.lower == (max(steep) if both.outputs == 2 else sum(steep))


@pytest.mark.parametrize("norms", NORMS)
def test_no_sampled_slope_is_steeper_and_the_float_bounds_hold_the_exact_norms(norms):
    network, box = generated(3, 12, 12, 3, seed=5), Box(-1, 1, dim=3)
    found = lipschitz(network, box, norms)
    exact = ExactJacobians(network, range(3), range(3))
    norm = OperatorNorm(*norms, 3, 3)
    scale = Fraction(1, 4**exact.exponent if norm.power == 2 else 2**exact.exponent)
    for row, pattern in list(enumerate(found.regions.pattern_array()))[::7]:
        lower, upper = (end * scale for end in norm.exact(exact.of(pattern)))
        low, high = (Fraction(v) ** norm.power for v in found.bounds[row].tolist())
        assert low <= upper
        assert lower <= high
        assert high - low <= Fraction(1, 10**10) * max(high, 1)
    points = np.random.default_rng(0).uniform(-1, 1, (2000, 3))
    ends = points + 1e-7 * np.random.default_rng(1).normal(size=points.shape)
    rise = np.linalg.norm(network.forward(ends) - network.forward(points), norms[1], axis=1)
    run = np.linalg.norm(ends - points, norms[0], axis=1)
    assert (rise <= float(found.constant) * run + 1e-12).all()
    assert all(ratio >= 1 - 1e-12 for ratio in found.ratios.values())


def test_the_constant_follows_scaling_permutation_and_translation():
    network, box = generated(2, 8, 8, 2, seed=3, bits=8), Box(-1, 1, dim=2)
    first, second = network.stages
    order = np.random.default_rng(0).permutation(8)
    permuted = Network(
        (
            type(first)(first.weight[order], first.bias[order], first.low, first.high),
            type(second)(second.weight[:, order], second.bias, second.low, second.high),
        ),
        network.weight * 4,
        network.bias,
    )
    moved = Network((type(first).wires(np.eye(2), [0.5, -0.25]), *permuted.stages), permuted.weight, permuted.bias)
    away = Box([-1.5, -0.75], [0.5, 1.25])
    for norms in [(1, 1), (INF, INF), (1, 2), (2, INF)]:
        plain = lipschitz(network, box, norms).constant
        for found in (lipschitz(permuted, box, norms).constant, lipschitz(moved, away, norms).constant):
            assert found.square == (None if plain.square is None else plain.square * 16)
            assert plain.square is not None or found.lower == plain.lower * 4


def test_extreme_weights_are_compared_in_rationals():
    weights = [[[1e200, 0.0], [0.0, 1e200]], [[1e200, 1.0], [1.0, 1e-200]]]
    found = lipschitz(Network.from_layers(weights, [None, None]), Ball([1, 1], 2), (INF, INF))
    assert found.constant.lower == Fraction(1e200) ** 2 + Fraction(1e200)
    tiny = lipschitz(Network.from_layers([[[1e-200]], [[1e-200]]], [None, None]), Ball([0], 1))
    assert tiny.constant.lower == Fraction(1e-200) ** 2


def test_float_errors_are_counted():
    network = generated(3, 10, 10, 2, seed=9)
    jacobians = Jacobians(network, range(3), range(2))
    regions = enumerate_regions(network, Box(-1, 1, dim=3))
    floats = np.concatenate(list(jacobians.parts(regions.patterns, network.units)))
    off = 0.0
    for row, pattern in list(enumerate(regions.pattern_array()))[::20]:
        for i, exact in enumerate(jacobian(network, pattern)):
            for j, value in enumerate(exact):
                gap = abs(value - Fraction(float(floats[row, i, j])))
                assert gap <= Fraction(float(jacobians.error[i, j]))
                off = max(off, float(gap))
    assert off > 0  # else nothing was tested
    assert jacobians.unit is None
    whole = Jacobians(generated(3, 10, 10, 2, seed=9, bits=4), range(3), range(2))
    assert whole.unit is not None
    assert not whole.error.any()


def test_the_largest_eigenvalue_of_close_ones():
    import flint

    # eigenvalues 2^100 + 1, 2^100, 2^100 - 1, turned by nothing and by an integer reflection
    big = 2**100
    gram = flint.fmpz_mat(3, 3, [big + 1, 0, 0, 0, big, 0, 0, 0, big - 1])
    lower, upper = largest_eigenvalue(gram)
    assert lower <= big + 1 <= upper
    assert upper - lower <= Fraction(1, 10**12) * upper
    assert largest_eigenvalue(flint.fmpz_mat(2, 2)) == (0, 0)


def test_an_unfinished_search_is_a_proved_enclosure():
    network, box = generated(4, 16, 16, 1), Box(-1, 1, dim=4)
    whole = lipschitz(network, box).constant
    for part in (lipschitz(network, box, max_regions=50), lipschitz(network, box, time_limit=1e-9)):
        assert not part.complete
        assert part.stopped
        assert part.constant.lower <= whole.lower
        assert whole.upper <= part.constant.upper
        assert "NOT COMPLETE" in repr(part)


def test_a_stop_among_the_candidates_keeps_the_proved_bounds(monkeypatch):
    from exactregions.quantities import steepness as module

    class Stops(ExactJacobians):
        def of(self, pattern):
            raise KeyboardInterrupt

    network, box = generated(3, 8, 8, 1), Box(-1, 1, dim=3)
    whole = lipschitz(network, box).constant
    monkeypatch.setattr(module, "ExactJacobians", Stops)
    part = lipschitz(network, box)
    assert part.stopped == "interrupted"
    assert part.constant.lower <= whole.lower
    assert whole.upper <= part.constant.upper <= float(whole) * (1 + 1e-9)


@pytest.mark.parametrize("norms", [(3, 2), 2, ("1", "one"), (1, 2, 3), None])
def test_other_norms_are_refused(norms):
    with pytest.raises(ExactRegionsError, match="norms is"):
        lipschitz(hat(), WholeSpace(1), norms)


@pytest.mark.parametrize("output", [1, -1, "0", 0.5])
def test_an_output_that_is_not_there(output):
    with pytest.raises(ExactRegionsError, match="the outputs 0 to 0"):
        lipschitz(hat(), WholeSpace(1), output=output)


def test_norms_that_are_hard_are_refused():
    network = generated(20, 4, 20)
    with pytest.raises(ExactRegionsError, match="hard to compute"):
        lipschitz(network, Ball([0] * 20, 0.01), (INF, 1))
    assert lipschitz(network, Ball([0] * 20, 0.01), (INF, 1), output=3).complete


def test_progress_is_told_after_the_search_too(monkeypatch):
    monkeypatch.setattr("exactregions.support.watching.REPORT_SECONDS", 0.0)
    told = []
    found = lipschitz(generated(2, 6, 2), Box(-1, 1, dim=2), progress=told.append)
    notes = [state.note for state in told if state.regions == len(found.regions)]
    assert "norms of the regions" in notes
    assert notes[-1].endswith("norms compared exactly")
