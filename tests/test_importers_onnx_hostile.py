"""ONNX: files that runtimes accept though they are odd, and hostile ones, which end in an error at the door."""

import contextlib
import gzip

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import loaded, model, node, outputs, quarters

from exactregions import load
from exactregions.errors import ExactRegionsError, FileFormatError, NetworkError

W = quarters(3, 4)


def plain() -> onnx.ModelProto:
    nodes = [node("MatMul", "x", "W", out="a"), node("Relu", "a", out="b"), node("Add", "b", "c", out="y")]
    return model(nodes, (1, 3), {"W": W, "c": quarters(4)})


def external(folder, location: str, **entries: int) -> onnx.ModelProto:
    proto = plain()
    (folder / "w.bin").write_bytes(W.tobytes())
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(value))
    return proto


def test_nodes_in_any_order_and_without_types(tmp_path):
    proto, expected = plain(), loaded(plain(), tmp_path)
    nodes = list(proto.graph.node)[::-1]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    proto.graph.value_info.add(name="a")
    proto.graph.output[0].ClearField("type")
    assert loaded(proto, tmp_path) == expected


def test_old_files_list_initialisers_as_inputs(tmp_path):
    proto, expected = plain(), loaded(plain(), tmp_path)
    proto.ir_version = 3
    proto.graph.input.insert(0, helper.make_tensor_value_info("W", TensorProto.FLOAT, (3, 4)))
    assert loaded(proto, tmp_path) == expected


def test_several_inputs_are_one_vector_in_their_order(tmp_path):
    proto = model([node("Sub", "x", "z", out="a"), node("Mul", "a", "c", out="y")], (1, 3), {"c": quarters(3)})
    proto.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, (3,)))
    network = loaded(proto, tmp_path)
    x, z = quarters(5, 3), quarters(6, 3)[:5]
    assert np.array_equal(network.forward(np.hstack([x, z])), (x - z) * quarters(3))


def test_packed_files(tmp_path):
    (tmp_path / "a.onnx.gz").write_bytes(gzip.compress(plain().SerializeToString()))
    assert load(tmp_path / "a.onnx.gz") == loaded(plain(), tmp_path)
    (tmp_path / "b.onnx.gz").write_bytes((tmp_path / "a.onnx.gz").read_bytes()[:-20])
    with pytest.raises(FileFormatError, match="damaged gzip"):
        load(tmp_path / "b.onnx.gz")


def test_external_data_beside_the_model(tmp_path):
    expected = loaded(plain(), tmp_path)
    assert loaded(external(tmp_path, "w.bin"), tmp_path) == expected
    assert loaded(external(tmp_path, "w.bin", offset=0, length=W.nbytes), tmp_path) == expected


@pytest.mark.parametrize("location", ["../w.bin", "/etc/passwd", "", ".", "a/../../w.bin", "none.bin", "w\x00.bin"])
def test_external_data_elsewhere_are_refused(tmp_path, location):
    folder = tmp_path / "inner"
    folder.mkdir()
    proto = external(tmp_path, location)
    with pytest.raises(FileFormatError, match=r"of the model's folder|beside the model|described wrongly"):
        loaded(proto, folder)


