"""Recurrent networks unrolled: against torch, onnxruntime, a plain loop, closed forms, and their own untied copies."""

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx_models import outputs as by_onnxruntime
from torch import nn
from typer.testing import CliRunner

from exactregions import Ball, Box, ExactRegionsError, Network, Stage, enumerate_regions, linear_regions, load
from exactregions.cli import app
from exactregions.errors import FileFormatError, NetworkError, UnsupportedLayerError
from exactregions.quantities import lipschitz, path_norm
from exactregions.recurrent import RecurrentLayer, unroll

TENT = RecurrentLayer([[1.0], [1.0]], [[2.0, -4.0], [2.0, -4.0]], [0.0, -0.5])
LINDLEY = RecurrentLayer([[1.0]], [[1.0]])


def drawn(seed, n, h, *, layers=1):
    rng = np.random.default_rng(seed)
    widths = [n] + [h] * layers
    return [
        RecurrentLayer(rng.normal(size=(h, below)), rng.normal(size=(h, h)) / np.sqrt(h), rng.normal(size=h) / 4)
        for below in widths[:-1]
    ]


def by_loop(layers, sequence, states):
    """The values of the highest layer after each step, in floats."""
    states, found = list(states), []
    for value in sequence:
        below = value
        for k, layer in enumerate(layers):
            below = states[k] = np.maximum(layer.weight @ below + layer.recurrent @ states[k] + sum(layer.biases), 0)
        found.append(below)
    return np.array(found)


@pytest.mark.parametrize("steps", [1, 2, 3, 6, 10])
def test_the_tent_doubles_with_every_step(steps):
    network = unroll(TENT, steps, inputs=[0])
    assert enumerate_regions(network, Box([0.0], [1.0])).count == 2**steps


