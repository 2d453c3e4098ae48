"""Searches that go to the end of every branch (see `pruning`)."""

from __future__ import annotations

from typing import Any

from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.compiling import inner

__all__ = ["ends_node", "ends_stage", "first_side", "known_sign", "turned_back"]


@inner
def ends_stage(state: Any) -> bool:
    """Let every stage begin."""
    return False


@inner
def ends_node(state: Any) -> bool:
    """Let every node go on."""
    return False


@inner
def known_sign(state: Any, unit: int) -> int:
    """Know nothing."""
    return ZERO


@inner
def first_side(state: Any, probed: int) -> int:
    """Go to the side that was probed, whose dictionary is warm."""
    return probed


@inner
def turned_back(state: Any, k: int) -> None:
    """Forget nothing."""
