"""PyTorch: the network computes what the module computes in eval mode, from the same weights."""

import sys
import warnings
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
    module = nn.Sequential(nn.Linear(7, 20), nn.ReLU(), nn.Linear(20, 20), nn.LeakyReLU(0.1), nn.Linear(20, 3))
    points = torch.randn(1000, 7)
    found = Network.from_torch(module).forward(points.numpy())
    assert np.allclose(found, module(points).detach().numpy(), rtol=0, atol=2e-6)


def test_two_linears_are_not_multiplied():
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
    network = from_module(module)
    weights = [module.get_parameter(name).tolist() for name in ("0.weight", "1.weight")]
    first, second = ([[Fraction(v) for v in row] for row in weight] for weight in weights)
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


def test_subclasses_and_hooks_are_read_as_they_compute():
    module = nn.Sequential(Doubled(2, 3), nn.ReLU(), nn.Linear(3, 2))
    module[2].register_forward_hook(lambda m, x, y: -y)
    points = torch.randint(-4, 5, (20, 2)) / 4
    assert np.allclose(from_module(module).forward(points), module(points).detach(), atol=1e-6)


REFUSED = {
    "another layer": (
        lambda: nn.Sequential(nn.Linear(2, 2), nn.Tanh()),
        r"^Tanh '1' \(tanh\): not piecewise linear$",
    ),
    "a named one": (
        lambda: nn.Sequential(OrderedDict(a=nn.Linear(2, 2), b=nn.GELU())),
        r"GELU 'b' \(gelu\): not piecewise linear",
    ),
    "all of them": (
        lambda: nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.SiLU(), nn.LayerNorm(2)), nn.Softmax(1)),
        r"^SiLU '1.0' \(silu\): .*; LayerNorm '1.1' \(layer_norm\): .*; Softmax '2' .*\(last: strip_output=True",
    ),
    "a jump": (lambda: nn.Sequential(nn.Linear(2, 2), nn.Hardshrink()), "jumps at 0.5: not continuous"),
    "a random slope": (lambda: nn.Sequential(nn.Linear(2, 2), AlwaysDropping()), "at random, also in eval mode"),
    "a product": (lambda: nn.Sequential(nn.Linear(2, 2), Squaring()), r"Squaring '1' \(mul\).*are multiplied"),
    "not yet": (lambda: nn.Sequential(nn.Linear(2, 2), Sorting()), "piecewise linear, not yet"),
}


class AlwaysDropping(nn.Module):
    def forward(self, x):
        return nn.functional.dropout(x, 0.5)


class Squaring(nn.Module):
    def forward(self, x):
        return x * x


class Sorting(nn.Module):
    def forward(self, x):
        return torch.sort(x, 1)[0]


@pytest.mark.parametrize("case", REFUSED)
def test_unsupported_layers_are_named_with_their_position(case):
    make, message = REFUSED[case]
    with pytest.raises(UnsupportedLayerError, match=message):
        from_module(make())


UNUSABLE = {
    "no linear layer": (lambda: nn.Sequential(nn.ReLU()), "give example_input="),
    "no layer": (nn.Sequential, "give example_input="),
    "a forward of its own": (lambda: nn.Bilinear(2, 2, 2), "Bilinear is not known; give example_input="),
    "no module": (lambda: {"0.weight": 1}, "dict was given"),
    "no values yet": (lambda: nn.Sequential(nn.LazyLinear(3)), "no values yet"),
    "values nowhere": (lambda: nn.Linear(2, 2, device="meta"), "no values yet"),
    "complex values": (lambda: nn.Linear(2, 2, dtype=torch.complex64), "complex64"),
    "shapes that do not chain": (
        lambda: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(4, 1)),
        r"cannot export .* inputs of shape \[\(1, 2\)\]",
    ),
    "a slope of nan": (lambda: nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(float("nan"))), "slope is not finite"),
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


def test_state_dict_of_names_without_numbers(tmp_path):
    module = nn.Sequential(OrderedDict(first=nn.Linear(2, 3), b=nn.ReLU(), also=nn.Linear(3, 4, bias=False)))
    torch.save(module.state_dict(), tmp_path / "a.pt")
    assert load(tmp_path / "a.pt", activation="relu") == from_module(module)


WRAPPED = {
    "a checkpoint": lambda state: {"epoch": 3, "model_state_dict": state, "optimizer": {"lr": 0.1}},
    "lightning": lambda state: {"state_dict": {f"model.{k}": v for k, v in state.items()}, "hyper_parameters": {}},
    "a list of one": lambda state: [state],
    "data parallel": lambda state: {f"module.{k}": v for k, v in state.items()},
}


@pytest.mark.parametrize("case", WRAPPED)
@pytest.mark.parametrize("name", ["a.pt", "a.ckpt", "a.pth.tar", "pytorch_model.bin", "checkpoint"])
def test_checkpoints_are_unwrapped(tmp_path, case, name):
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
    torch.save(WRAPPED[case](module.state_dict()), tmp_path / name)
    network = load(tmp_path / name, activation="relu")
    assert network == from_module(module)
    assert ("data" in case) == (not network.notes)


