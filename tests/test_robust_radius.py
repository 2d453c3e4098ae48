"""The exact distance to another class, against hand-made truths, brute force in fractions, and sampled points."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog
from small_hostile import drawn_network, value

from exactregions import Ball, Network, WholeSpace, enumerate_regions, robust_curve, robust_radius
from exactregions.algebra import with_output_units
from exactregions.cases.networks import generated
from exactregions.errors import DomainError
from exactregions.network import Stage
from exactregions.progress import StopReason
from exactregions.quantities.radius_search import RadiusSearch
from exactregions.regions import Region
from exactregions.support.stopping import check, current_scope
from exactregions.testing.trials.winner_networks import network_of

INF = math.inf
NORMS = (1, 2, INF)
ABSOLUTE = Network.from_layers([[[1.0]], [[1.0], [-1.0]]], [None, [-1.0, 1.0]], activation="abs")


def pieces(network, label):
    """Regions of the network of differences in which some other output is larger, as rows (a, b) in Fractions."""
    others = [k for k in range(network.outputs) if k != label]
    weight = np.eye(network.outputs)[others]
    weight[:, label] = -1
    differences = with_output_units(network, weight, np.zeros(len(others)))
    for region in enumerate_regions(differences, WholeSpace(network.inputs), engine="rational"):
        if region.pattern[-len(others) :].any():
            yield rows_of(region)


def rows_of(region: Region):
    """The rows of a region, composed in Fractions by this function alone."""
    network, signs, rows = region.network, iter(region.pattern.tolist()), []
    d = network.inputs
    values = [[Fraction(int(i == j)) for j in range(d + 1)] for i in range(d)]
    for stage in network.stages:
        new = []
        for w, b, low, high in zip(stage.weight.tolist(), stage.bias.tolist(), stage.low, stage.high, strict=True):
            form = [
                sum((Fraction(a) * v[j] for a, v in zip(w, values, strict=True)), Fraction(0)) for j in range(d + 1)
            ]
            form[-1] += Fraction(b)
            sign = True
            if low != high:
                sign = next(signs)
                rows.append(form if sign else [-v for v in form])
            slope = Fraction(float(high if sign else low))
            new.append([slope * v for v in form])
        values = new
    return [row for row in rows if any(row[:-1])]


def squared_distance(rows, center):
    """The squared distance to {a.x + b >= 0} by trying every set of active rows."""
    d = len(center)
    best = None
    shifted = [(row[:-1], row[-1] + dot(row[:-1], center)) for row in rows]
    for size in range(d + 1):
        for chosen in itertools.combinations(shifted, size):
            step = projection(chosen, d)
            if step is None or any(dot(a, step) + b < 0 for a, b in shifted):
                continue
            length = dot(step, step)
            best = length if best is None else min(best, length)
    return best


def dot(a, b):
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def projection(chosen, d):
    """The shortest u with a.u + b = 0 for the chosen rows, None where they depend on each other."""
    k = len(chosen)
    system = [[dot(a, c) for c, _ in chosen] + [-b] for a, b in chosen]
    for i in range(k):
        pivot = next((r for r in range(i, k) if system[r][i]), None)
        if pivot is None:
            return None
        system[i], system[pivot] = system[pivot], system[i]
        for r in range(k):
            if r != i:
                factor = system[r][i] / system[i][i]
                system[r] = [x - factor * y for x, y in zip(system[r], system[i], strict=True)]
    weights = [system[i][-1] / system[i][i] for i in range(k)]
    return [sum((w * a[j] for w, (a, _) in zip(weights, chosen, strict=True)), Fraction(0)) for j in range(d)]


def float_distance(rows, center, norm):
    """The distance in the norm 1 or inf as a linear program in floats, inf where the program has no point."""
    d = len(center)
    a, b = np.array([[float(v) for v in row] for row in rows]).reshape(-1, d + 1), np.array([float(c) for c in center])
    offsets = a[:, -1] + a[:, :-1] @ b
    if norm == 1:
        found = linprog(np.ones(2 * d), A_ub=np.hstack([-a[:, :-1], a[:, :-1]]), b_ub=offsets)
    else:
        eye, ones, zeros = np.eye(d), -np.ones((d, 1)), np.zeros((len(a), 1))
        matrix = np.vstack([np.hstack([-a[:, :-1], zeros]), np.hstack([eye, ones]), np.hstack([-eye, ones])])
        cost = np.append(np.zeros(d), 1.0)
        found = linprog(
            cost, A_ub=matrix, b_ub=np.append(offsets, np.zeros(2 * d)), bounds=[(None, None)] * d + [(0, None)]
        )
    return found.fun if found.status == 0 else INF


def drawn_case(seed):
    rng = np.random.default_rng(seed)
    d, m = int(rng.integers(1, 4)), int(rng.integers(2, 4))
    network = drawn_network(rng, d, m)
    center = [Fraction(int(v), 2 if rng.random() < 0.7 else 3) for v in rng.integers(-3, 4, d)]
    return network, center


@pytest.mark.parametrize("seed", range(30))
def test_brute_force_in_fractions(seed):
    network, center = drawn_case(seed)
    outputs = value(network, center)
    label = outputs.index(max(outputs))
    every = list(pieces(network, label))
    for norm in NORMS:
        found = robust_radius(network, center, norm)
        assert found.complete
        assert found.label == label
        assert found.ties == tuple(k for k, v in enumerate(outputs) if v == max(outputs) and k != label)
        if not every:
            assert found.radius.lower == INF
            assert found.nearest is None
            continue
        check_the_nearest_point(network, center, found)
        if norm == 2:
            square = found.radius.square if found.radius.square is not None else found.radius.lower**2
            assert square == min(squared_distance(rows, center) for rows in every)
        else:
            assert found.radius.lower == found.radius.upper
            near = min(float_distance(rows, center, norm) for rows in every)
            assert float(found.radius) == pytest.approx(near, rel=1e-7, abs=1e-9)


def check_the_nearest_point(network, center, found):
    """At the nearest point, whose distance is the radius, both classes are equally large, exactly."""
    outputs = value(network, found.nearest)
    assert outputs[found.other] == outputs[found.label]
    power = found.radius.square or found.radius.lower ** (2 if found.norm == 2 else 1)
    assert Ball(center, 1, found.norm).distance_power(found.nearest) == power


@pytest.mark.parametrize("norm", NORMS)
def test_the_absolute_value_by_hand(norm):
    """|x| - 1 against 1 - |x|."""
    inside = robust_radius(ABSOLUTE, [0.25], norm)
    assert (inside.label, inside.other, inside.nearest, inside.radius.lower) == (1, 0, (1,), Fraction(3, 4))
    outside = robust_radius(ABSOLUTE, [-3], norm)
    assert (outside.label, outside.other, outside.nearest, outside.radius.upper) == (0, 1, (-1,), 2)
    tie = robust_radius(ABSOLUTE, [1], norm)
    assert (tie.label, tie.ties, tie.other, tie.radius.lower, tie.nearest) == (0, (1,), 1, 0, (1,))


def test_linear_classifiers_in_every_norm():
    network = Network((), [[3.0, -4.0], [0.0, 0.0]], [5.0, 0.0])
    distances = {norm: robust_radius(network, [1, -1], norm) for norm in NORMS}
    assert [distances[norm].radius.lower for norm in NORMS] == [3, Fraction(12, 5), Fraction(12, 7)]
    assert distances[1].nearest == (1, 2)
    assert distances[INF].nearest == (1 - Fraction(12, 7), -1 + Fraction(12, 7))


def test_the_sign_of_one_output_is_a_class():
    network = Network.from_layers([np.eye(2), [[1.0, 1.0]]], [None, [-1.0]], activation="abs")  # |x| + |y| - 1
    inside, outside = robust_radius(network, [0.5, 0.25]), robust_radius(network, [2.0, 0.0])
    assert (inside.label, inside.other, inside.radius.square) == (0, 1, Fraction(1, 32))
    assert (outside.label, outside.other, outside.radius.lower, outside.nearest) == (1, 0, 1, (1, 0))
    assert robust_radius(network, [1.0, 0.0]).label == 0
    assert robust_radius(network, [1.0, 0.0]).ties == (1,)


def test_a_class_that_never_changes_and_ties_that_never_end():
    never = Network.from_layers([np.eye(2), [[1.0, 1.0], [-1.0, -1.0]]], [None, [1.0, 0.0]])
    found = robust_radius(never, [0.0, 0.0])
    assert (found.radius.lower, found.radius.upper, found.nearest, found.complete) == (INF, INF, None, True)
    assert "infinite" in repr(found)
    # both outputs are zero left of zero, and the second is larger to the right: the tie is no other class
    ramp = Network.from_layers([[[1.0]], [[0.0], [1.0]]], [None, None])
    found = robust_radius(ramp, [-2.0])
    assert (found.label, found.ties, found.radius.lower, found.nearest) == (0, (1,), 2, (0,))


def test_winner_units():
    forms = [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]
    network = network_of(
        2, [("affine", forms, [0.0] * 3), ("max", [(0, 1, 2)]), ("affine", [[1.0], [-1.0]], [-1.0, 1.0])]
    )
    for norm in NORMS:
        found = robust_radius(network, [0.0, 0.0], norm)
        assert found.radius.lower == {1: 1, 2: Fraction(0), INF: Fraction(1, 2)}[norm] or norm == 2
        if norm == 2:
            assert found.radius.square == Fraction(1, 2)  # x + y = -1


@pytest.mark.parametrize("norm", NORMS)
def test_no_sampled_point_of_another_class_is_nearer(norm):
    network, rng = generated(5, 12, 12, 3, seed=1), np.random.default_rng(0)
    for center in rng.normal(size=(4, 5)):
        found = robust_radius(network, center, norm)
        steps = rng.normal(size=(4000, 5))
        steps *= float(found.radius) * (1 - 1e-9) / np.linalg.norm(steps, norm, axis=1)[:, None]
        assert (network.forward(center + steps).argmax(axis=1) == found.label).all()
        beyond = np.array([float(v) for v in found.nearest])
        beyond = center + (beyond - center) * (1 + 1e-9)
        assert set(np.argsort(network.forward(beyond))[-2:]) == {found.label, found.other}


def test_the_radius_follows_scaling_permutation_and_translation():
    network, center = generated(3, 8, 8, 3, seed=2, bits=8), [0.25, -0.5, 0.125]
    plain = robust_radius(network, center)
    order = [2, 0, 1]
    permuted = Network(network.stages, network.weight[order] * 4, network.bias[order] * 4)
    found = robust_radius(permuted, center)
    assert (found.radius.square, order[found.label], order[found.other]) == (
        plain.radius.square,
        plain.label,
        plain.other,
    )
    moved = Network((Stage.wires(2 * np.eye(3), [1.0, 0.0, -2.0]), *network.stages), network.weight, network.bias)
    away = [(v - w) / 2 for v, w in zip(center, [1.0, 0.0, -2.0], strict=True)]
    assert robust_radius(moved, away).radius.square == plain.radius.square / 4


@pytest.mark.parametrize("norm", NORMS)
def test_an_unfinished_search_is_a_proved_enclosure(norm):
    network, center = generated(6, 16, 16, 3, seed=2), np.full(6, 0.1)
    whole = robust_radius(network, center, norm)
    for limit in ({"max_regions": 2}, {"time_limit": 0.0}, {"largest": float(whole.radius) / 2}):
        part = robust_radius(network, center, norm, **limit)
        assert not part.complete
        assert part.radius.lower <= whole.radius.lower
        assert whole.radius.upper <= part.radius.upper
        assert "NOT COMPLETE" in repr(part)
    assert part.radius.lower == Fraction(float(whole.radius) / 2)


@pytest.mark.parametrize("norm", NORMS)
def test_a_search_that_is_stopped_at_once_proves_a_part_of_the_radius(monkeypatch, norm):
    """Bounds of whole balls prove it after the stop."""
    network, center = generated(6, 16, 16, 3, seed=4), np.full(6, 0.1)
    whole = robust_radius(network, center, norm)

    def stopped(search, signs):
        current_scope().stop(StopReason.INTERRUPTED)
        check()

    monkeypatch.setattr(RadiusSearch, "_decide", stopped)
    monkeypatch.setattr("exactregions.quantities.radius_search.MOMENT", 600.0)
    part = robust_radius(network, center, norm)
    assert part.stopped == "interrupted"
    assert whole.radius.lower / 10 < part.radius.lower <= whole.radius.lower <= whole.radius.upper <= part.radius.upper
    tie = Network.from_layers([[[1.0]], [[0.0], [1.0]]], [None, None])  # outputs are equal at the point itself
    assert robust_radius(tie, [0.0], norm).radius.lower == 0


def test_what_cannot_be_asked():
    with pytest.raises(DomainError, match="dimension 2"):
        robust_radius(ABSOLUTE, [0.0, 1.0])
    with pytest.raises(DomainError, match="norm is 3"):
        robust_radius(ABSOLUTE, [0.0], 3)
    with pytest.raises(DomainError, match="largest is"):
        robust_radius(ABSOLUTE, [0.0], largest=-1)


def test_the_curve_of_many_points():
    points = [[0.5], [0.0], [3.0], [-1.5]]
    found = robust_curve(ABSOLUTE, points, INF)
    assert found.values.tolist() == [0.5, 1.0, 2.0, 0.5]
    assert [found.share(r)[0] for r in (0, 0.5, Fraction(1, 2) + Fraction(1, 10**30), 2, 3)] == [1, 1, 0.5, 0.25, 0]
    right = robust_curve(ABSOLUTE, np.array(points), 2, labels=[1, 0, 0, 0])
    assert right.share(0.5) == (0.75, 0.75)
    assert right.values.tolist() == [0.5, 0.0, 2.0, 0.5]
    told = []
    part = robust_curve(ABSOLUTE, points, largest=1.5, observer=lambda number, answer: told.append(number))
    assert told == [0, 1, 2, 3]
    assert not part.complete
    assert part.share(1.75) == (0, 0.25)
    assert "NOT COMPLETE" in repr(part)


def test_an_interrupted_curve_keeps_what_it_has():
    def interrupt(number, answer):
        raise KeyboardInterrupt

    found = robust_curve(ABSOLUTE, [[0.5], [0.0]], observer=interrupt)
    assert (len(found.radii), found.stopped, found.complete) == (1, "interrupted", False)


def test_curves_that_cannot_be_asked():
    with pytest.raises(DomainError, match="labels has shape"):
        robust_curve(ABSOLUTE, [[0.5], [0.0]], labels=[1])
    with pytest.raises(DomainError, match="points have shape"):
        robust_curve(ABSOLUTE, [[0.5, 0.0]])
    with pytest.raises(DomainError, match="give 0 or more"):
        robust_curve(ABSOLUTE, [[0.5]]).share(-1)