def test_external_data_through_a_link_are_refused(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    proto = external(tmp_path, "link.bin")
    (folder / "link.bin").symlink_to(tmp_path / "w.bin")
    with pytest.raises(FileFormatError, match="outside of the model's folder"):
        loaded(proto, folder)


@pytest.mark.parametrize("entries", [{"offset": 40}, {"offset": -4}, {"length": 10**12}, {"offset": "a"}])
def test_external_data_of_a_wrong_extent_are_refused(tmp_path, entries):
    with pytest.raises(FileFormatError, match=r"reach beyond|described wrongly"):
        loaded(external(tmp_path, "w.bin", **entries), tmp_path)


def changed(change) -> onnx.ModelProto:
    proto = plain()
    change(proto)
    return proto


HOSTILE = {
    "a circle": lambda p: p.graph.node[0].input.__setitem__(0, "b"),
    "a node that reads itself": lambda p: p.graph.node[1].input.__setitem__(0, "b"),
    "a missing initialiser": lambda p: p.graph.initializer.pop(),
    "a shape that its data do not fill": lambda p: p.graph.initializer[0].dims.__setitem__(0, 300),
    "a giant initialiser": lambda p: p.graph.initializer[0].dims.__setitem__(0, 2**62),
    "a negative dimension": lambda p: p.graph.initializer[0].dims.__setitem__(0, -3),
    "an unknown type": lambda p: setattr(p.graph.initializer[0], "data_type", 99),
    "text as weights": lambda p: p.graph.initializer[0].CopyFrom(
        helper.make_tensor("W", TensorProto.STRING, (1,), [b"a"])  # pyright: ignore[reportArgumentType]
    ),
    "complex weights": lambda p: p.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.ones((3, 4), np.complex64), "W")
    ),
    "a giant input": lambda p: p.graph.input[0].type.tensor_type.shape.dim[1].__setattr__("dim_value", 2**40),
    "an input of the wrong rank": lambda p: p.graph.input[0].type.tensor_type.shape.dim.add(dim_value=7),
    "an input without a shape": lambda p: p.graph.input[0].type.tensor_type.ClearField("shape"),
    "an output that nothing gives": lambda p: setattr(p.graph.output[0], "name", "q"),
    "no output": lambda p: p.graph.output.pop(),
    "too few operands": lambda p: p.graph.node[0].input.pop(),
    "too many results": lambda p: p.graph.node[2].output.extend(["q", "q"]),
    "an attribute of another type": lambda p: p.graph.node[0].CopyFrom(
        helper.make_node("Transpose", ["x"], ["a"], perm="ab")
    ),
    "axes that are none": lambda p: p.graph.node[0].CopyFrom(helper.make_node("Flatten", ["x"], ["a"], axis=9)),
    "a permutation that is none": lambda p: p.graph.node[0].CopyFrom(
        helper.make_node("Transpose", ["x"], ["a"], perm=[0, 0])
    ),
    "a concatenation along no axis": lambda p: p.graph.node[0].CopyFrom(
        helper.make_node("Concat", ["x", "x"], ["a"], axis=5)
    ),
    "pads without a shape": lambda p: p.graph.node[0].CopyFrom(helper.make_node("Pad", ["x", "c"], ["a"])),
    "a pool of nothing": lambda p: p.graph.node[0].CopyFrom(
        helper.make_node("MaxPool", ["x"], ["a"], kernel_shape=[0, 0])
    ),
    "a convolution of a row": lambda p: p.graph.node[0].CopyFrom(helper.make_node("Conv", ["x", "W"], ["a"])),
    "no operator": lambda p: setattr(p.graph.node[0], "op_type", ""),
    "sparse initialisers": lambda p: p.graph.sparse_initializer.add(),
    "infinite weights": lambda p: p.graph.initializer[0].CopyFrom(numpy_helper.from_array(W / np.float32(0), "W")),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_models_end_in_an_error_of_the_package(tmp_path, case):
    with pytest.raises(ExactRegionsError, match=r"model\.onnx"):
        loaded(changed(HOSTILE[case]), tmp_path)


def test_mutated_bytes_end_in_an_error_or_a_network(tmp_path):
    whole, rng = bytearray(plain().SerializeToString()), np.random.default_rng(0)
    path = tmp_path / "model.onnx"
    for _ in range(300):
        content = bytearray(whole)
        for place in rng.integers(len(content), size=rng.integers(1, 4)):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        with contextlib.suppress(ExactRegionsError):
            load(path)


