"""Balls of the norm 1 or 2 around the origin: what `l1_ball` and `l2_ball` say, compiled once for both."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.compiling import inner
from exactregions.engines.tree.kernels.domains import l1_ball, l2_ball


@inner
def contains(state: Any, y: np.ndarray) -> bool:
    """Prove that y lies strictly inside."""
    return l2_ball.contains(state, y) if state.norm == 2 else l1_ball.contains(state, y)


@inner
def support(state: Any, rho: np.ndarray, slack: np.ndarray) -> float:
    """Return a bound of sup rho.y over the ball."""
    return l2_ball.support(state, rho, slack) if state.norm == 2 else l1_ball.support(state, rho, slack)


@inner
def nowhere_positive(state: Any, rho: np.ndarray, kappa: float) -> bool:
    """Prove rho.y + kappa <= 0 on the ball where no operation rounds."""
    if state.norm == 2:
        return l2_ball.nowhere_positive(state, rho, kappa)
    return l1_ball.nowhere_positive(state, rho, kappa)
