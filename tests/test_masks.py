"""All activation masks of a data set, against Cover's formula, linear programs over all signs, and a direct search."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from loss_oracles import realizable, vectors

from exactregions import Network, Stage, WholeSpace, enumerate_regions
from exactregions.certificate.checker import check
from exactregions.errors import DataError, EngineError
from exactregions.landscape import activation_masks


def cover(points, rank):
    """Cells of hyperplanes in general position (Cover 1965)."""
    return 2 * sum(comb(points - 1, k) for k in range(rank))


def as_set(found):
    rows = {tuple(row) for row in found.masks.tolist()}
    assert len(rows) == len(found)
    return rows


def direct(points, bias):
    """The masks as regions of the central arrangement itself, by another engine."""
    rows = vectors(points, bias)
    network = Network((Stage.relu(rows, np.zeros(len(rows))),), np.ones((1, len(rows))), np.zeros(1))
    return {
        tuple(r)
        for r in enumerate_regions(network, WholeSpace(rows.shape[1]), engine="rational").pattern_array().tolist()
    }


HARD = {
    "xor": [[0, 0], [0, 1], [1, 0], [1, 1]],
    "repeated": [[1, 2], [1, 2], [0, -1], [3, 1], [0, -1]],
    "collinear": [[0, 0], [1, 1], [2, 2], [5, 5], [-3, -3]],
    "proportional": [[1, 2], [2, 4], [-1, -2], [0, 3], [0, 0]],
    "zero": [[0, 0], [0, 0]],
    "one": [[3.5]],
    "line": [[0], [1], [2], [-4], [0.5], [0.5]],
    "grid": [[i, j] for i in range(3) for j in range(2)],
    "flat": [[1, 2, 3], [4, 5, 9], [0, 1, 1], [2, -2, 0], [1, 1, 2]],
    "space": [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [2, -1, 3], [-1, 0, 2]],
}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", HARD)
def test_all_masks_and_no_other(name, bias):
    found = activation_masks(HARD[name], bias=bias)
    assert found.exact
    assert as_set(found) == realizable(HARD[name], bias) == direct(HARD[name], bias)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", HARD)
def test_every_mask_has_a_unit(name, bias):
    """Its exact pre-activations have the signs of the mask, and none is zero that need not be."""
    points = HARD[name]
    found = activation_masks(points, bias=bias)
    for row, mask in enumerate(found.masks.tolist()):
        weights, shift = found.unit(row)
        for point, on in zip(points, mask, strict=True):
            value = sum((w * Fraction(x) for w, x in zip(weights, point, strict=True)), shift)
            assert (value > 0) == on
            assert value != 0 or not (bias or any(point))


@pytest.mark.parametrize(("n", "d"), [(1, 1), (7, 1), (12, 2), (20, 3), (9, 4), (6, 8)])
@pytest.mark.parametrize("bias", [True, False])
def test_points_in_general_position_have_as_many_as_cover_counts(n, d, bias):
    points = np.random.default_rng(n).standard_normal((n, d)).astype(np.float32)
    found = activation_masks(points, bias=bias)
    # without a bias all points of a line are proportional
    expected = 2 if d == 1 and not bias else cover(n, d + bias)
    assert len(found) == expected
    assert found.exact
    assert found.general_position


@pytest.mark.parametrize("bias", [True, False])
def test_masks_come_in_opposite_pairs(bias):
    found = activation_masks(np.random.default_rng(3).integers(-2, 3, (9, 2)) * 2 + 1, bias=bias)
    half = len(found) // 2
    assert np.array_equal(found.masks[:half], ~found.masks[half:])


def test_points_of_a_line_have_two_masks_each():
    direction, steps = np.array([1.0, -2.0, 0.5]), np.array([0.0, 1.0, 2.0, 3.0, 7.0])
    found = activation_masks(np.array([4.0, 4.0, 4.0]) + steps[:, None] * direction)
    assert len(found) == 2 * len(steps)


def test_a_point_one_float_off_a_line_counts():
    """Three points of a line have 6 masks, and 8 when one is moved by one unit in the last place."""
    line = [[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]
    assert len(activation_masks(line)) == 6
    assert len(activation_masks([*line[:2], [1.0, np.nextafter(1.0, 2.0)]])) == 8
    assert len(activation_masks([[0.1], [0.1]])) == 2
    assert len(activation_masks([[0.1], [np.nextafter(0.1, 1.0)]])) == 4


def test_masks_do_not_depend_on_affine_maps_and_repeats():
    rng = np.random.default_rng(0)
    points = rng.integers(-3, 4, (8, 2)).astype(float)
    wanted = as_set(activation_masks(points))
    assert as_set(activation_masks(points @ [[2.0, 1.0], [1.0, 1.0]] + [3.0, -5.0])) == wanted
    assert as_set(activation_masks(points * 2.0**-400)) == wanted
    twice = activation_masks(np.vstack([points, points]))
    assert {row[:8] for row in as_set(twice)} == wanted
    assert all(row[:8] == row[8:] for row in as_set(twice))


def test_few_points_of_many_coordinates_have_every_mask():
    points = np.random.default_rng(0).standard_normal((6, 784)).astype(np.float32)
    assert len(activation_masks(points)) == 2**6


def test_a_certificate_proves_half_of_them(tmp_path):
    path = tmp_path / "masks.cert"
    found = activation_masks(HARD["space"], certificate=path)
    assert 2 * check(path).regions == len(found)
    with pytest.raises(EngineError, match="leave it out"):
        activation_masks([[1.0]], certificate=path)


def test_a_limit_is_told():
    points = np.random.default_rng(0).standard_normal((60, 4))
    found = activation_masks(points, time_limit=1e-6)
    assert not found.exact
    assert found.stopped
    assert "NOT EXACT" in repr(found)
    assert found.describe()["exact"] is False


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([], "shape"),
        ([1.0, 2.0], r"shape \(2,\)"),
        (np.zeros((0, 2)), "at least one point"),
        (np.zeros((2, 0)), "at least one point"),
        ([[1.0, float("nan")]], "must be finite"),
        ([[1.0], [1.0, 2.0]], "rows of one length"),
        ([["a"]], "real numbers"),
        (None, "points"),
    ],
)
def test_points_that_are_none_are_refused(points, words):
    with pytest.raises(DataError, match=words):
        activation_masks(points)


@pytest.mark.parametrize("row", [-1, 14, 1000])
def test_a_row_that_is_not_there_is_refused(row):
    with pytest.raises(DataError, match="there are 14"):
        activation_masks(HARD["xor"]).unit(row)
