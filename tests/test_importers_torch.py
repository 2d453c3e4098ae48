"""PyTorch: the network computes what the module computes in eval mode, from the same weights."""

import sys
from collections import OrderedDict
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from exactregions import Network
from exactregions.errors import ExactRegionsError, FileFormatError, NetworkError, UnsupportedLayerError
from exactregions.importers import load
from exactregions.importers.torch import from_module

LAYERS = st.sampled_from(["linear", "relu", "leaky", "identity", "dropout", "nested", "no bias"])


def layer(kind: str, n: int, m: int) -> nn.Module:
    """A layer that takes n values, with weights that are multiples of 1/4."""
    module = {
        "linear": lambda: nn.Linear(n, m),
        "no bias": lambda: nn.Linear(n, m, bias=False),
        "relu": lambda: nn.ReLU(inplace=True),
        "leaky": lambda: nn.LeakyReLU(0.25),
        "identity": nn.Identity,
        "dropout": nn.Dropout,
        "nested": lambda: nn.Sequential(nn.Linear(n, m), nn.Sequential(nn.ReLU())),
    }[kind]()
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.randint(-4, 5, p.shape) / 4)
    return module


@st.composite
def modules(draw) -> nn.Sequential:
    """Sequentials in which all sums and products of a few quarters are exact in float32."""
    torch.manual_seed(draw(st.integers(0, 2**32)))
    width, layers = 3, [nn.Flatten(), layer("linear", 3, 3)]
    for kind in draw(st.lists(LAYERS, max_size=4)):
        m = draw(st.integers(1, 4))
        layers.append(layer(kind, width, m))
        width = m if kind in ("linear", "no bias", "nested") else width
    return nn.Sequential(*layers).train(draw(st.booleans()))


@given(module=modules())
def test_outputs_are_those_of_torch(module):
    network = from_module(module)
    points = torch.randint(-4, 5, (20, 1, 3)) / 4
    expected = module.eval()(points.clone()).detach().numpy()
    assert np.array_equal(network.forward(points.numpy().reshape(20, 3)), expected)


def test_float32_outputs_agree_to_rounding():
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Linear(7, 20), nn.ReLU(), nn.Linear(20, 20), nn.LeakyReLU(0.1), nn.Linear(20, 3)
    )
    points = torch.randn(1000, 7)
    found = Network.from_torch(module).forward(points.numpy())
    assert np.allclose(found, module(points).detach().numpy(), rtol=0, atol=2e-6)


def test_two_linears_are_not_multiplied():
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
    network = from_module(module)
    first, second = ([[Fraction(v) for v in row] for row in m.weight.tolist()] for m in module)
    product = [[sum(a * first[k][j] for k, a in enumerate(row)) for j in range(2)] for row in second]
    stage = [[Fraction(v) for v in row] for row in network.stages[0].weight.tolist()]
    output = [[Fraction(v) for v in row] for row in network.weight.tolist()]
    assert product == [[sum(a * stage[k][j] for k, a in enumerate(row)) for j in range(2)] for row in output]
    assert network.widths == ()
    assert len(network.stages) == 1


def test_bare_linear_is_affine():
    module = nn.Linear(3, 2)
    network = from_module(module)
    assert (network.stages, network.weight.tolist()) == ((), module.weight.tolist())


def test_ending_in_an_activation_gives_an_identity_output():
    network = from_module(nn.Sequential(nn.Linear(3, 2), nn.ReLU()))
    assert network.widths == (2,)
    assert network.weight.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_beginning_with_an_activation():
    module = nn.Sequential(nn.ReLU(), nn.Linear(2, 1))
    assert from_module(module).widths == (2,)


def test_a_layer_used_twice_is_applied_twice():
    relu, linear = nn.ReLU(), layer("linear", 2, 2)
    module = nn.Sequential(linear, relu, linear, relu)
    points = torch.randint(-4, 5, (20, 2)) / 4
    assert np.array_equal(from_module(module).forward(points.numpy()), module(points).detach().numpy())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_slope_is_rounded_as_torch_rounds_it(dtype):
    network = from_module(nn.Sequential(nn.Linear(1, 1), nn.LeakyReLU(0.1)).to(dtype))
    assert network.stages[0].low[0] == np.float32(0.1)
    module = nn.Sequential(nn.LeakyReLU(0.1)).float()
    assert network.stages[0].low[0] == -module(torch.tensor([-1.0])).item()


def test_slope_of_a_float64_module_is_kept():
    network = from_module(nn.Sequential(nn.Linear(1, 1), nn.LeakyReLU(0.1)).double())
    assert network.stages[0].low[0] == 0.1


class Doubled(nn.Linear):
    """A subclass with a forward of its own."""

    def forward(self, input):
        return 2 * super().forward(input)


def hooked() -> nn.Module:
    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    module[0].register_forward_hook(lambda m, x, y: -y)
    return module


