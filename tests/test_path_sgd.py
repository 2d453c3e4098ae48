"""Path-SGD: its scale against second differences and sums over paths, and steps that rescaling does not change."""

import numpy as np
import pytest
import torch
from studies import path_sgd
from studies.stored_rows import read_rows
from torch import nn

from exactregions import Network
from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.nn import PathSGD, path_scale
from exactregions.quantities import path_norm

STEPS = 4


class Tagger(nn.Module):
    """A recurrent network that reads a sequence and gives values after the last step."""

    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.RNN(2, 4, nonlinearity="relu", batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1])


def perceptron():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)).double()


def tagger():
    torch.manual_seed(1)
    return Tagger().double()


CASES = {"perceptron": (perceptron, (1, 3)), "recurrent": (tagger, (1, STEPS, 2))}


@torch.no_grad()
def regulariser(module, shape):
    """The sum over paths of squared products: the exact path norm of the network that is read from the module."""
    network = Network.from_torch(module, torch.zeros(shape, dtype=torch.float64), check=False)
    norm = path_norm(network, 2, biases=True)
    return float(norm.square if norm.square is not None else norm.lower**2)


@torch.no_grad()
def by_squares(module, shape):
    """The same in floats: the module of squared parameters, on ones."""
    kept = [p.clone() for p in module.parameters()]
    for p in module.parameters():
        p.square_()
    found = module(torch.ones(shape, dtype=torch.float64)).sum().item()
    for p, value in zip(module.parameters(), kept, strict=True):
        p.copy_(value)
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_regulariser_is_the_exact_path_norm(name):
    make, shape = CASES[name]
    module = make()
    if name == "recurrent":  # the network has the sum of two biases, whose square is not that of their squares
        module.rnn.bias_hh_l0.data.zero_()
    assert by_squares(module, shape) == pytest.approx(regulariser(module, shape), rel=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_the_scale_is_half_the_second_derivative_of_the_regulariser(name):
    """By second differences of every single weight; paths that use a weight again need the second term."""
    make, shape = CASES[name]
    module = make()
    example = torch.zeros(shape, dtype=torch.float64)
    whole, first = path_scale(module, example, second=True), path_scale(module, example)
    step, middle = 1e-4, by_squares(module, shape)
    for p, both in zip(module.parameters(), whole, strict=True):
        flat = p.data.view(-1)
        for k in range(len(flat)):
            value = flat[k].item()
            ends = []
            for shift in (step, -step):
                flat[k] = value + shift
                ends.append(by_squares(module, shape))
            flat[k] = value
            wanted = (ends[0] - 2 * middle + ends[1]) / (2 * step**2)
            assert both.view(-1)[k].item() == pytest.approx(wanted, rel=1e-5, abs=1e-5 * middle)
    differ = [not torch.allclose(one, both) for one, both in zip(first, whole, strict=True)]
    # only the recurrent weights come twice on a path
    assert differ == [name == "recurrent" and n == "rnn.weight_hh_l0" for n, _ in module.named_parameters()]


def test_parameters_and_modes_are_left_as_they_were():
    module = tagger().train()
    before = [p.clone() for p in module.parameters()]
    path_scale(module, torch.zeros(1, STEPS, 2, dtype=torch.float64))
    assert module.training
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


@torch.no_grad()
def rescale(module, name):
    """Multiply what enters units by factors, and divide what leaves them; the function is the same."""
    factors = torch.tensor([10.0, 0.1, 3.0, 1 / 3, 7.0], dtype=torch.float64)
    if name == "perceptron":
        a, b = factors, factors[:4]
        module[0].weight *= a[:, None]
        module[0].bias *= a
        module[2].weight *= b[:, None] / a
        module[2].bias *= b
        module[4].weight /= b
        return
    a, rnn = factors[:4], module.rnn
    rnn.weight_ih_l0 *= a[:, None]
    rnn.weight_hh_l0 *= a[:, None] / a
    rnn.bias_ih_l0 *= a
    rnn.bias_hh_l0 *= a
    module.out.weight /= a


def trained(module, shape, optimiser, steps=50):
    """Outputs on fixed points after some steps on fixed data."""
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(16, *shape[1:], generator=generator, dtype=torch.float64)
    y = torch.randn(16, 2, generator=generator, dtype=torch.float64)
    for _ in range(steps):
        optimiser.zero_grad()
        nn.functional.mse_loss(module(x), y).backward()
        optimiser.step()
    return module(x).detach()


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_steps_commute_with_rescaling(name, second):
    make, shape = CASES[name]
    found = {}
    for kind in ("path", "plain"):
        ends = []
        for moved in (False, True):
            module = make()
            if moved:
                rescale(module, name)
            example = torch.zeros(shape, dtype=torch.float64)
            steps = (
                PathSGD(module, example, 0.02, second=second)
                if kind == "path"
                else torch.optim.SGD(module.parameters(), 1e-3)
            )
            ends.append(trained(module, shape, steps, 5 if second else 50))
        found[kind] = (ends[0] - ends[1]).abs().max().item()
    assert found["path"] < 1e-12
    assert not found["plain"] < 1e-4


def test_units_without_a_way_out_are_frozen():
    module = perceptron()
    with torch.no_grad():
        module[2].weight[:, 1] = 0.0
    scales = path_scale(module, torch.zeros(1, 3, dtype=torch.float64))
    assert (scales[0][1] == 0).all()
    assert scales[1][1] == 0
    before = module[0].weight.clone()
    trained(module, (1, 3), PathSGD(module, torch.zeros(1, 3), 0.01), 1)
    assert torch.equal(module[0].weight[1], before[1])
    assert (module[0].weight[0] != before[0]).all()
    assert (module[2].weight[:, 1] != 0).any()  # it has a way in, and learns one out
    assert all(torch.isfinite(p).all() for p in module.parameters())


def test_what_has_no_paths_is_refused_by_name():
    for part in (nn.LSTM(2, 3), nn.GRU(2, 3), nn.RNN(2, 3), nn.Tanh(), nn.BatchNorm1d(3)):
        with pytest.raises(UnsupportedLayerError, match=type(part).__name__):
            PathSGD(nn.Sequential(part), torch.zeros(1, 2), 0.1)
    with pytest.raises(NetworkError, match="lr is 0"):
        PathSGD(perceptron(), torch.zeros(1, 3), 0)


def test_a_closure_is_called():
    module = perceptron()
    steps = PathSGD(module, torch.zeros(1, 3), 0.01)
    before = [p.clone() for p in module.parameters()]

    def closure():
        steps.zero_grad()
        loss = module(torch.ones(2, 3, dtype=torch.float64)).square().mean()
        loss.backward()
        return loss

    assert np.isfinite(steps.step(closure).item())
    assert any(not torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


def test_a_loss_of_the_study_comes_again():
    case = (10, "unbalanced", "path-SGD")
    stored = next(r for r in read_rows(path_sgd.PROTOCOL) if (r["steps"], r["start"], r["way"]) == case)
    losses = path_sgd.train(path_sgd.settings()[0], "path-SGD", stored["rate"], balanced=False)
    assert np.mean(losses[-path_sgd.VALUES["last"] :]) == pytest.approx(stored["loss"], rel=1e-3)


def test_results_of_path_sgd_are_whole():
    starts = [(setting, start) for setting in path_sgd.settings() for start in ("balanced", "unbalanced")]
    wanted = [(s.steps, s.seed, start, way) for s, start in starts for way in path_sgd.WAYS]
    rows = read_rows(path_sgd.PROTOCOL)
    assert [(r["steps"], r["seed"], r["start"], r["way"]) for r in rows] == wanted
    assert all((row["loss"] is None) == (row["rate"] is None) for row in rows)
