"""The least loss with weight decay: against closed forms, the loss without it, and descents."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from studies.descents import descents

from exactregions.errors import DataError, EngineError
from exactregions.landscape import activation_masks, least_loss, least_loss_with_decay

RNG = np.random.default_rng(0)
TEN = RNG.standard_normal((10, 2)), RNG.standard_normal(10)


@pytest.mark.parametrize("decay", [0.01, 0.5, 0.99, 1.0, 3.0])
@pytest.mark.parametrize("point", [0.0, 2.0])
@pytest.mark.parametrize("label", [1.0, -1.5])
def test_one_point_by_the_closed_form(decay, point, label):
    """With c = 1 + x^2 the best unit has length t along (1, x): (sqrt(c) t - |y|)^2 + 2 decay t, for t >= 0."""
    root = np.sqrt(1 + point**2)
    gain = max(root * abs(label) - decay, 0.0)
    expected = label**2 - (gain / root) ** 2
    found = least_loss_with_decay([[point]], [label], decay)
    assert found.lower <= found.upper
    assert float(found.lower) == pytest.approx(expected, abs=1e-6)
    assert float(found.upper) == pytest.approx(expected, abs=1e-6)


def test_descents_come_near_and_never_below():
    found = least_loss_with_decay(*TEN, 0.1)
    assert found.masks.exact
    assert 0 <= found.upper - found.lower < Fraction(1, 10**5)
    best = float(np.nanmin(descents(*TEN, units=20, runs=5, steps=4000, rate=0.005, decay=0.1).losses))
    assert float(found.lower) <= best
    assert best < 1.05 * float(found.upper)


def test_the_value_is_between_no_network_and_no_decay():
    points, labels = [[0], [1], [2], [3]], [0, 2, 1, 3]
    without, zero = least_loss(points, labels, 3).loss, sum(y * y for y in labels)
    bounds = [least_loss_with_decay(points, labels, decay) for decay in (1e-3, 1e-1, 10.0, 1e3)]
    assert all(without <= b.upper and b.lower <= zero for b in bounds)
    assert all(a.lower <= b.upper for a, b in pairwise(bounds))
    assert bounds[0].upper < without + Fraction(1, 10)
    assert bounds[-1].lower == bounds[-1].upper == zero
    assert len(bounds[-1].network.outputs) == 0


def test_signs_of_labels_and_repeats_change_nothing():
    points, labels = TEN[0][:5], TEN[1][:5]
    found = least_loss_with_decay(points, labels, 0.2)
    other = least_loss_with_decay(points, -labels, 0.2)
    assert max(found.lower, other.lower) <= min(found.upper, other.upper)
    twice = least_loss_with_decay(np.vstack([points] * 2), np.hstack([labels] * 2), 0.4)
    assert 2 * found.lower <= twice.upper
    assert twice.lower <= 2 * found.upper


def test_a_wrong_proposal_proves_less_and_never_too_much(monkeypatch):
    from exactregions.landscape import decay

    true = least_loss_with_decay(*TEN, 0.1)
    rng = np.random.default_rng(0)
    for _ in range(3):
        wrong = rng.standard_normal((2 * len(true.masks), 3)) * 0.1
        monkeypatch.setattr(decay, "_proposed", lambda *_, wrong=wrong: (wrong, None))
        found = least_loss_with_decay(*TEN, 0.1)
        assert found.lower <= true.upper
        assert found.upper >= true.lower


def test_without_all_masks_nothing_is_proved(monkeypatch):
    from dataclasses import replace

    from exactregions.landscape import decay

    few = replace(activation_masks(TEN[0][:4]), exact=False, stopped="time limit of 1 s reached")
    monkeypatch.setattr(decay, "activation_masks", lambda *_, **__: few)
    found = least_loss_with_decay(TEN[0][:4], TEN[1][:4], 0.1)
    assert found.lower == 0
    assert found.stopped == "time limit of 1 s reached"


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), None, "a", [1.0, 2.0], True])
def test_a_decay_that_is_none_is_refused(value):
    with pytest.raises(DataError, match="decay is"):
        least_loss_with_decay([[0.0]], [1.0], value)


def test_a_limit_that_is_none_is_refused():
    with pytest.raises(EngineError, match="time_limit"):
        least_loss_with_decay([[0.0]], [1.0], 1.0, time_limit=-1.0)
