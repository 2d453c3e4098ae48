"""What people have at hand is taken: images, tensors, single numbers; and a line says how where it cannot be."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from onnx_models import loaded, model, node, quarters

from exactregions import (
    Ball,
    Box,
    Network,
    Polytope,
    RegionSet,
    WholeSpace,
    curve,
    enumerate_regions,
    load,
    save,
    study,
)
from exactregions.errors import DomainError, ExactRegionsError, NetworkError


def convolution() -> Network:
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 1, 2), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(2, 2))
    return Network.from_torch(module, input_shape=(3, 2, 3))


IMAGE = torch.arange(18.0).reshape(3, 2, 3) / 16


def test_an_image_is_flattened_where_the_network_takes_images():
    network = convolution()
    assert network.input_shape == (3, 2, 3)
    flat = enumerate_regions(network, Ball(IMAGE.ravel().tolist(), 0.5), engine="rational")
    for image in (IMAGE, IMAGE[None], IMAGE.numpy(), IMAGE.double()):
        ball = Ball(image, 0.5)
        assert ball == Ball(IMAGE.ravel().tolist(), 0.5)
        regions = enumerate_regions(network, ball, engine="rational")
        assert regions.exact
        assert regions.pattern_set() == flat.pattern_set()


PAIRS = [(np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 1.0]]), np.array([0.5, 0.0, -1.0])), (np.ones((1, 3)), None)]


def test_layers_are_pairs_or_two_lists():
    assert Network.from_layers(PAIRS) == Network.from_layers(*map(list, zip(*PAIRS, strict=True)))
    assert Network.from_layers(PAIRS, activation="abs") == Network.from_layers(*zip(*PAIRS, strict=True), slope=-1.0)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda network, ball: enumerate_regions(network, ball, time_limit="a"), "time_limit is 'a'; give seconds"),
        (lambda network, ball: enumerate_regions(network, ball, time_limit=np.nan), "time_limit is nan; give seconds"),
        (lambda network, ball: enumerate_regions(network, ball, progress=True), "progress is True; give a function"),
        (lambda network, ball: load(torch.nn.ReLU()), "is no path of a file; read a torch module with"),
        (lambda network, ball: load(PAIRS), r"arrays with Network.from_layers\(weights, biases\)"),
        (
            lambda network, ball: Network(PAIRS),
            "a stage is .*; give Stage objects, or weights and",
        ),
        (lambda network, ball: Network(3), "stages"),
        (lambda network, ball: Network.from_layers([w for w, _ in PAIRS]), r"layer 0 is .*; give pairs"),
        (lambda network, ball: Network.from_layers([*PAIRS, ([1.0], [2.0], [3.0])]), r"layer 2 is .*; give pairs"),
        (lambda network, ball: Network.from_layers([]), "give one of each per layer"),
    ],
)
def test_what_is_no_limit_no_observer_no_file_and_no_layer_is_named(ask, words):
    with pytest.raises(ExactRegionsError, match=words):
        ask(convolution(), Ball(IMAGE, 0.5))


def test_the_shape_stays_with_what_is_made_of_a_domain():
    ball = Ball(IMAGE, 0.5, "inf")
    made = [ball.shrunk(Fraction(1, 4)), ball.as_box(), ball.as_box().shrunk(Fraction(1, 2)), Box(IMAGE - 1, IMAGE + 1)]
    assert {domain.input_shape for domain in made} == {(3, 2, 3)}
    assert Box(0, IMAGE + 1).input_shape == (3, 2, 3)
    assert Ball(IMAGE.ravel(), 0.5, input_shape=(3, 2, 3)).input_shape == (3, 2, 3)


def test_axes_of_length_one_change_nothing():
    network = Network.from_layers([np.ones((1, 3)), [[1.0]]], [None, None])
    row = torch.tensor([[0.5, 0.25, 0.0]])
    assert enumerate_regions(network, Ball(row, 1), engine="rational").exact
    assert Ball(row, 1).input_shape is None
    assert Ball(np.ones((1, 4, 4)), 1).input_shape == (1, 4, 4)
    assert Ball(row.ravel(), 1, input_shape=(1, 3)).input_shape is None
    assert Ball(row.ravel(), 1, input_shape=np.array([1, 3])).input_shape is None
    assert Ball(np.ones((2, 2)), 1).without([True, False, False, False]).input_shape is None


@pytest.mark.parametrize(
    ("image", "how"),
    [
        (np.zeros((2, 3, 3)), r"shape \(2, 3, 3\).* takes arrays of shape \(3, 2, 3\); bring it to that shape"),
        (np.zeros((3, 6)), "bring it to that shape"),
    ],
)
def test_an_image_of_another_shape_is_refused(image, how):
    with pytest.raises(DomainError, match=how):
        enumerate_regions(convolution(), Ball(image, 1))
    with pytest.raises(DomainError, match=how):
        curve(convolution(), image, 1)


def test_an_image_is_not_flattened_by_guess():
    network = Network.from_layers([np.ones((1, 18)), [[1.0]]], [None, None])
    with pytest.raises(DomainError, match=r"takes a row of 18 values; flatten it .* x\.reshape\(-1\)"):
        enumerate_regions(network, Ball(IMAGE, 1))
    with pytest.raises(NetworkError, match=r"give \(n, 18\)"):
        network.forward(IMAGE)


def test_images_are_points_of_everything_that_takes_points():
    network = convolution()
    images = torch.stack([IMAGE, IMAGE + 1, IMAGE * IMAGE])
    rows = images.reshape(3, 18).numpy()
    for name in ("forward", "pattern"):
        assert np.array_equal(getattr(network, name)(images), getattr(network, name)(rows))
        assert np.array_equal(getattr(network, name)(IMAGE), getattr(network, name)(rows[0]))
    assert network.through(images) == network.through(rows)
    assert network.restrict(IMAGE, images) == network.restrict(rows[0], rows)
    found = study(network, images, [0.25], bounds=[], engine="rational")
    assert [row["regions"] for row in found.rows] == [
        len(enumerate_regions(network, Ball(row, 0.25), engine="rational")) for row in rows
    ]


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_the_shape_of_inputs_is_saved(tmp_path, suffix):
    network = convolution()
    save(network, tmp_path / f"a{suffix}")
    assert load(tmp_path / f"a{suffix}").input_shape == (3, 2, 3)
    assert load(tmp_path / f"a{suffix}") == network
    affine = Network((), np.ones((1, 4)), [0.0], input_shape=(2, 2))
    save(affine, tmp_path / f"b{suffix}")
    assert load(tmp_path / f"b{suffix}").input_shape == (2, 2)


def test_the_shape_of_inputs_is_saved_with_regions(tmp_path):
    enumerate_regions(convolution(), Ball(IMAGE, 0.5)).save(tmp_path / "a.npz")
    assert RegionSet.load(tmp_path / "a.npz").network.input_shape == (3, 2, 3)


def test_a_damaged_shape_is_refused(tmp_path):
    network = convolution()
    save(network, tmp_path / "a.npz")
    arrays = dict(np.load(tmp_path / "a.npz"))
    for shape in ([3, 2], [-3, -2, 3], [0.5, 36.0], [], ["a"]):
        np.savez(tmp_path / "b.npz", **{**arrays, "input_shape": np.array(shape)})
        with pytest.raises(ExactRegionsError, match=r"b\.npz: its input_shape .* is none of 18 inputs"):
            load(tmp_path / "b.npz")


def test_the_shape_of_an_onnx_input(tmp_path):
    nodes = [node("Flatten", "x", out="a"), node("MatMul", "a", "W", out="y")]
    for declared, shape in (((1, 3, 2), (3, 2)), ((1, 6), None), ((1, 1, 1, 6), None)):
        assert loaded(model(nodes, declared, {"W": quarters(6, 4)}), tmp_path).input_shape == shape


def test_tensors_without_importing_torch():
    ones = torch.ones(2, requires_grad=True)
    expected = Ball([1.0, 1.0], 0.5)
    assert Ball(ones, torch.tensor(0.5, requires_grad=True)) == expected
    assert Ball(ones.bfloat16(), torch.tensor([0.5]).half()) == expected
    assert Ball([torch.tensor(1.0), np.float32(1)], np.array(0.5)) == expected
    assert Ball(torch.tensor([1, 1]), torch.tensor(1)) == Ball([1, 1], 1)
    assert Ball(ones.detach().to_sparse(), 0.5, torch.tensor(2)) == expected  # pyright: ignore[reportArgumentType]
    assert Box(-ones, ones) == Box([-1, -1], [1, 1])
    assert Polytope(torch.eye(2), ones) == Polytope([[1, 0], [0, 1]], [1, 1])
    assert expected.contains(ones * 0.75)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Ball(torch.ones(2), torch.ones(2)), r"radius is tensor\(\[1\., 1\.\]\); give a finite number"),
        (lambda: Ball(torch.ones(2, device="meta"), 1), "center is .* makes no array"),
        (lambda: Ball(torch.ones(2) * 1j, 1), r"center\[0\] is 1j"),
        (lambda: Ball([[1.0, 2.0]], 1), "list of lists; give the numbers in one list"),
        (lambda: Ball([torch.ones(2)], 1), r"center\[0\] is tensor"),
        (lambda: Ball([0.0], 1, norm=torch.ones(2)), "norm is tensor"),  # pyright: ignore[reportArgumentType]
        (lambda: Ball([0.0], 1, norm=True), "norm is True"),
        (lambda: Ball([0.0], 1, input_shape=(2, 2)), "input_shape is .* must have 1 values"),
        (lambda: Ball([0.0], 1, input_shape=3), "input_shape"),  # pyright: ignore[reportArgumentType]
        (lambda: Box(np.zeros((2, 3)), np.ones((3, 2))), "arrays of one shape"),
        (lambda: Polytope(3, [1]), "A is 3; give a list of rows"),
        (lambda: Polytope(np.array(1.0), [1]), r"A is array\(1\.\); give a list of rows"),
        (lambda: Ball([0.0], 1, norm=[[1], [1, 2]]), r"norm is \[\[1\], \[1, 2\]\]"),  # pyright: ignore[reportArgumentType]
        (lambda: Polytope([[1]], [1], 3), "box is 3; give a Box"),  # pyright: ignore[reportArgumentType]
        (lambda: Ball([0.0], 1).contains([0, 0]), "the point has 2 coordinates and the ball 1"),
        (lambda: WholeSpace(2).contains([float("nan"), 0]), r"point\[0\] is nan"),
    ],
)
def test_what_cannot_be_taken(make, message):
    with pytest.raises(DomainError, match=message):
        make()


@pytest.mark.parametrize("shape", [3, "ab", (2.0, 3.0), (0, 6), (-2, -3), (4, 2), [[2], [3]]], ids=str)
def test_what_is_no_shape_of_inputs(shape):
    for make in (
        lambda: Network((), np.ones((1, 6)), [0.0], input_shape=shape),
        lambda: Ball(np.ones(6), 1, input_shape=shape),
    ):
        with pytest.raises(ExactRegionsError, match=r"input_shape is .* must have 6 values"):
            make()


def test_a_subspace_starts_at_one_point():
    network = Network.from_layers([np.ones((1, 2)), [[1.0]]], [None, None])
    with pytest.raises(NetworkError, match=r"origin has shape \(0, 2\)"):
        network.restrict(np.zeros((0, 2)), np.eye(2))


def test_a_single_number_is_that_of_every_side():
    assert Box(-1, Fraction(1, 3), dim=3) == Box([-1] * 3, [Fraction(1, 3)] * 3)
    assert Box(0, [1, 2]) == Box([0, 0], [1, 2])
    assert Box([0, 1], 2) == Box([0, 1], [2, 2])
    assert Box([0, 1], [2, 2], dim=2).dim == 2
    assert Box(torch.tensor(-1.0), np.float64(1), dim=np.int64(2)) == Box([-1, -1], [1, 1])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Box(-1, 1), "give the number of inputs as well, as Box"),
        (lambda: Box(-1, [1], dim=2), "upper has 1 values"),
        (lambda: Box([1], [2, 3]), "as many"),
        (lambda: Box(-1, 1, dim=0), "dim is 0"),
        (lambda: Box(-1, 1, dim=2.0), r"dim is 2\.0"),  # pyright: ignore[reportArgumentType]
        (lambda: Box(1, -1, dim=2), "empty"),
    ],
)
def test_single_numbers_without_a_meaning(make, message):
    with pytest.raises(DomainError, match=message):
        make()


@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
def test_parameters_of_torch_are_layers(kind):
    torch.manual_seed(0)
    first, last = torch.nn.Linear(3, 4, dtype=kind), torch.nn.Linear(4, 2, bias=False, dtype=kind)
    network = Network.from_layers([first.weight, last.weight], [first.bias, last.bias])
    assert network == Network.from_torch(torch.nn.Sequential(first, torch.nn.ReLU(), last))


@pytest.mark.parametrize(
    "layers",
    [
        (3, 3),
        ([3.0], [None]),
        ([[[1.0], [1.0, 2.0]]], [None]),
        ([[[1.0]]], [["a"]]),
        ([torch.nn.Linear(2, 2)], [None]),
        ([torch.ones(2, 2, device="meta")], [None]),
        ("ab", "ab"),
    ],
)
def test_what_makes_no_layers(layers):
    with pytest.raises(NetworkError):
        Network.from_layers(*layers)
