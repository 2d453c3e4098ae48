"""A network against its source's own evaluation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError
from exactregions.network import Network

POINTS = 100
TOLERANCES = {"float64": 1e-8, "float32": 1e-4, "float16": 2e-2, "bfloat16": 1e-1}
"""Largest difference, over the largest output or 1, that rounding of the source's own type explains."""

Points = NDArray[np.float64]


def compared(
    network: Network,
    evaluate: Callable[[Points], Points],
    kind: str = "float32",
    tolerance: float | None = None,
    points: Points | None = None,
) -> Network:
    """Return the network with a note of the largest difference to its source on 100 points.

    Parameters
    ----------
    network : Network
    evaluate : callable
        Is given points, shape (n, inputs), and returns the source's outputs, shape (n, outputs).
    kind : str
        Type in which the source computes.
    tolerance : float, optional
        Largest difference over max(1, largest output); by default that of the type.
    points : numpy.ndarray, optional
        By default normally distributed, with deviations from 1/8 to 8.

    Raises
    ------
    NetworkError
        If the difference is larger.
    """
    if points is None:
        rng = np.random.default_rng(0)
        scales = np.exp2(rng.uniform(-3, 3, (POINTS, 1)))
        # multiples of 1/16 are floats of every type
        points = np.round(rng.normal(size=(POINTS, network.inputs)) * scales * 16) / 16
    expected, found = evaluate(points), network.forward(points)
    if expected.shape != found.shape:
        raise NetworkError(f"the source gives outputs of shape {expected.shape}, and the network {found.shape}")
    limit = TOLERANCES.get(kind, TOLERANCES["float32"]) if tolerance is None else tolerance
    with np.errstate(invalid="ignore"):
        gap, size = float(np.abs(expected - found).max()), max(1.0, float(np.abs(expected).max()))
    if not gap <= limit * size:
        raise NetworkError(
            f"the network that was read differs from its source by {gap:.2g} at one of {len(points)} points, where "
            f"outputs reach {size:.2g}; the rounding of {kind} explains up to {limit:g} of that. check=False reads it "
            "anyway"
        )
    note = f"agrees with its source's own evaluation on {len(points)} points: largest difference {gap:.2g}"
    return replace(network, notes=(*network.notes, note))
