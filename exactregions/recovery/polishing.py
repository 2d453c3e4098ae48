"""Least squares of all parameters on samples, from a start nearby: damped Gauss-Newton steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from exactregions.recovery.pencils import Units

Array = NDArray[np.floating]

STEPS = 200
LARGEST_DAMPING = 1e12  # beyond it no step makes the sum of squares less
ROUNDING = 1e-31  # of the sum of squares of y, about what the rounding of outputs leaves
WORTH_A_STEP = 1e-12  # of the sum of squares that is left
AT_ONCE = 1 << 16


def polished(units: Units, x: Array, y: Array) -> Units:
    """Return the units after steps of Levenberg and Marquardt, until none makes the sum of squares less."""
    damping, gram, sides, loss = 1e-3, *_system(units, x, y)
    floor, gain = ROUNDING * float(y @ y), np.inf
    for _ in range(STEPS):
        if damping > LARGEST_DAMPING or loss <= floor or gain <= WORTH_A_STEP * loss:
            break
        diagonal = np.diag(gram) + 1e-300
        step = np.linalg.lstsq(gram + damping * np.diag(diagonal), sides, rcond=None)[0]
        trial = _moved(units, step)
        system = _system(trial, x, y)
        if system[2] < loss:
            gain = loss - system[2]
            units, (gram, sides, loss), damping = trial, system, damping / 10
        else:
            damping *= 10
    return _normalised(units)


def _system(units: Units, x: Array, y: Array) -> tuple[Array, Array, float]:
    """Return J^T J, J^T r and r.r for the residuals r."""
    m, d = units.weights.shape
    size = m * (d + 2) + (0 if units.slope is None else d + 1)
    gram, sides, loss = np.zeros((size, size)), np.zeros(size), 0.0
    for first in range(0, len(y), AT_ONCE):
        part = x[first : first + AT_ONCE]
        inner = part @ units.weights.T + units.biases
        on = inner > 0
        active = inner * on
        outputs = active @ units.outputs
        slopes = on * units.outputs
        columns = [(slopes[:, :, None] * part[:, None, :]).reshape(len(part), -1), slopes, active]
        if units.slope is not None:
            outputs = outputs + part @ units.slope + units.shift
            columns += [part, np.ones((len(part), 1))]
        jacobian, left = np.hstack(columns), y[first : first + AT_ONCE] - outputs
        gram += jacobian.T @ jacobian
        sides += jacobian.T @ left
        loss += float(left @ left)
    return gram, sides, loss


def _moved(units: Units, step: Array) -> Units:
    m, d = units.weights.shape
    weights, biases, outputs, linear = np.split(step, [m * d, m * (d + 1), m * (d + 2)])
    moved = Units(units.weights + weights.reshape(m, d), units.biases + biases, units.outputs + outputs)
    if units.slope is None:
        return moved
    return replace(moved, slope=units.slope + linear[:-1], shift=units.shift + float(linear[-1]))


def _normalised(units: Units) -> Units:
    """Return the same function with rows of length 1."""
    lengths = np.linalg.norm(units.weights, axis=1)
    lengths = np.where(lengths > 0, lengths, 1.0)
    weights, biases = units.weights / lengths[:, None], units.biases / lengths
    return replace(units, weights=weights, biases=biases, outputs=units.outputs * lengths)