def test_several_state_dicts_are_listed(tmp_path):
    first, second = nn.Sequential(nn.Linear(2, 3)).state_dict(), nn.Sequential(nn.Linear(4, 3)).state_dict()
    torch.save({"actor": first, "critic": second}, tmp_path / "a.pt")
    with pytest.raises(FileFormatError, match=r"several state dicts, .*'actor', 'critic'.*; name one: prefix="):
        load(tmp_path / "a.pt")
    assert load(tmp_path / "a.pt", prefix="critic").inputs == 4


def test_torchscript_is_named(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(nn.Linear(2, 2)), tmp_path / "a.pt")
    with pytest.raises(FileFormatError, match=r"TorchScript.*not run.*state_dict"):
        load(tmp_path / "a.pt")


STORED = {
    "a whole module": (lambda: nn.Linear(2, 2), FileFormatError, r"linear\.Linear.*not run.*state_dict"),
    "no state dict within": (lambda: {"epoch": 3, "model": "none"}, FileFormatError, "'epoch' holds a int"),
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
        load(tmp_path / "bad.pt", activation="relu")
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


def test_the_module_is_left_as_it_was():
    module = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Dropout(), nn.Linear(3, 1)).train()
    module[3].eval()
    before = {k: v.clone() for k, v in module.state_dict().items()}
    modes = [part.training for part in module.modules()]
    network = Network.from_torch(module)
    assert [part.training for part in module.modules()] == modes
    assert all(torch.equal(before[k], v) for k, v in module.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in module.parameters())
    assert any("training mode and was read in inference" in note for note in network.notes)
    assert not any("training mode" in note for note in Network.from_torch(module.eval()).notes)


def test_the_reading_is_checked_and_says_so():
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    assert "largest difference" in Network.from_torch(module).notes[-1]
    assert Network.from_torch(module, check=False).notes == ()
    with pytest.raises(NetworkError, match=r"differs from its source by .* check=False"):
        Network.from_torch(module, tolerance=1e-12)


class Counting(nn.Module):
    """A module that computes something else when it is called again."""

    def __init__(self):
        super().__init__()
        self.linear, self.calls = nn.Linear(2, 2), 0

    def forward(self, x):
        self.calls += 1
        return self.linear(x) * self.calls


def test_a_module_that_changes_is_caught_by_the_check():
    with pytest.raises(NetworkError, match="differs from its source"):
        Network.from_torch(Counting(), torch.zeros(1, 2))


def test_shapes_of_inputs():
    conv = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    assert Network.from_torch(conv, input_shape=(1, 4, 5)).inputs == 20
    assert Network.from_torch(conv, input_shape=(1, 1, 4, 5)) == Network.from_torch(conv, torch.zeros(1, 1, 4, 5))
    with pytest.raises(NetworkError, match="one of them"):
        Network.from_torch(conv, torch.zeros(1, 1, 4, 5), input_shape=(1, 4, 5))
    for shape in ((), (0, 3), (1.5,), ("a",)):
        with pytest.raises(NetworkError, match="positive integers"):
            Network.from_torch(conv, input_shape=shape)  # pyright: ignore[reportArgumentType]


def test_a_batch_is_read_as_it_is_or_as_one_row():
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    whole = Network.from_torch(module, torch.zeros(4, 2))
    assert (whole.inputs, whole.units, whole.outputs) == (8, 12, 4)
    assert Network.from_torch(module, torch.zeros(4, 2), batch=1) == Network.from_torch(module)
    mixing = nn.Sequential(nn.Linear(2, 3), nn.Flatten(0), nn.Unflatten(0, (4, 3)), Transposed(), nn.ReLU())
    with pytest.raises(NetworkError, match="no batch"):
        Network.from_torch(mixing, torch.zeros(4, 2), batch=1)


class Transposed(nn.Module):
    def forward(self, x):
        return x.T.reshape(4, 3)


class TwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(2, 3), nn.Linear(3, 1)

    def forward(self, x, y):
        hidden = torch.relu(self.first(x)) + y
        return hidden, self.second(hidden)


def test_several_inputs_are_one_vector_and_one_output_is_named():
    module, examples = TwoOutputs(), (torch.zeros(1, 2), torch.zeros(1, 3))
    with pytest.raises(UnsupportedLayerError, match="2 outputs; name one"):
        Network.from_torch(module, examples)
    network = Network.from_torch(module, examples, output=1)
    x = torch.randn(1, 2), torch.randn(1, 3)
    assert np.allclose(network.forward(torch.cat(x, 1)), module(*x)[1].detach(), atol=1e-6)
    assert Network.from_torch(module, examples, output=0).outputs == 3


def test_a_last_softmax_is_cut_off_on_request():
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2), nn.Softmax(1))
    network = Network.from_torch(module, strip_output=True)
    assert network == Network.from_torch(module[:3])
    assert network.notes == ("Softmax '3' (softmax) is cut off at the end",)
