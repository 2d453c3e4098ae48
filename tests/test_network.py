"""Networks: values kept exactly, wrong ones refused at the door."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
import torch
from engines import found
from oracles import exact_signs

from exactregions import Ball, Network, RegionSet, Stage, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.errors import NetworkError
from exactregions.network import Winner

W, B = np.ones((2, 3)), np.zeros(2)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", ["hidden weight", "hidden bias", "output weight", "output bias", "slope"])
def test_values_that_are_not_finite(place, value):
    weights, biases = [np.ones((2, 3)), np.ones((1, 2))], [np.zeros(2), np.zeros(1)]
    target = {
        "hidden weight": weights[0],
        "hidden bias": biases[0],
        "output weight": weights[1],
        "output bias": biases[1],
    }
    if place in target:
        target[place][..., -1] = value
    with pytest.raises(NetworkError, match="finite"):
        Network.from_layers(weights, biases, slope=value if place == "slope" else 0.0)


@pytest.mark.parametrize(
    ("weights", "biases", "message"),
    [
        ([W, np.ones((1, 3))], [B, [0.0]], "chain"),
        ([W, np.ones((1, 2))], [np.zeros(3), [0.0]], "layer 0"),
        ([W, np.ones((1, 2))], [B, np.zeros(2)], "output bias"),
        ([W, np.ones((1, 2))], [B], "one of each"),
        ([], [], "one of each"),
        ([np.ones(3), np.ones((1, 3))], [B, [0.0]], "dimension"),
        ([np.ones((2, 2, 2)), np.ones((1, 2))], [B, [0.0]], "dimension"),
        ([np.ones((0, 3)), np.ones((1, 0))], [np.zeros(0), [0.0]], "zero-width"),
        ([W, np.ones((0, 2))], [B, np.zeros(0)], "output"),
        ([[["a", "b"]], [[1.0]]], [[0.0], [0.0]], "real numbers"),
        ([1j * W, np.ones((1, 2))], [B, [0.0]], "real numbers"),
        ([np.full((2, 3), 2**53 + 1), np.ones((1, 2))], [B, [0.0]], "integers beyond"),
    ],
)
def test_weights_that_make_no_network(weights, biases, message):
    with pytest.raises(NetworkError, match=message):
        Network.from_layers(weights, biases)


def test_arrays_are_copies_and_read_only():
    weight = np.ones((2, 3))
    network = Network.from_layers([weight, np.ones((1, 2))], [None, None])
    weight[:] = 5
    assert (network.stages[0].weight == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        network.stages[0].weight[0, 0] = 2


def test_float32_is_widened_without_a_change_of_value():
    weight = np.array([[0.1, 1 / 3]], dtype=np.float32)
    network = Network.from_layers([weight, [[1.0]]], [None, None])
    assert network.stages[0].weight.dtype == np.float64
    assert (network.stages[0].weight == weight).all()


def test_shape_and_widths():
    network = nets.generated(3, 5, 4, 2)
    assert (network.inputs, network.widths, network.outputs, network.units) == (3, (5, 4), 2, 9)
    assert network.describe() == {"inputs": 3, "widths": [5, 4], "outputs": 2}


def test_wires_are_no_units():
    network = Network((Stage.wires(np.eye(2), [0, 0]), Stage.relu(np.eye(2), [0, 0])), np.ones((1, 2)), np.zeros(1))
    assert network.widths == (2,)
    assert network.pattern([[1.0, -1.0]]).tolist() == [[True, False]]


def test_no_hidden_layer_has_one_region(engine):
    network = Network.from_layers([np.ones((2, 3))], [None])
    regions = found(engine, network, Ball([0.0] * 3, 1))
    assert len(regions) == 1
    assert regions[0].pattern.shape == (0,)
    assert Ball([0.0] * 3, 1).contains(regions[0].witness)


def test_forward_and_pattern_agree_with_exact_evaluation():
    network = nets.generated(3, 5, 4, 2, seed=6, bits=8)
    points = np.round(np.random.default_rng(0).normal(size=(50, 3)) * 256) / 256
    for point, pattern in zip(points, network.pattern(points), strict=True):
        assert [s > 0 for s in exact_signs(network, point.tolist())] == pattern.tolist()
    assert network.forward(points[:1]).shape == (1, 2)


def test_a_single_point_has_no_axis_for_several():
    network = nets.generated(3, 5, 4, 2, seed=6, bits=8)
    points = np.random.default_rng(0).normal(size=(2, 3))
    for point, given in ((points[0], points[0].tolist()), (points[1], torch.tensor(points[1]))):
        several = point[None]
        assert np.array_equal(network.forward(given), network.forward(several)[0])
        assert np.array_equal(network.pattern(given), network.pattern(several)[0])
        for one, all_ in zip(network.pre_activations(given), network.pre_activations(several), strict=True):
            assert np.array_equal(one, all_[0])
    for shape in ((2, 3), (3, 2), (1, 2, 3), (2, 3, 1)):
        images = Network((), np.ones((2, 6)), np.zeros(2), input_shape=shape)
        for single in (np.ones(shape), np.ones(6), np.ones(tuple(n for n in shape if n > 1))):
            assert images.forward(single).tolist() == [6.0, 6.0]
            assert images.pattern(single).shape == (0,)
        for several in (np.ones((1, *shape)), np.ones((1, 6))):
            assert images.forward(several).tolist() == [[6.0, 6.0]]
    line = Network((), [[2.0]], [1.0])
    assert line.forward([3.0]).tolist() == [7.0]
    assert line.forward([[3.0]]).tolist() == [[7.0]]


@pytest.mark.parametrize("slope", [0.0, 0.25, 1.0])
def test_forward_of_two_slopes(slope):
    network = Network.from_layers([[[1.0]], [[2.0]]], [None, [1.0]], slope=slope)
    assert network.forward([[3.0], [-2.0]]).ravel().tolist() == [7.0, 1.0 - 4.0 * slope]


def test_points_of_the_wrong_shape():
    with pytest.raises(NetworkError, match=r"\(5, 2\)"):
        nets.generated(3, 4, 1).forward(np.zeros((5, 2)))


def test_fingerprint_follows_the_content():
    network = nets.generated(2, 4, 1)
    assert network == nets.generated(2, 4, 1)
    assert network != nets.generated(2, 4, 1, seed=1)
    assert len({network, nets.generated(2, 4, 1)}) == 1
    minus_zero = [Network.from_layers([[[z]], [[1.0]]], [None, None]) for z in (0.0, -0.0)]
    assert minus_zero[0] == minus_zero[1]


def band(m: int, n: int) -> scipy.sparse.csr_array:
    """A large matrix with two entries a row."""
    rows = np.arange(m)
    columns = np.stack([rows % n, (rows * 7 + 1) % n])
    return scipy.sparse.csr_array((np.arange(1, 2 * m + 1) / 8, (np.tile(rows, 2), columns.ravel())), shape=(m, n))


def test_large_empty_matrices_are_stored_sparse_and_equal_ones_alike():
    weight = band(1500, 1001)
    given = [Network((Stage.relu(w, np.zeros(1500)),), np.ones((1, 1500)), [0.0]) for w in (weight, weight.toarray())]
    for network in given:
        assert not isinstance(network.stages[0].matrix, np.ndarray)
        assert np.array_equal(network.stages[0].weight, weight.toarray())
    assert given[0] == given[1]
    x = np.random.default_rng(0).normal(size=(3, 1001))
    assert np.allclose(given[0].forward(x), np.maximum(x @ weight.toarray().T, 0).sum(axis=1, keepdims=True))


def test_small_matrices_are_dense_however_they_are_given():
    small = Stage.relu(scipy.sparse.coo_array(np.eye(3)), np.zeros(3))
    assert isinstance(small.matrix, np.ndarray)
    assert np.array_equal(small.matrix, np.eye(3))
    assert np.array_equal(replace(small, bias=np.ones(3)).weight, np.eye(3))
    assert np.array_equal(replace(small, weight=2 * np.eye(3)).weight, 2 * np.eye(3))


def test_sparse_matrices_are_checked():
    twice = scipy.sparse.coo_array(([0.1, 0.2], ([0, 0], [0, 0])), shape=(1, 1))
    with pytest.raises(NetworkError, match="several entries"):
        Stage.relu(twice, [0.0])
    with pytest.raises(NetworkError, match="finite"):
        Stage.relu(scipy.sparse.coo_array(([np.nan], ([0], [0])), shape=(1, 1)), [0.0])
    with pytest.raises(NetworkError, match=r"weight has shape \(2,\)"):
        Stage.relu(scipy.sparse.coo_array(np.ones(2)), [0.0])
    huge = Stage.relu(scipy.sparse.csr_array(([1.0], ([0], [0])), shape=(60_000, 60_000)), np.zeros(60_000))
    with pytest.raises(NetworkError, match="27 GB dense"):
        _ = huge.weight


def test_the_winner_of_a_tournament():
    winner = Winner(units=(4, 0, 2), contests=((0, 1), (2, 3), (4, 5)))
    pattern = [False, False, False, False, True]
    assert winner.wins(pattern) == 1
    pattern[2] = True
    assert winner.wins(pattern) == 2
    pattern[0] = True
    assert winner.wins(pattern) == 3


@pytest.mark.parametrize(
    ("units", "contests"),
    [
        ((0,), ((0, 1), (2, 3))),
        ((0,), ((0, 0),)),
        ((0, 1), ((0, 3), (1, 2))),
        ((), ()),
        ((0, 1), ((0, 1), (0, 2))),
        ((0.0,), ((0, 1),)),
        ((0,), ((0, 1.0),)),
        ((0,), ((0, 1, 2),)),
        (0, ((0, 1),)),
        ((0,), 1),
        (("0",), ("01",)),
    ],
)
def test_what_is_no_tournament_is_refused(units, contests):
    with pytest.raises(NetworkError, match="tournament"):
        Winner(units, contests)


def test_winners_are_part_of_the_identity(tmp_path):
    plain = Network.from_layers([[[1.0], [2.0]], [[1.0, 1.0]]], [None, None])
    network = replace(plain, winners=(Winner((1,), ((0, 1),)),))
    assert network != plain
    assert replace(network, notes=("read from a file",)) == network
    with pytest.raises(NetworkError, match="one of the 2 units"):
        replace(plain, winners=(Winner((2,), ((0, 1),)),))
    regions = replace(enumerate_regions(plain, Ball([0.0], 1)), network=network)
    regions.save(tmp_path / "a.npz")
    assert RegionSet.load(tmp_path / "a.npz").network == network


def test_an_activation_for_each_layer():
    weights = [[[1.0], [2.0]], [[1.0, 1.0]], [[1.0]]]
    network = Network.from_layers(weights, [None] * 3, activation=["leaky_relu(0.1)", "abs"])
    assert [stage.low.tolist() for stage in network.stages] == [[0.1, 0.1], [-1.0]]
    assert Network.from_layers(weights, [None] * 3, activation="relu") == Network.from_layers(weights, [None] * 3)
    with pytest.raises(NetworkError, match="not piecewise linear"):
        Network.from_layers(weights, [None] * 3, activation="tanh")
    with pytest.raises(NetworkError, match="for 2 hidden layers"):
        Network.from_layers(weights, [None] * 3, activation=["relu"])


@pytest.mark.parametrize(
    "slope", [np.float32(0.25), np.float64(0.25), np.array(0.25), torch.tensor(0.25), "prelu(0.25)"]
)
def test_a_slope_is_whatever_holds_a_number(slope):
    weights = [[[1.0], [2.0]], [[1.0, 1.0]], [[1.0]]]
    made = [
        Network.from_layers(weights, [None] * 3, activation=given)
        for given in (slope, [slope, "leaky_relu(0.25)"], [slope] * 2)
    ]
    assert {tuple(stage.low.tolist()) for stage in made[0].stages} == {(0.25, 0.25), (0.25,)}
    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize(
    ("slope", "message"),
    [
        (2**53 + 1, "beyond 2"),
        pytest.param(10**400, "slope has dtype object", id="huge"),
        (np.int64(2**53 + 1), "beyond 2"),
        (np.longdouble(1) / 3, "loses digits"),
        (float("inf"), "must be finite"),
        ("leaky_relu(1e999)", "must be finite"),
        (True, "no name and no slope"),
        (np.bool_(True), "no name and no slope"),
        (np.ones((2, 1)), "no name and no slope"),
        (object(), "no name and no slope"),
    ],
)
def test_what_is_no_slope(slope, message):
    weights = [[[1.0], [2.0]], [[1.0, 1.0]], [[1.0]]]
    with pytest.raises(NetworkError, match=message):
        Network.from_layers(weights, [None] * 3, slope)


def test_parameters_of_torch_are_arrays():
    layer = torch.nn.Linear(2, 3)
    network = Network.from_layers([layer.weight, torch.ones(1, 3, dtype=torch.bfloat16)], [layer.bias, None])
    assert network.stages[0].weight.tolist() == layer.weight.tolist()
    assert network.weight.tolist() == [[1.0] * 3]
