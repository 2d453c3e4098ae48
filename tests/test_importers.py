"""Files: what is saved is loaded again without a change, and what is no network is refused at the door."""

import json
import zipfile
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file
from safetensors.torch import load_file
from safetensors.torch import save_file as save_torch
from torch import nn

from exactregions import Network, Stage
from exactregions.errors import FileFormatError, NetworkError, UnsupportedLayerError
from exactregions.importers import load, save
from exactregions.network import Winner

SUFFIXES = (".npz", ".safetensors")
SLOPES = st.sampled_from([(0.0, 1.0), (0.1, 1.0), (1.0, 1.0), (-0.5, 2.0), (float(np.float32(0.01)), 1.0)])


@st.composite
def networks(draw) -> Network:
    """Networks with wires, slopes unit by unit, float32 or float64 values."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    widths = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    kind = draw(st.sampled_from([np.float32, np.float64]))
    maps = [(rng.normal(size=(m, n)).astype(kind), rng.normal(size=m).astype(kind)) for n, m in pairwise(widths)]
    stages = []
    for weight, bias in maps[:-1]:
        shared = draw(st.booleans())
        pairs = [draw(SLOPES)] * len(bias) if shared else [draw(SLOPES) for _ in bias]
        stages.append(Stage(weight, bias, *np.array(pairs).T))
    return Network(tuple(stages), *maps[-1])


def small(**changes) -> dict[str, Any]:
    """The arrays of a good npz archive, with changes."""
    arrays = {"W0": np.ones((3, 2)), "b0": np.zeros(3), "W1": np.ones((1, 3)), "b1": np.zeros(1)}
    return {k: v for k, v in (arrays | changes).items() if v is not None}


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(network=networks())
def test_saved_networks_come_back_equal(tmp_path_factory, suffix, network):
    path = tmp_path_factory.mktemp("saved") / f"network{suffix}"
    save(network, path)
    assert load(path).fingerprint == network.fingerprint
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(("kind", "stored"), [(np.float32, np.float32), (np.float64, np.float64)])
def test_values_are_stored_as_narrow_as_they_are_exact(tmp_path, kind, stored):
    rng = np.random.default_rng(0)
    network = Network.from_layers([rng.normal(size=s).astype(kind) for s in ((3, 2), (1, 3))], [None, None])
    save(network, tmp_path / "a.npz")
    save(network, tmp_path / "a.safetensors")
    assert {a.dtype for a in np.load(tmp_path / "a.npz").values()} == {np.dtype(stored)}
    assert {t.numpy().dtype for t in load_file(tmp_path / "a.safetensors").values()} == {np.dtype(stored)}


def test_values_beyond_float32_stay_in_float64(tmp_path):
    network = Network.from_layers([[[1e300]], [[1e-300]]], [None, None])
    save(network, tmp_path / "a.npz")
    assert load(tmp_path / "a.npz") == network


def test_saved_safetensors_fit_the_sequential_of_torch(tmp_path):
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.LeakyReLU(0.2), nn.Linear(4, 2))
    module.append(nn.Linear(2, 2))
    save(Network.from_torch(module), tmp_path / "a.safetensors")
    other = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.LeakyReLU(0.2), nn.Linear(4, 2))
    other.append(nn.Linear(2, 2))
    other.load_state_dict(load_file(tmp_path / "a.safetensors"), strict=True)
    points = torch.randn(10, 3)
    assert torch.equal(module(points), other(points))


def test_saved_networks_say_their_activation(tmp_path):
    save(Network.from_layers([[[1.0]], [[1.0]]], [None, None]), tmp_path / "a.safetensors")
    with safe_open(tmp_path / "a.safetensors", "numpy") as file:
        assert file.metadata() == {"exactregions.slopes": "[[0.0, 1.0]]"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_winner_units_are_saved(tmp_path, suffix):
    plain = Network.from_layers([[[1.0], [2.0]], [[1.0, 1.0]]], [None, None])
    network = replace(plain, winners=(Winner((1,), ((0, 1),)),))
    save(network, tmp_path / f"a{suffix}")
    assert load(tmp_path / f"a{suffix}") == network != plain


@pytest.mark.parametrize("form", ["{}.weight", "net.{}.weight", "a.{}.fc.weight", "fc{}.weight"])
def test_names_are_ordered_by_their_numbers(tmp_path, form):
    rng = np.random.default_rng(1)
    weights = {i: rng.normal(size=(2, 2)) for i in (0, 2, 9, 10, 11)}
    save_file({form.format(i): w for i, w in weights.items()}, tmp_path / "a.safetensors")
    found = load(tmp_path / "a.safetensors", activation="relu")
    assert found == Network.from_layers(list(weights.values()), [None] * 5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("suffix", [".pt", ".pth", ".safetensors"])
def test_every_float_type_is_widened_exactly(tmp_path, dtype, suffix):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).to(dtype)
    path = tmp_path / f"a{suffix}"
    state = module.state_dict()
    (save_torch if suffix == ".safetensors" else torch.save)(state, path)
    network = load(path, activation="relu")
    # tolist gives the exact value of each entry as a Python float
    assert network.stages[0].weight.tolist() == state["0.weight"].tolist()
    assert network.bias.tolist() == state["2.bias"].tolist()


def test_npz_defaults_are_zero_bias_and_relu(tmp_path):
    np.savez(tmp_path / "a.npz", **small(b0=None, b1=None))
    assert load(tmp_path / "a.npz") == Network.from_layers([np.ones((3, 2)), np.ones((1, 3))], [None, None])


def test_npz_slopes_may_be_one_number_a_layer(tmp_path):
    np.savez(tmp_path / "a.npz", **small(low0=np.array(0.25)))
    assert load(tmp_path / "a.npz").stages[0].low.tolist() == [0.25] * 3


def test_a_single_layer_is_an_affine_network(tmp_path):
    np.savez(tmp_path / "a.npz", W0=np.ones((2, 3)))
    assert load(tmp_path / "a.npz").widths == ()
    save_file({"weight": np.ones((2, 3)), "bias": np.ones(2)}, tmp_path / "a.safetensors")
    assert load(tmp_path / "a.safetensors").bias.tolist() == [1.0, 1.0]


BAD_ARRAYS = {
    "no weight": ({"b0": np.zeros(1)}, FileFormatError, "no W0"),
    "a gap": (small(W1=None, W2=np.ones((1, 3))), FileFormatError, "no W1"),
    "another key": (small(B1=np.ones(1)), FileFormatError, "'B1' is unknown"),
    "a bias too many": (small(b2=np.ones(1)), FileFormatError, "'b2' is unknown"),
    "slopes of the output": (small(low1=np.ones(1)), FileFormatError, "'low1' is unknown"),
    "shapes that do not chain": (small(W1=np.ones((1, 4))), NetworkError, "must chain"),
    "a bias of another length": (small(b0=np.zeros(2)), NetworkError, "layer 0: bias has shape"),
    "slopes of another length": (small(low0=np.zeros(2)), NetworkError, "layer 0: low has shape"),
    "a vector as weight": (small(W0=np.ones(3)), NetworkError, "dimension"),
    "a number as weight": (small(W0=np.array(1.0)), NetworkError, "dimension"),
    "complex numbers": (small(W0=np.ones((3, 2), complex)), NetworkError, "complex"),
    "text": (small(W0=np.full((3, 2), "a")), NetworkError, "dtype"),
    "objects, which are pickled": (small(W0=np.full((3, 2), None)), FileFormatError, "Python objects"),
    "nan": (small(W0=np.full((3, 2), np.nan)), NetworkError, "finite"),
    "infinity": (small(b0=np.full(3, np.inf)), NetworkError, "finite"),
    "zero width": (small(W0=np.ones((0, 2)), b0=np.ones(0)), NetworkError, "zero-width"),
    "nothing": ({}, FileFormatError, "no W0"),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_bad_npz_is_refused(tmp_path, case):
    arrays, error, message = BAD_ARRAYS[case]
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(error, match=message) as caught:
        load(tmp_path / "bad.npz")
    assert "bad.npz" in str(caught.value)


ONE = np.ones((1, 1))
BAD_TENSORS = {
    "unordered names": ({"first.weight": ONE, "second.weight": ONE}, FileFormatError, "number the layers"),
    "several networks": (
        {f"{net}.{i}.weight": ONE for net in ("actor", "critic") for i in (0, 2)},
        FileFormatError,
        r"several networks, \['actor', 'critic'\]; name one: prefix=",
    ),
    "a name within a name": ({"1.weight": ONE, "1.2.weight": ONE}, FileFormatError, "number the layers"),
    "a bias alone": ({"0.weight": ONE, "2.bias": np.ones(1)}, FileFormatError, "no 2.weight"),
    "batch norm": ({"0.weight": ONE, "1.weight": np.ones(1)}, UnsupportedLayerError, r"layer 1 \('1'\)"),
    "convolution": ({"0.weight": np.ones((1, 1, 3, 3))}, UnsupportedLayerError, r"\(1, 1, 3, 3\)"),
    "another tensor": ({"0.weight": ONE, "0.scale": np.ones(1)}, UnsupportedLayerError, "0.scale"),
    "integers": ({"0.weight": np.ones((1, 1), np.int64)}, NetworkError, "I64"),
    "nan": ({"0.weight": np.full((1, 1), np.nan)}, NetworkError, "finite"),
    "shapes that do not chain": ({"0.weight": np.ones((3, 2)), "2.weight": ONE}, NetworkError, "must chain"),
    "nothing": ({}, FileFormatError, "no tensors"),
}


@pytest.mark.parametrize("case", BAD_TENSORS)
def test_bad_safetensors_are_refused(tmp_path, case):
    tensors, error, message = BAD_TENSORS[case]
    save_file(tensors, tmp_path / "bad.safetensors")
    with pytest.raises(error, match=message) as caught:
        load(tmp_path / "bad.safetensors", activation="relu")
    assert "bad.safetensors" in str(caught.value)


def test_the_order_of_tensors_in_a_file_is_that_of_their_numbers(tmp_path):
    save_file({f"{i}.weight": np.ones(1) for i in range(12)}, tmp_path / "bad.safetensors")
    for _ in range(5):  # the library gives them in another order each time
        with pytest.raises(UnsupportedLayerError) as caught:
            load(tmp_path / "bad.safetensors", activation="relu")
        named = [f"layer {i} ('{i}')" for i in range(4)]
        assert [name for name in named if name in str(caught.value)] == named


def test_a_name_with_a_number_of_ten_thousand_digits_is_a_name(tmp_path):
    save_file({f"{'1' * 10_000}.weight": ONE, "0.weight": ONE}, tmp_path / "long.safetensors")
    assert len(load(tmp_path / "long.safetensors", activation="relu").stages) == 1


@pytest.mark.parametrize("text", ["{", "1", "[[0]]", "[1]", '[["a", 1]]', json.dumps([[0, 1]] * 2)])
def test_damaged_slopes_are_refused(tmp_path, text):
    tensors = {"0.weight": ONE, "2.weight": ONE}
    save_file(tensors, tmp_path / "bad.safetensors", {"exactregions.slopes": text})
    with pytest.raises((FileFormatError, NetworkError), match="slopes"):
        load(tmp_path / "bad.safetensors")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt", ".onnx"])
def test_foreign_and_truncated_files_are_refused(tmp_path, suffix):
    network = Network.from_layers([np.eye(3), np.eye(3)], [None, None])
    good = {".pt": lambda p: torch.save({"0.weight": torch.eye(3)}, p)}.get(suffix, lambda p: None)
    path = tmp_path / f"bad{suffix}"
    good(path)
    if suffix in SUFFIXES:
        save(network, path)
    whole = path.read_bytes() if path.exists() else b"\x08\x0a\x3a\xff\xff\x03\x0a\x05"
    rng = np.random.default_rng(2)
    cuts = [whole[:k] for k in range(0, len(whole), max(1, len(whole) // 40))]
    for content in [*cuts, b"hello", b"{}", rng.bytes(300), b"PK\x03\x04" + rng.bytes(60)]:
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match=f"bad{suffix}"):
            load(path)


def test_zip_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as file:
        file.writestr("W0.npy", "no array")
    with pytest.raises(FileFormatError, match="npz"):
        load(tmp_path / "bad.npz")


def test_single_array_is_refused(tmp_path):
    np.save(tmp_path / "bad.npy", np.ones(3))
    with pytest.raises(FileFormatError, match="savez"):
        load((tmp_path / "bad.npy").rename(tmp_path / "bad.npz"))


@pytest.mark.parametrize("name", ["network", "network.h5", "network.npy"])
def test_unknown_suffixes_are_refused(tmp_path, name):
    with pytest.raises(FileFormatError, match=r"\.safetensors"):
        load(tmp_path / name)
    with pytest.raises(FileFormatError, match=r"\.safetensors"):
        save(Network.from_layers([ONE], [None]), tmp_path / name)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt", ".onnx"])
def test_missing_files_and_directories_are_refused(tmp_path, suffix):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / f"missing{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(FileFormatError, match="directory"):
        load(tmp_path / f"folder{suffix}")


def tensors(*sizes: int, prefix: str = "") -> dict[str, np.ndarray]:
    rng = np.random.default_rng(len(sizes))
    pairs = enumerate(pairwise(sizes))
    return {f"{prefix}{2 * i}.weight": rng.normal(size=(m, n)).astype(np.float32) for i, (n, m) in pairs}


def test_a_state_dict_without_an_activation_is_refused(tmp_path):
    save_file(tensors(2, 3, 1), tmp_path / "a.safetensors")
    torch.save({k: torch.from_numpy(v) for k, v in tensors(2, 3, 1).items()}, tmp_path / "a.pt")
    for name in ("a.safetensors", "a.pt"):
        with pytest.raises(FileFormatError, match=r"no architecture; name the activation.*activation='relu'"):
            load(tmp_path / name)


@pytest.mark.parametrize(
    ("activation", "low"),
    [
        ("relu", [0.0, 0.0]),
        ("ReLU", [0.0, 0.0]),
        ("leaky_relu", [float(np.float32(0.01))] * 2),
        ("LeakyReLU(0.2)", [float(np.float32(0.2))] * 2),
        (0.25, [0.25, 0.25]),
        ("identity", [1.0, 1.0]),
        ("abs", [-1.0, -1.0]),
        (["relu", 0.5], [0.0, 0.5]),
    ],
)
def test_activations_by_name(tmp_path, activation, low):
    save_file(tensors(2, 3, 3, 1), tmp_path / "a.safetensors")
    network = load(tmp_path / "a.safetensors", activation=activation)
    assert [stage.low.tolist() for stage in network.stages] == [[value] * 3 for value in low]


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        ("tanh", "not piecewise linear"),
        ("relu6", "from modules and ONNX"),
        ("step", "known are relu"),
        (["relu"], "1 activations are given for 2"),
        ("leaky_relu(x)", "no number"),
        ([None, None], "no name and no slope"),
    ],
)
def test_other_activations_are_refused(tmp_path, activation, message):
    save_file(tensors(2, 3, 3, 1), tmp_path / "a.safetensors")
    with pytest.raises(NetworkError, match=message):
        load(tmp_path / "a.safetensors", activation=activation)


def test_one_of_several_networks_is_named(tmp_path):
    actor, critic = tensors(2, 3, 1, prefix="actor.net."), tensors(2, 4, 4, 1, prefix="critic.")
    save_file(actor | critic, tmp_path / "a.safetensors")
    assert load(tmp_path / "a.safetensors", activation="relu", prefix="critic").widths == (4, 4)
    assert load(tmp_path / "a.safetensors", activation="relu", prefix="actor.net").widths == (3,)
    with pytest.raises(FileFormatError, match=r"begins with 'actor\.nets\.'"):
        load(tmp_path / "a.safetensors", activation="relu", prefix="actor.nets")
    parts = tensors(2, 3, 4, prefix="encoder.") | tensors(4, 3, 2, prefix="decoder.")
    save_file(parts, tmp_path / "b.safetensors")
    with pytest.raises(FileFormatError, match="prefix='' for all"):
        load(tmp_path / "b.safetensors", activation="relu")


def test_the_only_order_in_which_sizes_chain(tmp_path):
    sizes = {"out": (1, 3), "first": (4, 2), "middle": (3, 4)}
    save_file({f"{k}.weight": np.ones(v) for k, v in sizes.items()}, tmp_path / "a.safetensors")
    assert load(tmp_path / "a.safetensors", activation="relu").widths == (4, 3)


def test_all_foreign_keys_are_named(tmp_path):
    torch.save(nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).state_dict(), tmp_path / "a.pt")
    with pytest.raises(UnsupportedLayerError, match=r"\(2, 1, 3, 3\); .*1\.running_mean.*and 1 more"):
        load(tmp_path / "a.pt", activation="relu")


def test_options_of_another_format_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", **small())
    with pytest.raises(FileFormatError, match="activation= means nothing"):
        load(tmp_path / "a.npz", activation="relu")


FOREIGN = {
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
    "a page": (b"<!DOCTYPE html><html>", "web page"),
}


@pytest.mark.parametrize("case", FOREIGN)
@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".onnx", ".nnet", ".h5", ""])
def test_pointers_and_pages_are_named(tmp_path, case, suffix):
    content, message = FOREIGN[case]
    (tmp_path / f"a{suffix}").write_bytes(content)
    with pytest.raises(FileFormatError, match=message):
        load(tmp_path / f"a{suffix}")
