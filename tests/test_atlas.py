"""Local minima of one hidden layer: against programs in floats over all cells, exact arithmetic, and descents."""

from fractions import Fraction

import numpy as np
import pytest
from loss_oracles import float_atlas, float_least_loss, is_proved
from studies.descents import descents

from exactregions.errors import DataError, EngineError
from exactregions.landscape import least_loss, local_minima

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
SIX = [[i] for i in range(6)], [0, 2, 1, 3, 0, 1]
FIVE = [[i] for i in range(-2, 3)], [1, 0, 2, 0, 1]
TWO_VALLEYS = [[-1], [0], [1]], [-1, 1, 1]
REPEATED = [[0], [1], [1], [3]], [1, 0, 2, 1]
COLLINEAR = [[0, 0], [1, 1], [2, 2], [3, 3]], [0, 1, 0, 2]
FITTED = [[0], [1], [2], [3]], [0, 0, 1, 3]
KINK = [[0], [1], [2], [3]], [0, 0, 1, 2]


def by_cell(atlas):
    """Loss and signs of each cell that has minima, by its masks."""
    found = {}
    for valley in atlas.valleys:
        masks = tuple(tuple(atlas.masks.masks[mask].tolist()) for mask in valley.masks)
        pairs = [sorted(zip(masks, signs, strict=True), key=lambda p: p[0]) for signs in valley.signs]
        loss, signs = found.setdefault(tuple(sorted(masks)), (float(valley.loss), set()))
        assert loss == float(valley.loss)
        signs |= {tuple(s for _, s in pair) for pair in pairs}
    return found


@pytest.mark.parametrize(
    ("data", "units"),
    [
        (XOR, 1),
        (XOR, 2),
        (SIX, 1),
        (REPEATED, 2),
        (COLLINEAR, 1),
        (COLLINEAR, 2),
        (FITTED, 2),
        (TWO_VALLEYS, 2),
        (KINK, 1),
    ],
)
def test_cells_losses_and_signs_are_those_of_programs_in_floats(data, units):
    atlas = local_minima(*data, units)
    expected, found = float_atlas(*data, units), by_cell(atlas)
    assert atlas.complete
    assert set(found) == set(expected)
    for cell, (loss, signs) in expected.items():
        assert found[cell][0] == pytest.approx(loss, abs=1e-9)
        # of units with one mask the order says nothing
        assert found[cell][1] == signs


@pytest.mark.parametrize(("data", "units"), [(XOR, 2), (SIX, 2), (FIVE, 3), (REPEATED, 2), (COLLINEAR, 2)])
def test_examples_have_their_loss_and_none_nearby_has_less(data, units):
    """Losses are exact; in the open cell the example is a minimum, so a step that stays in it never goes down."""
    rng = np.random.default_rng(0)
    for valley in local_minima(*data, units).valleys:
        layer = valley.example
        assert layer.loss(*data) == valley.loss
        assert moved(layer, rng).loss(*data) >= valley.loss


def moved(layer, rng):
    """The layer with all parameters moved by up to 2^-30."""

    def near(values):
        return tuple(v + Fraction(int(rng.integers(-64, 65)), 2**36) for v in values)

    return type(layer)(tuple(near(row) for row in layer.weights), near(layer.biases), near(layer.outputs))


def test_one_cell_has_two_valleys():
    """The best line has both signs on the data, so the two output weights have opposite signs, never zero."""
    atlas = local_minima(*TWO_VALLEYS, 2)
    everywhere = [v for v in atlas.valleys if all(atlas.masks.masks[mask].all() for mask in v.masks)]
    assert [v.loss for v in everywhere] == [Fraction(2, 3)] * 2
    assert {v.signs for v in everywhere} == {((1, -1),), ((-1, 1),)}
    assert least_loss(*TWO_VALLEYS, 2).loss == 0
    assert all(atlas.spurious(v) for v in everywhere)


def test_signs_are_joined_through_zero():
    """Where the best fit needs one unit alone, the other passes zero: all its signs are one valley."""
    atlas = local_minima(*FITTED, 2)
    dead = next(row for row, mask in enumerate(atlas.masks.masks) if not mask.any())
    joined = [v for v in atlas.valleys if v.masks.count(dead) == 1 and v.loss == 0]
    assert joined
    assert all({s[v.masks.index(dead)] for s in v.signs} == {1, -1, 0} for v in joined)


def test_a_kink_is_no_minimum_of_a_cell():
    """Only relu(x - 1) fits exactly, which is zero at a point: not in the atlas, and the least loss all the same."""
    assert 0 not in local_minima(*KINK, 1).losses
    assert least_loss(*KINK, 1).loss == 0
    assert 0 in local_minima(*FITTED, 1).losses


@pytest.mark.parametrize("data", [XOR, SIX, REPEATED])
def test_one_unit_has_at_most_one_valley_in_a_cell(data):
    """Outputs on the points fix the sign of its output weight; a dead unit has all three, joined."""
    cells = [v.masks for v in local_minima(*data, 1).valleys]
    assert len(cells) == len(set(cells))


