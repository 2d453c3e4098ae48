"""The layer of a cone: its rays exactly, its outputs proved, its projection against a solver's."""

from fractions import Fraction

import cvxpy
import numpy as np
import pytest
import torch
from torch import nn

from exactregions import Box, Halfspaces, Network, Unsafe, enumerate_regions, verify
from exactregions.errors import ConeError, ExactRegionsError
from exactregions.exact.forms import ExactNetwork
from exactregions.nn import ConeConstraint
from exactregions.quantities import maximize

TINY = Fraction(1, 2**80)
ROWS = [[1, -2, 0], [0, 1, -3], [-1, 0, 1]]
DECIMAL = [[0.1, -0.7, 0.3], [-0.2, 0.1, 0.9]]


def exactly(tensor):
    return [[Fraction(v) for v in row] for row in tensor.double().tolist()]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def leaves(rows):
    """The outputs beyond the cone, by any amount above a very small one."""
    return Unsafe([Halfspaces([[-v for v in row]], [-TINY]) for row in rows])


def whole_rows(A):
    return [[Fraction(v) for v in row] for row in np.asarray(A, dtype=object).tolist()]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("seed", [1, 3, 4, 6, 7])
def test_generators_are_in_the_cone_exactly(seed, dtype):
    rng = np.random.default_rng(seed)
    A = rng.integers(-3, 4, (3, 4))  # fewer rows than dimensions: there is more than { 0 }
    layer = ConeConstraint(A, dtype=dtype)
    assert all(dot(row, ray) <= 0 for row in whole_rows(A) for ray in exactly(layer.rays))
    assert all(dot(row, line) == 0 for row in whole_rows(A) for line in exactly(layer.lines))
    assert (layer.rays.abs().amax(1) <= 1).all()
    assert (layer.rays.abs().amax(1) >= 0.5).all()


def test_decimals_are_taken_as_the_floats_they_are():
    """0.1 is a dyadic number: rays in float64 would need more than 53 bits, and in float32 more than 24."""
    for dtype in (torch.float32, torch.float64):
        with pytest.raises(ConeError, match=r"holds (24|53); give coefficients with fewer digits"):
            ConeConstraint(DECIMAL, dtype=dtype)
    assert ConeConstraint([[0.5, -0.25], [0.0, 3.0]]).in_features == 2


def network_of(layer, seed=0, depth=True):
    torch.manual_seed(seed)
    front = (
        [nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, layer.in_features)] if depth else [nn.Linear(2, layer.in_features)]
    )
    return nn.Sequential(*front, layer)


@pytest.mark.parametrize("sign", ["abs", "relu"])
def test_the_network_that_is_read_is_the_module_and_is_proved_to_stay_in(sign):
    layer = ConeConstraint(ROWS[:2], sign)
    assert (len(layer.rays), len(layer.lines)) == (2, 1)
    module = network_of(layer)
    network = Network.from_torch(module)
    points = torch.randn(50, 2)
    with torch.no_grad():
        assert np.abs(network.forward(points.numpy()) - module(points).numpy()).max() < 1e-5
    box = Box(-1, 1, dim=2)
    assert verify(network, box, leaves(ROWS[:2])).outcome == "safe"
    for row in ROWS[:2]:
        assert maximize(network, box, row).value.upper <= 0
    # and region by region, of every region: no linear part and no constant leaves the cone at the witness
    exact = ExactNetwork(network)
    for region in enumerate_regions(network, box):
        values = [Fraction(int(v.p), int(v.q)) for v in exact.outputs_at(_point(region.witness))]
        assert all(dot(row, values) <= 0 for row in ROWS[:2])


def _point(witness):
    from exactregions.exact.numbers import as_point

    return as_point(witness)


def test_one_last_place_is_found():
    """A ray that one rounding moved leaves the cone, and the proof fails with an input that shows it."""
    A = [[1, -2, 1], [3, 1, -1], [-1, 1, 2]]
    moved = ConeConstraint(A)
    ray = moved.rays[0].clone()
    moved.rays[0, 0] = torch.nextafter(ray[0], torch.tensor(np.inf))
    if all(dot(row, value) <= 0 for row in whole_rows(A) for value in exactly(moved.rays)):
        moved.rays[0, 0] = torch.nextafter(ray[0], torch.tensor(-np.inf))
    # a map of all inputs: on a line the factor of the other ray that a row is not zero on is zero
    module = network_of(moved, depth=False)
    verdict = verify(Network.from_torch(module), Box(-10, 10, dim=2), leaves(A))
    assert verdict.outcome == "unsafe"
    assert any(dot(row, verdict.exact_output) > 0 for row in whole_rows(A))
    moved.rays[0] = ray
    assert verify(Network.from_torch(module), Box(-10, 10, dim=2), leaves(A)).outcome == "safe"