@pytest.mark.parametrize("steps", [1, 2, 4, 6])
def test_waiting_times_are_told_by_their_last_zeros(steps):
    """Lindley's recursion: all 2^T sign patterns have a region, and T + 1 of the maps differ."""
    network = unroll(LINDLEY, steps)
    regions = enumerate_regions(network, Ball([0.0] * steps, 1.0))
    assert regions.count == 2**steps
    assert [linear_regions(regions, name).count for name in ("R4", "R6")] == [steps + 1] * 2


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("outputs", ["last", "every"])
def test_values_are_those_of_a_plain_loop(layers, outputs):
    stack = drawn(layers, 2, 3, layers=layers)
    rng = np.random.default_rng(5)
    steps, state = 4, rng.normal(size=(layers, 3))
    sequence = rng.normal(size=(steps, 2))
    expected = by_loop(stack, sequence, state)
    expected = expected.ravel() if outputs == "every" else expected[-1]
    cases = {
        "sequence": (unroll(stack, steps, initial_state=state, outputs=outputs), sequence.ravel()),
        "initial_state": (unroll(stack, steps, "initial_state", sequence=sequence, outputs=outputs), state.ravel()),
        "both": (unroll(stack, steps, "both", outputs=outputs), np.concatenate([sequence.ravel(), state.ravel()])),
        "steps": (
            unroll(stack, steps, [3, 1], sequence=sequence, initial_state=state, outputs=outputs),
            sequence[[1, 3]].ravel(),
        ),
    }
    for network, point in cases.values():
        assert network.units == steps * layers * 3
        assert np.allclose(network.forward(point), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layers", [1, 2])
def test_torch_modules_are_unrolled(layers, bias):
    torch.manual_seed(layers)
    rnn, readout = nn.RNN(2, 4, layers, nonlinearity="relu", bias=bias), nn.Linear(4, 3)
    network = unroll(rnn, 5, readout=readout, outputs="every")
    points = torch.randn(20, 5, 2)
    with torch.no_grad():
        wanted = readout(rnn(points.transpose(0, 1))[0]).transpose(0, 1).reshape(20, -1).numpy()
    assert np.abs(network.forward(points.numpy()) - wanted).max() < 1e-6
    assert network.input_shape == (5, 2)


def test_a_cell_is_unrolled():
    torch.manual_seed(0)
    cell = nn.RNNCell(3, 4, nonlinearity="relu").double()
    network = unroll(cell, 3)
    points, state = torch.randn(10, 3, 3).double(), torch.zeros(10, 4).double()
    with torch.no_grad():
        for t in range(3):
            state = cell(points[:, t], state)
    assert np.abs(network.forward(points.numpy()) - state.numpy()).max() < 1e-12


def test_two_biases_add_up_exactly():
    """2^60 + 1 is no float: the sum of the biases, less 2^60, is 1."""
    layer = RecurrentLayer([[1.0]], [[0.0]], [2.0**60], [1.0])
    network = unroll(layer, 1, readout=([[1.0]], [-(2.0**60)]))
    from exactregions.exact.forms import ExactNetwork
    from exactregions.exact.numbers import as_point

    assert [int(v.p) for v in ExactNetwork(network).outputs_at(as_point([0]))] == [1]


class Tagger(nn.Module):
    def __init__(self, batch_first=True):
        super().__init__()
        self.rnn = nn.RNN(2, 3, 2, nonlinearity="relu", batch_first=batch_first)
        self.out = nn.Linear(3, 2)

    def forward(self, x):
        found = self.out(self.rnn(x)[0])
        return found[:, -1] if self.rnn.batch_first else found[-1]


@pytest.mark.parametrize("batch_first", [True, False])
def test_the_reader_of_torch_takes_steps(batch_first):
    torch.manual_seed(1)
    module = Tagger(batch_first)
    network = Network.from_torch(module, steps=4)
    both = unroll(module.rnn, 4, readout=module.out)
    points = np.random.default_rng(0).normal(size=(30, 8))
    assert np.allclose(network.forward(points), both.forward(points), rtol=1e-12, atol=1e-12)
    assert enumerate_regions(network, Ball([0.0] * 8, 0.2)).count == enumerate_regions(both, Ball([0.0] * 8, 0.2)).count


def test_the_reader_of_torch_refuses_steps_without_a_recurrence():
    with pytest.raises(NetworkError, match=r"no torch\.nn\.RNN"):
        Network.from_torch(nn.Linear(2, 2), steps=3)
    with pytest.raises(NetworkError, match="one of them"):
        Network.from_torch(Tagger(), steps=3, input_shape=(3, 2))


def onnx_model(module, dims, *, steps=None, **attributes):
    """An RNN of ONNX with the weights of a torch module of one layer; `dims` as the file declares them."""
    parts = {name: value.detach().numpy() for name, value in module.named_parameters()}
    bias = np.concatenate([parts["bias_ih_l0"], parts["bias_hh_l0"]])
    constants = {"W": parts["weight_ih_l0"][None], "R": parts["weight_hh_l0"][None], "B": bias[None]}
    settings = {"hidden_size": len(parts["weight_hh_l0"]), "activations": ["Relu"], **attributes}
    node = helper.make_node("RNN", ["x", "W", "R", "B"], ["y", "h"], **settings)
    graph = helper.make_graph(
        [node],
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    proto.graph.output[0].type.tensor_type.shape.SetInParent()
    return proto


@pytest.fixture(scope="module")
def recurrence():
    torch.manual_seed(2)
    return nn.RNN(2, 3, nonlinearity="relu")


@pytest.mark.parametrize(
    ("dims", "options"), [((4, 1, 2), {}), (("time", 1, 2), {"steps": 4}), (("time", "batch", 2), {"steps": 4})]
)
def test_the_operator_of_onnx_is_read(tmp_path, recurrence, dims, options):
    proto = onnx_model(recurrence, dims)
    path = tmp_path / "rnn.onnx"
    path.write_bytes(proto.SerializeToString())
    network = load(path, **options)
    points = np.random.default_rng(1).normal(size=(10, 8)).astype(np.float32)
    assert np.abs(network.forward(points) - by_onnxruntime(str(path), points, (4, 1, 2))).max() < 1e-5
    own = unroll(recurrence, 4, outputs="every")
    assert np.allclose(network.forward(points), own.forward(points), rtol=1e-12, atol=1e-12)
    assert load(path, output="h", **options).outputs == 3


def test_the_command_line_takes_steps(tmp_path, recurrence):
    path = tmp_path / "rnn.onnx"
    path.write_bytes(onnx_model(recurrence, ("time", 1, 2)).SerializeToString())
    done = CliRunner().invoke(app, ["info", str(path), "--sequence-steps", "4", "--check"])
    assert done.exit_code == 0, done.output
    assert "agrees with its source" in " ".join(done.output.split())
    done = CliRunner().invoke(app, ["info", str(path)])
    assert done.exit_code != 0
    assert "--sequence-steps" in done.output


def test_what_is_no_plain_recurrence_is_refused_by_name(tmp_path, recurrence):
    for module, name in (
        (nn.LSTM(2, 3), "LSTM"),
        (nn.GRU(2, 3), "GRU"),
        (nn.LSTMCell(2, 3), "LSTMCell"),
        (nn.RNN(2, 3), "RNN with tanh"),
        (nn.RNN(2, 3, nonlinearity="relu", bidirectional=True), "RNN: it is bidirectional"),
    ):
        with pytest.raises(UnsupportedLayerError, match=name):
            unroll(module, 2)
    with pytest.raises(NetworkError, match="a Linear was given"):
        unroll(nn.Linear(2, 2), 2)
    for attributes, message in (
        ({"activations": ["Tanh"]}, "not piecewise linear"),
        ({"direction": "reverse"}, "'reverse'"),
        ({"clip": 1.0}, "it clips"),
    ):
        path = tmp_path / "refused.onnx"
        path.write_bytes(onnx_model(recurrence, (4, 1, 2), **attributes).SerializeToString())
        with pytest.raises(UnsupportedLayerError, match=f"RNN.*{message}"):
            load(path)
    path.write_bytes(onnx_model(recurrence, ("a", "c", 2)).SerializeToString())
    with pytest.raises(FileFormatError, match="'batch'"):
        load(path, steps=3)
    path.write_bytes(onnx_model(recurrence, (4, 1, 2)).SerializeToString())
    with pytest.raises(FileFormatError, match="leave it out"):
        load(path, steps=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"steps": 2, "inputs": "state"}, "inputs is 'state'"),
        ({"steps": 2, "inputs": [2]}, "from 0 to 1"),
        ({"steps": 2, "inputs": []}, "different steps"),
        ({"steps": 2, "sequence": [[1.0]], "inputs": [0]}, r"it needs \(2, 1\)"),
        ({"steps": 2, "initial_state": [[1.0, 2.0, 3.0]]}, r"it needs \(1, 2\)"),
        ({"steps": 2, "initial_state": [[1.0, 2.0]], "inputs": "both"}, "leave one"),
        ({"steps": 2, "readout": [1.0]}, "readout is"),
        ({"steps": 2, "readout": ([[1.0]], None)}, "readout has shapes"),
        ({"steps": 2, "outputs": "all"}, "outputs is 'all'"),
    ],
)
def test_bad_input_is_refused(options, message):
    with pytest.raises(NetworkError, match=message):
        unroll(TENT, **options)


