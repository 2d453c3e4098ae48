"""What kernels of corners answer in domains with flat sides: a row that divides the corners cuts the cell."""

from __future__ import annotations

from typing import Any

from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.compiling import inner

__all__ = ["note_reach", "sign_beside"]


@inner
def note_reach(state: Any, slot: int) -> None:
    """Note nothing: no corner is outside the domain."""


@inner
def sign_beside(state: Any, unit: int) -> int:
    """Return zero: the unit cuts the cell."""
    return ZERO