def test_unit_rays_leave_the_cone():
    """What is proved of rays times powers of two does not hold of rays of unit length."""
    left = 0
    for seed in range(40):
        A = np.random.default_rng(seed).integers(-9, 10, (2, 2))
        if not np.linalg.det(A):
            continue
        rays = exactly(nn.functional.normalize(ConeConstraint(A).rays))
        left += any(dot(row, ray) > 0 for row in whole_rows(A) for ray in rays)
    assert left > 4


def projected(A, x):
    y = cvxpy.Variable(len(x))
    cvxpy.Problem(cvxpy.Minimize(cvxpy.sum_squares(y - x)), [A @ y <= 0]).solve(cvxpy.CLARABEL)
    return y.value


def test_projection_onto_orthogonal_rows():
    A = np.array([[1, 1, 0, 0], [1, -1, 0, 0], [0, 0, 2, -1], [0, 0, 0, 0], [2, 2, 0, 0]])
    layer = ConeConstraint(A)
    rng = np.random.default_rng(0)
    for _ in range(5):
        x = rng.normal(size=4)
        found = layer.project(torch.tensor(x)).numpy()
        assert (A @ found <= 1e-12).all()
        assert np.abs(found - projected(A, x)).max() < 1e-5
    inside = torch.tensor([-3.0, 0.0, -1.0, 5.0])
    assert torch.equal(layer.project(inside), inside)
    with pytest.raises(ConeError, match="not orthogonal"):
        ConeConstraint(ROWS[:2]).project(inside[:3])


def checkerboard(side, tile):
    """Sums of pixels over the tiles, with signs as on a checkerboard."""
    tiles = side // tile
    rows = np.zeros((tiles, tiles, side, side), dtype=int)
    for i in range(tiles):
        for j in range(tiles):
            rows[i, j, i * tile : (i + 1) * tile, j * tile : (j + 1) * tile] = (-1) ** (i + j)
    return rows.reshape(tiles**2, -1)


def test_the_checkerboard_of_the_paper():
    layer = ConeConstraint(checkerboard(28, 7))
    assert (len(layer.rays), len(layer.lines)) == (16, 768)


def test_learning_leaves_the_rays_as_they_are():
    layer = ConeConstraint(checkerboard(4, 2))
    module = nn.Sequential(nn.Linear(16, layer.in_features), layer)
    torch.manual_seed(0)
    x = torch.randn(64, 16)
    optimiser = torch.optim.Adam(module.parameters(), 0.05)
    first = last = None
    for _ in range(60):
        optimiser.zero_grad()
        last = nn.functional.mse_loss(module(x), layer.project(x))
        first = first or last.item()
        last.backward()
        optimiser.step()
    assert last.item() < first / 2
    # no parameter of the layer is learned: the rays are those that they were
    assert torch.equal(layer.rays, ConeConstraint(checkerboard(4, 2)).rays)
    assert not list(layer.parameters())


def test_saved_and_loaded(tmp_path):
    layer = ConeConstraint(ROWS[:2])
    torch.save(layer.state_dict(), tmp_path / "cone.pt")
    other = ConeConstraint(ROWS[:2])
    other.load_state_dict(torch.load(tmp_path / "cone.pt"))
    assert torch.equal(layer.rays, other.rays)


@pytest.mark.parametrize(
    ("A", "options", "message"),
    [
        ([1.0, 2.0], {}, "give rows"),
        ([[float("nan"), 1.0]], {}, "no finite number"),
        ([[1.0, 2.0]], {"b": [1.0]}, "without constants"),
        ([[1, 0], [-1, 0], [0, 1], [0, -1]], {}, r"\{ 0 \} alone"),
        ([[1, 2]], {"sign": "softplus"}, "softplus"),
        ([[1, 2]], {"dtype": torch.float16}, "float16"),
    ],
)
def test_bad_input_is_refused(A, options, message):
    with pytest.raises(ExactRegionsError, match=message):
        ConeConstraint(A, **options)