def test_layers_whose_shapes_do_not_fit_are_refused():
    with pytest.raises(NetworkError, match="recurrent weight"):
        RecurrentLayer([[1.0]], [[1.0, 2.0]])
    with pytest.raises(NetworkError, match="its weights take 3 values"):
        unroll([*drawn(0, 2, 2), *drawn(0, 3, 2)], 2)


def test_one_step_is_a_perceptron():
    (layer,) = drawn(3, 3, 4)
    network = unroll(layer, 1, readout=(np.ones((1, 4)), [0.5]))
    plain = Network.from_layers([layer.weight, np.ones((1, 4))], [layer.biases[0], [0.5]])
    found, wanted = (enumerate_regions(net, Ball([0.0] * 3, 2.0)) for net in (network, plain))
    assert patterns(found) == patterns(wanted)


def patterns(regions):
    return set(map(tuple, regions.pattern_array().tolist()))


def untied(layer, steps):
    """The same function with a copy of the weights for each step, stage by stage by hand."""
    h, n = layer.weight.shape
    stages = []
    for t in range(steps):
        rest = n * (steps - t - 1)
        before = h if t else 0
        # reads (h_t, x_{t+1}, ..): units first, then what waits on wires
        weight = np.zeros((h + rest, before + n + rest))
        weight[:h, :before], weight[:h, before : before + n] = layer.recurrent[:, :before], layer.weight
        weight[h:, before + n :] = np.eye(rest)
        bias = np.concatenate([layer.biases[0], np.zeros(rest)])
        stages.append(Stage(weight, bias, np.r_[np.zeros(h), np.ones(rest)], np.ones(h + rest)))
    return Network(stages, np.eye(h), np.zeros(h))