REFUSED = {
    "another layer": (
        lambda: nn.Sequential(nn.Linear(2, 2), nn.Tanh()),
        r"layer 1 \('1'\) is Tanh; supported are",
    ),
    "a named one": (
        lambda: nn.Sequential(OrderedDict(a=nn.Linear(2, 2), b=nn.GELU())),
        r"layer 1 \('b'\) is GELU",
    ),
    "a nested one": (
        lambda: nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.BatchNorm1d(2))),
        r"layer 2 \('1.1'\) is BatchNorm1d",
    ),
    "a module of its own": (lambda: nn.Bilinear(2, 2, 2), "layer 0 is Bilinear.*ONNX"),
    "a changed forward": (lambda: nn.Sequential(Doubled(2, 2)), r"layer 0 \('0'\) is Doubled"),
    "a hook": (hooked, r"0 \(Linear\) has a forward hook"),
    "a flattened batch": (
        lambda: nn.Sequential(nn.Flatten(0), nn.Linear(2, 2)),
        r"layer 0 \('0'\) is Flatten\(0, -1",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_unsupported_layers_are_named_with_their_position(case):
    make, message = REFUSED[case]
    with pytest.raises(UnsupportedLayerError, match=message):
        from_module(make())


UNUSABLE = {
    "no linear layer": (lambda: nn.Sequential(nn.ReLU()), "no Linear"),
    "no layer": (nn.Sequential, "no Linear"),
    "no module": (lambda: {"0.weight": 1}, "dict was given"),
    "no values yet": (lambda: nn.Sequential(nn.LazyLinear(3)), "no values yet"),
    "values nowhere": (lambda: nn.Linear(2, 2, device="meta"), "no values yet"),
    "complex values": (lambda: nn.Linear(2, 2, dtype=torch.complex64), "complex64"),
    "shapes that do not chain": (
        lambda: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(4, 1)),
        "must chain",
    ),
    "a slope of nan": (lambda: nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(float("nan"))), "layer 0.*finite"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_unusable_modules_are_refused(case):
    make, message = UNUSABLE[case]
    with pytest.raises(NetworkError, match=message):
        from_module(make())


def test_values_that_are_not_finite_are_refused():
    module = nn.Linear(2, 2)
    with torch.no_grad():
        module.weight[0, 1] = torch.inf
    with pytest.raises(NetworkError, match="finite"):
        from_module(module)


def test_state_dict_is_taken_in_its_own_order(tmp_path):
    module = nn.Sequential(OrderedDict(first=nn.Linear(2, 2), b=nn.ReLU(), also=nn.Linear(2, 2, bias=False)))
    torch.save(module.state_dict(), tmp_path / "a.pt")
    assert load(tmp_path / "a.pt") == from_module(module)


STORED = {
    "a whole module": (lambda: nn.Linear(2, 2), FileFormatError, "state_dict"),
    "a checkpoint": (
        lambda: {"epoch": 3, "model": nn.Linear(2, 2).state_dict()},
        FileFormatError,
        "'epoch' holds a int",
    ),
    "a tensor": (lambda: torch.ones(2, 2), FileFormatError, "holds a Tensor, no state dict"),
    "a list": (lambda: [1, 2], FileFormatError, "holds a list, no state dict"),
    "nothing": (dict, FileFormatError, "no tensors"),
    "integer weights": (lambda: {"0.weight": torch.ones((2, 2), dtype=torch.int64)}, NetworkError, "int64"),
    "complex weights": (lambda: {"0.weight": torch.ones((2, 2)) * 1j}, NetworkError, "complex64"),
    "a batch norm": (
        nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).state_dict,
        UnsupportedLayerError,
        r"layer 1",
    ),
}


@pytest.mark.parametrize("case", STORED)
@pytest.mark.parametrize("zipped", [True, False])
def test_pickles_that_are_no_state_dict_are_refused(tmp_path, case, zipped):
    make, error, message = STORED[case]
    torch.save(make(), tmp_path / "bad.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(error, match=message) as caught:
        load(tmp_path / "bad.pt")
    assert "bad.pt" in str(caught.value)


class Harmful:
    """A pickle that would run code."""

    def __reduce__(self):
        return (sys.exit, ("the pickle was run",))


def test_pickled_code_is_not_run(tmp_path):
    torch.save({"0.weight": Harmful()}, tmp_path / "bad.pt")
    with pytest.raises(FileFormatError, match="state_dict"):
        load(tmp_path / "bad.pt")


def test_missing_torch_names_the_install_command(tmp_path, monkeypatch):
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "a.pt")
    module = nn.Linear(2, 2)
    monkeypatch.setitem(sys.modules, "torch", None)
    for action in (lambda: load(tmp_path / "a.pt"), lambda: from_module(module)):
        with pytest.raises(ExactRegionsError, match=r'pip install "exactregions\[torch\]"'):
            action()
