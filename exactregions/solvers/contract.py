"""What a numerical solver may answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Proposal", "Unknown"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A minimum as a solver believes it; nothing may follow from it without a proof.

    Attributes
    ----------
    value : float
    point : numpy.ndarray, shape (n,)
    multipliers : numpy.ndarray, shape (m,)
        One for each inequality, nonnegative up to the solver's tolerance.
    """

    value: float
    point: NDArray[np.float64]
    multipliers: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer; never to be read as "there is none"."""

    reason: str
