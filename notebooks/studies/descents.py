"""Many plain gradient descents of one hidden layer at once, to set their ends beside an atlas of local minima."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Ends", "descents"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ends:
    """Where descents ended.

    Attributes
    ----------
    losses : numpy.ndarray, shape (runs,)
        Sums of squared errors, and of squared weights times the decay.
    gradients : numpy.ndarray, shape (runs,)
        The largest entries of the gradients.
    kinks : numpy.ndarray, shape (runs,)
        The least distance of a pre-activation from zero.
    """

    losses: Array
    gradients: Array
    kinks: Array

    def settled(self, gradient: float = 1e-7, kink: float = 1e-3) -> NDArray[np.bool_]:
        """Return which ended at a differentiable point without a slope."""
        return np.isfinite(self.losses) & (self.gradients < gradient) & (self.kinks > kink)


def descents(
    points: ArrayLike,
    labels: ArrayLike,
    units: int,
    runs: int,
    steps: int,
    rate: float = 0.02,
    decay: float = 0.0,
    seed: int = 0,
) -> Ends:
    """Descend from standard normal weights along the gradient of the loss."""
    rng = np.random.default_rng(seed)
    given, targets = np.asarray(points, dtype=float), np.asarray(labels, dtype=float)
    rows = np.hstack([np.ones((len(given), 1)), given])
    hidden = rng.standard_normal((runs, units, rows.shape[1]))
    outer = rng.standard_normal((runs, units))
    for _ in range(steps):
        _, _, (of_hidden, of_outer) = _slopes(rows, targets, hidden, outer, decay)
        hidden, outer = hidden - rate * of_hidden, outer - rate * of_outer
    errors, inner, (of_hidden, of_outer) = _slopes(rows, targets, hidden, outer, decay)
    gradients = np.maximum(np.abs(of_hidden).max(axis=(1, 2)), np.abs(of_outer).max(axis=1))
    sizes = (hidden**2).sum(axis=(1, 2)) + (outer**2).sum(axis=1)
    return Ends((errors**2).sum(axis=1) + decay * sizes, gradients, np.abs(inner).min(axis=(1, 2)))


def _slopes(
    rows: Array, labels: Array, hidden: Array, outer: Array, decay: float
) -> tuple[Array, Array, tuple[Array, Array]]:
    """Return errors, pre-activations and gradients."""
    inner = hidden @ rows.T
    active = np.maximum(inner, 0.0)
    errors = (outer[:, :, None] * active).sum(axis=1) - labels
    back = errors[:, None, :] * (inner > 0)
    of_hidden = 2 * outer[:, :, None] * (back @ rows) + 2 * decay * hidden
    return errors, inner, (of_hidden, 2 * (errors[:, None, :] * active).sum(axis=2) + 2 * decay * outer)