def test_tied_weights_are_those_of_an_untied_copy():
    (layer,) = drawn(4, 1, 3)
    for steps in (1, 2, 3):
        found = enumerate_regions(unroll(layer, steps), Ball([0.0] * steps, 1.0))
        wanted = enumerate_regions(untied(layer, steps), Ball([0.0] * steps, 1.0))
        assert patterns(found) == patterns(wanted)


def rescaled(layer, factors):
    """The same recurrence with unit i of every step multiplied by its factor."""
    a = np.array(factors)
    return RecurrentLayer(layer.weight * a[:, None], layer.recurrent * a[:, None] / a, layer.biases[0] * a)


def permuted(layer, order):
    return RecurrentLayer(layer.weight[order], layer.recurrent[np.ix_(order, order)], layer.biases[0][order])


def test_rescaled_and_permuted_units_have_the_same_patterns():
    (layer,) = drawn(5, 2, 3)
    domain = Ball([0.0] * 6, 0.5)
    found = patterns(enumerate_regions(unroll(layer, 3), domain))
    assert found == patterns(enumerate_regions(unroll(rescaled(layer, [2.0, 0.25, 8.0]), 3), domain))
    order = [2, 0, 1]
    moved = patterns(enumerate_regions(unroll(permuted(layer, order), 3), domain))
    assert moved == {tuple(p[3 * t + k] for t in range(3) for k in order) for p in found}


# Path norms.


def by_paths(layer, weight, steps, power, biases):
    """Every path through time of one layer, one by one: it enters at some step, and leaves at the last one."""
    h, n = layer.weight.shape
    total = Fraction(0)
    for first in range(steps):
        starts = [layer.weight[:, j] for j in range(n)] + ([layer.biases[0]] if biases else [])
        for start in starts:
            for way in product(range(h), repeat=steps - first):
                value = Fraction(float(start[way[0]]))
                for i, j in pairwise(way):
                    value *= Fraction(float(layer.recurrent[j, i]))
                total += sum(abs(value * Fraction(float(row[way[-1]]))) ** power for row in weight)
    return total


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("power", [1, 2])
def test_path_norms_are_sums_over_all_paths(power, biases):
    (layer,) = drawn(6, 2, 3)
    weight = np.random.default_rng(7).normal(size=(2, 3))
    for steps in (1, 2, 3, 4):
        network = unroll(layer, steps, readout=(weight, [0.0, 0.0]))
        found = path_norm(network, power, biases=biases)
        total = by_paths(layer, weight, steps, power, biases)
        assert (found.lower if power == 1 else found.square) == total


def test_path_norms_do_not_change_under_rescaling():
    (layer,) = drawn(8, 2, 3)
    factors = [4.0, 0.5, 2.0]
    weight = np.random.default_rng(9).normal(size=(1, 3))
    for power in (1, 2):
        first = path_norm(unroll(layer, 3, readout=(weight, [0.0])), power, biases=True)
        again = unroll(rescaled(layer, factors), 3, readout=(weight / factors, [0.0]))
        assert path_norm(again, power, biases=True) == first


def test_the_path_norm_of_power_one_bounds_every_lipschitz_constant():
    norms = (1, 2, np.inf)
    for seed in range(3):
        (layer,) = drawn(seed, 1, 2)
        network = unroll(layer, 2, outputs="every")
        bound = path_norm(network)
        for pair in product(norms, norms):
            assert lipschitz(network, Ball([0.0] * 2, 1.0), pair).constant.upper <= bound.lower


def test_the_path_norm_of_power_two_bounds_none():
    twice = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, 0.0], [0.0]])
    steep = lipschitz(twice, Box([-1.0], [1.0])).constant
    assert steep.lower == 2 == path_norm(twice).lower
    assert path_norm(twice, 2).upper < Fraction(3, 2)


def test_slopes_and_wires_count_in_path_norms():
    stage = Stage([[2.0], [3.0]], [1.0, 1.0], [-4.0, 1.0], [1.0, 1.0])
    network = Network([stage], [[1.0, -1.0]], [7.0])
    assert path_norm(network).lower == 2 * 4 + 3
    assert path_norm(network, biases=True).lower == (2 + 1) * 4 + (3 + 1) + 7
    with pytest.raises(ExactRegionsError, match="power is 3"):
        path_norm(network, 3)
