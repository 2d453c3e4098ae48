"""ONNX operator by operator: on multiples of 1/4, which float32 does not round, equal to onnxruntime."""

from fractions import Fraction

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import loaded, model, node, outputs, quarters

from exactregions import Network

IMAGE = (1, 2, 4, 5)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def f32(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def one(kind, *constants, shape=(1, 6), opset=20, results=("y",), **attributes):
    """A model of one node: x and constants."""
    names = ["x", *(f"c{i}" if c is not None else "" for i, c in enumerate(constants))]
    made = helper.make_node(kind, names, list(results), **attributes)
    given = {f"c{i}": c for i, c in enumerate(constants) if c is not None}
    return [made], given, shape, opset


def several(nodes, constants=None, shape=(1, 6), opset=20):
    return nodes, constants or {}, shape, opset


K33, K12 = quarters(4, 2, 3, 3), quarters(3, 2, 1, 2)
MOVES = {
    "identity": one("Identity"),
    "dropout": one("Dropout"),
    "dropout 6": one("Dropout", opset=7, ratio=0.5),
    "cast to double": several([node("Cast", "x", out="a", to=TensorProto.DOUBLE), node("Cast", "a", out="y", to=1)]),
    "flatten 0": one("Flatten", shape=(2, 3), axis=0),
    "flatten 2": one("Flatten", shape=IMAGE, axis=2),
    "flatten -1": one("Flatten", shape=IMAGE, axis=-1),
    "reshape": one("Reshape", ints(0, -1, 2), shape=(1, 6)),
    "reshape allowzero": one("Reshape", ints(3, 2), allowzero=1),
    "transpose": one("Transpose", shape=IMAGE, perm=[0, 3, 1, 2]),
    "transpose reversed": one("Transpose", shape=(2, 3)),
    "squeeze": one("Squeeze", shape=(1, 3, 1, 2)),
    "squeeze axes 11": one("Squeeze", shape=(1, 3, 1, 2), opset=11, axes=[2]),
    "squeeze axes": one("Squeeze", ints(0, -2), shape=(1, 3, 1, 2)),
    "unsqueeze 11": one("Unsqueeze", shape=(2, 3), opset=11, axes=[0, 3]),
    "unsqueeze": one("Unsqueeze", ints(0, -1), shape=(2, 3)),
    "concat": several([node("Concat", "x", "c", "x", out="y", axis=1)], {"c": quarters(1, 2)}),
    "split 11": several(
        [helper.make_node("Split", ["x"], ["a", "b"], axis=1, split=[2, 4]), node("Concat", "b", "a", out="y", axis=1)],
        opset=11,
    ),
    "split": several(
        [
            helper.make_node("Split", ["x", "s"], ["a", "b"], axis=1),
            node("Concat", "b", "a", out="y", axis=1),
        ],
        {"s": ints(1, 5)},
    ),
    "split evenly": several(
        [
            helper.make_node("Split", ["x"], ["a", "b"], axis=-1, num_outputs=2),
            node("Sub", "b", "a", out="y"),
        ],
    ),
    "slice 9": one("Slice", shape=IMAGE, opset=9, starts=[1, -3], ends=[3, 100], axes=[2, 3]),
    "slice": one("Slice", ints(0, 1), ints(2, 5), shape=(2, 6)),
    "slice steps": one("Slice", ints(5), ints(-100), ints(1), ints(-2), shape=(2, 6)),
    "slice negative": one("Slice", ints(-1), ints(-4), ints(1), ints(-1)),
    "gather": one("Gather", ints(2, 0, -1), shape=(2, 6), axis=1),
    "gather one": one("Gather", np.array(1), shape=(2, 6), axis=0),
    "expand": one("Expand", ints(2, 3, 1), shape=(3, 2)),
    "tile": one("Tile", ints(2, 3), shape=(1, 2)),
    "pad": one("Pad", ints(0, 0, 1, 0, 0, 0, 0, 2), f32(0.5), shape=IMAGE),
    "pad 10": one("Pad", shape=(1, 3), opset=10, pads=[0, 1, 0, 2], value=0.25),
    "pad cuts": one("Pad", ints(0, -1, 0, 2)),
    "pad axes": one("Pad", ints(1, 2), None, ints(-1)),
    "pad reflect": one("Pad", ints(0, 2, 0, 1), mode="reflect"),
    "pad edge": one("Pad", ints(0, 2, 0, 1), mode="edge"),
    "where": several([node("Where", "m", "x", "c", out="y")], {"m": np.array([True, False] * 3), "c": quarters(6)}),
    "gather elements": one("GatherElements", np.array([[2, 0, 1], [0, 0, 5]]), shape=(2, 6), axis=1),
    "trilu": one("Trilu", np.array(1), shape=(3, 4)),
    "tril": one("Trilu", shape=(2, 3, 3), upper=0),
    "depth to space": one("DepthToSpace", shape=(1, 8, 2, 3), blocksize=2),
    "depth to space CRD": one("DepthToSpace", shape=(1, 8, 2, 3), blocksize=2, mode="CRD"),
    "space to depth": one("SpaceToDepth", shape=(1, 2, 4, 6), blocksize=2),
    "resize asymmetric": one(
        "Resize",
        None,
        f32(1, 1, 2, 1.5),
        shape=IMAGE,
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ),
    "resize half pixel": one("Resize", None, f32(1, 1, 0.5, 2), shape=IMAGE),
    "resize sizes": one("Resize", None, None, ints(1, 2, 7, 3), shape=IMAGE, nearest_mode="ceil"),
    "resize align corners": one(
        "Resize", None, None, ints(1, 2, 7, 9), shape=IMAGE, coordinate_transformation_mode="align_corners"
    ),
    "resize 10": one("Resize", f32(1, 1, 2, 3), shape=IMAGE, opset=10),
    "upsample": one("Upsample", f32(1, 1, 2, 2), shape=IMAGE, opset=9),
    "view as torch exports it": several(
        [
            node("Shape", "x", out="s"),
            node("Gather", "s", "zero", out="n", axis=0),
            node("Unsqueeze", "n", "axis", out="m"),
            node("Concat", "m", "minus", out="shape", axis=0),
            node("Reshape", "x", "shape", out="y"),
        ],
        {"zero": np.array(0), "axis": ints(0), "minus": ints(-1)},
        shape=IMAGE,
    ),
}
LINEAR = {
    "add": one("Add", quarters(6)),
    "add a column": one("Add", quarters(2, 1), shape=(2, 3)),
    "add expands": one("Add", quarters(4, 1)),
    "sub": one("Sub", quarters(6)),
    "sub from": several([node("Sub", "c", "x", out="y")], {"c": quarters(6)}),
    "neg": one("Neg"),
    "mul": one("Mul", quarters(6)),
    "mul from": several([node("Mul", "c", "x", out="y")], {"c": quarters(2, 1)}, shape=(2, 3)),
    "div": one("Div", f32(0.5, 2, 4, -1, -0.25, 8)),
    "sum": several([node("Sum", "x", "c", "x", "d", out="y")], {"c": quarters(6), "d": quarters(1, 1)}),
    "mean of two": several([node("Mean", "x", "c", out="y")], {"c": quarters(6)}),
    "residual": several(
        [node("MatMul", "x", "W", out="a"), node("Relu", "a", out="b"), node("Add", "x", "b", out="y")],
        {"W": quarters(6, 6)},
    ),
    "dense link": several(
        [
            node("MatMul", "x", "W", out="a"),
            node("Relu", "a", out="b"),
            node("Concat", "x", "b", out="c", axis=1),
            node("MatMul", "c", "V", out="d"),
            node("Relu", "d", out="e"),
            node("Concat", "c", "e", out="y", axis=1),
        ],
        {"W": quarters(6, 3), "V": quarters(9, 2)},
    ),
    "x + x": several([node("Add", "x", "x", out="y")]),
    "x - x": several([node("Sub", "x", "x", out="a"), node("Add", "a", "c", out="y")], {"c": quarters(6)}),
    "matmul of a batch": one("MatMul", quarters(3, 2), shape=(4, 3)),
    "matmul left": several([node("MatMul", "W", "x", out="y")], {"W": quarters(4, 3)}, shape=(3, 2)),
    "matmul of vectors": one("MatMul", quarters(6), shape=(2, 6)),
    "matmul from a vector": one("MatMul", quarters(6, 2), shape=(6,)),
    "matmul stacked": one("MatMul", quarters(2, 3, 2), shape=(2, 4, 3)),
    "matmul spread": one("MatMul", quarters(2, 1, 3, 2), shape=(4, 5, 3)),
    "einsum": several([node("Einsum", "x", "W", out="y", equation="bij,jk->bik")], {"W": quarters(3, 4)}, (2, 2, 3)),
    "einsum from the left": several(
        [node("Einsum", "W", "x", out="y", equation="kj, bij->kib")], {"W": quarters(4, 3)}, (2, 2, 3)
    ),
    "einsum implicit": several([node("Einsum", "x", "W", out="y", equation="ij,jk")], {"W": quarters(3, 4)}, (2, 3)),
    "einsum that sums": several([node("Einsum", "x", "W", out="y", equation="ij,k->i")], {"W": quarters(2)}, (2, 3)),
    "cumulative sum": one("CumSum", np.array(1), shape=(2, 4)),
    "cumulative sum backwards": one("CumSum", np.array(-1), shape=(2, 4), reverse=1, exclusive=1),
    "reduce sum": one("ReduceSum", ints(1, -1), shape=IMAGE),
    "reduce sum 11": one("ReduceSum", shape=IMAGE, opset=11, axes=[2], keepdims=0),
    "reduce sum of all": one("ReduceSum", shape=(2, 3), keepdims=0),
    "reduce mean": one("ReduceMean", ints(2), shape=IMAGE),
    "reduce mean 11": one("ReduceMean", shape=(1, 2, 2, 2), opset=11, axes=[2, 3], keepdims=0),
    "conv": one("Conv", K33, quarters(4), shape=IMAGE),
    "conv padded": one("Conv", K33, shape=IMAGE, pads=[1, 0, 2, 1], strides=[2, 1]),
    "conv dilated": one("Conv", K12, shape=IMAGE, dilations=[1, 3]),
    "conv same upper": one("Conv", K12, shape=IMAGE, auto_pad="SAME_UPPER", strides=[1, 2]),
    "conv same lower": one("Conv", K33, shape=IMAGE, auto_pad="SAME_LOWER"),
    "conv in groups": one("Conv", quarters(4, 1, 2, 2), quarters(4), shape=IMAGE, group=2),
    "conv 1d": one("Conv", quarters(3, 2, 3), shape=(1, 2, 7)),
    "conv 3d": one("Conv", quarters(2, 1, 2, 2, 2), shape=(1, 1, 3, 3, 3)),
    "conv of a batch": one("Conv", K12, quarters(3), shape=(2, 2, 2, 3)),
    "conv transposed": one("ConvTranspose", quarters(2, 3, 3, 2), quarters(3), shape=IMAGE, strides=[2, 1]),
    "conv transposed, padded": one(
        "ConvTranspose", quarters(2, 3, 3, 3), shape=IMAGE, strides=[2, 2], pads=[1, 1, 1, 0], output_padding=[1, 0]
    ),
    "conv transposed to a shape": one(
        "ConvTranspose", quarters(2, 1, 3, 3), shape=IMAGE, strides=[2, 2], output_shape=[8, 10]
    ),
    "conv transposed same": one(
        "ConvTranspose", quarters(2, 1, 3, 3), shape=IMAGE, strides=[2, 2], auto_pad="SAME_UPPER"
    ),
    "conv transposed in groups": one("ConvTranspose", quarters(4, 2, 2, 2), shape=(1, 4, 2, 3), group=2),
    "conv transposed, dilated": one("ConvTranspose", quarters(2, 1, 2, 2), shape=IMAGE, dilations=[2, 1]),
    "average pool": one("AveragePool", shape=IMAGE, kernel_shape=[2, 2], strides=[1, 2]),
    "average pool, counting": one(
        "AveragePool", shape=IMAGE, kernel_shape=[2, 2], pads=[1, 1, 0, 0], count_include_pad=1
    ),
    "global average pool": one("GlobalAveragePool", shape=(1, 3, 2, 4)),
    "constant arithmetic": several(
        [
            node("Add", "c", "c", out="d"),
            node("Mul", "d", "c", out="e"),
            node("Transpose", "V", out="T"),
            node("Reshape", "T", "s", out="W"),
            node("MatMul", "x", "W", out="a"),
            node("Add", "a", "e", out="y"),
        ],
        {"c": quarters(4), "V": quarters(4, 6), "s": ints(6, 4)},
    ),
}
UNITS = {
    "relu": one("Relu"),
    "leaky": one("LeakyRelu", alpha=0.25),
    "prelu": one("PRelu", quarters(1)),
    "prelu by channel": one("PRelu", quarters(2, 1, 1), shape=IMAGE),
    "abs": one("Abs"),
    "clip": one("Clip", f32(-0.5)[0], f32(0.75)[0]),
    "clip below": one("Clip", f32(-0.5)[0]),
    "clip above": one("Clip", None, f32(0.5)[0]),
    "clip 6": one("Clip", opset=7, min=0.0, max=0.75),
    "clip upside down": one("Clip", f32(0.5)[0], f32(-0.5)[0]),
    "hard sigmoid": one("HardSigmoid", alpha=0.5, beta=0.25),
    "shrink": one("Shrink", lambd=0.25, bias=0.25),
    "thresholded": one("ThresholdedRelu", alpha=0.0),
    "max with zero": one("Max", f32(0)),
    "max with constants": one("Max", quarters(6)),
    "min with constants": one("Min", quarters(6)),
    "max of three": several(
        [
            node("MatMul", "x", "W", out="a"),
            node("Add", "a", "c", out="b"),
            node("Max", "x", "b", "a", out="y"),
        ],
        {"W": quarters(6, 6), "c": quarters(6)},
    ),
    "min of three": several(
        [
            node("MatMul", "x", "W", out="a"),
            node("Add", "a", "c", out="b"),
            node("Min", "x", "b", "x", out="y"),
        ],
        {"W": quarters(6, 6), "c": quarters(6)},
    ),
    "max pool": one("MaxPool", shape=IMAGE, kernel_shape=[2, 2], strides=[2, 2]),
    "max pool overlapping": one("MaxPool", shape=IMAGE, kernel_shape=[3, 2], pads=[1, 0, 1, 1]),
    "max pool ceil": one("MaxPool", shape=IMAGE, kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1),
    "max pool dilated": one("MaxPool", shape=IMAGE, kernel_shape=[2, 2], dilations=[2, 3]),
    "max pool 1d": one("MaxPool", shape=(1, 2, 7), kernel_shape=[3], strides=[2], opset=8),
    "global max pool": one("GlobalMaxPool", shape=IMAGE),
    "reduce max": one("ReduceMax", ints(2), shape=IMAGE),
    "reduce min 11": one("ReduceMin", shape=IMAGE, opset=11, axes=[1, 3], keepdims=0),
    "crelu": several(
        [
            node("Neg", "x", out="a"),
            node("Concat", "x", "a", out="b", axis=1),
            node("Relu", "b", out="y"),
        ]
    ),
    "relu of a padded value": several(
        [node("Pad", "x", "p", "v", out="a"), node("Relu", "a", out="y")], {"p": ints(0, 1, 0, 1), "v": f32(-0.5)[0]}
    ),
    "leaky of a padded value": several(
        [node("Pad", "x", "p", "v", out="a"), node("LeakyRelu", "a", out="y", alpha=0.25)],
        {"p": ints(0, 1, 0, 1), "v": f32(-0.5)[0]},
    ),
}
CASES = MOVES | LINEAR | UNITS


@pytest.mark.parametrize("case", CASES)
def test_operators_compute_what_onnxruntime_computes(tmp_path, case):
    nodes, constants, shape, opset = CASES[case]
    proto = model(nodes, shape, constants, opset=opset)
    points = quarters(12, int(np.prod(shape)))
    network = loaded(proto, tmp_path)
    expected = outputs(proto.SerializeToString(), points, shape).reshape(12, -1)
    assert np.array_equal(network.forward(points), expected)


ROUNDED = {
    "average pool of three": one("AveragePool", shape=IMAGE, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    "average pool ceil": one("AveragePool", shape=IMAGE, kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1),
    "mean of five": one("ReduceMean", ints(3), shape=IMAGE),
    "div by three": one("Div", f32(3)),
    "batch norm": one("BatchNormalization", *(np.abs(quarters(2)) + f32(0.25) for _ in range(4)), shape=IMAGE),
    "batch norm of rows": one("BatchNormalization", *[quarters(6)] * 3, np.abs(quarters(6)) + f32(1)),
    "default hard sigmoid": one("HardSigmoid"),
    "gemm of odd factors": one("Gemm", quarters(6, 3), quarters(3), alpha=0.1, beta=0.3),
}


@pytest.mark.parametrize("case", ROUNDED)
def test_operators_with_rounded_factors_agree_closely(tmp_path, case):
    nodes, constants, shape, opset = ROUNDED[case]
    proto = model(nodes, shape, constants, opset=opset)
    points = quarters(12, int(np.prod(shape)))
    found = loaded(proto, tmp_path).forward(points)
    assert np.allclose(found, outputs(proto.SerializeToString(), points, shape).reshape(12, -1), rtol=0, atol=2e-6)


def exactly(network: Network, point: np.ndarray) -> list[Fraction]:
    """The output at a point, without rounding."""
    x = [Fraction(v) for v in point.tolist()]
    layers = [(s.weight, s.bias, s.low, s.high) for s in network.stages]
    one_slope = np.ones(network.outputs)
    for weight, bias, low, high in [*layers, (network.weight, network.bias, one_slope, one_slope)]:
        z = [
            sum((Fraction(w) * v for w, v in zip(row, x, strict=True) if w), Fraction(b))
            for row, b in zip(weight.tolist(), bias.tolist(), strict=True)
        ]
        x = [v * Fraction(h if v > 0 else k) for v, k, h in zip(z, low.tolist(), high.tolist(), strict=True)]
    return x


RNG = np.random.default_rng(5)
ODD = {name: RNG.normal(size=6).astype(np.float32) for name in "abcd"}
ODD["W"] = RNG.normal(size=(6, 6)).astype(np.float32)
SUBTLE = {
    "a constant subtracted": (
        [node("Sub", "x", "a", out="t"), node("MatMul", "t", "W", out="y")],
        lambda x, c: [sum((x[i] - c["a"][i]) * c["W"][i][j] for i in range(6)) for j in range(6)],
    ),
    "two biases": (
        [node("MatMul", "x", "W", out="s"), node("Add", "s", "a", out="t"), node("Add", "t", "b", out="y")],
        lambda x, c: [sum(x[i] * c["W"][i][j] for i in range(6)) + c["a"][j] + c["b"][j] for j in range(6)],
    ),
    "scale after a product": (
        [node("MatMul", "x", "W", out="s"), node("Mul", "s", "a", out="y")],
        lambda x, c: [c["a"][j] * sum(x[i] * c["W"][i][j] for i in range(6)) for j in range(6)],
    ),
    "a link over a product": (
        [node("MatMul", "x", "W", out="s"), node("Add", "s", "a", out="t"), node("Add", "t", "x", out="y")],
        lambda x, c: [sum(x[i] * c["W"][i][j] for i in range(6)) + c["a"][j] + x[j] for j in range(6)],
    ),
    "clip of a product": (
        [
            node("MatMul", "x", "W", out="s"),
            node("Add", "s", "a", out="t"),
            node("Clip", "t", "", "h", out="r"),
            node("Abs", "r", out="y"),
        ],
        lambda x, c: [abs(min(c["h"], sum(x[i] * c["W"][i][j] for i in range(6)) + c["a"][j])) for j in range(6)],
    ),
    "a value added thrice": (
        [node("Mul", "x", "a", out="s"), node("Sum", "s", "x", "s", "x", "s", out="y")],
        lambda x, c: [3 * c["a"][j] * x[j] + 2 * x[j] for j in range(6)],
    ),
    "the largest of three products": (
        [
            node("MatMul", "x", "W", out="s"),
            node("Add", "s", "a", out="t"),
            node("Mul", "s", "b", out="u"),
            node("Max", "s", "t", "u", out="y"),
        ],
        lambda x, c: [
            max(p, p + c["a"][j], p * c["b"][j])
            for j, p in ((j, sum(x[i] * c["W"][i][j] for i in range(6))) for j in range(6))
        ],
    ),
    "a row that meets itself": (
        [node("Concat", "x", "x", out="s", axis=1), node("MatMul", "s", "V", out="y")],
        lambda x, c: [sum(x[i] * (c["V"][i][j] + c["V"][i + 6][j]) for i in range(6)) for j in range(2)],
    ),
}


@pytest.mark.parametrize("case", SUBTLE)
def test_the_function_is_that_of_the_weights_without_any_rounding(tmp_path, case):
    nodes, definition = SUBTLE[case]
    constants = ODD | {"h": np.float32(0.3), "V": RNG.normal(size=(12, 2)).astype(np.float32)}
    used = {name for n in nodes for name in n.input}
    given = {name: np.asarray(c) for name, c in constants.items() if name in used}
    network = loaded(model(nodes, (1, 6), given), tmp_path)

    def fractions(value):
        return [fractions(v) for v in value] if isinstance(value, list) else Fraction(value)

    exact = {name: fractions(c.tolist()) for name, c in given.items()}
    for point in RNG.normal(size=(5, 6)):
        assert exactly(network, point) == definition([Fraction(v) for v in point.tolist()], exact)


def test_batch_norm_has_the_nearest_factor_and_nothing_else_is_rounded(tmp_path):
    given = {k: np.abs(ODD[k]) if k == "d" else ODD[k] for k in "abcd"}
    network = loaded(model([node("BatchNormalization", "x", *"abcd", out="y")], (1, 6), given), tmp_path)
    epsilon = Fraction(float(np.float32(1e-5)))
    x = RNG.normal(size=6)
    found = exactly(network, x)
    zero = exactly(network, given["c"].astype(float))
    assert zero == [Fraction(b) for b in given["b"].tolist()]
    for j in range(6):
        scale, shift, mean, variance = (Fraction(given[k].tolist()[j]) for k in "abcd")
        factor = (found[j] - shift) / (Fraction(x[j]) - mean)
        assert factor == Fraction(float(factor))
        # the square root of scale**2 / (variance + eps) lies within half an ulp of the factor
        ulp = Fraction(float(np.spacing(abs(float(factor)))))
        square = scale**2 / (variance + epsilon)
        assert (abs(factor) - ulp / 2) ** 2 <= square <= (abs(factor) + ulp / 2) ** 2


SHIFT = quarters(3)


@pytest.mark.parametrize("kind", ["Add", "Sub", "Mul"])
def test_opset_6_lays_the_second_operand_along_an_axis(tmp_path, kind):
    nodes = [node(kind, "x", "c", out="y", broadcast=1, axis=1)]
    network = loaded(model(nodes, (1, 3, 3), {"c": SHIFT}, opset=6), tmp_path)
    points = quarters(5, 9)
    function = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply}[kind]
    expected = function(points.reshape(5, 1, 3, 3), SHIFT.reshape(3, 1))
    assert np.array_equal(network.forward(points), expected.reshape(5, 9))


def test_opset_4_reshape_has_its_shape_as_an_attribute(tmp_path):
    nodes = [node("Reshape", "x", out="a", shape=[3, 2]), node("Transpose", "a", out="y")]
    network = loaded(model(nodes, (1, 6), opset=4), tmp_path)
    points = quarters(5, 6)
    assert np.array_equal(network.forward(points), points.reshape(5, 3, 2).transpose(0, 2, 1).reshape(5, 6))


def test_opset_6_prelu_has_one_slope_a_channel(tmp_path):
    network = loaded(model([node("PRelu", "x", "c", out="y")], (1, 3, 3), {"c": SHIFT}, opset=6), tmp_path)
    points = quarters(5, 9).reshape(5, 3, 3)
    expected = np.where(points > 0, points, SHIFT.reshape(3, 1) * points)
    assert np.array_equal(network.forward(points.reshape(5, 9)), expected.reshape(5, 9))


@pytest.mark.parametrize("size", [-1, 0, "n"])
def test_a_first_dimension_that_is_not_known_is_the_batch(tmp_path, size):
    proto = model([node("Relu", "x", out="y")], (size, 3))
    assert loaded(proto, tmp_path).inputs == 3


def test_parallel_cuts_of_a_clip_are_units_of_one_stage(tmp_path):
    nodes = [node("MatMul", "x", "W", out="t"), node("Add", "t", "a", out="s"), node("Clip", "s", "l", "h", out="y")]
    given = {"W": ODD["W"], "a": ODD["a"], "l": np.float32(0.0), "h": np.float32(6.0)}
    network = loaded(model(nodes, (1, 6), given), tmp_path)
    assert (network.widths, len(network.stages)) == ((12,), 1)


def test_the_constant_node(tmp_path):
    made = [
        helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(quarters(6))),
        helper.make_node("Constant", [], ["n"], value_ints=[1, 6]),
        helper.make_node("ConstantOfShape", ["n"], ["o"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [0.5])),
        node("Mul", "c", "o", out="d"),
        node("Sub", "x", "d", out="y"),
    ]
    points = quarters(4, 6)
    assert np.array_equal(loaded(model(made, (1, 6)), tmp_path).forward(points), points - quarters(6) / 2)