def test_the_best_line_is_a_minimum_in_the_cell_where_all_is_active():
    """Spurious by construction: two units that are positive at all points, with opposite output weights."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        points, labels = rng.standard_normal((5, 1)).round(2), rng.standard_normal(5).round(2)
        atlas = local_minima(points, labels, 2)
        rows = np.hstack([np.ones((5, 1)), points])
        line = ((labels - rows @ np.linalg.lstsq(rows, labels, rcond=None)[0]) ** 2).sum()
        everywhere = [v for v in atlas.valleys if all(atlas.masks.masks[mask].all() for mask in v.masks)]
        assert [float(v.loss) for v in everywhere] == pytest.approx([line] * len(everywhere))
        assert everywhere
        assert all(atlas.spurious(v) for v in everywhere)


def test_losses_do_not_depend_on_affine_maps_and_scale_with_labels():
    points, labels = np.array(XOR[0], dtype=float), np.array(XOR[1], dtype=float)
    wanted = local_minima(points, labels, 2).losses
    assert local_minima(points @ [[2.0, 1.0], [-1.0, 3.0]] + [5.0, -7.0], labels, 2).losses == wanted
    assert local_minima(points, 3 * labels, 2).losses == {9 * loss: cells for loss, cells in wanted.items()}


def test_a_dead_unit_changes_no_loss():
    one, two = local_minima(*SIX, 1), local_minima(*SIX, 2)
    dead = next(row for row, mask in enumerate(one.masks.masks) if not mask.any())
    with_dead = {v.masks: v.loss for v in two.valleys if dead in v.masks}
    assert with_dead == {tuple(sorted((*v.masks, dead))): v.loss for v in one.valleys}


def test_cells_are_counted_without_order():
    atlas = local_minima(*SIX, 2)
    assert (len(atlas.masks), atlas.cells) == (12, 78)
    assert all(list(v.masks) == sorted(v.masks) for v in atlas.valleys)


@pytest.mark.parametrize(("data", "units"), [(XOR, 1), (SIX, 1), (TWO_VALLEYS, 1), (SIX, 2)])
def test_the_least_loss_is_proved_to_a_checker_of_its_own(data, units):
    found = least_loss(*data, units)
    assert found.network.loss(*data) == found.loss
    proof = {}
    for (cell, signs), residual in found.proof.items():
        masks = [tuple(found.masks.masks[mask].tolist()) for mask in cell]
        order = sorted(range(units), key=lambda j: (masks[j], -signs[j] if signs else 0))
        proof[tuple(masks[j] for j in order), tuple(signs[j] for j in order) if signs else ()] = residual
    if found.loss:
        assert is_proved(*data, units, found.loss, proof)
        assert not is_proved(*data, units, found.loss + Fraction(1, 10**9), proof)
        damaged = dict(proof)
        damaged[next(iter(damaged))] = tuple(-r for r in next(iter(damaged.values())))
        assert not is_proved(*data, units, found.loss, damaged)


@pytest.mark.parametrize(("data", "units"), [(XOR, 1), (XOR, 2), (SIX, 1), (TWO_VALLEYS, 1), (FITTED, 1)])
def test_the_least_loss_is_that_of_projections_in_floats(data, units):
    found = least_loss(*data, units)
    assert float(found.loss) == pytest.approx(float_least_loss(*data, units), abs=1e-9)


@pytest.mark.parametrize("data", [XOR, SIX, FIVE, REPEATED, COLLINEAR])
def test_more_units_have_no_more_loss_and_the_atlas_no_less(data):
    least = [least_loss(*data, units).loss for units in (1, 2, 3)]
    assert least == sorted(least, reverse=True)
    for units in (1, 2):
        assert local_minima(*data, units).valleys[0].loss >= least[units - 1]


def test_repeated_points_cost_what_their_labels_differ():
    """Labels 0 and 2 of one point cost 2 at least, and with enough units nothing else does."""
    assert least_loss(*REPEATED, 3).loss == 2
    assert least_loss([[0.0], [0.0]], [1, 1], 1).loss == 0


@pytest.mark.parametrize(("data", "units"), [(XOR, 2), (SIX, 2)])
def test_descents_end_on_the_list_and_never_below(data, units):
    """Where the gradient vanishes and no unit is near a kink the loss is on the list, to 1e-6."""
    ends = descents(*data, units, runs=60, steps=4000)
    losses = ends.losses[ends.settled()]
    atlas = local_minima(*data, units)
    assert len(losses) >= 15
    assert all(abs(float(atlas.nearest(loss).loss) - loss) < 1e-6 for loss in losses.tolist())
    assert ends.losses[np.isfinite(ends.losses)].min() >= float(least_loss(*data, units).loss) - 1e-9


@pytest.mark.parametrize("limit", [-1.0, float("nan")])
def test_limits_that_are_none_are_refused(limit):
    with pytest.raises(EngineError, match="time_limit"):
        local_minima([[0.0]], [1.0], 1, time_limit=limit)


def test_a_limit_is_told():
    points, labels = np.random.default_rng(0).integers(-9, 9, (9, 2)), np.arange(9)
    for answer in (local_minima(points, labels, 3, time_limit=1e-6), least_loss(points, labels, 3, time_limit=1e-6)):
        assert not answer.complete
        assert "NOT COMPLETE" in repr(answer)
        assert answer.describe()["stopped"]


@pytest.mark.parametrize("ask", [local_minima, least_loss])
@pytest.mark.parametrize(
    ("labels", "units", "words"),
    [
        ([0, 1, 1], 2, "4 points and 3 labels"),
        ([0, 1, 1, float("inf")], 2, "must be finite"),
        (["a"] * 4, 2, "real numbers"),
        ([0, 1, 1, 0], 0, "positive integer"),
        ([0, 1, 1, 0], True, "positive integer"),
        ([0, 1, 1, 0], 1.5, "positive integer"),
    ],
)
def test_questions_that_are_none_are_refused(ask, labels, units, words):
    with pytest.raises(DataError, match=words):
        ask(XOR[0], labels, units)