def classifier(classes: int) -> onnx.ModelProto:
    """A network as the converter of scikit-learn writes it: an integer label and probabilities."""
    binary = classes == 2
    units = 1 if binary else classes
    nodes = [
        helper.make_node("Cast", ["x"], ["r"], to=TensorProto.FLOAT),
        node("MatMul", "r", "W", out="m"),
        node("Add", "m", "b", out="a"),
        node("Relu", "a", out="h"),
        node("MatMul", "h", "V", out="n"),
        node("Add", "n", "d", out="s"),
    ]
    if binary:
        nodes += [
            node("Sigmoid", "s", out="p"),
            node("Sub", "one", "p", out="q"),
            node("Concat", "q", "p", out="probabilities", axis=1),
        ]
    else:
        nodes += [node("Softmax", "s", out="probabilities")]
    nodes += [
        node("ArgMax", "probabilities", out="i", axis=1),
        helper.make_node("ArrayFeatureExtractor", ["classes", "i"], ["e"], domain="ai.onnx.ml"),
        node("Cast", "e", out="f", to=TensorProto.INT64),
        node("Reshape", "f", "shape", out="label"),
    ]
    given = {"W": W, "b": quarters(4), "V": quarters(4, units), "d": quarters(units), "one": np.ones(1, np.float32)}
    given |= {"classes": np.arange(classes), "shape": np.array([-1])}
    proto = model(nodes, ("batch", 3), given, out="label", dtype=TensorProto.FLOAT)
    proto.graph.output.append(helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, (None, classes)))
    return proto


def test_classifiers_of_scikit_learn(tmp_path):
    proto = classifier(3)
    with pytest.raises(FileFormatError, match=r"\['label', 'probabilities'\]; name one"):
        loaded(proto, tmp_path)
    with pytest.raises(NetworkError, match="strip_output=True"):
        loaded(proto, tmp_path, output="probabilities")
    network = loaded(proto, tmp_path, output="probabilities", strip_output=True)
    assert (network.inputs, network.widths, network.outputs) == (3, (4,), 3)
    assert network == loaded(proto, tmp_path, output="s")
    with pytest.raises(NetworkError, match="label"):
        loaded(proto, tmp_path, output="label", strip_output=True)
    assert loaded(classifier(2), tmp_path, output="s").outputs == 1
    with pytest.raises(NetworkError, match="Sigmoid"):
        loaded(classifier(2), tmp_path, output="probabilities", strip_output=True)


def test_a_fixed_batch_is_read_as_it_is_or_as_one_row(tmp_path):
    nodes = [node("MatMul", "x", "W", out="a"), node("Relu", "a", out="y")]
    proto, points = model(nodes, (5, 3), {"W": W}), quarters(4, 15)
    network = loaded(proto, tmp_path)
    assert np.array_equal(network.forward(points), outputs(proto.SerializeToString(), points, (5, 3)))
    assert loaded(proto, tmp_path, batch=1) == loaded(model(nodes, (1, 3), {"W": W}), tmp_path)
    mixing = model([node("Transpose", "x", out="a"), node("MatMul", "a", "V", out="y")], (3, 3), {"V": W})
    with pytest.raises(NetworkError, match="no batch"):
        loaded(mixing, tmp_path, batch=1)
    unlike = model([node("Add", "x", "c", out="y")], (3, 3), {"c": quarters(3, 1)})
    with pytest.raises(NetworkError, match="not one function"):
        loaded(unlike, tmp_path, batch=1)


WIDE = {
    "an output": [node("Expand", "x", "s", out="y")],
    "units": [node("Expand", "x", "s", out="z"), node("Relu", "z", out="y")],
    "a sum": [node("Reshape", "x", "c", out="u"), node("Reshape", "x", "r", out="v"), node("Add", "u", "v", out="y")],
    "a product": [node("Expand", "x", "s", out="z"), node("Mul", "z", "h", out="y")],
    "sums of rows": [node("Expand", "x", "t", out="z"), node("ReduceSum", "z", "k", out="y", keepdims=0)],
}


SIZES = {
    "s": np.array([8000, 8000]),
    "t": np.array([1000, 8, 8000]),
    "c": np.array([8000, 1]),
    "r": np.array([1, 8000]),
    "k": np.array([1]),
    "h": np.array(0.5, dtype=np.float32),
}


@pytest.mark.parametrize("kind", WIDE)
def test_what_computes_tens_of_millions_of_values_is_refused_before_it_is_made(tmp_path, kind):
    """A few bytes that ask for half a gigabyte in every step were read for minutes."""
    used = {name for step in WIDE[kind] for name in step.input} & SIZES.keys()
    with pytest.raises(NetworkError, match="values or more; up to 4,194,304 are read"):
        loaded(model(WIDE[kind], (8000,), {name: SIZES[name] for name in used}), tmp_path)
